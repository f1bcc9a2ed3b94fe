import { Icon } from "@/ui/icons";
import type { LiveState } from "./state";
import type { LiveWords } from "./words";

/** Who has the control: the way to get it, and the question to the one who has it. It never blocks. */
export function RoleBar({
  words,
  state,
  onKnock,
  onAdmit,
}: {
  words: LiveWords;
  state: LiveState;
  onKnock: () => void;
  onAdmit: (viewer: string, yes: boolean) => void;
}) {
  return (
    <div className="live-roles" role="status" data-testid="live-roles">
      {state.role === "view" ? (
        <p className="live-role">
          <Icon name="eye" size={18} />
          <span>{words.watching}</span>
        </p>
      ) : null}
      {state.role === "waiting" ? (
        <p className="live-role">
          <Icon name="eye" size={18} />
          <span>
            {state.knocking === "asked" ? words.asked : state.knocking === "refused" ? words.refused : words.elsewhere}
          </span>
          <button type="button" className="button small primary" disabled={state.knocking === "asked"} onClick={onKnock}>
            {state.knocking === "refused" ? words.askAgain : words.useHere}
          </button>
        </p>
      ) : null}
      {state.knocks.map((knock) => (
        <p key={knock.viewer} className="live-role" data-testid="live-knock">
          <span>{words.wantsIn[knock.device] ?? words.wantsIn.computer}</span>
          <button type="button" className="button small" onClick={() => onAdmit(knock.viewer, false)}>
            {words.keep}
          </button>
          <button type="button" className="button small primary" onClick={() => onAdmit(knock.viewer, true)}>
            {words.letIn}
          </button>
        </p>
      ))}
    </div>
  );
}
