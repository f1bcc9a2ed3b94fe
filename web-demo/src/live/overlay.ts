import { useEffect, useLayoutEffect, useRef } from "react";

/**
 * What lies over the picture and has the focus while it is there. Not modal to the page around: a person may always go on
 * to the buttons below. Escape closes it, and it alone; then the focus goes back to the picture.
 */
export function useOverlay<Node extends HTMLElement>({ onEscape, restore }: { onEscape: () => void; restore: () => void }) {
  const ref = useRef<Node>(null);
  const latest = useRef({ onEscape, restore });
  useEffect(() => {
    latest.current = { onEscape, restore };
  });

  useLayoutEffect(() => {
    const node = ref.current;
    if (!node) return;
    const active = document.activeElement;
    // Whoever is outside of the live view at the moment is not torn away from there.
    if (!active || active === document.body || node.closest(".live")?.contains(active)) {
      (node.querySelector<HTMLElement>("[data-autofocus]") ?? node).focus({ preventScroll: true });
    }
    return () => {
      const left = document.activeElement;
      if (!left || left === document.body || node.contains(left)) latest.current.restore();
    };
  }, []);

  useEffect(() => {
    const listening = new AbortController();
    window.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "Escape" || event.isComposing || !ref.current?.contains(event.target as globalThis.Node)) return;
        event.preventDefault();
        event.stopPropagation();
        latest.current.onEscape();
      },
      { signal: listening.signal, capture: true },
    );
    return () => listening.abort();
  }, []);

  return ref;
}
