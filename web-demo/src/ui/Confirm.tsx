"use client";

import * as Dialog from "@radix-ui/react-dialog";
import type { ReactNode } from "react";
import { useOpener } from "./useOpener";

/** Asks before something is taken away. */
export function Confirm({
  title,
  action,
  testId,
  onCancel,
  onConfirm,
  children,
}: {
  title: string;
  /** What the button does that takes it away. */
  action: string;
  testId: string;
  onCancel: () => void;
  onConfirm: () => void;
  /** What is lost, and what stays. */
  children: ReactNode;
}) {
  const giveBack = useOpener();
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onCancel()}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="modal" role="alertdialog" onCloseAutoFocus={giveBack} data-testid={testId}>
          <Dialog.Title className="modal-title">{title}</Dialog.Title>
          <Dialog.Description>{children}</Dialog.Description>
          <div className="result-actions">
            <button type="button" className="button" onClick={onCancel}>
              Keep it
            </button>
            <button type="button" className="button bad" data-testid="confirm" onClick={onConfirm}>
              {action}
            </button>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
