// In the page's own world, before its scripts: what would open a window of the desktop, which no picture shows and nobody could
// close, is told to our own world instead (overlay/page.js) or left out.
(() => {
  try {
    if (window.top === window && location.protocol === "devtools:") return;
    const send = document.dispatchEvent.bind(document);
    const tell = (what, from) => send.call(document, new CustomEvent("staylogged", { detail: JSON.stringify(what), ...from }));
    // A proxy of a function still looks like the function that it stands for.
    const around = (owner, name, act) => {
      const own = owner?.[name];
      if (typeof own !== "function") return;
      const put = new Proxy(own, { apply: (target, self, given) => act(() => Reflect.apply(target, self, given), self, given) });
      Object.defineProperty(owner, name, { value: put, writable: true, configurable: true, enumerable: true });
    };

    // A key of the person's own computer cannot be reached from here: pages then offer another way.
    const refused = () => Promise.reject(new DOMException("The operation either timed out or was not allowed.", "NotAllowedError"));
    for (const name of ["get", "create"]) {
      around(globalThis.CredentialsContainer?.prototype, name, (go, _self, [options]) => {
        if (!options?.publicKey) return go();
        // Asked for in passing, beside the fields: never answered, as where nobody has one.
        if (options.mediation === "conditional") return new Promise(() => {});
        tell({ type: "notice", kind: "passkey" });
        return refused();
      });
    }

    for (const kind of [HTMLSelectElement, HTMLInputElement]) {
      around(kind.prototype, "showPicker", (_go, self) => {
        self.dispatchEvent(new CustomEvent("staylogged-picker", { bubbles: true, composed: true }));
      });
    }

    const denied = (what) => tell({ type: "notice", kind: "permission_denied", what });
    around(globalThis.Geolocation?.prototype, "getCurrentPosition", (go) => (denied("geolocation"), go()));
    around(globalThis.Geolocation?.prototype, "watchPosition", (go) => (denied("geolocation"), go()));
    around(globalThis.Notification, "requestPermission", (go) => (denied("notifications"), go()));
    around(globalThis.MediaDevices?.prototype, "getUserMedia", (go, _self, [wanted]) => (denied(wanted?.video ? "camera" : "microphone"), go()));
    around(globalThis.MediaDevices?.prototype, "getDisplayMedia", (_go) => (denied("screen"), refused()));
    for (const name of ["requestDevice", "requestPort"]) {
      for (const owner of ["Bluetooth", "USB", "HID", "Serial"]) around(globalThis[owner]?.prototype, name, (_go) => (denied(owner.toLowerCase()), refused()));
    }

    // "Copy" buttons: the text belongs on the person's clipboard; the server's is one for everybody.
    around(globalThis.Clipboard?.prototype, "writeText", (_go, _self, [text]) => {
      tell({ type: "copied", text: String(text) });
      return Promise.resolve();
    });

    window.print = () => {};
  } catch {
    // A page where this cannot be done works as it is.
  }
})();
