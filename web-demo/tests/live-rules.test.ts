import { File as NodeFile } from "node:buffer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { addressOf, tabName } from "@/live/address";
import { Filler } from "@/live/filler";
import { TypeAhead, found, step } from "@/live/listbox";
import { fieldGroups, hintsOf, sameField, takesOver } from "@/live/mirror";
import type { FormField, Input } from "@/live/protocol";
import { change, pieces } from "@/live/typed";
import { MOST_BYTES, Upload, acceptWords, refusal } from "@/live/upload";

describe("a text that has changed", () => {
  it.each([
    ["", "a", 0, "a"],
    ["ab", "abc", 0, "c"],
    ["abc", "ab", 1, ""],
    ["teh", "the ", 2, "he "],
    ["joao", "joão", 2, "ão"],
    ["a😀", "a", 1, ""],
    ["👨‍👩‍👧", "", 1, ""],
    ["e", "e\u0301", 1, "e\u0301"], // the accent joins the letter before
    ["🇧", "🇧🇷", 1, "🇧🇷"],
    ["same", "same", 0, ""],
  ])("%j to %j: %i deleted, %j typed", (before, after, removed, added) => {
    expect(change(before, after)).toEqual({ removed, added });
  });

  it("goes in pieces that split no character in two", () => {
    expect(pieces("")).toEqual([]);
    expect(pieces("😀😀😀", 2)).toEqual(["😀😀", "😀"]);
    expect(pieces("a\nb", 2)).toEqual(["a\n", "b"]);
  });
});

describe("a list of options", () => {
  const option = (label: string, disabled = false, group: string | null = null) => ({ label, disabled, group });
  const options = [option("Brazil"), option("Portugal"), option("Angola", true), option("São Tomé"), option("Spain", false, "Europe")];
  const all = [0, 1, 2, 3, 4];

  it("arrows pass over what cannot be chosen, and stop at the ends", () => {
    expect(step(options, all, 1, 1)).toBe(3);
    expect(step(options, all, 3, -1)).toBe(1);
    expect(step(options, all, 2, 1)).toBe(3);
    expect(step(options, all, 4, 1)).toBe(4);
    expect(step(options, all, 0, 8)).toBe(4);
    expect(step(options, all, null, -1)).toBe(4);
    expect(step(options, [2], null, 1)).toBeNull();
    expect(step(options, [3, 4], 0, 1)).toBe(3);
  });

  it("a search looks past accents and case, and finds groups", () => {
    expect(found(options, "SAO")).toEqual([3]);
    expect(found(options, "europe")).toEqual([4]);
    expect(found(options, " ")).toEqual(all);
    expect(found(options, "x")).toEqual([]);
  });

  it("typing leads to the beginning of a word; the same letter again, to the next", () => {
    const ahead = new TypeAhead();
    expect(ahead.press(options, 0, "s", 0)).toBe(3);
    expect(ahead.press(options, 3, "p", 100)).toBe(4);
    expect(ahead.press(options, 4, "s", 2000)).toBe(3);
    expect(ahead.press(options, 3, "s", 2100)).toBe(4);
    expect(ahead.press(options, 0, "a", 5000)).toBeNull(); // it is disabled
  });
});

describe("filling the page's form", () => {
  let sent: [number, number, object][];
  let filler: Filler;
  beforeEach(() => {
    vi.useFakeTimers();
    sent = [];
    filler = new Filler((...one) => sent.push(one));
  });
  afterEach(() => vi.useRealTimers());

  it("waits for a pause in each field, and the last value wins", () => {
    filler.fill(3, 1, { text: "a" });
    vi.advanceTimersByTime(200);
    filler.fill(3, 1, { text: "an" });
    filler.fill(3, 2, { text: "x" });
    vi.advanceTimersByTime(249);
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(sent).toEqual([
      [3, 1, { text: "an" }],
      [3, 2, { text: "x" }],
    ]);
  });

  it("before a button is pressed all of it goes, in order", () => {
    filler.fill(3, 2, { text: "x" });
    filler.fill(3, 1, { text: "a" });
    filler.fill(3, 5, { checked: true });
    filler.flush();
    vi.advanceTimersByTime(1000);
    expect(sent.map(([, field]) => field)).toEqual([5, 2, 1]);
  });

  it("the page's value is taken, but not under somebody's fingers, and no echo of what they have typed since", () => {
    expect(takesOver("ab", undefined, false, 0)).toBe(true);
    expect(takesOver("ab", undefined, true, 0)).toBe(false);
    expect(takesOver("ab", { value: "abc", at: 0 }, false, 500)).toBe(false);
    expect(takesOver("abc", { value: "abc", at: 0 }, false, 500)).toBe(true);
    expect(takesOver("(11) 2", { value: "112", at: 0 }, false, 5000)).toBe(true);
  });

  const field = (part: Partial<FormField>): FormField => ({ id: 1, kind: "text", label: "Name", name: "n", ...part });

  it("a password manager and a phone are told what they understand, and nothing where the page says nothing", () => {
    expect(hintsOf(field({}))).toEqual({ autoComplete: undefined, inputMode: undefined });
    expect(hintsOf(field({ kind: "password" }))).toEqual({ autoComplete: "current-password", inputMode: undefined });
    expect(hintsOf(field({ autocomplete: "username" })).autoComplete).toBe("username");
    expect(hintsOf(field({ autocomplete: "section-a shipping Email" })).autoComplete).toBe("email");
    expect(hintsOf(field({ autocomplete: "off" })).autoComplete).toBe("off");
    for (const autocomplete of ["on", "nope"]) expect(hintsOf(field({ autocomplete })).autoComplete).toBeUndefined();
    expect(hintsOf(field({ kind: "one-time-code" }))).toEqual({ autoComplete: "one-time-code", inputMode: "numeric" });
  });

  it("fields of one group stay together, and are found again in a form that was drawn anew", () => {
    const fields = [field({ id: 1 }), field({ id: 2, group: "Way", label: "SMS" }), field({ id: 3, group: "Way", label: "Mail" }), field({ id: 4, group: "" })];
    expect(fieldGroups(fields).map(({ group, fields }) => [group, fields.map(({ id }) => id)])).toEqual([
      [null, [1]],
      ["Way", [2, 3]],
      [null, [4]],
    ]);
    expect(sameField([field({ id: 9, name: "other" }), field({ id: 10 })], field({ id: 1 }))?.id).toBe(10);
    expect(sameField([field({ id: 9, name: "x", label: "Y" })], field({}))).toBeUndefined();
  });
});

