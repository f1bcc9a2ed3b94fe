// A display with a person before it: an Xvfb of our own, and a hand at its mouse and keyboard, by the XTEST extension of X11.
// Written out here because no package that is well kept does it, and the few requests that it takes are fixed since 1992.

import { spawn } from "node:child_process";
import net from "node:net";
import { deflateSync } from "node:zlib";
import { must, until } from "./waiting.mjs";

const SIZE = { width: 1400, height: 1000 };
const KEY = { press: 2, release: 3 };
const BUTTON = { press: 4, release: 5 };
const MOTION = 6;
/** Keys that have a name and no letter. */
const NAMED = { Tab: 0xff09, Delete: 0xffff, Enter: 0xff0d, Shift: 0xffe1, Control: 0xffe3 };

export class Display {
  /** Takes a free number by itself. */
  async start() {
    const screen = ["-screen", "0", `${SIZE.width}x${SIZE.height}x24`];
    // -ac: the browser runs as another user. It listens on no network.
    this.child = spawn("Xvfb", ["-displayfd", "1", ...screen, "-nolisten", "tcp", "-noreset", "-ac"], { stdio: ["ignore", "pipe", "ignore"] });
    this.ended = new Promise((resolve) => this.child.once("exit", resolve));
    let printed = "";
    this.child.stdout.setEncoding("utf8").on("data", (text) => (printed += text));
    const number = await until("the display", () => /^(\d+)\n/.exec(printed)?.[1]);
    this.name = `:${number}`;
    this.wire = await new Wire().open(`/tmp/.X11-unix/X${number}`);
  }

  async click(x, y) {
    await this.wire.fake(MOTION, 0, { x, y });
    await this.wire.fake(BUTTON.press, 1);
    await this.wire.fake(BUTTON.release, 1);
  }

  /** How bright the display is at that point, from 0 to 255. */
  async brightness(x, y) {
    const [b, g, r] = await this.wire.pixels(x, y, 1, 1);
    return (r + g + b) / 3;
  }

  /** The points below that one, to be compared: they change with what is drawn there. */
  async column(x, y) {
    return this.wire.pixels(x, y, 1, SIZE.height - y);
  }

  /** All of the display, as a PNG. */
  async picture() {
    return png(await this.wire.pixels(0, 0, SIZE.width, SIZE.height), SIZE);
  }

  async press(name) {
    const { code } = this.wire.keyOf(NAMED[name]);
    await this.wire.fake(KEY.press, code);
    await this.wire.fake(KEY.release, code);
  }

  /** One key while another is held. */
  async chord(held, character) {
    const [outer, inner] = [this.wire.keyOf(NAMED[held]).code, this.wire.keyOf(character.codePointAt(0)).code];
    await this.wire.fake(KEY.press, outer);
    await this.wire.fake(KEY.press, inner);
    await this.wire.fake(KEY.release, inner);
    await this.wire.fake(KEY.release, outer);
  }

  async type(text) {
    for (const character of text) {
      const { code, shifted } = this.wire.keyOf(character.codePointAt(0));
      const shift = this.wire.keyOf(NAMED.Shift).code;
      if (shifted) await this.wire.fake(KEY.press, shift);
      await this.wire.fake(KEY.press, code);
      await this.wire.fake(KEY.release, code);
      if (shifted) await this.wire.fake(KEY.release, shift);
    }
  }

  async end() {
    this.wire?.close();
    this.child?.kill("SIGTERM");
    await this.ended;
  }
}

/** The few requests of X11 that it takes, little-endian. Each is waited for by one that is answered. */
class Wire {
  waiting = [];
  got = Buffer.alloc(0);

