import { Facts, FactsInOneLine } from "./Facts";
import { Icon } from "@/ui/icons";
import { Idle } from "./Idle";
import { ToldPanel } from "./Told";
import { ParamFields, useAnswers } from "./ParamFields";
import type { Actions, Around, Scene, Site } from "./scene";
import { useSay } from "./useSay";

/** What will happen, before it does. The browser starts meanwhile. */
export function PrimeScreen({
  scene,
  around,
  act,
}: {
  scene: Extract<Scene, { kind: "prime" }>;
  around: Around;
  act: Actions;
}) {
  const say = useSay();
  const { asked } = scene;
  const answers = useAnswers(asked);
  const body = (
    <>
      {/* The browser is open already, and does not wait for ever. */}
      {scene.idle ? <Idle left={scene.idle} busy={around.working === "stay"} act={act} /> : null}
      <div className="card-content" data-testid="prime">
        {scene.again ? (
          <p className="notice">
            <Icon name="person" />
            <span>{say("prime.again", { account: scene.again })}</span>
          </p>
        ) : null}
        {asked ? <ParamFields site={scene.site} asked={asked} answers={answers} /> : null}
        <Facts site={scene.site} />
        <p className="hint">{say("prime.agree")}</p>
        {around.failed ? <ToldPanel told={around.failed} onClose={act.dismissFailed} /> : null}
      </div>
      <div className="card-actions-bar">
        <button
          type={asked ? "submit" : "button"}
          className="button primary wide"
          data-testid="prime-continue"
          aria-disabled={asked?.busy || undefined}
          onClick={asked ? undefined : act.agree}
        >
          {say("prime.continue")}
        </button>
        <button type="button" className="button quiet-button wide" onClick={act.close}>
          {say("cancel")}
        </button>
      </div>
    </>
  );
  if (!asked) return body;
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    if (!asked.busy) act.answer(answers.values);
  };
  // What is missing is said by the service, beside its field and in the person's language; not by the browser.
  return (
    <form className="prime-form" noValidate onSubmit={submit}>
      {body}
    </form>
  );
}

export function LaunchingScreen({ site, act }: { site: Site; act: Actions }) {
  const say = useSay();
  return (
    <>
      <div className="card-content middle">
        <span className="spinner big" aria-hidden="true" />
        <p className="message">{say("work.launching")}</p>
      </div>
      <div className="card-actions-bar">
        <FactsInOneLine site={site} />
        <button type="button" className="button quiet-button wide" onClick={act.close}>
          {say("cancel")}
        </button>
      </div>
    </>
  );
}

export function LookingScreen() {
  return (
    <div className="card-content middle">
      <span className="spinner big" aria-hidden="true" />
    </div>
  );
}
