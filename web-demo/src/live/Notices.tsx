import { Icon, IconButton } from "@/ui/icons";
import type { Notice } from "./state";
import type { LiveWords } from "./words";

/** What happened that the picture does not show. Stays until it is dismissed. */
export function Notices({
  words,
  notices,
  copied,
  onCopy,
  onCopyDismissed,
  onDismiss,
}: {
  words: LiveWords;
  notices: Notice[];
  /** Copied in the page, and waits for a click here. */
  copied: boolean;
  onCopy: () => void;
  onCopyDismissed: () => void;
  onDismiss: (key: string) => void;
}) {
  return (
    <div className="live-notices" role="status" data-testid="live-notices">
      {notices.map(({ key, kind, what }) => {
        const known = words.notices[kind];
        if (!known) return null;
        const named = kind === "permission_denied" && what ? (words.permissions[what] ?? what) : what;
        return (
          <div key={key} className="live-notice" data-kind={kind}>
            <Icon name="warning" size={18} />
            <div className="live-notice-text">
              <strong>{known.title}</strong>
              <p>{known.text(named)}</p>
            </div>
            <IconButton icon="close" size={14} label={words.dismiss} onClick={() => onDismiss(key)} />
          </div>
        );
      })}
      {copied ? (
        <div className="live-notice" data-kind="copied" data-testid="live-copied">
          <div className="live-notice-text">
            <p>{words.copiedThere}</p>
          </div>
          <button type="button" className="button small primary" onClick={onCopy}>
            {words.copyHere}
          </button>
          <IconButton icon="close" size={14} label={words.dismiss} onClick={onCopyDismissed} />
        </div>
      ) : null}
    </div>
  );
}
