/** Puts text on the person's clipboard. False: the browser wants a click on our page for that, or does not let us at all. */
export async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByCommand(text);
  }
}

/** Null: the browser does not let us read it. */
export async function readClipboard(): Promise<string | null> {
  try {
    return await navigator.clipboard.readText();
  } catch {
    return null;
  }
}

/** Within a click this works also where the newer way is missing: plain http, frames without the permission. */
function copyByCommand(text: string): boolean {
  if (typeof document.execCommand !== "function") return false;
  const give = (event: ClipboardEvent) => {
    event.preventDefault();
    // It must not come to the live view's own fields, which hand "copy" on to the site.
    event.stopImmediatePropagation();
    event.clipboardData?.setData("text/plain", text);
  };
  document.addEventListener("copy", give, { capture: true });
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    document.removeEventListener("copy", give, { capture: true });
  }
}
