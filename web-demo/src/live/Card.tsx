import { useId } from "react";
import { type IconName, Icon } from "@/ui/icons";
import { useOverlay } from "./overlay";
import type { Ground } from "./Popover";

/** In the middle of the picture, which is dimmed: it has to be answered before the page goes on. */
export function Card({
  ground,
  title,
  icon,
  alert = false,
  testId,
  onEscape,
  restore,
  children,
}: {
  ground: Ground;
  title: string;
  icon?: IconName;
  /** The page speaks, and waits. */
  alert?: boolean;
  testId: string;
  onEscape: () => void;
  restore: () => void;
  children: React.ReactNode;
}) {
  const ref = useOverlay<HTMLDivElement>({ onEscape, restore });
  const id = useId();
  const { room, stageHeight } = ground;
  return (
    <div
      className="live-over-all live-centre"
      data-overlay=""
      style={{ paddingTop: room.top, paddingBottom: Math.max(0, stageHeight - room.top - room.height) }}
    >
      <div
        ref={ref}
        role={alert ? "alertdialog" : "dialog"}
        aria-labelledby={`${id}-title`}
        aria-describedby={alert ? `${id}-text` : undefined}
        tabIndex={-1}
        className="live-card"
        data-testid={testId}
      >
        <h3 id={`${id}-title`} className="live-card-title">
          {icon ? <Icon name={icon} size={20} /> : null}
          {title}
        </h3>
        <div id={`${id}-text`} className="live-card-body">
          {children}
        </div>
      </div>
    </div>
  );
}
