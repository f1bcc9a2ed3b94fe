"use client";

import { useEffect, useId, useRef, useState } from "react";
import { AddressBar } from "./AddressBar";
import { readClipboard, writeClipboard } from "./clipboard";
import "./live.css";
import { cursorName } from "./mouse";
import { HiddenFields } from "./HiddenFields";
import { Notices } from "./Notices";
import { Overlays } from "./Overlays";
import { type MenuAction, PageMenu } from "./PageMenu";
import { RoleBar } from "./RoleBar";
import { SimpleForm } from "./SimpleForm";
import { SiteProblem } from "./SiteProblem";
import { focusOf, formOf } from "./state";
import { Suggestions } from "./Suggestions";
import { TabStrip } from "./TabStrip";
import { useLive } from "./useLive";
import { LIVE_WORDS, type Language } from "./words";

/** What the server's browser shows, and everything a person does to it. */
export function LiveView({
  loginId,
  name,
  busy,
  resumed,
  language = "en",
  onEnded,
  onBack,
  onLeave,
  onMoved,
  onNotice,
}: {
  loginId: string;
  /** The provider's. */
  name: string;
  /** The browser is being looked at: input would get in the way. */
  busy: boolean;
  /** Rises when the line to the service came back: the live view looks after its own. */
  resumed: number;
  language?: Language;
  onEnded: () => void;
  /** Its own line came back after it was lost. */
  onBack?: () => void;
  /** Escape twice, or the button for it: where the focus goes is the modal's matter. */
  onLeave: () => void;
  /** The page in front has another address than the one before it. */
  onMoved?: () => void;
  /** Something was stopped or asked for that the picture does not show. */
  onNotice?: (kind: string, what: string | null) => void;
}) {
  const root = useRef<HTMLElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const line = useRef<HTMLInputElement>(null);
  const secret = useRef<HTMLInputElement>(null);
  const said = useRef<HTMLDivElement>(null);
  const id = useId();
  const words = LIVE_WORDS[language];
  const [simple, setSimple] = useState(false);

  const live = useLive(loginId, { root, stage, canvas, area, line, secret, said }, { words, onEnded, onBack, onLeave, onNotice });
  const { state, status, seen, placement, tell, acts } = live;
  const { send, toPicture } = acts;
  const ground = { room: live.room, stageHeight: live.stageHeight };

  useEffect(() => {
    if (resumed > 0) acts.nudge();
  }, [acts, resumed]);

  const canAct = !busy && (state.role === null || state.role === "control");
  const focus = focusOf(state);
  const error = state.tabs.front === null ? undefined : state.errors[state.tabs.front];
  const lost = status === "lost";

  const address = state.tabs.open.find(({ id: tab }) => tab === state.tabs.front)?.url;
  const known = useRef(address);
  useEffect(() => {
    if (!address || address === known.current) return;
    const isFirst = !known.current;
    known.current = address;
    if (!isFirst) onMoved?.();
  }, [address, onMoved]);

  function switchSimple(on: boolean) {
    setSimple(on);
    acts.simple(on);
  }

  async function act(action: MenuAction) {
    tell({ did: "menu-closed" });
    if (action === "back" || action === "forward" || action === "reload") send({ type: "navigate", action });
    else if (action !== "paste") send({ type: "edit", action });
    else {
      const text = await readClipboard();
      if (text === null) tell({ did: "noticed", kind: "no_clipboard" });
      else acts.paste(text);
    }
  }

  async function copyHere() {
    if (state.copied === null || !(await writeClipboard(state.copied))) return;
    tell({ did: "copied" });
    acts.say(words.copiedHere);
    toPicture();
  }

  return (
    <section
      ref={root}
      className="live"
      aria-label={words.liveView(name)}
      lang={language}
      data-busy={busy || undefined}
      data-lost={lost || undefined}
    >
      <AddressBar
        words={words}
        tabs={state.tabs}
        failed={error?.host || null}
        canAct={canAct}
        simple={simple}
        onNavigate={(action) => send({ type: "navigate", action })}
        onSimple={switchSimple}
        onKeyboard={acts.toggleKeyboard}
        onLeave={acts.leave}
      />
      <TabStrip
        words={words}
        tabs={state.tabs}
        canAct={canAct}
        onSelect={(tab) => {
          send({ type: "page", action: "select", id: tab });
          toPicture();
        }}
        onClose={(tab) => send({ type: "page", action: "close", id: tab })}
      />
      <RoleBar
        words={words}
        state={state}
        onKnock={acts.knock}
        onAdmit={acts.admit}
      />
      <div className="live-body">
        {simple ? (
          <SimpleForm words={words} mirrored={formOf(state)} disabled={!canAct} send={send} onOff={() => switchSimple(false)} />
        ) : null}
        <div className="live-stage" ref={stage} data-watching={!canAct || undefined}>
          <canvas
            ref={canvas}
            data-testid="live-canvas"
            data-seen={seen || undefined}
            aria-hidden="true"
            style={{ cursor: canAct ? cursorName(state.cursor) : "default" }}
          />
          <form className="live-fields-hidden" autoComplete="off" onSubmit={(event) => event.preventDefault()}>
            <fieldset disabled={!canAct}>
              <HiddenFields area={area} line={line} secret={secret} label={words.anyField} describedBy={`${id}-how`} />
            </fieldset>
          </form>
          <p id={`${id}-how`} hidden>
            {words.how}
          </p>
          {error ? (
            <SiteProblem
              words={words}
              error={error}
              canAct={canAct}
              canGoBack={state.tabs.canGoBack !== false}
              onRetry={() => send({ type: "navigate", action: "reload" })}
              onBack={() => send({ type: "navigate", action: "back" })}
            />
          ) : null}
          {focus?.suggestions?.length && canAct && state.asked.length === 0 ? (
            <Suggestions
              key={`${focus.kind} ${focus.label} ${focus.suggestions.length}`}
              words={words}
              field={focus}
              suggestions={focus.suggestions}
              placement={placement}
              ground={ground}
              onKeys={acts.takeKeys}
              onDescribe={acts.describe}
              onPick={acts.replaceWith}
            />
          ) : null}
          <Overlays
            words={words}
            asked={canAct ? state.asked : []}
            placement={placement}
            ground={ground}
            answerTo={acts.answerTo}
            uploadLine={acts}
            restore={toPicture}
          />
          {state.menu && canAct ? (
            <PageMenu
              words={words}
              menu={state.menu}
              tabs={state.tabs}
              placement={placement}
              ground={ground}
              onAction={(action) => void act(action)}
              onClose={() => tell({ did: "menu-closed" })}
              restore={toPicture}
            />
          ) : null}
          <Notices
            words={words}
            notices={state.notices}
            copied={state.copied !== null}
            onCopy={() => void copyHere()}
            onCopyDismissed={() => tell({ did: "copied" })}
            onDismiss={(key) => tell({ did: "dismissed", key })}
          />
          <div className="live-status" role="status" aria-live="polite" data-testid="live-status">
            {lost ? (
              <span className="live-pill">
                <span className="spinner" aria-hidden="true" /> {words.reconnecting}
              </span>
            ) : !seen ? (
              <span className="live-pill">
                <span className="spinner" aria-hidden="true" /> {words.waiting}
              </span>
            ) : null}
          </div>
        </div>
      </div>
      <div ref={said} className="live-said" role="status" aria-live="polite" data-testid="live-said" />
    </section>
  );
}
