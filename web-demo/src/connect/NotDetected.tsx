"use client";

import { useState } from "react";
import type { Evidence } from "@/api/types";
import { Icon } from "@/ui/icons";
import { EvidenceList } from "./EvidenceList";
import { useSay } from "./useSay";

/** "Login not detected": what was looked for, and what was seen instead. */
export function NotDetected({ name, evidence, onClose }: { name: string; evidence: Evidence[]; onClose: () => void }) {
  const say = useSay();
  // On a phone the page is worth more room than the list; the list is one tap away.
  const [roomy] = useState(() => window.matchMedia?.("(min-width: 721px) and (min-height: 600px)").matches ?? true);
  return (
    <section className="panel panel-warn" role="alert" data-testid="not-detected">
      <div className="panel-text">
        <h2>{say("notDetected.title")}</h2>
        <p>{say("notDetected.text", { name })}</p>
        <EvidenceList evidence={evidence} open={roomy} />
      </div>
      <button type="button" className="icon-button" aria-label={say("dismiss")} onClick={onClose}>
        <Icon name="close" size={16} />
      </button>
    </section>
  );
}
