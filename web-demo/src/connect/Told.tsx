import type { Told } from "@/words/failures";
import { Icon } from "@/ui/icons";
import { EvidenceList } from "./EvidenceList";
import { useSay } from "./useSay";

/** The service's own English, where the modal has no words for it. */
export function Detail({ told }: { told: Told }) {
  return told.detail ? (
    <span className="told-detail" lang="en">
      {told.detail}
    </span>
  ) : null;
}

export function ToldPanel({
  told,
  tone = "bad",
  testId = "problem",
  onClose,
}: {
  told: Told;
  tone?: "bad" | "warn";
  testId?: string;
  onClose?: () => void;
}) {
  const say = useSay();
  return (
    <div className={`panel panel-${tone}`} role={tone === "bad" ? "alert" : "status"} data-testid={testId}>
      <div className="panel-text">
        <p>
          {told.text} <Detail told={told} />
        </p>
        <EvidenceList evidence={told.evidence ?? []} />
      </div>
      {onClose ? (
        <button type="button" className="icon-button" aria-label={say("dismiss")} onClick={onClose}>
          <Icon name="close" size={16} />
        </button>
      ) : null}
    </div>
  );
}
