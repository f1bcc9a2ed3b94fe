import { Icon } from "@/ui/icons";
import type { SiteError } from "./protocol";
import type { LiveWords } from "./words";

/** In place of the browser's own page about a site that did not come. */
export function SiteProblem({
  words,
  error,
  canAct,
  canGoBack,
  onRetry,
  onBack,
}: {
  words: LiveWords;
  error: SiteError;
  canAct: boolean;
  canGoBack: boolean;
  onRetry: () => void;
  onBack: () => void;
}) {
  const kind = error.kind in words.siteText ? error.kind : "other";
  return (
    <section className="live-site" role="alert" data-testid="live-site">
      <span className="live-site-mark" aria-hidden="true">
        <Icon name={kind === "certificate" ? "unlocked" : "warning"} size={36} />
      </span>
      <h3>{words.siteTitle[kind](error.host)}</h3>
      <p>{words.siteText[kind]}</p>
      {error.code ? <code>{error.code}</code> : null}
      <div className="live-card-actions">
        {canGoBack ? (
          <button type="button" className="button" disabled={!canAct} onClick={onBack}>
            {words.back}
          </button>
        ) : null}
        <button type="button" className="button primary" disabled={!canAct} onClick={onRetry}>
          {words.tryAgain}
        </button>
      </div>
    </section>
  );
}
