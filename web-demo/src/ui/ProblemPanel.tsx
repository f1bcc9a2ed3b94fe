import { whatToDo } from "@/api/problem";
import type { Problem } from "@/api/types";

/** What happened, and what to do about it. */
export function ProblemPanel({
  problem,
  onRetry,
  onClose,
  other = null,
}: {
  problem: Problem;
  onRetry?: () => void;
  onClose?: () => void;
  /** What can be done instead. */
  other?: { label: string; act: () => void } | null;
}) {
  return (
    <div className="panel panel-bad" role="alert" data-testid="problem">
      <div className="panel-text">
        <strong>{problem.title}</strong>
        {problem.detail ? <p>{problem.detail}</p> : null}
        {problem.errors?.length ? (
          <ul>
            {problem.errors.map((error) => (
              <li key={error.pointer + error.detail}>
                <code>{error.pointer || "/"}</code> {error.detail}
              </li>
            ))}
          </ul>
        ) : null}
        {problem.known?.length ? <p>Known: {problem.known.join(", ")}</p> : null}
        <p className="todo">{whatToDo(problem)}</p>
      </div>
      {onRetry || onClose || other ? (
        <div className="panel-actions">
          {other ? (
            <button type="button" className="button small" onClick={other.act}>
              {other.label}
            </button>
          ) : null}
          {onRetry ? (
            <button type="button" className="button small" onClick={onRetry}>
              Try again
            </button>
          ) : null}
          {onClose ? (
            <button type="button" className="icon-button" aria-label="Dismiss" onClick={onClose}>
              <CloseIcon />
            </button>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

export function CloseIcon() {
  return (
    <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
      <path d="M5 5l10 10M15 5L5 15" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}
