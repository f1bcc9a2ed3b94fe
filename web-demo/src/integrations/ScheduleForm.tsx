"use client";

import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { asProblem } from "@/api/problem";
import type { Problem, Schedule, ScheduleRequest } from "@/api/types";
import { ProblemPanel } from "@/ui/ProblemPanel";
import { DAYS, HOURS, type Timing, cronOf, ownTimeZone, timeZones, timingOf } from "./timing";
import { asSentence, dayName, laterInWords, zoneName } from "./timingWords";

type Often = "hourly" | "hours" | "daily" | "weekly" | "own";

const OFTEN: [Often, string][] = [
  ["hourly", "Every hour"],
  ["hours", "Every few hours"],
  ["daily", "Every day"],
  ["weekly", "Every week"],
  ["own", "Own cron expression"],
];
const MINUTES = Array.from({ length: 12 }, (_, n) => n * 5);
const LATER = [0, 300, 900, 1800, 3600];
/** What the service may refuse, as it names it. */
const AT_FIELDS = ["/cron", "/timeZone", "/jitterSeconds"] as const;
type AtField = (typeof AT_FIELDS)[number];

/** All that somebody has chosen, also what the present choice does not need: going back to another one finds it. */
interface Chosen {
  often: Often;
  every: number;
  minute: number;
  at: string;
  day: number;
  cron: string;
}

function chosenOf(cron: string | undefined): Chosen {
  const chosen: Chosen = { often: "daily", every: 6, minute: 0, at: "06:00", day: 1, cron: cron ?? "" };
  if (cron === undefined) return chosen;
  const timing = timingOf(cron);
  switch (timing.kind) {
    case "hours":
      return { ...chosen, minute: timing.minute, ...(timing.every === 1 ? { often: "hourly" } : { often: "hours", every: timing.every }) };
    case "daily":
      return { ...chosen, often: "daily", at: timing.at };
    case "weekly":
      return { ...chosen, often: "weekly", at: timing.at, day: timing.day };
    case "own":
      return { ...chosen, often: "own" };
  }
}

function timingIn({ often, every, minute, at, day, cron }: Chosen): Timing {
  switch (often) {
    case "hourly":
      return { kind: "hours", every: 1, minute };
    case "hours":
      return { kind: "hours", every, minute };
    case "daily":
      return { kind: "daily", at };
    case "weekly":
      return { kind: "weekly", day, at };
    case "own":
      return { kind: "own", cron };
  }
}

