import { useEffect, useId, useState } from "react";
import { type Placement, onStage, popoverAt } from "./geometry";
import type { Ground } from "./Popover";
import type { PageField } from "./protocol";
import type { LiveWords } from "./words";

/** What the live view's own field says of the list beside it, for a screen reader. */
export interface Describe {
  list: string;
  active: string | null;
}

/** The suggestions of a field of the page (`<datalist>`). The focus stays in the field: the arrow keys go through them. */
export function Suggestions({
  words,
  field,
  suggestions,
  placement,
  ground,
  onKeys,
  onDescribe,
  onPick,
}: {
  words: LiveWords;
  field: PageField;
  suggestions: string[];
  placement: Placement;
  ground: Ground;
  /** Who gets the keys first; null: nobody does any more. */
  onKeys: (take: ((event: KeyboardEvent) => boolean) | null) => void;
  onDescribe: (describe: Describe | null) => void;
  onPick: (text: string) => void;
}) {
  const id = useId();
  const [active, setActive] = useState<number | null>(null);
  const [closed, setClosed] = useState(false);

  useEffect(() => {
    if (closed) return;
    onKeys((event) => {
      if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return false;
      const last = suggestions.length - 1;
      if (event.key === "ArrowDown") setActive((at) => (at === null || at === last ? 0 : at + 1));
      else if (event.key === "ArrowUp" && active !== null) setActive(active === 0 ? null : active - 1);
      else if (event.key === "Escape") setClosed(true);
      else if (event.key === "Enter" && active !== null) {
        setClosed(true);
        onPick(suggestions[active]!);
      } else return false;
      return true;
    });
    onDescribe({ list: id, active: active === null ? null : `${id}-${active}` });
    return () => {
      onKeys(null);
      onDescribe(null);
    };
  }, [active, closed, id, onDescribe, onKeys, onPick, suggestions]);

  if (closed) return null;
  const where = popoverAt(onStage(field, placement), { ...ground.room, width: Math.max(480, ground.room.width) }, ground.stageHeight, {
    width: 160,
    height: Math.min(200, suggestions.length * 36),
  });
  if (where.sheet) return null;
  return (
    <div
      id={id}
      role="listbox"
      aria-label={words.suggestions}
      className="live-popover live-suggestions"
      data-testid="live-suggestions"
      style={{ left: where.left, top: where.top, bottom: where.bottom, minWidth: where.minWidth, maxHeight: Math.min(220, where.maxHeight) }}
    >
      {suggestions.map((text, index) => (
        <div
          key={index}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === active}
          className="live-option"
          data-active={index === active || undefined}
          // The field keeps the focus, and a phone its keyboard.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => {
            setClosed(true);
            onPick(text);
          }}
        >
          {text}
        </div>
      ))}
    </div>
  );
}
