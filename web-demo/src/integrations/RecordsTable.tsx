"use client";

import type { DataRecord } from "@/api/types";
import { ago, moment } from "@/ui/times";
import { useNow } from "@/ui/useNow";
import { Cell } from "./cells";

export interface Column {
  name: string;
  type: string;
}

const NUMBERS = new Set(["integer", "decimal", "number", "money"]);

/** What is known of a record beside its fields; by these names the service sorts, too. */
const SEEN = [
  { by: "changedAt", name: "Last change" },
  { by: "firstSeen", name: "First seen" },
  { by: "lastSeen", name: "Last seen" },
] as const;

/** A page of records; the order is the service's. */
export function RecordsTable({
  label,
  columns,
  records,
  sort,
  onSort,
  waiting,
  isNew,
  onChanges,
}: {
  label: string;
  columns: Column[];
  records: DataRecord[];
  sort: string | null;
  onSort: (sort: string | null) => void;
  waiting: boolean;
  isNew: (record: DataRecord) => boolean;
  onChanges: (record: DataRecord) => void;
}) {
  const now = useNow(20_000);
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={label} aria-busy={waiting}>
      <table data-testid="records-table">
        <thead>
          <tr>
            {columns.map(({ name, type }) => (
              <Heading key={name} by={name} name={name.replaceAll("_", " ")} sort={sort} onSort={onSort} number={NUMBERS.has(type)} />
            ))}
            {SEEN.map(({ by, name }) => (
              <Heading key={by} by={by} name={name} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <tr key={record.key} data-key={record.key} data-missing={record.missingSince ? "" : undefined}>
              {columns.map(({ name, type }, place) => (
                <Cell
                  key={name}
                  value={record.data[name]}
                  type={type}
                  // Where everybody looks first.
                  before={
                    place === 0 ? (
                      <Marks record={record} isNew={isNew(record)} now={now} onChanges={() => onChanges(record)} />
                    ) : null
                  }
                />
              ))}
              {SEEN.map(({ by }) => (
                <td key={by}>
                  {by === "changedAt" && !isChanged(record) ? (
                    "—"
                  ) : (
                    <time dateTime={record[by]} title={moment(record[by])}>
                      {ago(record[by], now)}
                    </time>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export const isChanged = (record: DataRecord): boolean => record.changedAt > record.firstSeen;

function Marks({
  record,
  isNew,
  now,
  onChanges,
}: {
  record: DataRecord;
  isNew: boolean;
  now: number;
  onChanges: () => void;
}) {
  return (
    <>
      {record.missingSince ? (
        <span className="mark" data-mark="gone" title={`Not on the site since ${moment(record.missingSince)}`}>
          Gone
        </span>
      ) : isNew ? (
        <span className="mark" data-mark="new" title={`First seen ${moment(record.firstSeen)}`}>
          New
        </span>
      ) : null}
      {isChanged(record) ? (
        <button
          type="button"
          className="mark"
          data-mark="changed"
          data-testid="changed"
          title={`Changed ${ago(record.changedAt, now)}: show what it was before`}
          onClick={onChanges}
        >
          Changed
        </button>
      ) : null}
    </>
  );
}

/** Pressed once it sorts upwards, twice downwards, three times not at all. */
function Heading({
  by,
  name,
  sort,
  onSort,
  number = false,
}: {
  by: string;
  name: string;
  sort: string | null;
  onSort: (sort: string | null) => void;
  number?: boolean;
}) {
  const way = sort === by ? "ascending" : sort === `-${by}` ? "descending" : "none";
  // Of moments the newest are looked for first.
  const first = by.endsWith("Seen") || by === "changedAt" ? `-${by}` : by;
  const second = first === by ? `-${by}` : by;
  const next = sort === first ? second : sort === second ? null : first;
  return (
    <th scope="col" aria-sort={way === "none" ? undefined : way} data-number={number || undefined}>
      <button type="button" data-testid={`sort-${by}`} onClick={() => onSort(next)}>
        {name}
        <svg viewBox="0 0 10 12" width="9" height="11" aria-hidden="true" data-way={way}>
          <path d="M5 1l3.5 4h-7z" />
          <path d="M5 11L1.5 7h7z" />
        </svg>
      </button>
    </th>
  );
}
