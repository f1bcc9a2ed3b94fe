"use client";

import * as Dialog from "@radix-ui/react-dialog";
import { useOpener } from "@/ui/useOpener";

export function ConfirmUnschedule({
  name,
  stream,
  onCancel,
  onConfirm,
}: {
  name: string;
  stream: string;
  onCancel: () => void;
  onConfirm: () => void;
}) {
  const giveBack = useOpener();
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onCancel()}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="modal" role="alertdialog" onCloseAutoFocus={giveBack} data-testid="confirm-unschedule">
          <Dialog.Title className="modal-title">Remove the schedule of {stream}?</Dialog.Title>
          <Dialog.Description>
            From then on {stream} of {name} is scraped only when somebody asks. What was scraped stays.
          </Dialog.Description>
          <div className="result-actions">
            <button type="button" className="button" onClick={onCancel}>
              Keep it
            </button>
            <button type="button" className="button bad" data-testid="confirm" onClick={onConfirm}>
              Remove
            </button>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
