"use client";

import { useState } from "react";
import type { Evidence } from "@/api/types";
import { translateEvidence } from "@/words/evidence";
import { Icon } from "@/ui/icons";
import { useSay } from "./useSay";

const MARKS = { true: "✓", false: "✗", unknown: "?" } as const;

/** What was looked for, and what was seen instead. */
export function NotDetected({ name, evidence, onClose }: { name: string; evidence: Evidence[]; onClose: () => void }) {
  const say = useSay();
  // On a phone the page is worth more room than the list; the list is one tap away.
  const [roomy] = useState(() => window.matchMedia?.("(min-width: 721px) and (min-height: 600px)").matches ?? true);
  return (
    <section className="panel panel-warn" role="alert" data-testid="not-detected">
      <div className="panel-text">
        <h2>{say("notDetected.title")}</h2>
        <p>{say("notDetected.text", { name })}</p>
        {evidence.length > 0 ? (
          <details open={roomy}>
            <summary>{say("notDetected.looked")}</summary>
            <ul className="evidence">
              {evidence.map((one, index) => (
                <li key={index} data-value={one.value}>
                  <span className="evidence-mark" role="img" aria-label={say(`notDetected.${one.value}`)}>
                    {MARKS[one.value]}
                  </span>
                  <span>
                    <Translated className="evidence-rule" text={one.rule} whole="{what}" />
                    <Translated className="evidence-seen" text={one.seen} whole={say("notDetected.seen")} />
                  </span>
                </li>
              ))}
            </ul>
          </details>
        ) : null}
      </div>
      <button type="button" className="icon-button" aria-label={say("dismiss")} onClick={onClose}>
        <Icon name="close" size={16} />
      </button>
    </section>
  );
}

/** What the service said in English: translated, or marked as English. */
function Translated({ text, whole, className }: { text: string; whole: string; className: string }) {
  const { language } = useSay();
  const translated = translateEvidence(text, language);
  return (
    <span className={className} lang={translated === null ? "en" : undefined}>
      {whole.replace("{what}", translated ?? text)}
    </span>
  );
}
