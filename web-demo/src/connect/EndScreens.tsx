import { CopyButton } from "./CopyButton";
import { EvidenceList } from "./EvidenceList";
import { Detail, ToldPanel } from "./Told";
import type { Actions, Around, Ended, Scene } from "./scene";
import { useSay } from "./useSay";

export function SavedScreen({ scene, act }: { scene: Extract<Scene, { kind: "saved" }>; act: Actions }) {
  const say = useSay();
  return (
    <>
      <div className="card-content middle" data-testid="result" data-tone="good">
        <Mark tone="good" />
        {scene.account ? <p className="card-heading">{say("saved.account", { account: scene.account })}</p> : null}
        <p className="message">
          {say("saved.text")} {say(scene.closes ? "saved.closes" : "saved.page")}
        </p>
      </div>
      {scene.closes ? (
        <div className="card-actions-bar">
          <button type="button" className="button primary wide" data-testid="done" onClick={act.close}>
            {say("done")}
          </button>
        </div>
      ) : null}
    </>
  );
}

interface EndProps<S extends Scene> {
  scene: S;
  around: Around;
  act: Actions;
  framed: boolean;
}

export function EndedScreen({ scene, around, act, framed }: EndProps<Ended>) {
  const say = useSay();
  return (
    <>
      <div className="card-content middle" data-testid="result" data-tone={scene.state === "cancelled" ? "plain" : "bad"}>
        <Mark tone={scene.state === "cancelled" ? "plain" : "bad"} />
        <p className="message strong">
          {scene.told.text} <Detail told={scene.told} />
        </p>
        <EvidenceList evidence={scene.told.evidence ?? []} />
        {scene.state === "failed" ? (
          <div className="quote">
            <span className="hint" id="login-id-label">
              {say("failure.id")}
            </span>
            <span className="quote-row">
              <code data-testid="login-id" aria-labelledby="login-id-label">
                {scene.loginId}
              </code>
              <CopyButton text={scene.loginId} label={say("copy")} />
            </span>
          </div>
        ) : null}
        {around.failed ? <ToldPanel told={around.failed} /> : null}
      </div>
      <Buttons canRetry={scene.canRetry} busy={around.working === "retry"} act={act} framed={framed} />
    </>
  );
}

export function RefusedScreen({ scene, around, act, framed }: EndProps<Extract<Scene, { kind: "refused" }>>) {
  return (
    <>
      <div className="card-content middle" data-testid="refused" role="alert">
        <Mark tone="bad" />
        <p className="message strong">
          {scene.told.text} <Detail told={scene.told} />
        </p>
      </div>
      <Buttons canRetry={scene.canRetry} busy={around.working === "retry"} act={act} framed={framed} />
    </>
  );
}

function Buttons({ canRetry, busy, act, framed }: { canRetry: boolean; busy: boolean; act: Actions; framed: boolean }) {
  const say = useSay();
  if (!canRetry && !framed) return null;
  return (
    <div className="card-actions-bar">
      {canRetry ? (
        <button type="button" className="button primary wide" data-testid="try-again" disabled={busy} onClick={act.retry}>
          {say("again")}
        </button>
      ) : null}
      {framed ? (
        <button type="button" className={`button wide ${canRetry ? "quiet-button" : "primary"}`} onClick={act.close}>
          {say("close")}
        </button>
      ) : null}
    </div>
  );
}

function Mark({ tone }: { tone: "good" | "bad" | "plain" }) {
  return (
    <svg viewBox="0 0 48 48" width="64" height="64" aria-hidden="true" className="result-mark" data-tone={tone}>
      <circle cx="24" cy="24" r="22" className="result-ring" />
      <path
        className="result-stroke"
        pathLength={1}
        d={tone === "good" ? "M14 25l7 7 13-15" : tone === "bad" ? "M24 13v14M24 33.5v.5" : "M16 24h16"}
      />
    </svg>
  );
}