/** When a stream is to be scraped, for somebody who does not know cron, and for somebody who does. */
export function ScheduleForm({
  stream,
  schedule,
  onSave,
  onCancel,
}: {
  stream: string;
  /** What is set now. */
  schedule: Schedule | null;
  /** Throws what the service refuses. */
  onSave: (request: ScheduleRequest) => Promise<void>;
  onCancel: () => void;
}) {
  const [chosen, setChosen] = useState<Chosen>(() => chosenOf(schedule?.cron));
  const [zone, setZone] = useState(() => schedule?.timeZone ?? ownTimeZone());
  const [later, setLater] = useState(schedule?.jitterSeconds ?? 0);
  const [saving, setSaving] = useState(false);
  const [refused, setRefused] = useState<Partial<Record<AtField, string>>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const first = useRef<HTMLSelectElement>(null);
  useEffect(() => first.current?.focus(), []);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [refused]);

  const { often } = chosen;
  const choose = (part: Partial<Chosen>) => {
    // Whoever comes to cron from a choice begins with what that choice is.
    const cron = part.often === "own" && often !== "own" ? { cron: cronOf(timingIn(chosen)) } : {};
    setChosen({ ...chosen, ...cron, ...part });
    setRefused({ ...refused, "/cron": undefined });
  };

  async function save() {
    setProblem(null);
    setSaving(true);
    try {
      await onSave({ cron: cronOf(timingIn(chosen)), timeZone: zone, jitterSeconds: later });
    } catch (error) {
      const problem = asProblem(error);
      const errors = problem.errors ?? [];
      const placed = AT_FIELDS.flatMap((pointer) => {
        const found = errors.find((one) => one.pointer === pointer);
        return found ? [[pointer, `${asSentence(found.detail)}.`] as const] : [];
      });
      setRefused(Object.fromEntries(placed));
      if (placed.length === 0) setProblem(problem);
      setSaving(false);
    }
  }

  return (
    <form
      ref={form}
      className="schedule-form"
      data-testid="schedule-form"
      aria-label={`When ${stream} is scraped`}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") onCancel();
      }}
    >
      <Field label="How often" refused={often === "own" ? undefined : refused["/cron"]}>
        {(props) => (
          <select
            {...props}
            ref={first}
            className="select"
            data-testid="schedule-often"
            value={often}
            onChange={(event) => choose({ often: event.target.value as Often })}
          >
            {OFTEN.map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Field>
      {often === "hours" ? (
        <Choice
          label="How many hours"
          testId="schedule-every"
          value={chosen.every}
          values={HOURS.filter((every) => every > 1)}
          name={(every) => `${every} hours`}
          onChoose={(every) => choose({ every })}
        />
      ) : null}
      {often === "weekly" ? (
        <Choice label="On" testId="schedule-day" value={chosen.day} values={DAYS} name={dayName} onChoose={(day) => choose({ day })} />
      ) : null}
      {often === "hourly" || often === "hours" ? (
        <Choice
          label="Minute of the hour"
          testId="schedule-minute"
          value={chosen.minute}
          values={MINUTES}
          name={(minute) => `:${String(minute).padStart(2, "0")}`}
          onChoose={(minute) => choose({ minute })}
        />
      ) : null}
      {often === "daily" || often === "weekly" ? (
        <Field label="At">
          {(props) => (
            <input
              {...props}
              type="time"
              className="input"
              data-testid="schedule-at"
              required
              value={chosen.at}
              onChange={(event) => choose({ at: event.target.value })}
            />
          )}
        </Field>
      ) : null}
      {often === "own" ? (
        <Field
          label="Cron expression"
          hint="Minute, hour, day of the month, month, day of the week: 0 6 * * 1-5"
          refused={refused["/cron"]}
        >
          {(props) => (
            <input
              {...props}
              type="text"
              className="input cron"
              data-testid="schedule-cron"
              required
              autoCapitalize="none"
              autoComplete="off"
              spellCheck={false}
              value={chosen.cron}
              onChange={(event) => choose({ cron: event.target.value })}
            />
          )}
        </Field>
      ) : null}
      <Field label="Time zone" refused={refused["/timeZone"]}>
        {(props) => (
          <select
            {...props}
            className="select"
            data-testid="schedule-zone"
            value={zone}
            onChange={(event) => {
              setZone(event.target.value);
              setRefused({ ...refused, "/timeZone": undefined });
            }}
          >
            {timeZones(ownTimeZone(), zone).map((name) => (
              <option key={name} value={name}>
                {zoneName(name)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Choice
        label="Start"
        testId="schedule-later"
        value={later}
        values={LATER}
        name={laterInWords}
        refused={refused["/jitterSeconds"]}
        onChoose={(seconds) => {
          setLater(seconds);
          setRefused({ ...refused, "/jitterSeconds": undefined });
        }}
      />
      {problem ? <ProblemPanel problem={problem} onClose={() => setProblem(null)} /> : null}
      <div className="schedule-ends">
        <button type="submit" className="button small primary" data-testid="schedule-save" aria-busy={saving || undefined} disabled={saving}>
          {saving ? "Saving…" : "Save"}
        </button>
        <button type="button" className="button small" data-testid="schedule-cancel" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}

interface Described {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
}

/** A field with its name, and below it what helps or what is wrong. */
function Field({
  label,
  hint,
  refused,
  children,
}: {
  label: string;
  hint?: string;
  refused?: string;
  children: (props: Described) => ReactNode;
}) {
  const id = useId();
  const told = refused ?? hint;
  return (
    <div className="schedule-field" data-wide={told ? "" : undefined}>
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        ...(told ? { "aria-describedby": `${id}-told` } : {}),
        ...(refused ? { "aria-invalid": true } : {}),
      })}
      {told ? (
        <p id={`${id}-told`} className={refused ? "field-error" : "hint"} data-testid={refused ? "schedule-refused" : undefined}>
          {told}
        </p>
      ) : null}
    </div>
  );
}

/** One of some numbers; the present one too, where it is none of them. */
function Choice({
  label,
  testId,
  value,
  values,
  name,
  refused,
  onChoose,
}: {
  label: string;
  testId: string;
  value: number;
  values: readonly number[];
  name: (value: number) => string;
  refused?: string;
  onChoose: (value: number) => void;
}) {
  // In the order of the list, or else in that of the numbers.
  const all = values.includes(value) ? values : [...values, value].sort((a, b) => a - b);
  return (
    <Field label={label} refused={refused}>
      {(props) => (
        <select {...props} className="select" data-testid={testId} value={value} onChange={(event) => onChoose(Number(event.target.value))}>
          {all.map((one) => (
            <option key={one} value={one}>
              {name(one)}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
