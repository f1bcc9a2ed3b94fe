import { hueOf, initials } from "./initials";

/** A provider's mark, made from its name: no image is loaded from anywhere. */
export function Monogram({ id, name }: { id: string; name: string }) {
  return (
    <span className="monogram" aria-hidden="true" style={{ "--hue": hueOf(id) } as React.CSSProperties}>
      {initials(name)}
    </span>
  );
}
