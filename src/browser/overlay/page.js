// In a world of our own beside the page's, in each of its frames: sees what the picture does not show and tells it
// (`staylogged_tell`, a binding that only this world has), and does to the page what the viewer answers. It trusts nothing
// of the page, and the page does not see it.
(() => {
  if (globalThis.staylogged) return;
  // Worlds of one number may follow each other in a tab: this tells them apart.
  const token = Math.random().toString(36).slice(2);
  let count = 0;
  const tell = (type, what) => {
    try {
      staylogged_tell(JSON.stringify({ type, token, count: ++count, born: performance.timeOrigin, top: window.top === window, ...what }));
    } catch {
      // The page is just going away.
    }
  };
  const soon = (act) => {
    let waiting = false;
    return () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        act();
      });
    };
  };
  const cut = (text, most = 200) => String(text ?? "").replace(/\s+/g, " ").trim().slice(0, most);
  const target = (event) => event.composedPath()[0];

  // --- Fields ----------------------------------------------------------------------------------------------------------

  const PICKED = new Set(["date", "time", "datetime-local", "month", "week", "color"]);
  const TYPED = new Set(["text", "email", "password", "tel", "number", "url", "search"]);

  const deepest = () => {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    return active;
  };
  const isEditable = (element) =>
    (element instanceof HTMLInputElement && TYPED.has(element.type)) ||
    element instanceof HTMLTextAreaElement ||
    !!element?.isContentEditable;

  function labelOf(element) {
    const named = (element.getAttribute("aria-labelledby") ?? "")
      .split(/\s+/)
      .map((id) => id && element.getRootNode().getElementById?.(id)?.textContent)
      .filter(Boolean)
      .join(" ");
    const own = element.labels?.length ? [...element.labels].map((label) => textOfLabel(label, element)).join(" ") : "";
    return cut(element.getAttribute("aria-label") || named || own || element.placeholder || element.title || element.name || "");
  }
  function textOfLabel(label, element) {
    if (!label.contains(element)) return label.innerText;
    const copy = label.cloneNode(true);
    copy.querySelectorAll("input, select, textarea, script, style").forEach((inner) => inner.remove());
    return copy.textContent;
  }
  function kindOf(element) {
    if (element instanceof HTMLTextAreaElement || (element.isContentEditable && !(element instanceof HTMLInputElement))) return "multiline";
    if (!(element instanceof HTMLInputElement)) return "other";
    if ((element.autocomplete || "").split(/\s+/).includes("one-time-code")) return "one-time-code";
    return TYPED.has(element.type) || PICKED.has(element.type) || element.type === "checkbox" || element.type === "radio" ? element.type : "other";
  }
  // The line before a password is the name that goes with it, as browsers judge where a page says nothing.
  function autocompleteOf(element) {
    const said = element.getAttribute?.("autocomplete") || null;
    const silent = !said || said.trim().toLowerCase() === "on";
    if (!silent || !(element instanceof HTMLInputElement) || !["text", "email", "tel"].includes(element.type)) return said;
    const lines = [...(element.form?.elements ?? element.getRootNode().querySelectorAll("input"))].filter(
      (one) => one instanceof HTMLInputElement && TYPED.has(one.type) && isShown(one),
    );
    return lines[lines.indexOf(element) + 1]?.type === "password" ? "username" : said;
  }
  const inputModeOf = (element) => element.getAttribute?.("inputmode") || null;
  const boxOf = (element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return { x, y, width, height };
  };

  let focused = null;
  const tellFocus = () => {
    const active = deepest();
    focused = document.hasFocus() && isEditable(active) ? active : null;
    if (!focused) return tell("focus", { field: null });
    const suggestions = focused.list ? [...focused.list.options].slice(0, 200).map((option) => cut(option.value)) : null;
    tell("focus", {
      field: {
        kind: kindOf(focused),
        inputMode: inputModeOf(focused),
        autocomplete: autocompleteOf(focused),
        label: labelOf(focused),
        ...boxOf(focused),
        multiline: !(focused instanceof HTMLInputElement),
        empty: "value" in focused ? focused.value === "" : focused.textContent === "",
        suggestions,
      },
    });
  };
  const focusSoon = soon(tellFocus);
  for (const name of ["focusin", "focusout", "focus", "blur"]) addEventListener(name, focusSoon, true);
  const moved = () => focused && focusSoon();
  for (const name of ["scroll", "resize", "input", "transitionend", "load"]) addEventListener(name, moved, { capture: true, passive: true });

  // --- The mouse's shape -----------------------------------------------------------------------------------------------

  let cursor = "";
  let at = { x: 0, y: 0 };
  const tellCursor = soon(() => {
    let element = document.elementFromPoint(at.x, at.y);
    while (element?.shadowRoot?.elementFromPoint(at.x, at.y) && element.shadowRoot.elementFromPoint(at.x, at.y) !== element)
      element = element.shadowRoot.elementFromPoint(at.x, at.y);
    if (!element || element instanceof HTMLIFrameElement) return;
    let next = getComputedStyle(element).cursor.split(",").at(-1).trim();
    if (next === "auto") {
      const caret = document.caretPositionFromPoint?.(at.x, at.y);
      const onText = caret?.offsetNode instanceof Text && inside(caret.offsetNode, at);
      next = element.closest("a[href]") ? "pointer" : isEditable(element) || onText ? "text" : "default";
    }
    if (next === cursor) return;
    cursor = next;
    tell("cursor", { cursor: next.slice(0, 40) });
  });
  const inside = (node, { x, y }) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()].some((box) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom);
  };
  addEventListener("mousemove", (event) => ((at = { x: event.clientX, y: event.clientY }), tellCursor()), { capture: true, passive: true });
  addEventListener("mouseout", (event) => event.relatedTarget === null && (cursor = ""), true);

  // --- What opens a window of the desktop ------------------------------------------------------------------------------

  const asked = new Map();
  let asks = 0;
  const choicesOf = (select) =>
    [...select.options].slice(0, 2000).map((option, place) => ({
      value: String(place),
      label: cut(option.label || option.text),
      group: option.parentElement instanceof HTMLOptGroupElement ? cut(option.parentElement.label) : null,
      disabled: option.disabled || !!option.closest("optgroup[disabled]"),
      selected: option.selected,
    }));
  const pickerOf = (element) =>
    element instanceof HTMLSelectElement
      ? { kind: "select", multiple: element.multiple, options: choicesOf(element) }
      : { kind: element.type, value: element.value, min: element.min, max: element.max, step: element.step };
  function openPicker(element) {
    if (element.disabled || element.readOnly) return;
    element.focus({ preventScroll: true });
    const key = ++asks;
    asked.clear();
    asked.set(key, element);
    tell("picker", { key, picker: { label: labelOf(element), ...boxOf(element), ...pickerOf(element) } });
  }
  const isList = (element) => element instanceof HTMLSelectElement && (element.multiple || element.size > 1);
  // A list box is in the picture; with fingers it cannot be used there.
  const hasFingers = () => matchMedia("(pointer: coarse)").matches;
  const opens = (element) =>
    (element instanceof HTMLSelectElement && (!isList(element) || hasFingers())) ||
    (element instanceof HTMLInputElement && PICKED.has(element.type));
  const selectAt = (event) => {
    const found = target(event);
    return found instanceof HTMLOptionElement ? found.closest("select") : found;
  };
  addEventListener(
    "mousedown",
    (event) => {
      const element = selectAt(event);
      if (event.button !== 0 || !(element instanceof HTMLSelectElement) || !opens(element)) return;
      event.preventDefault();
      openPicker(element);
    },
    true,
  );
  // A list box takes a tap for itself, and no mouse is pressed.
  let slid = false;
  addEventListener("touchstart", () => (slid = false), { capture: true, passive: true });
  addEventListener("touchmove", () => (slid = true), { capture: true, passive: true });
  addEventListener(
    "touchend",
    (event) => {
      const element = selectAt(event);
      if (slid || !event.cancelable || event.touches.length > 0 || !isList(element) || !opens(element)) return;
      event.preventDefault();
      openPicker(element);
    },
    { capture: true, passive: false },
  );
  addEventListener(
    "click",
    (event) => {
      const element = target(event);
      if (event.button !== 0 || !(element instanceof HTMLInputElement) || !PICKED.has(element.type) || !event.isTrusted) return;
      event.preventDefault();
      openPicker(element);
    },
    true,
  );
  addEventListener(
    "keydown",
    (event) => {
      const element = target(event);
      const wanted =
        event.key === " " || event.key === "F4" || (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) ||
        (event.key === "Enter" && element instanceof HTMLInputElement && element.type === "color");
      if (!wanted || !opens(element) || isList(element)) return;
      event.preventDefault();
      openPicker(element);
    },
    true,
  );
  addEventListener("staylogged-picker", (event) => {
    const element = target(event);
    if (element instanceof HTMLSelectElement || PICKED.has(element?.type)) openPicker(element);
  });

  const changed = (element) => {
    element.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    element.dispatchEvent(new Event("change", { bubbles: true }));
  };
  function choose(element, { values, value }) {
    if (element instanceof HTMLSelectElement) {
      const wanted = new Set(values ?? []);
      const options = [...element.options];
      const before = options.map((option) => option.selected).join();
      if (element.multiple) options.forEach((option, place) => !option.disabled && (option.selected = wanted.has(String(place))));
      else if (wanted.size === 1) element.selectedIndex = Number([...wanted][0]);
      if (options.map((option) => option.selected).join() !== before) changed(element);
    } else if (value !== undefined && value !== null && element.value !== value) {
      element.value = value;
      changed(element);
    }
  }

  // The drag that the page has begun since the button was pressed last, unless the page prevented it.
  let drag = null;
  addEventListener("mousedown", () => (drag = null), true);
  addEventListener("dragstart", (event) => (drag = event), true);

  // The chooser of files is the driver's matter; what the field takes is told before it opens.
  addEventListener(
    "click",
    (event) => {
      const element = target(event);
      if (element instanceof HTMLInputElement && element.type === "file") tell("file_field", { accept: cut(element.accept), label: labelOf(element) });
    },
    true,
  );

  // A context menu would be a window too: the page's own is in the picture, otherwise the viewer draws one.
  addEventListener("contextmenu", (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    const element = target(event);
    const field = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;
    const selection = field ? element.selectionStart !== element.selectionEnd : !!String(getSelection());
    tell("menu", {
      menu: { x: event.clientX, y: event.clientY, selection, editable: isEditable(element), password: element.type === "password" },
    });
  });

  // --- What the page's own world tells ---------------------------------------------------------------------------------

  const KNOWN = new Set(["passkey", "permission_denied"]);
  document.addEventListener("staylogged", (event) => {
    try {
      const said = JSON.parse(event.detail);
      if (said.type === "notice" && KNOWN.has(said.kind)) tell("notice", { kind: said.kind, what: said.what ? cut(said.what, 40) : null });
      if (said.type === "copied" && navigator.userActivation?.isActive) tell("copied", { text: String(said.text).slice(0, 100000) });
    } catch {
      // Not ours.
    }
  });

  // --- The icon of the tab ---------------------------------------------------------------------------------------------

  function tellIcon() {
    if (window.top !== window) return;
    const links = [...document.querySelectorAll('link[rel~="icon"][href]')];
    const href = links.at(-1)?.href ?? (location.protocol.startsWith("http") ? new URL("/favicon.ico", location.href).href : null);
    if (!href) return;
    const image = new Image();
    image.crossOrigin = "anonymous";
    image.onload = () => {
      try {
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = 32;
        canvas.getContext("2d").drawImage(image, 0, 0, 32, 32);
        tell("icon", { icon: canvas.toDataURL("image/png") });
      } catch {
        // Of another site, which does not let it be read.
      }
    };
    image.src = href;
  }
  if (document.readyState === "complete") tellIcon();
  else addEventListener("load", tellIcon, { once: true });

  // --- The form, mirrored ----------------------------------------------------------------------------------------------

  const ids = new WeakMap();
  const byId = new Map();
  let made = 0;
  const idOf = (element) => {
    if (!ids.has(element)) {
      ids.set(element, ++made);
      byId.set(made, new WeakRef(element));
    }
    return ids.get(element);
  };
  const isShown = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  };
  function* everything(root) {
    for (const element of root.querySelectorAll("*")) {
      yield element;
      if (element.shadowRoot) yield* everything(element.shadowRoot);
    }
  }
  const ignored = new Set(["hidden", "submit", "button", "image", "reset", "file", "range"]);
  const isField = (element) =>
    (element instanceof HTMLInputElement && !ignored.has(element.type)) ||
    element instanceof HTMLSelectElement ||
    element instanceof HTMLTextAreaElement;
  const isButton = (element) =>
    element instanceof HTMLButtonElement ||
    (element instanceof HTMLInputElement && ["submit", "button", "image"].includes(element.type)) ||
    element.getAttribute("role") === "button";
  // A box that is ticked is often drawn by its label, and itself invisible.
  const isOffered = (element) =>
    isShown(element) || ((element.type === "checkbox" || element.type === "radio") && [...(element.labels ?? [])].some(isShown));

  function errorOf(element) {
    const told = (element.getAttribute("aria-errormessage") || element.getAttribute("aria-describedby") || "").split(/\s+/).filter(Boolean);
    const text = told.map((id) => element.getRootNode().getElementById?.(id)).filter((one) => one && isShown(one)).map((one) => one.innerText).join(" ");
    if (element.getAttribute("aria-invalid") === "true") return cut(text, 300) || "!";
    // A page that judges by itself does not show what the browser thinks.
    return !element.form?.noValidate && element.matches(":user-invalid") ? cut(element.validationMessage, 300) : null;
  }
  function fieldOf(element) {
    const isSecret = element.type === "password";
    return {
      id: idOf(element),
      kind: element instanceof HTMLSelectElement ? "select" : kindOf(element),
      label: labelOf(element),
      name: cut(element.name, 100),
      value: isSecret ? (element.value === "" ? "" : null) : element instanceof HTMLSelectElement ? "" : String(element.value).slice(0, 4000),
      checked: !!element.checked,
      group: element.type === "radio" ? cut(element.name, 100) : "",
      required: !!element.required,
      disabled: !!element.disabled,
      readOnly: !!element.readOnly,
      error: errorOf(element),
      autocomplete: autocompleteOf(element),
      inputMode: inputModeOf(element),
      options: element instanceof HTMLSelectElement ? choicesOf(element).slice(0, 300) : [],
      multiple: !!element.multiple,
      maxLength: element.maxLength > 0 ? element.maxLength : null,
      placeholder: cut(element.placeholder) || null,
      min: element.min || null,
      max: element.max || null,
      step: element.step || null,
    };
  }
  const nameOfButton = (element) =>
    cut(element.getAttribute("aria-label") || element.innerText || element.value || element.title || element.querySelector("img")?.alt || "", 120);

  /** An open dialog hides everything else. */
  const dialogInFront = () => [...document.querySelectorAll("dialog[open], [role=dialog][aria-modal=true]")].filter(isShown).at(-1);
  function readForm() {
    const all = [...everything(document)];
    let fields = all.filter((element) => isField(element) && isOffered(element));
    const dialog = dialogInFront();
    const within = (element) => !dialog || dialog.contains(element);
    fields = fields.filter(within);
    const buttons = all.filter((element) => (isButton(element) || (element instanceof HTMLAnchorElement && element.href)) && within(element) && isShown(element));
    // The ways to the rest of the site are no part of what is filled in.
    const leads = (element) => !isButton(element) && !!element.closest("nav, header, footer");
    const near = (element) =>
      isButton(element) || fields.some((field) => field.form && field.form.contains(element)) || buttons.length <= 12;
    const offered = buttons.filter((element) => near(element) && !leads(element) && nameOfButton(element)).slice(0, 16);
    const last = fields.at(-1);
    const main =
      offered.find((one) => isButton(one) && one.type === "submit" && (!last?.form || one.form === last.form)) ??
      offered.find((one) => isButton(one) && last && last.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
    const shownText = (css, most, count) =>
      [...document.querySelectorAll(css)].filter((one) => within(one) && isShown(one)).map((one) => cut(one.innerText, most)).filter(Boolean).slice(0, count);
    const room = innerWidth * innerHeight || 1;
    const part = (element) => (element.getBoundingClientRect().width * element.getBoundingClientRect().height) / room;
    const shown = (css) => [...document.querySelectorAll(css)].filter((one) => within(one) && isShown(one));
    const frames = shown("iframe");
    let why = null;
    if (frames.some((frame) => /captcha|challenge|turnstile/i.test(`${frame.src} ${frame.title}`) && part(frame) > 0.01)) why = "captcha";
    else if (fields.length > 40) why = "too_large";
    else if (fields.length === 0 && frames.some((frame) => part(frame) > 0.2)) why = "frame";
    else if (fields.length === 0 && shown("canvas").some((canvas) => part(canvas) > 0.4)) why = "canvas";
    else if (fields.length === 0 && offered.length === 0) why = "none";
    return {
      faithful: why === null,
      why,
      title: shownText("h1, [role=heading][aria-level='1'], h2, legend", 160, 1)[0] ?? cut(document.title),
      texts: shownText("p, h3", 300, 6),
      fields: why === "too_large" ? [] : fields.map(fieldOf),
      buttons: offered.map((one) => ({ id: idOf(one), label: nameOfButton(one), main: one === main, disabled: !!one.disabled || one.getAttribute("aria-disabled") === "true" })),
      alerts: [...new Set(shownText("[role=alert], [aria-live=assertive], .error, .alert-danger", 300, 4))],
    };
  }
  let mirroring = false;
  let told = "";
  let timer;
  const tellForm = () => {
    if (!mirroring) return;
    const form = readForm();
    const text = JSON.stringify(form);
    if (text === told) return;
    told = text;
    tell("form", { form, focused: document.hasFocus() && isField(deepest() ?? document.body) });
  };
  const formSoon = () => {
    if (!mirroring) return;
    clearTimeout(timer);
    timer = setTimeout(tellForm, 120);
  };
  const observer = new MutationObserver(formSoon);
  for (const name of ["input", "change", "invalid", "load", "transitionend"]) addEventListener(name, formSoon, { capture: true, passive: true });

  const found = (id) => {
    const element = byId.get(id)?.deref();
    return element?.isConnected ? element : null;
  };

  // --- What the viewer answers -----------------------------------------------------------------------------------------

  globalThis.staylogged = {
    isDragging: () => drag !== null && !drag.defaultPrevented,
    pick: (key, answer) => {
      const element = asked.get(key);
      asked.delete(key);
      if (element?.isConnected) choose(element, answer);
    },
    mirror: (on) => {
      if (mirroring === on) return;
      mirroring = on;
      told = "";
      if (on) {
        observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
        tellForm();
      } else {
        observer.disconnect();
      }
    },
    /** Puts the focus there, with all that is in it selected: what is typed next takes its place. "set": it takes no text. */
    take: (id) => {
      const element = found(id);
      if (!element || element.disabled || element.readOnly) return null;
      element.focus();
      if (element instanceof HTMLSelectElement || PICKED.has(element.type)) return "set";
      element.select?.();
      return "type";
    },
    set: (id, answer) => {
      const element = found(id);
      if (!element || element.disabled) return;
      if (answer.checked !== undefined && answer.checked !== null) {
        if (element.checked !== answer.checked) element.click();
      } else {
        choose(element, answer);
      }
    },
    /** The middle of it, in this frame's view, and whether a click there would reach it. */
    spot: (id) => {
      const element = found(id);
      if (!element) return null;
      element.scrollIntoView({ block: "nearest", behavior: "instant" });
      const { x, y, width, height } = element.getBoundingClientRect();
      const middle = { x: x + width / 2, y: y + height / 2 };
      let hit = document.elementFromPoint(middle.x, middle.y);
      while (hit?.shadowRoot?.elementFromPoint(middle.x, middle.y) && hit !== element) {
        const inner = hit.shadowRoot.elementFromPoint(middle.x, middle.y);
        if (inner === hit) break;
        hit = inner;
      }
      return { ...middle, top: window.top === window, hit: !!hit && (element.contains(hit) || hit.contains(element)) };
    },
    press: (id) => found(id)?.click(),
    /** A phone's keyboard has come up: the field must not be under it. */
    reveal: () => focused?.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" }),
  };
  tellFocus();
})();
