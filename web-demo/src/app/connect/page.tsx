import type { Metadata, Viewport } from "next";
import "@/connect/connect.css";
import { ConnectHost } from "./ConnectHost";

export const metadata: Metadata = {
  title: "Connect · Staylogged",
  description: "Log in by hand; the session is verified, sealed and kept.",
  robots: { index: false },
  // The address of a link holds a token; nothing of it is told to other sites.
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
  return <ConnectHost />;
}
