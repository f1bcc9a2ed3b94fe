"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { answer, api } from "@/api/client";
import { socketUrl } from "@/api/base";
import { CloseIcon } from "@/ui/ProblemPanel";
import { WORDS } from "@/login/words";
import { Painter } from "./painter";
import { Person } from "./person";
import { LiveLink, type LiveStatus, type Tabs } from "./link";

const NO_TABS: Tabs = { open: [], front: null };

/** What the server's browser shows, and everything a person does to it. */
export function LiveView({
  loginId,
  name,
  busy,
  resumed,
  onEnded,
  onLeave,
}: {
  loginId: string;
  name: string;
  /** The browser is being looked at: input would get in the way. */
  busy: boolean;
  /** Rises when the line to the service came back: the socket is made anew. */
  resumed: number;
  onEnded: () => void;
  /** Escape twice: where the focus goes is the modal's matter. */
  onLeave: () => void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const link = useRef<LiveLink | null>(null);
  const [status, setStatus] = useState<LiveStatus>("connecting");
  const [seen, setSeen] = useState(false);
  const [tabs, setTabs] = useState<Tabs>(NO_TABS);
  const ended = useRef(onEnded);
  const leave = useRef(onLeave);
  useEffect(() => {
    ended.current = onEnded;
    leave.current = onLeave;
  });

  useEffect(() => {
    if (!canvas.current || !field.current || !stage.current) return;
    const painter = new Painter(canvas.current, stage.current, () => setSeen(true));
    const live = new LiveLink({
      ticket: () => answer(api.POST("/logins/{id}/live-ticket", { params: { path: { id: loginId } } })),
      url: () => socketUrl(`/logins/${loginId}/live`),
      onFrame: (frame) => void painter.take(frame),
      onTabs: setTabs,
      onStatus: (now) => {
        setStatus(now);
        if (now === "open") {
          painter.fresh();
          person.announceSize();
        }
        if (now === "ended") ended.current();
      },
    });
    const person = new Person({
      canvas: canvas.current,
      field: field.current,
      stage: stage.current,
      page: () => painter.page,
      send: (input) => live.send(input),
      congested: () => live.congested,
      onLeave: () => leave.current(),
      onRoom: () => painter.layOut(),
    });
    link.current = live;
    return () => {
      link.current = null;
      person.end();
      live.close();
      painter.end();
    };
  }, [loginId]);

  useEffect(() => {
    if (resumed > 0) link.current?.restart();
  }, [resumed]);

  const front = tabs.open.find((tab) => tab.id === tabs.front);
  const host = hostOf(front?.url);
  const navigate = useCallback((action: "back" | "forward" | "reload") => {
    link.current?.send({ type: "navigate", action });
  }, []);

  return (
    <div className="live" data-busy={busy || undefined}>
      <div className="live-bar">
        <div className="live-tools">
          <ToolButton label="Back" onClick={() => navigate("back")} path="M12 4l-6 6 6 6" />
          <ToolButton label="Forward" onClick={() => navigate("forward")} path="M8 4l6 6-6 6" />
          <ToolButton label="Reload" onClick={() => navigate("reload")} path="M15.5 6.5A6.5 6.5 0 1 0 16.5 10M16 3v4h-4" />
        </div>
        <div className="live-host" title={front?.title || undefined} data-testid="live-host">
          {front?.url.startsWith("https:") ? <LockIcon /> : null}
          <span>{host || "…"}</span>
        </div>
        <button
          type="button"
          className="icon-button keyboard-button"
          aria-label="Show or hide the keyboard"
          title="Keyboard"
          onPointerDown={(event) => event.preventDefault()}
          onClick={() =>
            document.activeElement === field.current ? field.current?.blur() : field.current?.focus({ preventScroll: true })
          }
        >
          <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
            <path
              d="M2 5h16v10H2zM5 8h.01M8 8h.01M11 8h.01M14 8h.01M5 11h.01M14.5 11h.01M7.5 12h5"
              fill="none"
              stroke="currentColor"
              strokeWidth="1.7"
              strokeLinecap="round"
              strokeLinejoin="round"
            />
          </svg>
        </button>
      </div>
      <div className="live-tabs" role="group" aria-label="Tabs of the browser" data-testid="tabs" hidden={tabs.open.length < 2}>
        {tabs.open.map((tab) => (
          <span key={tab.id} className="live-tab" data-front={tab.id === tabs.front || undefined}>
            <button
              type="button"
              className="live-tab-name"
              aria-pressed={tab.id === tabs.front}
              onClick={() => {
                link.current?.send({ type: "page", action: "select", id: tab.id });
                field.current?.focus({ preventScroll: true });
              }}
            >
              {tab.title || hostOf(tab.url) || "New tab"}
            </button>
            <button
              type="button"
              className="icon-button"
              aria-label={`Close tab ${tab.title || hostOf(tab.url)}`}
              onClick={() => link.current?.send({ type: "page", action: "close", id: tab.id })}
            >
              <CloseIcon />
            </button>
          </span>
        ))}
      </div>
      <div className="live-stage" ref={stage}>
        <canvas ref={canvas} data-testid="live-canvas" data-seen={seen || undefined} aria-hidden="true" />
        <textarea
          ref={field}
          className="live-field"
          aria-label={`Live view of ${host || name}. What you type goes to that page; Tab and Enter too. Press Escape twice to leave.`}
          autoComplete="off"
          autoCorrect="off"
          autoCapitalize="off"
          spellCheck={false}
          disabled={busy}
        />
        {status === "lost" ? (
          <div className="live-over" role="status">
            <span className="spinner" aria-hidden="true" /> {WORDS.lost}
          </div>
        ) : !seen ? (
          <div className="live-over" role="status">
            <span className="spinner" aria-hidden="true" /> Waiting for the picture…
          </div>
        ) : null}
      </div>
    </div>
  );
}

function hostOf(url: string | undefined): string {
  if (!url) return "";
  try {
    const { host, protocol } = new URL(url);
    return host || (protocol === "about:" ? "New tab" : "");
  } catch {
    return "";
  }
}

function ToolButton({ label, path, onClick }: { label: string; path: string; onClick: () => void }) {
  return (
    <button type="button" className="icon-button" aria-label={label} title={label} onClick={onClick}>
      <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
        <path d={path} fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
    </button>
  );
}

function LockIcon() {
  return (
    <svg viewBox="0 0 20 20" width="14" height="14" aria-label="Encrypted">
      <path d="M5 9h10v8H5zM7 9V6a3 3 0 0 1 6 0v3" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinejoin="round" />
    </svg>
  );
}
