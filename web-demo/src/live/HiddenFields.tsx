import { type RefObject, memo } from "react";

const common = { className: "live-field", autoCorrect: "off", autoCapitalize: "off", spellCheck: false, autoComplete: "off" };

/**
 * The page's own field is in the picture only: one of these has the focus in its place. Which one, and what it says of itself,
 * is the matter of `Fields`; rendered anew, an input would get back the type and the name that it has here.
 */
export const HiddenFields = memo(function HiddenFields({
  area,
  line,
  secret,
  label,
  describedBy,
}: {
  area: RefObject<HTMLTextAreaElement | null>;
  line: RefObject<HTMLInputElement | null>;
  secret: RefObject<HTMLInputElement | null>;
  label: string;
  describedBy: string;
}) {
  const field = { ...common, "aria-label": label, "aria-describedby": describedBy };
  return (
    <>
      <textarea ref={area} {...field} />
      <input ref={line} {...field} type="text" hidden />
      <input ref={secret} {...field} type="password" hidden />
    </>
  );
});
