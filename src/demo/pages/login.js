// "Continue with Orbit ID": a pop-up answers by postMessage; its one-time credential stands in for password and code. Where it
// knows of no opener, or there is no pop-up, the identity provider leads on by itself.
(() => {
  const { idp, origin, query: asked, continueWith, silent } = document.body.dataset;
  let nonce = null;

  if (silent) {
    void fetch(`/silent?${asked}`).then(async (answer) => {
      if (answer.ok) location.replace((await answer.json()).to);
    });
  }

  document.querySelector("#continue-with-orbit").addEventListener("click", () => {
    nonce = crypto.randomUUID();
    if (continueWith !== "popup") {
      const address = `${idp}/choose?${new URLSearchParams({ origin, nonce, to: asked })}`;
      if (continueWith === "redirect") location.assign(address);
      else window.open(address, "_blank", "noopener,popup,width=480,height=560");
      return;
    }
    const query = new URLSearchParams({ origin, nonce });
    window.open(`${idp}/choose?${query}`, "orbit-id", "popup,width=480,height=560");
  });

  window.addEventListener("message", (event) => {
    if (event.origin !== idp || event.data?.type !== "orbit-id" || event.data.nonce !== nonce || nonce === null) return;
    nonce = null;
    const form = document.querySelector("#federated-form");
    form.elements.credential.value = event.data.credential;
    form.submit();
  });
})();
