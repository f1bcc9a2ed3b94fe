"use client";

import dynamic from "next/dynamic";

/** Only in a browser: the key is in the address's fragment, which no server sees. */
const LivePage = dynamic(() => import("@/live/LivePage").then((module) => module.LivePage), { ssr: false });

export function LiveHost() {
  return <LivePage />;
}
