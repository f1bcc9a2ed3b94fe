import { useId, useRef } from "react";
import { Card } from "./Card";
import type { Ground } from "./Popover";
import type { AuthRequest, DialogRequest } from "./protocol";
import type { LiveWords } from "./words";

/** alert, confirm, prompt and beforeunload: the page stands still until it is answered. */
export function PageDialog({
  words,
  request,
  ground,
  onAnswer,
  restore,
}: {
  words: LiveWords;
  request: DialogRequest;
  ground: Ground;
  onAnswer: (accept: boolean, text?: string) => void;
  restore: () => void;
}) {
  const { kind, message, host } = request;
  const input = useRef<HTMLInputElement>(null);
  const leaving = kind === "beforeunload";
  return (
    <Card
      ground={ground}
      title={leaving ? words.leaveTitle : words.says(host || words.thePage)}
      alert
      testId="live-dialog"
      onEscape={() => onAnswer(kind === "alert")}
      restore={restore}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onAnswer(true, kind === "prompt" ? (input.current?.value ?? "") : undefined);
        }}
      >
        {/* A browser says the same words for every site, so that no page can put its own there. */}
        <p className="live-message">{leaving ? words.leaveText : message}</p>
        {kind === "prompt" ? (
          <input
            ref={input}
            className="live-input"
            type="text"
            aria-label={message || words.answer}
            defaultValue={request.value ?? ""}
            autoComplete="off"
            data-autofocus=""
          />
        ) : null}
        <div className="live-card-actions">
          {kind === "alert" ? null : (
            <button type="button" className="button" onClick={() => onAnswer(false)}>
              {leaving ? words.stay : words.cancel}
            </button>
          )}
          <button type="submit" className="button primary" data-autofocus={kind === "prompt" ? undefined : ""}>
            {leaving ? words.leavePage : words.ok}
          </button>
        </div>
      </form>
    </Card>
  );
}

/** A name and a password that the site's server asks for before there is any page. They stay in the fields. */
export function AuthForm({
  words,
  request,
  ground,
  onAnswer,
  onCancel,
  restore,
}: {
  words: LiveWords;
  request: AuthRequest;
  ground: Ground;
  onAnswer: (username: string, password: string) => void;
  onCancel: () => void;
  restore: () => void;
}) {
  const id = useId();
  const username = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  return (
    <Card
      ground={ground}
      title={words.authTitle(request.host)}
      icon="lock"
      testId="live-auth"
      onEscape={onCancel}
      restore={restore}
    >
      <form
        className="live-fields"
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          onAnswer(username.current?.value ?? "", password.current?.value ?? "");
          if (password.current) password.current.value = "";
        }}
      >
        <p className="live-quiet">{words.authText(request.realm)}</p>
        <label htmlFor={`${id}-name`}>{words.username}</label>
        <input
          id={`${id}-name`}
          ref={username}
          className="live-input"
          type="text"
          autoComplete="off"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          data-autofocus=""
        />
        <label htmlFor={`${id}-word`}>{words.password}</label>
        <input id={`${id}-word`} ref={password} className="live-input" type="password" autoComplete="off" />
        <div className="live-card-actions">
          <button type="button" className="button" onClick={onCancel}>
            {words.cancel}
          </button>
          <button type="submit" className="button primary">
            {words.signIn}
          </button>
        </div>
      </form>
    </Card>
  );
}
