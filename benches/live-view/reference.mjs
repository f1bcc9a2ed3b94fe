// The reference: a bare screencast of Chromium's own protocol, by Playwright for Node, in the same Chromium with the same
// arguments, on a display of its own.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { Viewer, cpuOf } from "./measure.mjs";

const { chromium } = createRequire(new URL("../../driver/package.json", import.meta.url))("playwright-core");

const ARGUMENTS = [
  "--disable-quic", "--no-first-run", "--no-default-browser-check", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-backgrounding-occluded-windows",
  "--disable-blink-features=AutomationControlled",
];

export class Reference {
  name = "bare screencast";

  async start() {
    this.xvfb = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1920x1200x24", "-nolisten", "tcp"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
    const display = await new Promise((resolve, reject) => {
      this.xvfb.stdio[3].once("data", (number) => resolve(`:${String(number).trim()}`));
      this.xvfb.once("error", reject);
    });
    this.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      headless: false,
      chromiumSandbox: process.getuid?.() !== 0,
      args: ARGUMENTS,
      env: { ...process.env, DISPLAY: display },
    });
  }

  /** This program itself plays the viewer of both sides: what it spends is left out of ours, and is in here. */
  cpu() {
    return cpuOf(process.pid) - (this.notOurs?.() ?? 0);
  }

  async open(page) {
    const viewer = new BareViewer();
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 } });
    viewer.page = await context.newPage();
    await viewer.page.goto(`${this.url}/${page}`);
    viewer.cdp = await context.newCDPSession(viewer.page);
    const first = new Promise((resolve) => (viewer.seenFirst = resolve));
    viewer.cdp.on("Page.screencastFrame", ({ data, sessionId }) => {
      viewer.arrived(Buffer.from(data, "base64"));
      viewer.cdp.send("Page.screencastFrameAck", { sessionId }).catch(() => undefined);
      viewer.seenFirst();
    });
    await viewer.cdp.send("Page.startScreencast", { format: "jpeg", quality: 65, everyNthFrame: 1 });
    await first;
    return viewer;
  }

  async stop() {
    await this.browser?.close();
    this.xvfb?.kill();
  }
}

class BareViewer extends Viewer {
  async press(x, y) {
    for (const [type, buttons] of [["mousePressed", 1], ["mouseReleased", 0]]) {
      await this.cdp.send("Input.dispatchMouseEvent", { type, x, y, button: "left", buttons, clickCount: 1 });
    }
  }

  async type(letter) {
    const key = { key: letter, code: `Key${letter.toUpperCase()}`, windowsVirtualKeyCode: letter.toUpperCase().charCodeAt(0) };
    await this.cdp.send("Input.dispatchKeyEvent", { type: "keyDown", text: letter, ...key });
    await this.cdp.send("Input.dispatchKeyEvent", { type: "keyUp", ...key });
  }

  async close() {
    await this.page.context().close();
  }
}
