import type { Input } from "./protocol";

export const MOST_FILES = 10;
export const MOST_BYTES = 8 * 1024 * 1024;
/** Of one binary message, its head included. */
const MESSAGE = 32 * 1024;
const HEAD = 8;
/** So much may wait in the socket: keys that are pressed meanwhile should not come last. */
const AHEAD = 256 * 1024;

/** Why these files cannot be handed over; null: they can. */
export function refusal(files: readonly { size: number }[]): "too_many" | "too_large" | null {
  if (files.length > MOST_FILES) return "too_many";
  return files.reduce((sum, { size }) => sum + size, 0) > MOST_BYTES ? "too_large" : null;
}

/** The kinds of files that a page takes (`accept`), in words; empty where it says nothing that helps. */
export function acceptWords(accept: string, kinds: { [kind: string]: string | undefined }): string {
  const words = accept.split(",").flatMap((part) => {
    const [kind = "", form = ""] = part.trim().toLowerCase().split("/");
    if (kind.startsWith(".")) return [kind.slice(1).toUpperCase()];
    if (form === "*") return kinds[kind] ?? [];
    // Not a kind that anybody would know by this name; mostly its ending stands beside it.
    if (form === "plain") return accept.includes(".txt") ? [] : ["TXT"];
    return /^[a-z0-9]{2,5}$/.test(form) ? [form.toUpperCase()] : [];
  });
  return [...new Set(words)].join(", ");
}

/** u32 id, u32 index of the file, both big endian; then the bytes. */
export function fileMessage(id: number, index: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(HEAD + bytes.length);
  const view = new DataView(message.buffer);
  view.setUint32(0, id);
  view.setUint32(4, index);
  message.set(bytes, HEAD);
  return message;
}

export interface UploadLine {
  send: (input: Input) => void;
  /** False: the line is down. */
  sendBytes: (bytes: Uint8Array<ArrayBuffer>) => boolean;
  buffered: () => number;
  /** Another number for each line. */
  line: () => number;
}

/** The person's files on their way into the page. After a cut it begins anew: the service forgets the pieces of a cut line. */
export class Upload {
  private run = 0;

  constructor(
    private readonly id: number,
    private readonly files: readonly File[],
    private readonly line: UploadLine,
    /** Bytes handed over, of all. */
    private readonly onProgress: (done: number, all: number) => void,
  ) {}

  /** True: all pieces are handed over. False: the line was cut, or it was begun anew or stopped meanwhile. */
  async begin(): Promise<boolean> {
    const run = ++this.run;
    const line = this.line.line();
    // The pieces of one line mean nothing on the next: there the service asks anew.
    const goesOn = () => run === this.run && line === this.line.line();
    const all = this.files.reduce((sum, { size }) => sum + size, 0);
    const files = this.files.map(({ name, type, size }) => ({ name, mime: type || "application/octet-stream", size }));
    let done = 0;
    this.onProgress(0, all);
    this.line.send({ type: "files", id: this.id, files });
    for (const [index, file] of this.files.entries()) {
      for (let at = 0; at < file.size; at += MESSAGE - HEAD) {
        const bytes = new Uint8Array(await file.slice(at, at + MESSAGE - HEAD).arrayBuffer());
        while (goesOn() && this.line.buffered() > AHEAD) await new Promise((resolve) => setTimeout(resolve, 20));
        if (!goesOn() || !this.line.sendBytes(fileMessage(this.id, index, bytes))) return false;
        done += bytes.length;
        this.onProgress(done, all);
      }
    }
    return true;
  }

  stop(): void {
    this.run += 1;
  }
}
