"use client";

import { useEffect, useLayoutEffect, useState } from "react";
import { flushSync } from "react-dom";
import { NO_ACTIONS, useLook } from "@/connect/ConnectPage";
import { ModalView } from "@/connect/ModalView";
import { SayProvider } from "@/connect/useSay";
import { pickLanguage } from "@/words/language";
import { speaker } from "@/words/say";
import { stories } from "./states";

declare global {
  interface Window {
    /** Another story, without loading the page anew: for a program that looks at all of them. */
    showStory?: (address: string) => void;
  }
}

/** One state of the modal: `?story=prime&lang=pt-BR&theme=dark&accent=%23e4572e&page=own`. Without a story: all their names. */
export function Stories() {
  const [search, setSearch] = useState(window.location.search);
  const asked = new URLSearchParams(search);
  useEffect(() => {
    window.showStory = (address) => {
      window.history.replaceState(null, "", address);
      // At once: whoever asked looks at it next.
      flushSync(() => setSearch(window.location.search));
    };
  }, []);
  const theme = asked.get("theme") === "dark" ? "dark" : "light";
  const language = pickLanguage(asked.get("lang"), ["en"]);
  const say = speaker(language);
  const framed = asked.get("page") !== "own";
  useLook({ theme, accent: asked.get("accent"), radius: asked.get("radius") }, null, framed, language);
  useLayoutEffect(() => {
    // What lies behind the frame.
    document.body.style.background = framed ? "var(--line-strong)" : "";
  }, [framed]);

  const all = stories(say);
  const story = all[asked.get("story") ?? ""];
  if (!story) {
    return (
      <main>
        <h1>Stories</h1>
        <ul id="stories">
          {Object.keys(all).map((name) => (
            <li key={name}>
              <a href={`?story=${name}`}>{name}</a>
            </li>
          ))}
        </ul>
      </main>
    );
  }
  return (
    <SayProvider value={say}>
      <ModalView key={search} scene={story.scene} around={story.around} act={NO_ACTIONS} framed={framed} picture={<Picture />} />
    </SayProvider>
  );
}

/** Stands in for the live view, which needs a service. */
function Picture() {
  return (
    <svg viewBox="0 0 1100 620" preserveAspectRatio="xMidYMid slice" width="100%" height="100%" aria-hidden="true">
      <rect width="1100" height="620" fill="#fbfaf8" />
      <rect x="390" y="110" width="320" height="400" rx="14" fill="#fff" stroke="#e3dfd8" />
      <rect x="425" y="150" width="120" height="20" rx="4" fill="#3a3530" />
      <rect x="425" y="212" width="250" height="40" rx="8" fill="#fff" stroke="#cfc8bd" />
      <rect x="425" y="268" width="250" height="40" rx="8" fill="#fff" stroke="#cfc8bd" />
      <rect x="425" y="330" width="250" height="44" rx="8" fill="#ef4e23" />
    </svg>
  );
}
