// The single-page market: asks the API with the token from the browser's storage, and goes to the SSO when that is no good any more.
(() => {
  const { api, storageKey, tokenStorage, indexedDb, search: searchPath, list: listName, nextByMouse, reveal, nonce, page: kind } = document.body.dataset;
  const { element, details } = Cards;
  const storage = tokenStorage === "session" ? sessionStorage : localStorage;
  const view = document.querySelector("#view");
  const error = document.querySelector(".market-error");
  const count = document.querySelector(".market-count");
  const searchBox = document.querySelector(".search input");
  const RENEWED = "renewed-at";
  let turn = 0;
  let leaving = false;

  class Away extends Error {}

  function token() {
    const kept = JSON.parse(storage.getItem(storageKey) ?? "null");
    return kept && kept.expires_at * 1000 > Date.now() ? kept.access_token : null;
  }

  // To the SSO and back; it asks for nothing while its ticket lives. Not twice at once: that would go round for ever.
  function signIn() {
    if (leaving) throw new Away();
    storage.removeItem(storageKey);
    if (Date.now() - Number(sessionStorage.getItem(RENEWED) ?? 0) < 4000) throw new Error("You could not be signed in. Reload the page to try again.");
    leaving = true;
    sessionStorage.setItem(RENEWED, String(Date.now()));
    location.replace(`/signin?${new URLSearchParams({ returnTo: location.pathname + location.search })}`);
    throw new Away();
  }

  const when = (said) => (said === null ? "later" : /^\d+$/.test(said) ? `in ${said} seconds` : `after ${said}`);

  async function ask(path, body) {
    const bearer = token() ?? (kind === "guest" ? null : signIn());
    const options = { headers: {} };
    if (bearer) options.headers.authorization = `Bearer ${bearer}`;
    if (nonce) options.headers["x-market-proof"] = document.documentElement.dataset.proof;
    if (body) Object.assign(options, { method: "POST", body: JSON.stringify(body) }), options.headers["content-type"] = "application/json";
    const answer = await fetch(api + path, options);
    if (answer.status === 401) signIn();
    if (answer.status === 429 || answer.status === 503) throw new Error(`The market is busy. Try again ${when(answer.headers.get("retry-after"))}.`);
    if (!answer.ok) throw new Error("The market does not answer as it should. Try again in a moment.");
    sessionStorage.removeItem(RENEWED);
    return answer.json();
  }

  const wanted = () => new URLSearchParams(location.search);

  // Whatever the list is called and its products look like, the page draws the same.
  function understood(answer) {
    const list = answer.content ?? answer[listName] ?? answer.data.edges.map(({ node }) => node);
    const paging = answer.pagination ?? answer.data ?? answer;
    const rows = list.map((row) => (row.product ? row : { product: row, producer: row.producer, affiliation: row.affiliation }));
    const last = paging.last ?? !(paging.hasMore ?? paging.more);
    return { rows, last, total: paging.totalElements ?? paging.total, pages: paging.totalPages ?? paging.pages ?? 1, next: paging.nextCursor ?? paging.next };
  }

  async function search(part) {
    const size = "offset" in part || "cursor" in part ? { limit: 20 } : { rows: 20 };
    const found = understood(await ask(searchPath, { ...part, ...size, userLocale: "PT_BR", name: "hottest", query: wanted().get("q") ?? "" }));
    if (found.total !== undefined) {
      count.textContent = `${found.total} products`;
      document.body.dataset.total = found.total;
    }
    return found;
  }

  async function oneProduct(page) {
    const row = await ask(`/v1/market/products/${encodeURIComponent(wanted().get("productUcode") ?? "")}`);
    if (page.isOver()) return;
    count.textContent = "";
    view.replaceChildren(details(row), element("p", { class: "more" }, element("a", { class: "see-all", href: "/market" }, "Back to the market")));
  }

  const VIEWS = { ...Views, "/market/details": oneProduct };

  function failed(problem) {
    if (problem instanceof Away) return;
    view.replaceChildren();
    view.setAttribute("aria-busy", "false");
    error.textContent = problem.message === "Failed to fetch" ? "The market cannot be reached." : problem.message;
    error.hidden = false;
  }

  // Until somebody has pressed the button.
  function pressed() {
    const button = element("button", { class: "reveal plain", type: "button" }, "Show products");
    view.replaceChildren(button);
    return new Promise((done) => button.addEventListener("click", done));
  }

  async function show() {
    const mine = ++turn;
    const page = { view, wanted, search, failed: (problem) => mine === turn && failed(problem), isOver: () => mine !== turn };
    error.hidden = true;
    searchBox.value = wanted().get("q") ?? "";
    for (const link of document.querySelectorAll(".views a")) {
      if (new URL(link.href).pathname === location.pathname) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    view.setAttribute("aria-busy", "true");
    if (!view.firstChild) view.replaceChildren(element("div", { class: "market-loading", role: "status" }, "Loading…"));
    try {
      if (reveal) await pressed();
      if (mine !== turn) return;
      await (VIEWS[location.pathname] ?? Views["/market"])(page);
      if (mine === turn) view.setAttribute("aria-busy", "false");
    } catch (problem) {
      if (mine === turn) failed(problem);
    }
  }

  async function greet() {
    const me = await ask("/v1/me");
    const name = document.querySelector(".account-name");
    if (!me.name) return;
    name.textContent = me.name;
    name.title = me.email;
    name.hidden = false;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    // A press of a key comes as a click that nothing was clicked for.
    if (nextByMouse && link.rel === "next" && event.detail === 0) return event.preventDefault();
    const to = new URL(link.href);
    if (link.classList.contains("log-out")) { storage.removeItem(storageKey); return; }
    if (to.origin !== location.origin || !(to.pathname in VIEWS)) return;
    event.preventDefault();
    history.pushState(null, "", to);
    scrollTo(0, 0);
    show();
  });
  document.querySelector(".search").addEventListener("submit", (event) => {
    event.preventDefault();
    const q = searchBox.value.trim();
    history.pushState(null, "", `/market/search?${new URLSearchParams(q ? { page: 1, q } : { page: 1 })}`);
    show();
  });
  addEventListener("popstate", show);

  // What the API may want to see: FNV-1a of what this page was given, read backwards.
  function prove() {
    let hash = 0x811c9dc5;
    for (const letter of [...nonce].reverse()) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
    document.documentElement.dataset.proof = `${nonce}.${hash.toString(16).padStart(8, "0")}`;
  }

  // Whether the browser still has what the callback remembered in IndexedDB.
  function isRemembered() {
    return new Promise((resolve) => {
      const opening = indexedDB.open("demo-market", 1);
      opening.onupgradeneeded = () => opening.transaction.abort();
      opening.onerror = () => resolve(false);
      opening.onsuccess = () => {
        const database = opening.result;
        const all = database.transaction("preferences").objectStore("preferences").getAll();
        all.onsuccess = () => { database.close(); resolve(all.result.length > 0); };
        all.onerror = () => { database.close(); resolve(false); };
      };
    });
  }

  async function begin() {
    if (nonce) prove();
    if (kind !== "guest" && (token() === null || (indexedDb === "required" && !(await isRemembered())))) signIn();
    greet().catch(failed);
    await show();
  }

  begin().catch(failed);
})();
