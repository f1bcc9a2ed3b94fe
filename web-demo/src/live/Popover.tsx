import { type Placement, type Room, type Popover as Where, popoverAt } from "./geometry";
import { useOverlay } from "./overlay";
import type { Box } from "./protocol";
import type { LiveWords } from "./words";

/** Where things are on the stage. */
export interface Ground {
  room: Room;
  stageHeight: number;
}

/** What a picker has, whatever is picked from: the page's request, and where and how it is answered. */
export interface PickerProps<Request, Picked> {
  words: LiveWords;
  request: Request;
  placement: Placement;
  ground: Ground;
  onPick: (picked: Picked) => void;
  onCancel: () => void;
  restore: () => void;
}

/** Beside a field of the picture; on a small screen, a sheet from below. A press beside it closes it. */
export function Popover({
  anchor,
  ground,
  wanted,
  label,
  className = "",
  onClose,
  restore,
  children,
}: {
  /** In the stage's own pixels. */
  anchor: Box;
  ground: Ground;
  /** About the size that it would like to have. */
  wanted: { width: number; height: number };
  label: string;
  className?: string;
  onClose: () => void;
  restore: () => void;
  children: React.ReactNode;
}) {
  const ref = useOverlay<HTMLDivElement>({ onEscape: onClose, restore });
  const where = popoverAt(anchor, ground.room, ground.stageHeight, wanted);
  return (
    <div className="live-over-all" data-overlay="">
      <div
        className="live-backdrop"
        data-dim={where.sheet || undefined}
        onPointerDown={(event) => {
          event.preventDefault();
          onClose();
        }}
      />
      <div
        ref={ref}
        role="dialog"
        aria-label={label}
        tabIndex={-1}
        className={`live-popover ${className}`.trim()}
        data-sheet={where.sheet || undefined}
        style={styleOf(where)}
      >
        {children}
      </div>
    </div>
  );
}

function styleOf(where: Where): React.CSSProperties {
  if (where.sheet) return { bottom: where.bottom, maxHeight: where.maxHeight };
  const { left, top, bottom, minWidth, maxWidth, maxHeight } = where;
  return { left, top, bottom, minWidth, maxWidth, maxHeight };
}
