import type { Metadata, Viewport } from "next";
import { LiveHost } from "./LiveHost";

export const metadata: Metadata = {
  title: "Live view · Staylogged",
  description: "The browser of a command that runs in a terminal.",
  robots: { index: false },
  // The address holds a key; nothing of it is told to other sites.
  referrer: "no-referrer",
};

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  viewportFit: "cover",
  colorScheme: "light dark",
  interactiveWidget: "resizes-content",
};

export default function Page() {
  return <LiveHost />;
}
