"use client";

import { type ReactNode, useEffect, useRef } from "react";
import { Monogram } from "@/ui/Monogram";
import { Icon } from "@/ui/icons";
import { ChooseScreen } from "./ChooseScreen";
import { EndedScreen, RefusedScreen, SavedScreen } from "./EndScreens";
import { OtherAccountScreen } from "./OtherAccountScreen";
import { LaunchingScreen, LookingScreen, PrimeScreen } from "./PrimeScreen";
import { SheetView } from "./Sheets";
import { WorkScreen } from "./WorkScreen";
import { type Actions, type Around, type Scene, isEnd, stateKey, toneOf } from "./scene";
import { useSay } from "./useSay";

export interface ModalProps {
  scene: Scene;
  around: Around;
  act: Actions;
  /** In the frame of another page: there is somewhere to go back to. Else it is a page of its own, which the browser closes. */
  framed: boolean;
  /** The live view, where the scene has one. */
  picture: ReactNode;
}

export function ModalView({ scene, around, act, framed, picture }: ModalProps) {
  const say = useSay();
  const modal = useRef<HTMLElement>(null);
  const site = "site" in scene ? scene.site : null;
  const { time, sheet } = around;
  const covered = sheet !== null;
  const title = site ? say("title", { name: site.name }) : say("title.any");

  // What had the focus may have gone with the last scene: then it goes to the modal, and is never lost to the page.
  useEffect(() => {
    const focused = document.activeElement;
    if (!covered && (!focused || focused === document.body)) modal.current?.focus({ preventScroll: true });
  }, [scene.kind, covered]);

  return (
    <div className="connect" data-framed={framed || undefined}>
      <main
        ref={modal}
        className="window"
        data-layout={scene.kind === "work" ? "work" : "card"}
        data-scene={scene.kind}
        data-testid="modal"
        data-state-of-login={"state" in scene ? (scene.state ?? undefined) : undefined}
        aria-labelledby="modal-title"
        tabIndex={-1}
      >
        <header className="window-head" inert={covered}>
          {site ? <Monogram id={site.id} name={site.name} /> : null}
          <div className="window-titles">
            <h1 className="window-title" id="modal-title">
              {title}
            </h1>
            <p
              className="modal-state"
              data-testid="modal-state"
              data-tone={toneOf(scene)}
              role="status"
              aria-live="polite"
            >
              {say(stateKey(scene))}
            </p>
          </div>
          <div className="window-tools">
            {time ? (
              <span
                className="time-left"
                role="timer"
                aria-label={say("time.left", { time: time.left })}
                data-low={time.low || undefined}
                data-testid="time-left"
              >
                <span className="time-words">{say("time.left", { time: time.left })}</span>
                <span className="time-figures">{time.left}</span>
              </span>
            ) : null}
            {time?.canExtend ? (
              <button
                type="button"
                className="button small more-time"
                data-testid="more-time"
                data-low={time.low || undefined}
                disabled={around.working === "extend"}
                onClick={act.extend}
              >
                {say("time.more")}
              </button>
            ) : null}
            {around.canShare ? (
              <>
                <ToolButton icon="phone" label={say("phone.open")} testId="open-phone" onClick={() => act.openSheet("phone")} />
                <ToolButton icon="eye" label={say("watch.open")} testId="open-watch" onClick={() => act.openSheet("watch")} />
              </>
            ) : null}
          </div>
          {framed ? (
            <button
              type="button"
              className="icon-button window-close"
              data-testid="modal-close"
              aria-label={say(isEnd(scene) ? "close" : "close.cancel")}
              onClick={act.close}
            >
              <Icon name="close" />
            </button>
          ) : null}
        </header>

        <p className="heard-only" role="status">
          {around.announce}
        </p>

        {around.lost && !isEnd(scene) ? (
          <p className="banner" role="alert" data-testid="modal-lost">
            <span className="spinner" aria-hidden="true" /> {say("lost")}
          </p>
        ) : null}

        <div className="window-body" inert={covered}>
          <Screen scene={scene} around={around} act={act} picture={picture} framed={framed} />
        </div>

        {sheet ? <SheetView sheet={sheet} act={act} /> : null}
      </main>
    </div>
  );
}

function Screen({ scene, around, act, picture, framed }: ModalProps) {
  switch (scene.kind) {
    case "looking":
      return <LookingScreen />;
    case "choose":
      return <ChooseScreen choices={scene.choices} act={act} />;
    case "refused":
      return <RefusedScreen scene={scene} around={around} act={act} framed={framed} />;
    case "prime":
      return <PrimeScreen scene={scene} around={around} act={act} />;
    case "launching":
      return <LaunchingScreen site={scene.site} act={act} />;
    case "work":
      return <WorkScreen scene={scene} around={around} act={act} picture={picture} />;
    case "other":
      return <OtherAccountScreen scene={scene} around={around} act={act} />;
    case "saved":
      return <SavedScreen scene={scene} act={act} />;
    case "ended":
      return <EndedScreen scene={scene} around={around} act={act} framed={framed} />;
  }
}

function ToolButton({
  icon,
  label,
  testId,
  onClick,
}: {
  icon: "phone" | "eye";
  label: string;
  testId: string;
  onClick: () => void;
}) {
  return (
    <button type="button" className="icon-button tool" data-testid={testId} aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
