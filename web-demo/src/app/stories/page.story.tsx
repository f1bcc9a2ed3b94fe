"use client";

import dynamic from "next/dynamic";
import "@/connect/connect.css";

const Stories = dynamic(() => import("@/stories/Stories").then((module) => module.Stories), { ssr: false });

/** Never in `out/`: `npm run build:stories` puts it into `.next/stories/`. */
export default function Page() {
  return <Stories />;
}
