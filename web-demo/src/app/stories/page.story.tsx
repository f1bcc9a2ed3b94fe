"use client";

import dynamic from "next/dynamic";
import "@/connect/connect.css";

const Stories = dynamic(() => import("@/stories/Stories").then((module) => module.Stories), { ssr: false });

/** Not in the export: `npm run stories` builds it by itself. */
export default function Page() {
  return <Stories />;
}
