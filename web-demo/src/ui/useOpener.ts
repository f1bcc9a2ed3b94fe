"use client";

import { useState } from "react";

/** Gives the focus back to what opened a dialog that has no trigger of its own, when the dialog goes. */
export function useOpener(): (event: Event) => void {
  const [opener] = useState(() => (typeof document === "undefined" ? null : document.activeElement));
  return (event) => {
    event.preventDefault();
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
  };
}
