import { useState } from "react";
import { Icon } from "@/ui/icons";
import type { Actions } from "./scene";
import { useSay } from "./useSay";

/** Nobody has done anything for a while. Heard once, seen to count down. */
export function Idle({ left, busy, act }: { left: string; busy: boolean; act: Actions }) {
  const say = useSay();
  const [atFirst] = useState(left);
  return (
    <div className="banner idle" data-testid="idle">
      <Icon name="clock" />
      <p role="alert">
        <strong>{say("idle.title")}</strong>{" "}
        <span className="heard-only">{say("idle.text", { time: atFirst })}</span>
        <span className="idle-text" aria-hidden="true">
          {say("idle.text", { time: left })}
        </span>
      </p>
      <button type="button" className="button small" data-testid="still-here" disabled={busy} onClick={act.stay}>
        {say("idle.stay")}
      </button>
    </div>
  );
}
