import { useRef, useState } from "react";
import { tabName } from "./address";
import { Icon } from "@/ui/icons";
import type { Tab, Tabs } from "./protocol";
import type { LiveWords } from "./words";

/** The browser's tabs, where there is more than one. The arrow keys go along it, Delete closes. */
export function TabStrip({
  words,
  tabs,
  canAct,
  onSelect,
  onClose,
}: {
  words: LiveWords;
  tabs: Tabs;
  canAct: boolean;
  onSelect: (id: number) => void;
  onClose: (id: number) => void;
}) {
  const strip = useRef<HTMLDivElement>(null);
  const [reached, setReached] = useState<number | null>(null);
  const inOrder = tabs.open.map((tab) => tab.id);
  const current = reached !== null && inOrder.includes(reached) ? reached : (tabs.front ?? inOrder[0] ?? null);

  function go(id: number | undefined) {
    if (id === undefined) return;
    setReached(id);
    strip.current?.querySelector<HTMLElement>(`[data-tab="${id}"]`)?.focus();
  }

  function onKeyDown(event: React.KeyboardEvent, id: number) {
    const at = inOrder.indexOf(id);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: inOrder.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      go(inOrder.at((to + inOrder.length) % inOrder.length));
    } else if ((event.key === "Delete" || event.key === "Backspace") && canAct) {
      event.preventDefault();
      go(inOrder[at + 1] ?? inOrder[at - 1]);
      onClose(id);
    }
  }

  return (
    <div
      ref={strip}
      className="live-tabs"
      role="toolbar"
      aria-label={words.tabs}
      data-testid="tabs"
      hidden={tabs.open.length < 2}
    >
      {tabs.open.map((tab) => {
        const name = tabName(tab, words.newTab);
        return (
          <span key={tab.id} className="live-tab" data-front={tab.id === tabs.front || undefined}>
            <button
              type="button"
              className="live-tab-name"
              data-tab={tab.id}
              aria-pressed={tab.id === tabs.front}
              aria-keyshortcuts="Delete"
              tabIndex={tab.id === current ? 0 : -1}
              title={name}
              disabled={!canAct}
              onFocus={() => setReached(tab.id)}
              onKeyDown={(event) => onKeyDown(event, tab.id)}
              onClick={() => onSelect(tab.id)}
            >
              <TabIcon tab={tab} />
              <span>{name}</span>
            </button>
            <button
              type="button"
              className="icon-button"
              aria-label={words.closeTab(name)}
              title={words.closeTab(name)}
              tabIndex={-1}
              disabled={!canAct}
              onClick={() => onClose(tab.id)}
            >
              <Icon name="close" size={12} />
            </button>
          </span>
        );
      })}
    </div>
  );
}

/** Only pictures that came with the message: an address would tell the site's server where this person is. */
function TabIcon({ tab }: { tab: Tab }) {
  if (!tab.icon?.startsWith("data:image/")) return <Icon name="page" size={15} />;
  // eslint-disable-next-line @next/next/no-img-element -- sixteen pixels, and already here
  return <img src={tab.icon} alt="" width={15} height={15} />;
}
