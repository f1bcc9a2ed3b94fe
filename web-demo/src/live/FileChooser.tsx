import { useEffect, useRef, useState } from "react";
import { Card } from "./Card";
import type { Ground } from "./Popover";
import type { FilesRequest } from "./protocol";
import { Upload, type UploadLine, acceptWords, refusal } from "./upload";
import type { LiveWords } from "./words";

/** The page wants a file: the person's own are chosen, and sent into it. */
export function FileChooser({
  words,
  request,
  ground,
  line,
  onCancel,
  restore,
}: {
  words: LiveWords;
  request: FilesRequest;
  ground: Ground;
  line: UploadLine;
  onCancel: () => void;
  restore: () => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const upload = useRef<Upload | null>(null);
  const [names, setNames] = useState<string[]>([]);
  const [done, setDone] = useState<number | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const sending = done !== null;
  const kinds = acceptWords(request.accept ?? "", words.fileKinds);

  // The service asks anew after the line was cut: then all of it has to come anew.
  useEffect(() => {
    void upload.current?.begin();
  }, [request]);
  useEffect(() => () => upload.current?.stop(), []);

  function take(list: FileList | null) {
    const files = [...(list ?? [])];
    if (files.length === 0) return;
    const why = refusal(files);
    const size = files.reduce((sum, file) => sum + file.size, 0);
    setRefused(why === null ? null : why === "too_many" ? words.tooMany(files.length) : words.tooLarge(megabytes(size)));
    setNames(files.map((file) => file.name));
    if (why !== null) return;
    upload.current?.stop();
    upload.current = new Upload(request.id, files, line, (part, all) => setDone(all === 0 ? 100 : Math.floor((part / all) * 100)));
    void upload.current.begin();
  }

  function cancel() {
    upload.current?.stop();
    onCancel();
  }

  return (
    <Card
      ground={ground}
      title={request.multiple ? words.filesTitleMany : words.filesTitle}
      icon="file"
      testId="live-files"
      onEscape={cancel}
      restore={restore}
    >
      {request.label ? <p className="live-message">{request.label}</p> : null}
      <p className="live-quiet">
        {request.multiple ? words.filesLimit : words.fileLimit}
        {kinds ? ` ${words.filesAccept(kinds)}.` : null}
      </p>
      {names.length > 0 ? (
        <ul className="live-names">
          {names.slice(0, 10).map((name, index) => (
            <li key={index}>{name}</li>
          ))}
        </ul>
      ) : null}
      {refused ? (
        <p className="live-refused" role="alert">
          {refused}
        </p>
      ) : null}
      {sending ? (
        <div className="live-progress">
          <progress max={100} value={done} aria-label={words.sendingFiles} />
          <span>{words.sending(done)}</span>
        </div>
      ) : null}
      <input
        ref={input}
        type="file"
        className="live-file"
        data-testid="live-file"
        tabIndex={-1}
        aria-hidden="true"
        multiple={request.multiple}
        accept={request.accept || undefined}
        onChange={(event) => {
          take(event.target.files);
          // The same file can be chosen again.
          event.target.value = "";
        }}
      />
      <div className="live-card-actions">
        <button type="button" className="button" onClick={cancel}>
          {words.cancel}
        </button>
        <button
          type="button"
          className="button primary"
          data-autofocus=""
          aria-disabled={sending || undefined}
          onClick={() => {
            if (!sending) input.current?.click();
          }}
        >
          {request.multiple ? words.chooseFiles : words.chooseFile}
        </button>
      </div>
    </Card>
  );
}

function megabytes(bytes: number): string {
  return `${Math.ceil((bytes / 1024 / 1024) * 10) / 10} MB`;
}
