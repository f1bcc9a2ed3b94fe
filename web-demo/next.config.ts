import path from "node:path";
import type { NextConfig } from "next";

const config: NextConfig = {
  // Plain files in `out/`: the service embeds them, and any static host can serve them.
  output: "export",
  images: { unoptimized: true },
  devIndicators: false,
  turbopack: { root: path.resolve(".") },
};

export default config;
