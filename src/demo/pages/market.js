// The single-page market: asks the API with the token from localStorage, and goes to the SSO when that is no good any more.
(() => {
  const { api, storageKey } = document.body.dataset;
  const { element, card, details } = Cards;
  const view = document.querySelector("#view");
  const error = document.querySelector(".market-error");
  const count = document.querySelector(".market-count");
  const searchBox = document.querySelector(".search input");
  const RENEWED = "renewed-at";
  let turn = 0;
  let leaving = false;

  class Away extends Error {}

  function token() {
    const kept = JSON.parse(localStorage.getItem(storageKey) ?? "null");
    return kept && kept.expires_at * 1000 > Date.now() ? kept.access_token : null;
  }

  // To the SSO and back; it asks for nothing while its ticket lives. Not twice at once: that would go round for ever.
  function signIn() {
    if (leaving) throw new Away();
    localStorage.removeItem(storageKey);
    if (Date.now() - Number(sessionStorage.getItem(RENEWED) ?? 0) < 4000) throw new Error("You could not be signed in. Reload the page to try again.");
    leaving = true;
    sessionStorage.setItem(RENEWED, String(Date.now()));
    location.replace(`/signin?${new URLSearchParams({ returnTo: location.pathname + location.search })}`);
    throw new Away();
  }

  async function ask(path, body) {
    const bearer = token() ?? signIn();
    const options = { headers: { authorization: `Bearer ${bearer}` } };
    if (body) Object.assign(options, { method: "POST", body: JSON.stringify(body) }), options.headers["content-type"] = "application/json";
    const answer = await fetch(api + path, options);
    if (answer.status === 401) signIn();
    if (answer.status === 429) throw new Error(`The market is busy. Try again in ${answer.headers.get("retry-after")} seconds.`);
    if (!answer.ok) throw new Error("The market does not answer as it should. Try again in a moment.");
    sessionStorage.removeItem(RENEWED);
    return answer.json();
  }

  const wanted = () => new URLSearchParams(location.search);
  const search = (page) => ask("/v1/market/search", { page, rows: 20, userLocale: "PT_BR", name: "hottest", query: wanted().get("q") ?? "" });

  function counted(found) {
    count.textContent = `${found.totalElements} products`;
    document.body.dataset.total = found.totalElements;
  }

  function grid(rows) {
    if (rows.length === 0) return element("p", { class: "market-empty" }, "Nothing here is called so.");
    return element("div", { class: "market-grid" }, ...rows.map(card));
  }

  function address(page) {
    const query = wanted();
    query.set("page", page);
    return `/market/search?${query}`;
  }

  function pagination(page, pages) {
    const nav = element("nav", { class: "pagination", "aria-label": "Pages" });
    const link = (to, text, name) => nav.append(element("a", { class: `pagination-${name}`, href: address(to), "data-page": to }, text));
    if (page > 1) link(page - 1, "‹ Previous", "previous");
    for (let to = 1; to <= pages; to++) {
      if (to === page) nav.append(element("span", { class: "pagination-page current", "aria-current": "page" }, String(to)));
      else link(to, String(to), "page");
    }
    if (page < pages) link(page + 1, "Next ›", "next");
    return nav;
  }

  async function pages(mine) {
    const page = Math.max(1, Number(wanted().get("page")) || 1);
    const found = await search(page);
    if (mine !== turn) return;
    counted(found);
    view.replaceChildren(grid(found.content), ...(found.totalPages > 1 ? [pagination(page, found.totalPages)] : []));
    view.dataset.page = page;
  }

  async function hottest(mine) {
    const found = await search(1);
    if (mine !== turn) return;
    counted(found);
    view.replaceChildren(grid(found.content), element("p", { class: "more" }, element("a", { class: "see-all", href: address(1) }, `See all ${found.totalElements} products`)));
  }

  // Endless: the next page comes when the end of the list is near.
  async function scroll(mine) {
    const list = element("div", { class: "market-grid" });
    const end = element("p", { class: "scroll-end" }, "Loading more…");
    let page = 0, pagesThere = 1, loading = false;
    view.replaceChildren(list, end);
    const more = async () => {
      if (loading || mine !== turn || page >= pagesThere) return;
      loading = true;
      const found = await search(page + 1);
      if (mine !== turn) return;
      page += 1;
      pagesThere = found.totalPages;
      counted(found);
      list.append(...found.content.map(card));
      loading = false;
      if (page >= pagesThere) { end.textContent = "That is all."; end.classList.add("done"); watcher.disconnect(); }
      else if (end.getBoundingClientRect().top < innerHeight + 200) await more();
    };
    const watcher = new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting)) more().catch(failed); }, { rootMargin: "200px" });
    await more();
    if (mine === turn) watcher.observe(end);
  }

  async function oneProduct(mine) {
    const row = await ask(`/v1/market/products/${encodeURIComponent(wanted().get("productUcode") ?? "")}`);
    if (mine !== turn) return;
    count.textContent = "";
    view.replaceChildren(details(row), element("p", { class: "more" }, element("a", { class: "see-all", href: "/market" }, "Back to the market")));
  }

  const VIEWS = { "/market": hottest, "/market/search": pages, "/market/scroll": scroll, "/market/details": oneProduct };

  function failed(problem) {
    if (problem instanceof Away) return;
    view.replaceChildren();
    view.setAttribute("aria-busy", "false");
    error.textContent = problem.message === "Failed to fetch" ? "The market cannot be reached." : problem.message;
    error.hidden = false;
  }

  async function show() {
    const mine = ++turn;
    error.hidden = true;
    searchBox.value = wanted().get("q") ?? "";
    for (const link of document.querySelectorAll(".views a")) {
      if (new URL(link.href).pathname === location.pathname) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    view.setAttribute("aria-busy", "true");
    if (!view.firstChild) view.replaceChildren(element("div", { class: "market-loading", role: "status" }, "Loading…"));
    try {
      await (VIEWS[location.pathname] ?? hottest)(mine);
      if (mine === turn) view.setAttribute("aria-busy", "false");
    } catch (problem) {
      if (mine === turn) failed(problem);
    }
  }

  async function greet() {
    const me = await ask("/v1/me");
    const name = document.querySelector(".account-name");
    name.textContent = me.name;
    name.title = me.email;
    name.hidden = false;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const to = new URL(link.href);
    if (link.classList.contains("log-out")) { localStorage.removeItem(storageKey); return; }
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

  if (token() === null) try { signIn(); } catch (problem) { failed(problem); }
  else { greet().catch(failed); show(); }
})();
