"use client";

import dynamic from "next/dynamic";

/** Only in a browser: what is shown depends on the address's fragment, which no server sees. */
const ConnectPage = dynamic(() => import("@/connect/ConnectPage").then((module) => module.ConnectPage), { ssr: false });

export function ConnectHost() {
  return <ConnectPage />;
}
