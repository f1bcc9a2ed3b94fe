import type { Evidence } from "@/api/types";

/** What was looked for, and what was seen instead: for whoever wants to know, behind one press. */
export function Details({ evidence, testId }: { evidence: Evidence[]; testId: string }) {
  if (evidence.length === 0) return null;
  return (
    <details className="details" data-testid={testId}>
      <summary>Details</summary>
      <ul>
        {evidence.map((one, index) => (
          <li key={index}>
            {one.rule}: <span className="quiet">{one.seen}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
