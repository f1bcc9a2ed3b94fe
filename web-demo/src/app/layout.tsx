import type { Metadata, Viewport } from "next";
import "./globals.css";

export const metadata: Metadata = {
  title: "Integrations · Staylogged",
  description: "Log in once, by hand; the session is verified, sealed and kept.",
  robots: { index: false },
};

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  colorScheme: "light dark",
  interactiveWidget: "resizes-content",
};

export default function RootLayout({ children }: { children: React.ReactNode }) {
  return (
    <html lang="en">
      <head>
        {/* It says where the API is. The parser waits for it, so it has run before the page's own code is told what to show;
            of Next's "beforeInteractive" that does not hold when the code is loaded before the parser has come to the body. */}
        {/* eslint-disable-next-line @next/next/no-sync-scripts */}
        <script src="/api-base.js" />
      </head>
      <body>{children}</body>
    </html>
  );
}
