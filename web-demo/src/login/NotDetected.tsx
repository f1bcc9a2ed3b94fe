"use client";

import { useState } from "react";
import type { Evidence } from "@/api/types";
import { CloseIcon } from "@/ui/ProblemPanel";
import { WORDS } from "./words";

const MARKS = { true: ["✓", "holds"], false: ["✗", "does not hold"], unknown: ["?", "could not be looked at"] } as const;

/** What was looked for, and what was seen instead. */
export function NotDetected({ name, evidence, onClose }: { name: string; evidence: Evidence[]; onClose: () => void }) {
  // On a phone the page is worth more room than the list; the list is one tap away.
  const [roomy] = useState(() => window.matchMedia?.("(min-width: 721px) and (min-height: 600px)").matches ?? true);
  return (
    <section className="panel panel-warn" role="alert" data-testid="not-detected">
      <div className="panel-text">
        <h3>{WORDS.notDetected}</h3>
        <p>Make sure that you are fully logged in to {name}, then try again. The browser stays open.</p>
        {evidence.length > 0 ? (
          <details open={roomy}>
            <summary>What was looked for</summary>
            <ul className="evidence">
              {evidence.map((one, index) => (
                <li key={index} data-value={one.value}>
                  <span className="evidence-mark" role="img" aria-label={MARKS[one.value][1]}>
                    {MARKS[one.value][0]}
                  </span>
                  <span>
                    <span className="evidence-rule">{one.rule}</span>
                    <span className="evidence-seen">Seen: {one.seen}</span>
                  </span>
                </li>
              ))}
            </ul>
          </details>
        ) : null}
      </div>
      <button type="button" className="icon-button" aria-label="Dismiss" onClick={onClose}>
        <CloseIcon />
      </button>
    </section>
  );
}
