"use client";

import * as Dialog from "@radix-ui/react-dialog";
import { useEffect, useRef, useState } from "react";
import { answer, api } from "@/api/client";
import { asProblem } from "@/api/problem";
import { type Problem, type Provider, isOver } from "@/api/types";
import { useIntegrations } from "@/integrations/context";
import { LiveView } from "@/live/LiveView";
import { Monogram } from "@/ui/Monogram";
import { CloseIcon, ProblemPanel } from "@/ui/ProblemPanel";
import { useNow } from "@/ui/useNow";
import { NotDetected } from "./NotDetected";
import { useLogin } from "./useLogin";
import { timeLeft } from "./view";
import { WORDS, stateWords } from "./words";

/** How long "Connection successful!" stays before the modal closes by itself. */
const SHOW_SUCCESS_MS = 1500;

export function ConnectModal({
  provider,
  loginId,
  onClose,
  onRetry,
}: {
  provider: Provider;
  loginId: string;
  onClose: () => void;
  onRetry: () => Promise<void>;
}) {
  const { view, problem, take, refresh } = useLogin(loginId);
  const { integrations, link, skew, resumed } = useIntegrations();
  const [working, setWorking] = useState<"finish" | "retry" | null>(null);
  const [failed, setFailed] = useState<Problem | null>(null);
  const [hidden, setHidden] = useState(0);
  const finishButton = useRef<HTMLButtonElement>(null);
  const leftViewAt = useRef(0);
  const now = useNow(1000) + (skew ?? 0);

  const state = view?.login.state;
  const over = state !== undefined && isOver(state);
  // Each state has its own deadline; events do not carry it, the cards do. That of the start is no matter of the person's.
  const carded = integrations?.find((card) => card.login?.id === loginId)?.login;
  const timed = state === "awaiting_login" || state === "detected";
  const left = timed && carded?.state === state ? timeLeft(carded.deadlineAt, now) : null;
  const notDetected = view?.notDetected && view.notDetectedCount > hidden ? view.notDetected : null;
  const canFinish = state === "awaiting_login" || state === "detected";
  const lost = link === "lost";
  const name = provider.name;

  useEffect(() => {
    if (state !== "saved") return;
    const timer = setTimeout(onClose, SHOW_SUCCESS_MS);
    return () => clearTimeout(timer);
  }, [state, onClose]);

  const told = `${state}/${view?.notDetectedCount}`;
  const [toldWhenPressed, setToldWhenPressed] = useState<string | null>(null);
  // The answer to "I Finished Login" comes as an event.
  const finishing = working === "finish" && told === toldWhenPressed;

  useEffect(() => {
    if (!finishing) return;
    // Should the event be missed, the login is asked itself.
    const timer = setTimeout(() => {
      refresh();
      setWorking(null);
    }, 15_000);
    return () => clearTimeout(timer);
  }, [finishing, refresh]);

  async function finish() {
    setFailed(null);
    setWorking("finish");
    setToldWhenPressed(told);
    setHidden(view?.notDetectedCount ?? 0);
    try {
      take(await answer(api.POST("/logins/{id}/finish", { params: { path: { id: loginId } } })));
    } catch (error) {
      setWorking(null);
      setFailed(asProblem(error));
      refresh();
    }
  }

  async function retry() {
    setFailed(null);
    setWorking("retry");
    try {
      await onRetry();
    } catch (error) {
      setFailed(asProblem(error));
    } finally {
      setWorking(null);
    }
  }

  function close() {
    if (!over) {
      // Said once; that it happened is told by the event stream.
      answer(api.POST("/logins/{id}/cancel", { params: { path: { id: loginId } } })).catch(() => undefined);
    }
    onClose();
  }

  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content
          className="modal"
          data-testid="modal"
          data-state-of-login={state}
          aria-describedby="modal-state"
          onInteractOutside={(event) => event.preventDefault()}
          onEscapeKeyDown={(event) => {
            const inView = document.activeElement?.classList.contains("live-field");
            // One Escape too many when leaving the view must not cost the login.
            if (inView || Date.now() - leftViewAt.current < 1500) event.preventDefault();
          }}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            (event.currentTarget as HTMLElement).focus();
          }}
        >
          <header className="modal-head">
            <Monogram id={provider.id} name={name} />
            <div className="modal-titles">
              <Dialog.Title className="modal-title">{WORDS.title(name)}</Dialog.Title>
              <p
                id="modal-state"
                className="modal-state"
                data-testid="modal-state"
                data-tone={tone(state)}
                role="status"
                aria-live="polite"
              >
                {state === undefined ? "Looking for the login..." : stateWords(state)}
              </p>
            </div>
            {left ? (
              <span className="time-left" role="timer" aria-label={`Time left: ${left}`} data-low={isLow(left) || undefined}>
                {left} <span className="time-left-word">left</span>
              </span>
            ) : null}
            <Dialog.Close className="icon-button" aria-label={over ? "Close" : "Close and cancel the login"}>
              <CloseIcon />
            </Dialog.Close>
          </header>

          {lost && !over ? (
            <p className="banner" role="alert" data-testid="modal-lost">
              <span className="spinner" aria-hidden="true" /> {WORDS.lost}
            </p>
          ) : null}

          {problem && !lost ? <ProblemPanel problem={problem} onRetry={refresh} /> : null}

          {state === "saved" ? (
            <Result tone="good" text="The session is kept, sealed. This window closes by itself." />
          ) : over ? (
            <Result tone={state === "failed" ? "bad" : "plain"} text={endText(state, view?.login.failure?.message)}>
              {failed ? <ProblemPanel problem={failed} /> : null}
              <div className="result-actions">
                {state !== "failed" || view?.login.failure?.retryable ? (
                  <button
                    type="button"
                    className="button primary"
                    data-testid="try-again"
                    disabled={working === "retry"}
                    onClick={() => void retry()}
                  >
                    Try again
                  </button>
                ) : null}
                <button type="button" className="button" onClick={onClose}>
                  Close
                </button>
              </div>
            </Result>
          ) : state === "launching" || state === undefined ? (
            <div className="modal-wait">
              <span className="spinner big" aria-hidden="true" />
              <p>The browser starts on the server. That takes a few seconds.</p>
            </div>
          ) : (
            <LiveView
              key={loginId}
              loginId={loginId}
              name={name}
              busy={state === "verifying" || state === "verified"}
              resumed={resumed}
              onEnded={refresh}
              onLeave={() => {
                leftViewAt.current = Date.now();
                finishButton.current?.focus();
              }}
            />
          )}

          {over ? null : (
            <footer className="modal-foot">
              <div className="modal-notes">
                {failed ? <ProblemPanel problem={failed} onClose={() => setFailed(null)} /> : null}
                {notDetected && view ? (
                  <NotDetected name={name} evidence={notDetected} onClose={() => setHidden(view.notDetectedCount)} />
                ) : view?.reason && state === "awaiting_login" ? (
                  <p className="panel panel-warn" role="status" data-testid="awaiting-reason">
                    {view.reason}
                  </p>
                ) : null}
              </div>
              <div className="modal-actions">
                <p className="hint">
                  {hint(state, name, view?.login.autoFinish ?? false)}
                  {state === "awaiting_login" ? <span className="with-keys"> Esc twice leaves the view.</span> : null}
                </p>
                <button type="button" className="button" onClick={close}>
                  Cancel
                </button>
                <button
                  type="button"
                  ref={finishButton}
                  className="button primary"
                  data-testid="finish"
                  data-ready={state === "detected" || undefined}
                  disabled={!canFinish || finishing}
                  aria-busy={finishing || undefined}
                  onClick={() => void finish()}
                >
                  {WORDS.finish}
                </button>
              </div>
            </footer>
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Result({ tone, text, children }: { tone: "good" | "bad" | "plain"; text: string; children?: React.ReactNode }) {
  return (
    <div className="result" data-tone={tone} data-testid="result">
      <svg viewBox="0 0 48 48" width="64" height="64" aria-hidden="true" className="result-mark">
        <circle cx="24" cy="24" r="22" fill="none" stroke="currentColor" strokeWidth="3" opacity="0.35" />
        <path
          d={tone === "good" ? "M14 25l7 7 13-15" : tone === "bad" ? "M17 17l14 14M31 17L17 31" : "M24 13v13M24 33v1"}
          fill="none"
          stroke="currentColor"
          strokeWidth="3.5"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      <p>{text}</p>
      {children}
    </div>
  );
}

function tone(state: string | undefined): string {
  if (state === "saved" || state === "detected") return "good";
  return state === "failed" || state === "expired" ? "bad" : "plain";
}

function endText(state: string | undefined, message: string | undefined): string {
  if (state === "failed") return message ?? "Something went wrong. Nothing was saved.";
  if (state === "expired") return "Nobody finished the login in time, so the browser was closed. Nothing was saved.";
  return "The browser was closed and nothing was saved.";
}

function hint(state: string | undefined, name: string, autoFinish: boolean): string {
  switch (state) {
    case "awaiting_login":
      return `Log in to ${name} above, as you always do. Your password goes to ${name} only.`;
    case "detected":
      return autoFinish ? "It goes on by itself." : `Press “${WORDS.finish}” to have it verified and saved.`;
    case "verifying":
    case "verified":
      return "The login is tried in a second, fresh browser before it is kept.";
    default:
      return "";
  }
}

const isLow = (left: string): boolean => /^0[01]:/.test(left);
