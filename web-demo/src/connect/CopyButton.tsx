"use client";

import { useEffect, useState } from "react";
import { Icon } from "@/ui/icons";
import { useSay } from "./useSay";

/** Copies, and says so. Where the browser does not let it, it says how. */
export function CopyButton({ text, label, onFailed }: { text: string; label: string; onFailed?: () => void }) {
  const say = useSay();
  const [said, setSaid] = useState<"copied" | "failed" | null>(null);
  useEffect(() => {
    if (said !== "copied") return;
    const timer = setTimeout(() => setSaid(null), 2500);
    return () => clearTimeout(timer);
  }, [said]);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("copied");
    } catch {
      setSaid("failed");
      onFailed?.();
    }
  }

  return (
    <span className="copy">
      <button type="button" className="button small" onClick={() => void copy()}>
        <Icon name={said === "copied" ? "check" : "copy"} size={16} />
        {said === "copied" ? say("copied") : label}
      </button>
      <span role="status" className={said === "failed" ? "hint" : "heard-only"}>
        {said === "failed" ? say("copy.failed") : said === "copied" ? say("copied") : ""}
      </span>
    </span>
  );
}
