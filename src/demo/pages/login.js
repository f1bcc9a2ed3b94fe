// "Continue with Orbit ID": a pop-up answers by postMessage; its one-time credential stands in for password and code.
(() => {
  const { idp, origin } = document.body.dataset;
  let nonce = null;

  document.querySelector("#continue-with-orbit").addEventListener("click", () => {
    nonce = crypto.randomUUID();
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
