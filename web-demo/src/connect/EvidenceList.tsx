import type { Evidence } from "@/api/types";
import { translateEvidence } from "@/words/evidence";
import { useSay } from "./useSay";

const MARKS = { true: "✓", false: "✗", unknown: "?" } as const;

/** What was looked for, and what was seen instead: one tap away, unless it is `open`. */
export function EvidenceList({ evidence, open = false }: { evidence: Evidence[]; open?: boolean }) {
  const say = useSay();
  if (evidence.length === 0) return null;
  return (
    <details open={open} data-testid="evidence">
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
