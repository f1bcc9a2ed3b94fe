import { Icon } from "@/ui/icons";
import { ToldPanel } from "./Told";
import type { Actions, Around, Scene } from "./scene";
import { useSay } from "./useSay";

/** Somebody else logged in than the session is of: nothing is replaced without a yes. */
export function OtherAccountScreen({
  scene,
  around,
  act,
}: {
  scene: Extract<Scene, { kind: "other" }>;
  around: Around;
  act: Actions;
}) {
  const say = useSay();
  const { expected, found } = scene;
  const busy = around.working === "account";
  return (
    <>
      <div className="card-content" data-testid="other-account">
        <div className="result-badge" data-tone="warn">
          <Icon name="people" size={30} />
        </div>
        <h2 className="card-heading">{say("other.title")}</h2>
        <p className="message">{say("other.text", { expected, found })}</p>
        <p className="message">
          {say("other.question", { expected, found })} <strong>{say("other.records", { expected, found })}</strong>
        </p>
        {around.failed ? <ToldPanel told={around.failed} onClose={act.dismissFailed} /> : null}
      </div>
      <div className="card-actions-bar">
        <button
          type="button"
          className="button primary wide"
          data-testid="account-back"
          disabled={busy}
          onClick={() => act.replaceAccount(false)}
        >
          {say("other.back", { expected, found })}
        </button>
        <button
          type="button"
          className="button wide"
          data-testid="account-replace"
          disabled={busy}
          onClick={() => act.replaceAccount(true)}
        >
          {say("other.replace", { expected, found })}
        </button>
      </div>
    </>
  );
}
