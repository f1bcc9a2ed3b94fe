"use client";

import type { ReactNode } from "react";
import { Facts, FactsInOneLine } from "./Facts";
import { Icon } from "@/ui/icons";
import { Idle } from "./Idle";
import { NotDetected } from "./NotDetected";
import { inLanguage } from "./ParamFields";
import { ToldPanel } from "./Told";
import type { Actions, Around, Work } from "./scene";
import { useSay } from "./useSay";

/** The browser, and what to do with it. */
export function WorkScreen({
  scene,
  around,
  act,
  picture,
}: {
  scene: Work;
  around: Around;
  act: Actions;
  picture: ReactNode;
}) {
  const { state } = scene;
  const busy = state === "verifying" || state === "verified";
  return (
    <>
      {scene.idle ? <Idle left={scene.idle} busy={around.working === "stay"} act={act} /> : null}

      {scene.window && !scene.window.shownHere ? (
        <OwnWindow scene={scene} act={act} />
      ) : (
        <div className="picture" data-busy={busy || undefined}>
          {picture}
          {busy ? <VerifySteps verified={state === "verified"} /> : null}
        </div>
      )}

      {/* Who only watches has nothing to do. */}
      {scene.watching ? null : <Foot scene={scene} around={around} act={act} />}
    </>
  );
}

/** What there is to say, and to do. */
function Foot({ scene, around, act }: { scene: Work; around: Around; act: Actions }) {
  const say = useSay();
  const { state, site, window } = scene;
  const isShown = !window || window.shownHere;
  const waits = state === "verifying" || state === "verified" || around.working === "finish";
  const awaits = state === "awaiting_login";
  return (
    <footer className="window-foot">
      <div className="modal-notes">
        {around.failed ? <ToldPanel told={around.failed} onClose={act.dismissFailed} /> : null}
        {scene.notDetected ? (
          <NotDetected name={site.name} evidence={scene.notDetected} onClose={act.dismissNotDetected} />
        ) : scene.reason && awaits ? (
          <ToldPanel told={scene.reason} tone="warn" testId="awaiting-reason" />
        ) : null}
      </div>
      <div className="modal-actions">
        <div className="hint">
          <p className="hint-text" data-plain={(awaits && !scene.account) || undefined}>
            {scene.account && awaits ? <strong>{say("work.account", { account: scene.account })} </strong> : null}
            {hint(scene, say)}
            {awaits && isShown ? <span className="with-keys"> {say("work.hint.leave")}</span> : null}
          </p>
          {scene.summary ? <FactsInOneLine site={site} /> : null}
        </div>
        {window?.shownHere ? (
          <button type="button" className="button" onClick={() => act.showWindow(false)}>
            {say("window.hide")}
          </button>
        ) : null}
        <button type="button" className="button" onClick={act.close}>
          {say("cancel")}
        </button>
        <button
          type="button"
          className="button primary"
          data-testid="finish"
          data-ready={state === "detected" || undefined}
          // Not `disabled`: whoever pressed it by keyboard is still on it when it can be pressed again.
          aria-disabled={waits || undefined}
          aria-busy={around.working === "finish" || undefined}
          onClick={waits ? undefined : act.finish}
        >
          {say("finish")}
        </button>
      </div>
    </footer>
  );
}

function hint(scene: Work, say: ReturnType<typeof useSay>): string {
  const { name } = scene.site;
  switch (scene.state) {
    case "awaiting_login":
      if (scene.notice) return say(`work.notice.${scene.notice}`, { name });
      return (
        inLanguage(scene.site.instructions, say.language) ||
        (scene.window && !scene.window.shownHere ? "" : say("work.hint.awaiting", { name }))
      );
    case "detected":
      return scene.autoFinish ? say("work.hint.detectedAuto") : say("work.hint.detected", { finish: say("finish") });
    default:
      return say("work.hint.verifying");
  }
}

/** The window is in front of the person already: a picture of it would only be in the way. */
function OwnWindow({ scene, act }: { scene: Work; act: Actions }) {
  const say = useSay();
  return (
    <div className="own-window" data-testid="own-window">
      <span className="own-window-icon">
        <Icon name="window" size={40} />
      </span>
      <h2>{say("window.title")}</h2>
      <p>{say("window.text", { name: scene.site.name })}</p>
      <button type="button" className="button" data-testid="show-window" onClick={() => act.showWindow(true)}>
        {say("window.show")}
      </button>
      {scene.summary ? null : (
        <div className="own-window-facts">
          <Facts site={scene.site} />
        </div>
      )}
    </div>
  );
}

/** What is being done, over the picture. The state line says it to those who hear the page. */
function VerifySteps({ verified }: { verified: boolean }) {
  const say = useSay();
  const steps = [
    ["done", say("verify.seen")],
    [verified ? "done" : "now", say("verify.tried")],
    [verified ? "now" : "next", say("verify.sealed")],
  ] as const;
  return (
    <div className="verify">
      <ol className="verify-steps">
        {steps.map(([at, words]) => (
          <li key={words} data-at={at} aria-current={at === "now" ? "step" : undefined}>
            <span className="verify-mark">
              {at === "done" ? <Icon name="check" size={16} /> : at === "now" ? <span className="spinner" aria-hidden="true" /> : null}
            </span>
            {words}
          </li>
        ))}
      </ol>
    </div>
  );
}
