// The network between a person and the service: a TCP proxy that all of the page, the API, its streams and its sockets go
// through. It can be cut, frozen, slow, or stall as a radio link does that loses packets.

import net from "node:net";

/** What a connection is used for at the moment, by the request that was made last on it. */
const KINDS = [
  ["socket", /^GET \/api\/logins\/[^/ ]+\/live[ ?]/],
  ["stream", /^GET \/api\/(logins\/[^/ ]+\/)?events[ ?]/],
];
const REQUEST = /^(GET|POST|PUT|PATCH|DELETE|OPTIONS|HEAD) \//;

export class Line {
  /** Each way. */
  delayMs = 0;
  /** `() => ms` before a piece of bytes goes on, and with it all that come after it on that connection. */
  stall = () => 0;
  up = true;
  frozen = false;
  connections = new Set();

  async start(to) {
    this.to = new URL(to);
    this.server = net.createServer({ noDelay: true }, (near) => this.join(near));
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://localhost:${this.server.address().port}`;
  }

  join(near) {
    near.on("error", () => undefined);
    if (!this.up) return near.resetAndDestroy();
    const far = net.connect({ host: "127.0.0.1", port: this.to.port, noDelay: true });
    far.on("error", () => undefined);
    const connection = { near, far, kind: "other", ways: [] };
    this.connections.add(connection);
    connection.ways = [this.way(near, far, (bytes) => (connection.kind = kindOf(bytes) ?? connection.kind)), this.way(far, near)];
    for (const side of [near, far]) {
      side.on("close", () => this.connections.delete(connection));
    }
  }

  /** One direction of a connection: bytes, and the end, arrive in order and not before their time. */
  way(from, to, look) {
    const waiting = [];
    let last = 0, timer;
    const move = () => {
      clearTimeout(timer);
      timer = undefined;
      while (!this.frozen && waiting.length > 0 && waiting[0].at <= Date.now()) {
        const { bytes } = waiting.shift();
        if (bytes) to.write(bytes);
        else to.end();
      }
      if (!this.frozen && waiting.length > 0) timer = setTimeout(move, waiting[0].at - Date.now());
    };
    const take = (bytes) => {
      last = Math.max(last, Date.now() + this.delayMs) + (bytes ? this.stall() : 0);
      waiting.push({ bytes, at: last });
      move();
    };
    from.on("data", (bytes) => {
      look?.(bytes);
      take(bytes);
    });
    from.on("end", () => take(null));
    from.on("close", (failed) => {
      if (failed) to.destroy();
    });
    to.on("close", () => {
      clearTimeout(timer);
      waiting.length = 0;
      from.destroy();
    });
    return move;
  }

  /** All connections end at once, or those of one kind; answers how many. */
  cut(kind) {
    const cut = [...this.connections].filter((one) => !kind || one.kind === kind);
    for (const { near, far } of cut) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
    return cut.length;
  }

  /** Nothing goes through, and nothing can be reached, until `mend`. */
  break() {
    this.up = false;
    return this.cut();
  }

  /** Bytes are held both ways, until `mend`; no connection is told of it. */
  freeze() {
    this.frozen = true;
  }

  /** All is well again; what was held arrives now. */
  mend() {
    this.up = true;
    this.frozen = false;
    this.delayMs = 0;
    this.stall = () => 0;
    for (const { ways } of this.connections) for (const move of ways) move();
  }

  end() {
    this.server?.close();
    this.cut();
  }
}

function kindOf(bytes) {
  const head = bytes.subarray(0, 200).toString("latin1");
  if (!REQUEST.test(head)) return undefined;
  return KINDS.find(([, pattern]) => pattern.test(head))?.[0] ?? "other";
}

/** One piece in `1 / rate` waits for 200 to 800 ms, as where the lost packet has to be sent again. The same ones at each run. */
export function losing(rate, seed) {
  let state = seed;
  const random = () => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => (random() < rate ? 200 + random() * 600 : 0);
}
