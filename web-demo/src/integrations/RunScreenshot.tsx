"use client";

import * as Dialog from "@radix-ui/react-dialog";
import { useEffect, useState } from "react";
import { runScreenshot } from "@/api/records";
import type { Run } from "@/api/types";

const ALT = "The page at which the run ended, masked: text is drawn as bars, fields and images as boxes.";

/** The page that a run ended at: small, and large when it is asked for. */
export function RunScreenshot({ run }: { run: Run }) {
  const address = usePicture(run.id, run.hasScreenshot);
  if (!address) return null;
  return (
    <Dialog.Root>
      <Dialog.Trigger className="shot" aria-label="See the page at which it ended" data-testid={`screenshot-${run.id}`}>
        {/* An address of this tab's memory: there is nothing to optimise. */}
        {/* eslint-disable-next-line @next/next/no-img-element */}
        <img src={address} alt={ALT} />
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="modal shot-large" data-testid="screenshot-large">
          <Dialog.Title className="modal-title">The page at which it ended</Dialog.Title>
          <Dialog.Description className="quiet">
            Masked: text is drawn as bars, fields and images as boxes. Nothing on it can be read.
          </Dialog.Description>
          {/* eslint-disable-next-line @next/next/no-img-element */}
          <img src={address} alt={ALT} />
          <div className="result-actions">
            <Dialog.Close className="button">Close</Dialog.Close>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Fetched as everything else is, with the key: an `img` could not send it. Null until then, and where it is gone. */
function usePicture(run: string, isThere: boolean): string | null {
  const [picture, setPicture] = useState<{ run: string; address: string } | null>(null);
  useEffect(() => {
    if (!isThere) return;
    let address: string | null = null;
    let isOver = false;
    runScreenshot(run).then(
      (blob) => {
        if (isOver) return;
        address = URL.createObjectURL(blob);
        setPicture({ run, address });
      },
      // The words beside it say how the run ended; they do without.
      () => undefined,
    );
    return () => {
      isOver = true;
      if (address) URL.revokeObjectURL(address);
    };
  }, [run, isThere]);
  return isThere && picture?.run === run ? picture.address : null;
}
