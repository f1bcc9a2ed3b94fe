/** Drawn here: no font and no picture is loaded from anywhere. */
const PATHS = {
  close: "M5 5l10 10M15 5L5 15",
  person: "M10 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3.5 17.5c.8-3.4 3.4-5 6.5-5s5.7 1.6 6.5 5",
  lock: "M4.5 9h11v8h-11zM7 9V6.2a3 3 0 0 1 6 0V9",
  clock: "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM10 6v4.3l2.8 1.7",
  unlink: "M8 12l4-4M8.7 6.2l1.6-1.6a3.6 3.6 0 0 1 5.1 5.1l-1.6 1.6M11.3 13.8l-1.6 1.6a3.6 3.6 0 0 1-5.1-5.1l1.6-1.6M4 4l12 12",
  phone: "M6.5 2.5h7a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1zM9 15h2",
  eye: "M2 10s3-5.5 8-5.5S18 10 18 10s-3 5.5-8 5.5S2 10 2 10zM10 12.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6z",
  copy: "M7 7h9.5v9.5H7zM13 7V3.5H3.5V13H7",
  window: "M2.5 4h15v12h-15zM2.5 7.5h15M5 5.8h.01M7 5.8h.01",
  check: "M4.5 10.5l3.6 3.6 7.4-8",
  next: "M8 4.5L13.5 10 8 15.5",
  people: "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 16.5c.6-3 2.8-4.4 5.5-4.4s4.9 1.4 5.5 4.4M13 4a3 3 0 0 1 0 5.4M15.5 12.6c1.3.7 2.2 2 2.5 3.9",
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
