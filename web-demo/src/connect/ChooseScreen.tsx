import { Monogram } from "@/ui/Monogram";
import { Icon } from "@/ui/icons";
import type { Actions, Choice } from "./scene";
import { useSay } from "./useSay";

/** A token that names no provider: the person says which. */
export function ChooseScreen({ choices, act }: { choices: Choice[]; act: Actions }) {
  const say = useSay();
  if (choices.length === 0) return <p className="message">{say("choose.none")}</p>;
  return (
    <ul className="choices">
      {choices.map(({ id, name, status }) => (
        <li key={id}>
          <button type="button" className="choice" data-testid={`choose-${id}`} onClick={() => act.choose(id)}>
            <Monogram id={id} name={name} />
            <span className="choice-text">
              <span className="choice-name">{name}</span>
              {status === "none" ? null : (
                <span className="status" data-status={status}>
                  {say(status === "connected" ? "choose.connected" : "choose.needsReconnect")}
                </span>
              )}
            </span>
            <Icon name="next" />
          </button>
        </li>
      ))}
    </ul>
  );
}
