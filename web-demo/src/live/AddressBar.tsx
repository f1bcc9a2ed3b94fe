import { addressOf } from "./address";
import { Icon, IconButton } from "@/ui/icons";
import type { Tabs } from "./protocol";
import type { LiveWords } from "./words";

/** Where the page is, and the way through its history. What it says comes from the service, never from the page. */
export function AddressBar({
  words,
  tabs,
  failed,
  canAct,
  simple,
  onNavigate,
  onSimple,
  onKeyboard,
  onLeave,
}: {
  words: LiveWords;
  tabs: Tabs;
  /** The host of a site that did not come: the browser's own page about it has an address that means nothing. */
  failed: string | null;
  canAct: boolean;
  simple: boolean;
  onNavigate: (action: "back" | "forward" | "reload") => void;
  onSimple: (on: boolean) => void;
  onKeyboard: () => void;
  onLeave: () => void;
}) {
  const front = tabs.open.find((tab) => tab.id === tabs.front);
  const address = failed ? null : addressOf(front?.url);
  return (
    <div className="live-bar">
      <div className="live-tools">
        <IconButton icon="back" label={words.back} disabled={!canAct || tabs.canGoBack === false} onClick={() => onNavigate("back")} />
        <IconButton
          icon="forward"
          label={words.forward}
          className="live-forward"
          disabled={!canAct || tabs.canGoForward === false}
          onClick={() => onNavigate("forward")}
        />
        <IconButton icon="reload" label={words.reload} disabled={!canAct} onClick={() => onNavigate("reload")} />
      </div>
      <div className="live-host" title={front?.title || undefined} data-testid="live-host" role="group" aria-label={words.address}>
        {address ? (
          <span className="live-lock" role="img" aria-label={address.encrypted ? words.encrypted : words.notEncrypted}>
            <Icon name={address.encrypted ? "lock" : "unlocked"} size={14} />
          </span>
        ) : null}
        <span className="live-where">
          <bdi>{failed ?? address?.host ?? (front ? words.newTab : "…")}</bdi>
        </span>
      </div>
      <button
        type="button"
        role="switch"
        aria-checked={simple}
        className="live-switch"
        title={words.simpleHint}
        data-testid="live-simple"
        onClick={() => onSimple(!simple)}
      >
        <span className="live-switch-track" aria-hidden="true" />
        {words.simple}
      </button>
      <IconButton
        icon="keyboard"
        label={words.keyboard}
        size={20}
        className="keyboard-button"
        disabled={!canAct}
        onPointerDown={(event) => event.preventDefault()}
        onClick={onKeyboard}
      />
      <IconButton icon="leave" label={words.leaveKeys} className="live-leave" onClick={onLeave} />
    </div>
  );
}
