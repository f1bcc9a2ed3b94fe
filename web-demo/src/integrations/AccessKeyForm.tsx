"use client";

import { useId, useState } from "react";

/** Asks for the access key when the service wants one. */
export function AccessKeyForm({ wrong, onKey }: { wrong: boolean; onKey: (key: string) => void }) {
  const [key, setKey] = useState("");
  const field = useId();
  return (
    <form
      className="panel access"
      data-testid="access-key"
      onSubmit={(event) => {
        event.preventDefault();
        if (key.trim()) onKey(key.trim());
      }}
    >
      <h2>An access key is needed</h2>
      <p>
        This service answers only with one of its keys (<code>STAYLOGGED_API_KEYS</code>, or the one that was shown at its
        first start).
      </p>
      {wrong ? (
        <p className="field-error" role="alert" id={`${field}-wrong`}>
          That key was not accepted.
        </p>
      ) : null}
      <label htmlFor={field}>Access key</label>
      <div className="access-row">
        <input
          id={field}
          type="password"
          autoComplete="off"
          value={key}
          onChange={(event) => setKey(event.target.value)}
          aria-describedby={wrong ? `${field}-wrong ${field}-kept` : `${field}-kept`}
          aria-invalid={wrong || undefined}
        />
        <button type="submit" className="button primary" disabled={!key.trim()}>
          Continue
        </button>
      </div>
      <p className="hint" id={`${field}-kept`}>
        It is kept in this tab only (sessionStorage) and forgotten when the tab is closed.
      </p>
    </form>
  );
}
