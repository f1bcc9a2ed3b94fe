const PATHS = {
  back: "M12 4l-6 6 6 6",
  forward: "M8 4l6 6-6 6",
  reload: "M15.5 6.5A6.5 6.5 0 1 0 16.5 10M16 3v4h-4",
  close: "M5 5l10 10M15 5L5 15",
  lock: "M5 9h10v8H5zM7 9V6a3 3 0 0 1 6 0v3",
  unlocked: "M5 9h10v8H5zM7 9V6a3 3 0 0 1 5.6-1.5",
  keyboard: "M2 5h16v10H2zM5 8h.01M8 8h.01M11 8h.01M14 8h.01M5 11h.01M14.5 11h.01M7.5 12h5",
  form: "M3 4h14v4H3zM3 12h9v4H3zM15 14h2",
  leave: "M8 4H4v12h4M12 6l4 4-4 4M16 10H8",
  page: "M5 3h7l3 3v11H5zM12 3v3h3",
  check: "M4 10.5l4 4 8-9",
  warning: "M10 3l7.5 13.5h-15zM10 8v4M10 14.3v.01",
  file: "M5 3h7l3 3v11H5zM10 14V9M7.8 11L10 8.8l2.2 2.2",
  eye: "M2 10s3-5.5 8-5.5S18 10 18 10s-3 5.5-8 5.5S2 10 2 10zM10 12.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg viewBox="0 0 20 20" width={size} height={size} aria-hidden="true" className="live-icon">
      <path d={PATHS[name]} fill="none" stroke="currentColor" strokeWidth="1.7" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}

/** A button that is a picture: its name is read out, and shown under the pointer. */
export function IconButton({
  icon,
  label,
  size,
  className = "",
  ...rest
}: { icon: IconName; label: string; size?: number } & React.ComponentProps<"button">) {
  return (
    <button type="button" aria-label={label} title={label} {...rest} className={`icon-button ${className}`.trim()}>
      <Icon name={icon} size={size} />
    </button>
  );
}
