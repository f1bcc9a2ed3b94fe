"use client";

import { useRef, useState } from "react";
import { actWith } from "@/api/access";
import { LiveView } from "./LiveView";
import "./live-page.css";

/** The key in the address; a reload needs it again, so it stays there. */
function takeKey(): string | null {
  const key = window.location.hash.slice(1) || null;
  actWith(key);
  // Another key in the same tab changes the fragment alone.
  window.addEventListener("hashchange", () => window.location.reload());
  return key;
}

/** The browser of `staylogged provider record` or `provider try` on a computer without a display. */
export function LivePage() {
  const [key] = useState(takeKey);
  const [ended, setEnded] = useState(false);
  const head = useRef<HTMLParagraphElement>(null);
  if (!key) return <Message text="Open the whole address that the command printed in the terminal, with all that stands behind its #." />;
  if (ended) return <Message text="The browser is closed. Go on in the terminal." />;
  return (
    <main className="live-page">
      <p className="live-page-head" ref={head} tabIndex={-1}>
        This browser was opened by the command in your terminal, which says what to do here. When you are done, go back there.
      </p>
      <LiveView
        loginId="by-hand"
        name="the browser"
        busy={false}
        resumed={0}
        onEnded={() => setEnded(true)}
        onLeave={() => head.current?.focus()}
      />
    </main>
  );
}

function Message({ text }: { text: string }) {
  return (
    <main className="live-page">
      <p className="live-page-message" role="status">
        {text}
      </p>
    </main>
  );
}
