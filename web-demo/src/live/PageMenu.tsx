import { useRef } from "react";
import { type Placement, onStage, popoverAt } from "./geometry";
import { useOverlay } from "./overlay";
import type { Ground } from "./Popover";
import type { MenuRequest, Tabs } from "./protocol";
import type { LiveWords } from "./words";

export type MenuAction = "copy" | "cut" | "paste" | "select_all" | "back" | "forward" | "reload";

/** What makes sense at that place of the page. A password is not copied. */
export function menuActions(menu: MenuRequest, tabs: Tabs): MenuAction[] {
  const text: MenuAction[] = [];
  if (menu.selection && !menu.password) {
    if (menu.editable) text.push("cut");
    text.push("copy");
  }
  if (menu.editable) text.push("paste");
  text.push("select_all");
  const ways: MenuAction[] = [];
  if (tabs.canGoBack !== false) ways.push("back");
  if (tabs.canGoForward !== false) ways.push("forward");
  return [...text, ...ways, "reload"];
}

const isWay = (action: MenuAction | undefined) => action === "back" || action === "forward" || action === "reload";

/** The page's context menu: the browser's own is not in the picture. */
export function PageMenu({
  words,
  menu,
  tabs,
  placement,
  ground,
  onAction,
  onClose,
  restore,
}: {
  words: LiveWords;
  menu: MenuRequest;
  tabs: Tabs;
  placement: Placement;
  ground: Ground;
  onAction: (action: MenuAction) => void;
  onClose: () => void;
  restore: () => void;
}) {
  const ref = useOverlay<HTMLDivElement>({ onEscape: onClose, restore });
  const items = useRef<HTMLDivElement>(null);
  const actions = menuActions(menu, tabs);
  const names: { [action in MenuAction]: string } = {
    copy: words.copy,
    cut: words.cut,
    paste: words.paste,
    select_all: words.selectAll,
    back: words.back,
    forward: words.forward,
    reload: words.reload,
  };
  const anchor = onStage({ x: menu.x, y: menu.y, width: 0, height: 0 }, placement);
  // A menu is small, and belongs to a point: it is one on a phone too.
  const room = { ...ground.room, width: Math.max(ground.room.width, 480) };
  const where = popoverAt(anchor, room, ground.stageHeight, { width: 190, height: actions.length * 38 + 20 });
  const style = where.sheet
    ? {}
    : { left: Math.min(where.left, Math.max(6, ground.room.width - 200)), top: where.top, bottom: where.bottom, maxHeight: where.maxHeight };

  function onKeyDown(event: React.KeyboardEvent) {
    const all = [...(items.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Tab") onClose();
    else if (to === undefined) return;
    else all.at(to % all.length)?.focus();
    event.preventDefault();
  }

  return (
    <div className="live-over-all" data-overlay="">
      <div
        className="live-backdrop"
        onContextMenu={(event) => event.preventDefault()}
        onPointerDown={(event) => {
          event.preventDefault();
          onClose();
        }}
      />
      <div ref={ref} className="live-popover live-menu" style={style} onKeyDown={onKeyDown}>
        <div ref={items} role="menu" aria-label={words.menu} data-testid="live-menu">
          {actions.map((action, index) => (
            <button
              key={action}
              type="button"
              role="menuitem"
              tabIndex={-1}
              data-autofocus={index === 0 ? "" : undefined}
              data-apart={(isWay(action) && !isWay(actions[index - 1])) || undefined}
              onPointerMove={(event) => event.currentTarget.focus()}
              onClick={() => onAction(action)}
            >
              {names[action]}
            </button>
          ))}
        </div>
      </div>
    </div>
  );
}
