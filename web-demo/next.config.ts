import path from "node:path";
import type { NextConfig } from "next";

// The page of stories shows each state of the modal without a service. `npm run build:stories` builds it with the others, and
// takes it out of `out/`.
const stories = process.env.STORIES === "1";

const config: NextConfig = {
  // Plain files in `out/`: the service embeds them, and any static host can serve them.
  output: "export",
  ...(stories ? { pageExtensions: ["story.tsx", "tsx", "ts"] } : {}),
  images: { unoptimized: true },
  devIndicators: false,
  turbopack: { root: path.resolve(".") },
};

export default config;
