/** Drawn here: no font and no picture is loaded from anywhere. */
const PATHS = {
  back: "M12 4l-6 6 6 6",
  check: "M4.5 10.5l3.6 3.6 7.4-8",
  clock: "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM10 6v4.3l2.8 1.7",
  close: "M5 5l10 10M15 5L5 15",
  copy: "M7 7h9.5v9.5H7zM13 7V3.5H3.5V13H7",
  eye: "M2 10s3-5.5 8-5.5S18 10 18 10s-3 5.5-8 5.5S2 10 2 10zM10 12.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6z",
  file: "M5 3h7l3 3v11H5zM10 14V9M7.8 11L10 8.8l2.2 2.2",
  form: "M3 4h14v4H3zM3 12h9v4H3zM15 14h2",
  forward: "M8 4l6 6-6 6",
  keyboard: "M2 5h16v10H2zM5 8h.01M8 8h.01M11 8h.01M14 8h.01M5 11h.01M14.5 11h.01M7.5 12h5",
  leave: "M8 4H4v12h4M12 6l4 4-4 4M16 10H8",
  lock: "M5 9h10v8H5zM7 9V6a3 3 0 0 1 6 0v3",
  next: "M8 4.5L13.5 10 8 15.5",
  page: "M5 3h7l3 3v11H5zM12 3v3h3",
  people: "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 16.5c.6-3 2.8-4.4 5.5-4.4s4.9 1.4 5.5 4.4M13 4a3 3 0 0 1 0 5.4M15.5 12.6c1.3.7 2.2 2 2.5 3.9",
  person: "M10 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3.5 17.5c.8-3.4 3.4-5 6.5-5s5.7 1.6 6.5 5",
  phone: "M6.5 2.5h7a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1zM9 15h2",
  reload: "M15.5 6.5A6.5 6.5 0 1 0 16.5 10M16 3v4h-4",
  unlink: "M8 12l4-4M8.7 6.2l1.6-1.6a3.6 3.6 0 0 1 5.1 5.1l-1.6 1.6M11.3 13.8l-1.6 1.6a3.6 3.6 0 0 1-5.1-5.1l1.6-1.6M4 4l12 12",
  unlocked: "M5 9h10v8H5zM7 9V6a3 3 0 0 1 5.6-1.5",
  warning: "M10 3l7.5 13.5h-15zM10 8v4M10 14.3v.01",
  window: "M2.5 4h15v12h-15zM2.5 7.5h15M5 5.8h.01M7 5.8h.01",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg viewBox="0 0 20 20" width={size} height={size} aria-hidden="true" className="icon">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.7"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

/** A button that is a picture: its name is read out, and shown under the pointer. */
export function IconButton({
  icon,
  label,
  size = 18,
  className = "",
  ...rest
}: { icon: IconName; label: string; size?: number } & React.ComponentProps<"button">) {
  return (
    <button type="button" aria-label={label} title={label} {...rest} className={`icon-button ${className}`.trim()}>
      <Icon name={icon} size={size} />
    </button>
  );
}
