import { useEffect, useMemo, useReducer, useRef, useState } from "react";
import { socketUrl } from "@/api/base";
import { answer, api } from "@/api/client";
import { tabName } from "./address";
import { writeClipboard } from "./clipboard";
import { platformOf } from "./fields";
import type { Placement, Room } from "./geometry";
import { EscapeTwice } from "./keys";
import { LiveLink, type LiveStatus } from "./link";
import { Painter } from "./painter";
import { Person } from "./person";
import type { Input, ServerMessage } from "./protocol";
import { type Asked, type Happening, type LiveState, NOTHING, after, focusOf } from "./state";
import type { Describe } from "./Suggestions";
import { pieces } from "./typed";
import type { UploadLine } from "./upload";
import { viewerId } from "./viewer";
import type { LiveWords } from "./words";

/** The service says within this time what is still open after a reconnect. */
const RESAID_MS = 1500;

export interface Parts {
  root: React.RefObject<HTMLElement | null>;
  stage: React.RefObject<HTMLDivElement | null>;
  canvas: React.RefObject<HTMLCanvasElement | null>;
  area: React.RefObject<HTMLTextAreaElement | null>;
  line: React.RefObject<HTMLInputElement | null>;
  secret: React.RefObject<HTMLInputElement | null>;
  said: React.RefObject<HTMLDivElement | null>;
}

export interface Ear {
  words: LiveWords;
  onEnded: () => void;
  onBack?: () => void;
  onLeave: () => void;
  onNotice?: (kind: string, what: string | null) => void;
}

export interface Live {
  status: LiveStatus;
  /** There was a picture. */
  seen: boolean;
  state: LiveState;
  placement: Placement;
  room: Room;
  stageHeight: number;
  tell: React.Dispatch<Happening>;
  acts: Acts;
}

/** What the parts of the view do. The same object for as long as the view is there. */
export interface Acts extends UploadLine {
  answerTo: (type: Asked["type"], id: number, input: Input) => void;
  paste: (text: string) => void;
  /** Puts a text in the place of all that is in the page's field. */
  replaceWith: (text: string) => void;
  knock: () => void;
  admit: (viewer: string, yes: boolean) => void;
  simple: (on: boolean) => void;
  /** The service can be reached: the line may be looked after. */
  nudge: () => void;
  /** Says it to a screen reader. */
  say: (text: string) => void;
  leave: () => void;
  toPicture: () => void;
  toggleKeyboard: () => void;
  /** Who gets the keys before the page; null: nobody. */
  takeKeys: (take: ((event: KeyboardEvent) => boolean) | null) => void;
  describe: (what: Describe | null) => void;
}