describe("handing files over", () => {
  // jsdom's own cannot be read.
  const file = (size: number, name = "a.bin") => new NodeFile([new Uint8Array(size).fill(7)], name, { type: "image/png" }) as unknown as File;

  it("has limits", () => {
    expect(refusal([{ size: MOST_BYTES }])).toBeNull();
    expect(refusal([{ size: MOST_BYTES }, { size: 1 }])).toBe("too_large");
    expect(refusal(Array.from({ length: 11 }, () => ({ size: 1 })))).toBe("too_many");
  });

  it("says what the page takes in words", () => {
    const kinds = { image: "pictures" };
    expect(acceptWords(".pdf, image/*,application/zip", kinds)).toBe("PDF, pictures, ZIP");
    expect(acceptWords(".txt,text/plain", kinds)).toBe("TXT");
    expect(acceptWords("*/*", kinds)).toBe("");
    expect(acceptWords("application/vnd.ms-excel", kinds)).toBe("");
  });

  it("goes in pieces of at most 32 KiB, each with its file, after what they are", async () => {
    const said: (Input | { id: number; index: number; bytes: number })[] = [];
    const done: number[] = [];
    const line = {
      send: (input: Input) => void said.push(input),
      sendBytes: (bytes: Uint8Array<ArrayBuffer>) => {
        expect(bytes.length).toBeLessThanOrEqual(32 * 1024);
        const view = new DataView(bytes.buffer);
        said.push({ id: view.getUint32(0), index: view.getUint32(4), bytes: bytes.length - 8 });
        return true;
      },
      buffered: () => 0,
      line: () => 1,
    };
    const upload = new Upload(9, [file(40_000), file(3, "b.txt")], line, (part) => done.push(part));
    expect(await upload.begin()).toBe(true);
    expect(said).toEqual([
      {
        type: "files",
        id: 9,
        files: [
          { name: "a.bin", mime: "image/png", size: 40_000 },
          { name: "b.txt", mime: "image/png", size: 3 },
        ],
      },
      { id: 9, index: 0, bytes: 32_760 },
      { id: 9, index: 0, bytes: 7_240 },
      { id: 9, index: 1, bytes: 3 },
    ]);
    expect(done).toEqual([0, 32_760, 40_000, 40_003]);
  });

  it("a cut ends it, and all of it comes anew", async () => {
    let up = true;
    let pieces = 0;
    const line = { send: () => undefined, sendBytes: () => up && ++pieces > 0, buffered: () => 0, line: () => 1 };
    const upload = new Upload(9, [file(100_000)], line, (part) => {
      if (part > 0 && pieces === 1) up = false;
    });
    expect(await upload.begin()).toBe(false);
    up = true;
    pieces = 1;
    const again = upload.begin();
    pieces = 2;
    expect(await again).toBe(true);
    expect(pieces).toBe(2 + 4);
  });

  it("never goes on with its pieces on another line", async () => {
    let now = 1;
    let sent = 0;
    const line = { send: () => undefined, sendBytes: () => ++sent > 0, buffered: () => 0, line: () => now };
    const upload = new Upload(9, [file(100_000)], line, (part) => {
      if (part > 0) now = 2;
    });
    expect(await upload.begin()).toBe(false);
    expect(sent).toBe(1);
  });

  it("waits where the line is full, and stops when it is told to", async () => {
    let sent = 0;
    const line = { send: () => undefined, sendBytes: () => ++sent > 0, buffered: () => 1_000_000, line: () => 1 };
    const upload = new Upload(9, [file(10)], line, () => undefined);
    const running = upload.begin();
    upload.stop();
    expect(await running).toBe(false);
    expect(sent).toBe(0);
  });
});

describe("the address", () => {
  it("is a host, and says whether it is encrypted", () => {
    expect(addressOf("https://login.example:8443/a?b=c")).toEqual({ host: "login.example:8443", encrypted: true });
    expect(addressOf("http://login.example/")).toEqual({ host: "login.example", encrypted: false });
    for (const none of [undefined, "", "about:blank", "nonsense"]) expect(addressOf(none)).toBeNull();
    expect(tabName({ title: "", url: "https://a.example/" }, "New tab")).toBe("a.example");
    expect(tabName({ title: "", url: "about:blank" }, "New tab")).toBe("New tab");
  });
});
