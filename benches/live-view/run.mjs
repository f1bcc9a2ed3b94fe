// The live view against a bare screencast in the same Chromium: frames and bytes per second, processor time, and the time from
// a press to the picture that shows it. Both sides take turns, in several rounds of one run; median, spread and ratio.
//
//   script/bench live-view [--rounds N] [--seconds N] [--only still]

import { mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { count, latencies, median, round, spread } from "./measure.mjs";
import { Ours } from "./ours.mjs";
import { servePages } from "./pages.mjs";
import { Reference } from "./reference.mjs";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const { values } = parseArgs({ options: { rounds: { type: "string", default: "3" }, seconds: { type: "string", default: "4" }, only: { type: "string" } } });
const [rounds, ms] = [Number(values.rounds), Number(values.seconds) * 1000];
const PRESSES = 20;

const out = path.join(process.env.CARGO_TARGET_DIR ?? "target", "bench-live-view");
mkdirSync(out, { recursive: true });
const pages = await servePages();
const [ours, bare] = [new Ours(out, pages), new Reference()];
bare.url = pages.url;
bare.notOurs = () => ours.cpu();

/** What happens on the page while it is counted; answers how to stop it. */
const busy = {
  still: { page: "login" },
  typing: { page: "login", act: (viewer, n) => viewer.type("abcdefgh"[n % 8]), every: 80 },
  scrolling: { page: "scroll" },
  animation: { page: "animation" },
};

async function round_(side, scenario, logins) {
  const { page, act, every } = busy[scenario];
  const viewers = await Promise.all(Array.from({ length: logins }, (_, place) => side.open(page, place)));
  // The first pictures of a page that has just come are not what is measured.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  let n = 0;
  const timer = act && setInterval(() => viewers.forEach((viewer) => act(viewer, n++).catch(() => undefined)), every);
  const counted = await count(viewers, side, ms);
  clearInterval(timer);
  const took = scenario === "scrolling" || logins > 1 ? [] : await latencies(viewers[0], PRESSES);
  for (const viewer of viewers) await viewer.close();
  return { ...counted, took };
}

function tell(scenario, logins, results) {
  const of = (side, what) => results.filter((one) => one.side === side).map((one) => one[what]);
  const row = (what, unit) => {
    const [a, b] = [of(ours, what), of(bare, what)];
    const ratio = median(b) > 0.05 ? (median(a) / median(b)).toFixed(2) : "–";
    console.log(`  ${what.padEnd(5)} ${String(round(median(a))).padStart(7)} (${spread(a)})  against ${String(round(median(b))).padStart(7)} (${spread(b)}) ${unit}, ratio ${ratio}`);
  };
  console.log(`${scenario}, ${logins} ${logins === 1 ? "login" : "logins at once"}`);
  row("fps", "frames/s each");
  row("kbps", "KiB/s each");
  row("cpu", "processor seconds per second, all together");
  const [a, b] = [ours, bare].map((side) => results.filter((one) => one.side === side).flatMap(({ took }) => took));
  if (a.length > 0) {
    console.log(`  press → picture: median ${round(median(a))} ms (${spread(a)}) against ${round(median(b))} ms (${spread(b)}), ${round(median(a) - median(b))} ms more`);
  }
}

try {
  await ours.start();
  await bare.start();
  console.log(`live view against a bare screencast, ${rounds} rounds of ${ms / 1000} s, taking turns; ${new Date().toISOString().slice(0, 10)}`);
  for (const [scenario, logins] of [["still", 1], ["typing", 1], ["scrolling", 1], ["animation", 1], ["typing", 4], ["animation", 4], ["typing", 8], ["animation", 8]]) {
    if (values.only && values.only !== scenario) continue;
    const results = [];
    for (let n = 0; n < rounds; n++) {
      for (const side of n % 2 ? [bare, ours] : [ours, bare]) results.push({ side, ...(await round_(side, scenario, logins)) });
    }
    tell(scenario, logins, results);
  }
} finally {
  await bare.stop();
  await ours.stop();
  pages.close();
}
process.exit();