  async open(path) {
    this.socket = net.connect(path);
    this.socket.on("data", (bytes) => this.receive(bytes));
    await new Promise((resolve, reject) => this.socket.once("connect", resolve).once("error", reject));
    const setup = this.answer((bytes) => (bytes.length >= 8 ? 8 + bytes.readUInt16LE(6) * 4 : Infinity));
    // Byte order, protocol 11.0, no authorization.
    this.socket.write(Buffer.from([0x6c, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    const about = await setup;
    must(about[0] === 1, "the display does not let us in");
    this.isOpen = true;
    const [first, last] = [about[34], about[35]];
    // The first screen comes after the maker's name and the pixel formats.
    this.root = about.readUInt32LE(40 + Math.ceil(about.readUInt16LE(24) / 4) * 4 + about[29] * 8);
    const name = Buffer.from("XTEST\0\0\0");
    const extension = await this.ask(Buffer.concat([request(98, 0, 4), half(5, 0), name]));
    must(extension[8] === 1, "the display has no XTEST");
    this.xtest = extension[9];
    // ChangeKeyboardControl: no key repeats itself, however late it is let go on a busy machine.
    this.socket.write(Buffer.concat([request(102, 0, 3), word(0x80), word(0)]));
    const mapping = await this.ask(Buffer.concat([request(101, 0, 2), Buffer.from([first, last - first + 1, 0, 0])]));
    this.keys = keysOf(mapping, first);
    return this;
  }

  keyOf(symbol) {
    const key = this.keys.get(symbol);
    must(key, `there is no key for 0x${symbol?.toString(16)}`);
    return key;
  }

  async fake(type, detail, { x = 0, y = 0 } = {}) {
    const event = Buffer.alloc(32);
    event[0] = type;
    event[1] = detail;
    event.writeInt16LE(x, 20);
    event.writeInt16LE(y, 22);
    this.socket.write(Buffer.concat([request(this.xtest, 2, 9), event]));
    // GetInputFocus: its answer comes when what was sent before is done.
    await this.ask(request(43, 0, 1));
  }

  /** GetImage: what is on the screen there, as blue, green, red and a byte of no meaning for each point. */
  async pixels(x, y, width, height) {
    const which = Buffer.alloc(16);
    which.writeUInt32LE(this.root, 0);
    for (const [index, number] of [x, y, width, height].entries()) which.writeUInt16LE(number, 4 + index * 2);
    which.writeUInt32LE(0xffffffff, 12);
    return (await this.ask(Buffer.concat([request(73, 2, 5), which]))).subarray(32);
  }

  ask(bytes) {
    const answer = this.answer((head) => (head.length >= 32 ? 32 + (head[0] === 1 ? head.readUInt32LE(4) * 4 : 0) : Infinity));
    this.socket.write(bytes);
    return answer;
  }

  /** @param length of the answer that begins so; Infinity where that cannot be told yet */
  answer(length) {
    return new Promise((resolve, reject) => this.waiting.push({ length, resolve, reject }));
  }

  receive(bytes) {
    this.got = Buffer.concat([this.got, bytes]);
    for (;;) {
      const [{ length } = {}] = this.waiting;
      // An event that nobody asked for, such as that another keyboard is used.
      const isEvent = this.isOpen && this.got[0] > 1;
      const end = isEvent ? 32 : (length?.(this.got) ?? Infinity);
      if (this.got.length < end) return;
      const answer = this.got.subarray(0, end);
      this.got = this.got.subarray(end);
      if (isEvent) continue;
      const { resolve, reject } = this.waiting.shift();
      if (answer[0] === 0) reject(new Error(`the display refused it: error ${answer[1]}`));
      else resolve(answer);
    }
  }

  close() {
    this.socket?.destroy();
  }
}

function request(opcode, minor, units) {
  const head = Buffer.from([opcode, minor, 0, 0]);
  head.writeUInt16LE(units, 2);
  return head;
}

function word(number) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}

function half(...numbers) {
  const bytes = Buffer.alloc(numbers.length * 2);
  for (const [index, number] of numbers.entries()) bytes.writeUInt16LE(number, index * 2);
  return bytes;
}

/** By its symbol: the key, and whether Shift goes with it. */
function keysOf(mapping, first) {
  const perKey = mapping[1];
  const keys = new Map();
  for (let at = 32, index = 0; at < mapping.length; at += 4, index += 1) {
    const column = index % perKey;
    const symbol = mapping.readUInt32LE(at);
    if (symbol === 0 || column > 1 || keys.has(symbol)) continue;
    keys.set(symbol, { code: first + Math.floor(index / perKey), shifted: column === 1 });
  }
  return keys;
}

function png(pixels, { width, height }) {
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [from, to] = [(y * width + x) * 4, y * (width * 3 + 1) + 1 + x * 3];
      for (let part = 0; part < 3; part += 1) rows[to + part] = pixels[from + 2 - part];
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8); // Eight bits each of red, green and blue.
  const chunks = [["IHDR", header], ["IDAT", deflateSync(rows)], ["IEND", Buffer.alloc(0)]];
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...chunks.map(([kind, data]) => chunk(kind, data))]);
}

function chunk(kind, data) {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** `zlib.crc32` is not in Node 20. */
function crc32(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}
