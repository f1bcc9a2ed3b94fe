import type { Placement } from "./geometry";
import { FileChooser } from "./FileChooser";
import { AuthForm, PageDialog } from "./PageDialog";
import type { Ground } from "./Popover";
import type { Input } from "./protocol";
import { SelectPicker } from "./SelectPicker";
import { type Asked, keyOf } from "./state";
import type { UploadLine } from "./upload";
import { ValuePicker } from "./ValuePicker";
import type { LiveWords } from "./words";

/** What the page asks for: the newest is on top, and answered first. */
export function Overlays({
  words,
  asked,
  placement,
  ground,
  answerTo,
  uploadLine,
  restore,
}: {
  words: LiveWords;
  asked: readonly Asked[];
  placement: Placement;
  ground: Ground;
  answerTo: (type: Asked["type"], id: number, input: Input) => void;
  uploadLine: UploadLine;
  restore: () => void;
}) {
  const one = asked.at(-1);
  if (!one) return null;
  const { id } = one;
  const key = keyOf(one);
  const rest = { words, ground, restore };
  switch (one.type) {
    case "dialog":
      return (
        <PageDialog
          key={key}
          {...rest}
          request={one}
          onAnswer={(accept, text) => answerTo("dialog", id, { type: "dialog", id, accept, ...(text === undefined ? {} : { text }) })}
        />
      );
    case "auth":
      return (
        <AuthForm
          key={key}
          {...rest}
          request={one}
          onAnswer={(username, password) => answerTo("auth", id, { type: "credentials", id, username, password })}
          onCancel={() => answerTo("auth", id, { type: "credentials", id, cancelled: true })}
        />
      );
    case "files":
      return (
        <FileChooser
          key={key}
          {...rest}
          request={one}
          line={uploadLine}
          onCancel={() => answerTo("files", id, { type: "files", id, files: [] })}
        />
      );
    case "picker": {
      const cancel = () => answerTo("picker", id, { type: "pick", id, cancelled: true });
      return one.kind === "select" ? (
        <SelectPicker
          key={key}
          {...rest}
          placement={placement}
          request={one}
          onPick={(values) => answerTo("picker", id, { type: "pick", id, values })}
          onCancel={cancel}
        />
      ) : (
        <ValuePicker
          key={key}
          {...rest}
          placement={placement}
          request={one}
          onPick={(value) => answerTo("picker", id, { type: "pick", id, value })}
          onCancel={cancel}
        />
      );
    }
  }
}
