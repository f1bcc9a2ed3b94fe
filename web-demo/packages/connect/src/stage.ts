/** The place on the page where the frame stands: over everything, with the page behind it inert. */

const WORDS = {
  en: { opening: "Opening…", close: "Close" },
  pt: { opening: "Abrindo…", close: "Fechar" },
  es: { opening: "Abriendo…", close: "Cerrar" },
};

export interface Stage {
  frame: HTMLIFrameElement;
  /** The frame is to be seen: what stood in for it goes. */
  show: (title: string) => void;
  /** Everything as it was before, the focus too. */
  end: () => void;
}

export function setStage(address: URL, language: string, onClose: () => void): Stage {
  const words = WORDS[language.slice(0, 2).toLowerCase() as keyof typeof WORDS] ?? WORDS.en;
  const opener = document.activeElement;
  const unlock = lockScrolling();

  // A modal <dialog>: above every z-index of the page, which is inert behind it.
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", words.opening);
  dialog.dataset.staylogged = "";
  style(dialog, {
    all: "initial",
    position: "fixed",
    inset: "0",
    "box-sizing": "border-box",
    width: "100%",
    height: "100%",
    "max-width": "none",
    "max-height": "none",
    margin: "0",
    padding: "0",
    border: "0",
    overflow: "hidden",
    outline: "none",
    background: "rgb(10 16 16 / 58%)",
  });

  const frame = document.createElement("iframe");
  frame.src = address.href;
  frame.title = words.opening;
  frame.dataset.testid = "connect-frame";
  frame.allow = "clipboard-read; clipboard-write";
  style(frame, {
    all: "initial",
    display: "block",
    width: "100%",
    height: "100%",
    border: "0",
    // A frame is see-through only where its page has the same color-scheme as its element.
    "color-scheme": "light",
    visibility: "hidden",
  });

  const waiting = document.createElement("div");
  style(waiting, {
    all: "initial",
    position: "absolute",
    inset: "0",
    display: "flex",
    "flex-direction": "column",
    "align-items": "center",
    "justify-content": "center",
    gap: "20px",
  });
  const ring = document.createElement("div");
  style(ring, {
    all: "initial",
    "box-sizing": "border-box",
    width: "36px",
    height: "36px",
    border: "3px solid #fff",
    "border-right-color": "transparent",
    "border-radius": "50%",
  });
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = words.close;
  style(close, {
    all: "initial",
    "box-sizing": "border-box",
    "min-height": "44px",
    padding: "0 20px",
    border: "1px solid #fff",
    "border-radius": "10px",
    color: "#fff",
    font: "600 15px system-ui, sans-serif",
    cursor: "pointer",
  });
  close.addEventListener("focus", () => style(close, { outline: "3px solid #7cc0ff", "outline-offset": "2px" }));
  close.addEventListener("blur", () => style(close, { outline: "none" }));
  close.addEventListener("click", onClose);
  waiting.append(ring, close);

  dialog.append(frame, waiting);
  document.body.append(dialog);
  const forgetBackdrop = clearBackdrop();
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    onClose();
  });
  let over = false;
  dialog.addEventListener("close", () => {
    // Pressed twice, Escape closes a dialog whatever its page says.
    if (over) return;
    dialog.showModal();
    onClose();
  });
  dialog.showModal();
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (!still) dialog.animate?.({ opacity: [0, 1] }, { duration: 140, easing: "ease-out" });
  ring.animate?.({ transform: ["rotate(0)", "rotate(1turn)"] }, { duration: still ? 6000 : 900, iterations: Infinity });

  // The keyboard of a phone covers the page without making it smaller; what is left is the frame's.
  const fit = () => {
    const seen = window.visualViewport;
    // Zoomed in by the person: then the view is their window onto the page, and nothing is to be moved.
    if (!seen || seen.scale > 1.01) return;
    style(dialog, { top: `${seen.offsetTop}px`, bottom: "auto", height: `${seen.height}px` });
  };
  window.visualViewport?.addEventListener("resize", fit);
  window.visualViewport?.addEventListener("scroll", fit);

  return {
    frame,
    show(title) {
      dialog.setAttribute("aria-label", title);
      frame.title = title;
      waiting.remove();
      style(frame, { visibility: "visible" });
      frame.focus();
    },
    end() {
      over = true;
      window.visualViewport?.removeEventListener("resize", fit);
      window.visualViewport?.removeEventListener("scroll", fit);
      dialog.close();
      dialog.remove();
      forgetBackdrop();
      unlock();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
    },
  };
}

/** One by one, and important: the page's own rules for dialogs and frames do not reach in, and no policy for styles is in the way. */
function style(element: HTMLElement, rules: Record<string, string>): void {
  for (const [name, value] of Object.entries(rules)) element.style.setProperty(name, value, "important");
}

/** The browser darkens behind a dialog by itself; the shade is the dialog's own. */
function clearBackdrop(): () => void {
  if (!("adoptedStyleSheets" in document)) return () => undefined;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("dialog[data-staylogged]::backdrop{background:none!important;backdrop-filter:none!important}");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
  };
}

function lockScrolling(): () => void {
  const { style: page } = document.documentElement;
  const before = { overflow: page.overflow, paddingRight: page.paddingRight };
  const bar = window.innerWidth - document.documentElement.clientWidth;
  page.overflow = "hidden";
  // Or the page would jump sideways by the width of its scrollbar.
  if (bar > 0) page.paddingRight = `${bar}px`;
  return () => {
    page.overflow = before.overflow;
    page.paddingRight = before.paddingRight;
  };
}
