// The cookie banner lives in a shadow root, as those of consent platforms do, and covers the page until it is answered.
customElements.define("cookie-banner", class extends HTMLElement {
  connectedCallback() {
    if (localStorage.getItem("cookie-consent")) return;
    const root = this.attachShadow({ mode: "open" });
    root.innerHTML = `
      <style>
        .veil { position: fixed; inset: 0; background: rgb(28 26 39 / .38); display: flex; align-items: flex-end; justify-content: center; padding: 16px; z-index: 10; }
        .sheet { width: 100%; max-width: 720px; background: #fff; color: #1c1a27; border-radius: 16px; padding: 20px 22px; font: 15px/1.5 inherit; box-shadow: 0 20px 60px -20px rgb(0 0 0 / .5); }
        h2 { font-size: 17px; margin: 0 0 6px; }
        p { margin: 0 0 16px; color: #5b5769; }
        .row { display: flex; gap: 10px; flex-wrap: wrap; }
        button { font: inherit; font-weight: 650; padding: 10px 18px; border-radius: 10px; cursor: pointer; border: 1px solid #cbc7d6; background: #fff; color: inherit; }
        #accept { background: #1c1a27; color: #fff; border-color: #1c1a27; }
        button:focus-visible { outline: 3px solid #f6b79e; outline-offset: 1px; }
      </style>
      <div class="veil"><section class="sheet" role="dialog" aria-label="Cookies">
        <h2>This site uses cookies</h2>
        <p>Some keep you signed in, some count visits. You choose which.</p>
        <div class="row"><button id="accept" type="button">Accept all</button><button id="decline" type="button">Only what is needed</button></div>
      </section></div>`;
    for (const id of ["accept", "decline"]) {
      root.getElementById(id).addEventListener("click", () => {
        localStorage.setItem("cookie-consent", id);
        this.remove();
      });
    }
  }
});
