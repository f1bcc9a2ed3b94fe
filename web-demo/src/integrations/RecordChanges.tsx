"use client";

import * as Dialog from "@radix-ui/react-dialog";
import { useEffect, useState } from "react";
import { asProblem } from "@/api/problem";
import { recordHistory } from "@/api/records";
import type { DataRecord, Problem, RecordHistory } from "@/api/types";
import { CloseIcon, ProblemPanel } from "@/ui/ProblemPanel";
import { moment } from "@/ui/times";
import { useOpener } from "@/ui/useOpener";
import type { Column } from "./RecordsTable";
import { type Shown, showValue } from "./cells";

export interface Change {
  at: string;
  fields: { name: string; before: unknown; after: unknown }[];
}

/** The service tells what a field was before; what it became is what it was before the next change, or is now. */
export function changesOf(record: DataRecord, { changes }: RecordHistory): Change[] {
  const after: Record<string, unknown> = { ...record.data };
  return changes.map(({ at, before }) => {
    const fields = Object.entries(before).map(([name, was]) => ({ name, before: was, after: after[name] }));
    Object.assign(after, before);
    return { at, fields };
  });
}

/** What of a record changed, and when. */
export function RecordChanges({
  connection,
  stream,
  record,
  columns,
  onClose,
}: {
  connection: string;
  stream: string;
  record: DataRecord;
  columns: Column[];
  onClose: () => void;
}) {
  const [history, setHistory] = useState<RecordHistory | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [tries, setTries] = useState(0);
  const giveBack = useOpener();
  useEffect(() => {
    let current = true;
    recordHistory(connection, stream, record.key).then(
      (read) => {
        if (!current) return;
        setProblem(null);
        setHistory(read);
      },
      (error: unknown) => {
        if (current) setProblem(asProblem(error));
      },
    );
    return () => {
      current = false;
    };
  }, [connection, stream, record.key, tries]);

  const typeOf = (name: string) => columns.find((column) => column.name === name)?.type ?? "";
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="modal changes" data-testid="changes" onCloseAutoFocus={giveBack} aria-describedby={undefined}>
          <div className="changes-head">
            <Dialog.Title className="modal-title">{nameOf(record)}</Dialog.Title>
            <Dialog.Close className="icon-button" aria-label="Close">
              <CloseIcon />
            </Dialog.Close>
          </div>
          {problem ? <ProblemPanel problem={problem} onRetry={() => setTries((n) => n + 1)} /> : null}
          {history === null && !problem ? (
            <p className="quiet" role="status">
              Loading…
            </p>
          ) : null}
          <ol>
            {record.missingSince ? (
              <li>
                <h3>{moment(record.missingSince)}</h3>
                <p>It was not on the site any more.</p>
              </li>
            ) : null}
            {history
              ? changesOf(record, history).map(({ at, fields }) => (
                  <li key={at} data-testid="change">
                    <h3>{moment(at)}</h3>
                    <dl>
                      {fields.map(({ name, before, after }) => (
                        <div key={name}>
                          <dt>{name.replaceAll("_", " ")}</dt>
                          <dd>
                            <Change before={showValue(before, typeOf(name))} after={showValue(after, typeOf(name))} />
                          </dd>
                        </div>
                      ))}
                    </dl>
                  </li>
                ))
              : null}
            <li>
              <h3>{moment(record.firstSeen)}</h3>
              <p>First seen.</p>
            </li>
          </ol>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Exactly, where both read alike. */
function Change({ before, after }: { before: Shown; after: Shown }) {
  const isAlike = before.text === after.text;
  const words = (shown: Shown) => (isAlike ? (shown.exact ?? shown.text) : shown.text);
  return (
    <>
      <del>{words(before)}</del> <span aria-hidden="true">→</span> <ins>{words(after)}</ins>
    </>
  );
}

function nameOf(record: DataRecord): string {
  const name = record.data.name ?? record.data.title;
  return typeof name === "string" && name ? name : record.key;
}