/** The live view's line, its picture and its hands, and what the service has said so far. */
export function useLive(loginId: string, parts: Parts, ear: Ear): Live {
  const [state, tell] = useReducer(after, NOTHING);
  const [status, setStatus] = useState<LiveStatus>("connecting");
  const [seen, setSeen] = useState(false);
  const [placement, setPlacement] = useState<Placement>({ x: 0, y: 0, scale: 1 });
  const [ground, setGround] = useState({ room: { top: 0, width: 0, height: 0 } as Room, stageHeight: 0 });
  const link = useRef<LiveLink | null>(null);
  const person = useRef<Person | null>(null);
  const painter = useRef<Painter | null>(null);
  const interceptor = useRef<Parameters<Acts["takeKeys"]>[0]>(null);
  const now = useRef({ ear, state });
  useEffect(() => {
    now.current = { ear, state };
  });
  const { root, stage, canvas, area, line, secret, said } = parts;

  const acts = useMemo((): Acts => {
    const send = (input: Input) => link.current?.send(input);
    const say = (text: string) => read(said.current, text);
    return {
      send,
      say,
      sendBytes: (bytes) => link.current?.sendBytes(bytes) ?? false,
      buffered: () => link.current?.buffered ?? 0,
      line: () => link.current?.line ?? 0,
      answerTo: (type, id, input) => {
        send(input);
        tell({ did: "answered", type, id });
      },
      paste: (text) => {
        for (const piece of pieces(text)) send({ type: "edit", action: "paste", text: piece });
      },
      replaceWith: (text) => {
        send({ type: "edit", action: "select_all" });
        send({ type: "text", text });
      },
      knock: () => {
        link.current?.knock();
        tell({ did: "knocked" });
      },
      admit: (viewer, yes) => {
        link.current?.admit(viewer, yes);
        tell({ did: "admitted", viewer });
      },
      simple: (on) => {
        link.current?.simple(on);
        if (!on) tell({ did: "simple-off" });
      },
      nudge: () => link.current?.nudge(),
      leave: () => {
        say(now.current.ear.words.left);
        person.current?.fields.active.blur();
        now.current.ear.onLeave();
      },
      toPicture: () => person.current?.fields.focus(),
      toggleKeyboard: () => person.current?.fields.toggleKeyboard(),
      takeKeys: (take) => {
        interceptor.current = take;
      },
      describe: (what) => person.current?.fields.describe(what),
    };
  }, [said]);

  useEffect(() => {
    if (!root.current || !stage.current || !canvas.current || !area.current || !line.current || !secret.current) return;
    const platform = platformOf(window);
    const viewer = viewerId();
    const escapes = new EscapeTwice();
    const own = { root: root.current, stage: stage.current };
    const { say, leave } = acts;
    let resaid: ReturnType<typeof setTimeout> | undefined;

    let wasLost = false;
    const live = new LiveLink({
      ticket: () => answer(api.POST("/logins/{id}/live-ticket", { params: { path: { id: loginId } } })),
      url: () => socketUrl(`/logins/${loginId}/live`),
      viewer,
      device: platform.phone ? "phone" : "computer",
      onFrame: (frame) => void drawn.take(frame),
      onMessage: (message) => {
        if (message.type === "copied") return void copied(message.text);
        if (message.type === "notice") now.current.ear.onNotice?.(message.kind, message.what ?? null);
        announce(message);
        tell({ did: "heard", message, viewer });
        if (message.type !== "welcome") return;
        drawn.fresh();
        clearTimeout(resaid);
        resaid = setTimeout(() => tell({ did: "settled" }), RESAID_MS);
      },
      onStatus: (status) => {
        setStatus(status);
        if (wasLost && status === "open") now.current.ear.onBack?.();
        wasLost = status === "lost";
        if (status === "ended") now.current.ear.onEnded();
      },
      onDropped: () => tell({ did: "noticed", kind: "typing_lost" }),
    });
    const drawn = new Painter({
      canvas: canvas.current,
      room: () => hands.room.room,
      focus: () => hands.focus,
      keyboard: () => hands.keyboardUp,
      onSeen: (sequence) => live.seen(sequence),
      onFirst: () => setSeen(true),
      onPlaced: (at) => {
        setPlacement(at);
        hands.placed(at);
      },
    });
    const hands: Person = new Person({
      canvas: canvas.current,
      stage: stage.current,
      area: area.current,
      line: line.current,
      secret: secret.current,
      platform,
      page: () => drawn.page,
      send: (input) => {
        // A window that is open on somebody's screen has the size that they give it.
        if (input.type !== "resize" || !now.current.state.window) live.send(input);
      },
      congested: () => live.congested,
      intercept: (event) => {
        if (interceptor.current?.(event)) return true;
        if (event.key !== "Escape" || event.isComposing || !escapes.press(event.timeStamp)) return false;
        leave();
        return true;
      },
      onRoom: (room) => {
        setGround({ room, stageHeight: own.stage.clientHeight });
        // The first time it is measured while it is made.
        painter.current?.layOut();
      },
    });

    async function copied(text: string) {
      if (await writeClipboard(text)) say(now.current.ear.words.copiedHere);
      else tell({ did: "heard", message: { type: "copied", text }, viewer });
    }

    function announce(message: ServerMessage) {
      const { ear, state } = now.current;
      const said = announcement(message, state, ear.words, hands.fields.focused);
      if (said) say(said);
    }

    /** Escape anywhere in the live view is ours: it must not close the modal around it, and with it end the login. */
    function escape(event: KeyboardEvent) {
      const { target } = event;
      if (event.key !== "Escape" || event.isComposing || !(target instanceof Element) || !own.root.contains(target)) return;
      if (hands.fields.has(target)) return;
      event.stopPropagation();
      if (target.closest("[data-overlay]")) return;
      if (escapes.press(event.timeStamp)) leave();
      else say(now.current.ear.words.leaveByEscape);
    }
    window.addEventListener("keydown", escape, { capture: true });

    link.current = live;
    person.current = hands;
    painter.current = drawn;
    return () => {
      window.removeEventListener("keydown", escape, { capture: true });
      clearTimeout(resaid);
      link.current = person.current = painter.current = null;
      hands.end();
      live.close();
      drawn.end();
    };
  }, [loginId, root, stage, canvas, area, line, secret, acts]);

  useEffect(() => {
    // On a new line the page may have the size that another viewer wanted.
    if (status === "open") person.current?.room.announce(true);
  }, [status]);

  const focus = focusOf(state);
  const label = focus ? focus.label || ear.words.unnamedField : ear.words.anyField;
  useEffect(() => {
    person.current?.show(focus, label);
    painter.current?.layOut();
  }, [focus, label]);
  useEffect(() => {
    person.current?.placed(placement);
  }, [focus, placement]);

  return { status, seen, state, placement, ...ground, tell, acts };
}

/** A live region reads out what is put into it. */
function read(region: HTMLElement | null, text: string): void {
  if (region) region.textContent = text;
}

/** What somebody who does not see the picture has to be told. */
export function announcement(message: ServerMessage, before: LiveState, words: LiveWords, inView: boolean): string | null {
  switch (message.type) {
    case "welcome":
      return before.role === null ? null : words.connectedAgain;
    case "role":
      if (message.role === before.role) return null;
      return message.role === "control" ? words.inControl : words.notInControl;
    case "tabs": {
      if (before.tabs.front === null || message.front === before.tabs.front) return null;
      const front = message.open.find((tab) => tab.id === message.front);
      if (!front) return null;
      const name = tabName(front, words.newTab);
      const fewer = message.open.length < before.tabs.open.length;
      return fewer ? words.tabClosed(name) : before.tabs.open.some((tab) => tab.id === front.id) ? name : words.tabOpened(name);
    }
    case "focus":
      if (!inView || !message.field || message.field.label === focusOf(before)?.label) return null;
      return words.inField(message.field.label || words.unnamedField);
    default:
      return null;
  }
}
