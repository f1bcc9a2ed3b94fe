"use client";

import * as Dialog from "@radix-ui/react-dialog";
import { useOpener } from "@/ui/useOpener";

export function ConfirmDisconnect({
  name,
  records,
  onCancel,
  onConfirm,
}: {
  name: string;
  records: number;
  onCancel: () => void;
  onConfirm: () => void;
}) {
  const giveBack = useOpener();
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onCancel()}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="modal" role="alertdialog" onCloseAutoFocus={giveBack} data-testid="confirm-disconnect">
          <Dialog.Title className="modal-title">Disconnect {name}?</Dialog.Title>
          <Dialog.Description>
            The sealed session is deleted{records > 0 ? `, and the ${records} records that were fetched with it` : ""}. To
            fetch data again somebody has to log in again.
          </Dialog.Description>
          <div className="result-actions">
            <button type="button" className="button" onClick={onCancel}>
              Keep it
            </button>
            <button type="button" className="button bad" data-testid="confirm" onClick={onConfirm}>
              Disconnect
            </button>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
