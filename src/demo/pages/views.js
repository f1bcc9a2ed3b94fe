// The ways in which the market's list goes on. Each is handed what the page can do: ask for a part, say how many there are.
const Views = (() => {
  const { element, said } = Cards;
  const { card, list: emptyList } = Skins;
  const ROW = 120;
  /** So many rows above and below what is in sight are kept. */
  const OVER = 2;

  function grid(rows) {
    if (rows.length === 0) return element("p", { class: "market-empty" }, "Nothing here is called so.");
    const list = emptyList();
    list.append(...rows.map(card));
    return list;
  }

  function pagination(links) {
    const nav = element("nav", { class: "pagination", "aria-label": "Pages" });
    for (const { text, name, href, page } of links) {
      if (!href) nav.append(element("span", { class: `pagination-${name} current`, "aria-current": "page" }, text));
      else nav.append(element("a", { class: `pagination-${name}`, href, ...(name === "next" ? { rel: "next" } : {}), ...(page ? { "data-page": page } : {}) }, text));
    }
    return nav;
  }

  const address = (page, changed) => {
    const query = page.wanted();
    for (const [name, value] of Object.entries(changed)) query.set(name, value);
    return `${location.pathname === "/market" ? "/market/search" : location.pathname}?${query}`;
  };

  async function pages(page) {
    const number = Math.max(1, Number(page.wanted().get("page")) || 1);
    const found = await page.search({ page: number });
    if (page.isOver()) return;
    const links = [];
    if (number > 1) links.push({ text: "‹ Previous", name: "previous", href: address(page, { page: number - 1 }), page: number - 1 });
    const around = (to) => found.pages <= 20 || to === 1 || to === found.pages || Math.abs(to - number) <= 3;
    for (let to = 1; to <= found.pages; to++) {
      if (around(to)) links.push({ text: String(to), name: "page", href: to === number ? null : address(page, { page: to }), page: to });
    }
    if (!found.last) links.push({ text: "Next ›", name: "next", href: address(page, { page: number + 1 }), page: number + 1 });
    const piece = document.body.dataset.piecemeal ? 5 : found.rows.length;
    const list = grid(found.rows.slice(0, piece));
    page.view.replaceChildren(list, ...(links.length > 1 ? [pagination(links)] : []));
    page.view.dataset.page = number;
    for (let drawn = piece; drawn < found.rows.length; drawn += piece) {
      await new Promise((next) => setTimeout(next, 20));
      if (page.isOver()) return;
      list.append(...found.rows.slice(drawn, drawn + piece).map(card));
    }
  }

  async function hottest(page) {
    const found = await page.search({ page: 1 });
    if (page.isOver()) return;
    page.view.replaceChildren(grid(found.rows), element("p", { class: "more" }, element("a", { class: "see-all", href: "/market/search?page=1" }, `See all ${found.total} products`)));
  }

  // What scrolls instead of the page, where the page itself does not.
  function scroller() {
    if (!document.body.dataset.innerScroller) return null;
    const box = element("div", { class: "inner-scroller", tabindex: "0" });
    Object.assign(box.style, { height: "420px", overflowY: "auto" });
    return box;
  }

  // Endless: the next page comes when the end of the list is near.
  async function scroll(page) {
    const list = emptyList();
    const end = element("p", { class: "scroll-end" }, "Loading more…");
    let number = 0, last = false, loading = false;
    const box = scroller();
    (box ?? page.view).append(list, end);
    page.view.replaceChildren(...(box ? [box] : [list, end]));
    const edge = () => (box ? box.getBoundingClientRect().bottom : innerHeight);
    const more = async () => {
      if (loading || page.isOver() || last) return;
      loading = true;
      const found = await page.search({ page: number + 1 });
      if (page.isOver()) return;
      number += 1;
      last = found.last;
      list.append(...found.rows.map(card));
      loading = false;
      if (last) { end.textContent = said(list.firstChild ? "That is all." : "Nothing here is called so."); end.classList.add("done"); watcher.disconnect(); }
      else if (end.getBoundingClientRect().top < edge() + 200) await more();
    };
    const watcher = new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting)) more().catch(page.failed); }, { root: box, rootMargin: "200px" });
    await more();
    if (!page.isOver() && !last) watcher.observe(end);
  }

  async function more(page) {
    const found = await page.search({ page: 1 });
    if (page.isOver()) return;
    const list = grid(found.rows);
    const button = element("button", { class: "load-more plain", type: "button" }, "Load more");
    let number = 1;
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        const next = await page.search({ page: number + 1 });
        if (page.isOver()) return;
        number += 1;
        list.append(...next.rows.map(card));
        if (next.last) button.remove();
        button.disabled = false;
      } catch (problem) {
        page.failed(problem);
      }
    });
    page.view.replaceChildren(list, ...(found.last ? [] : [button]));
  }

  async function cursor(page) {
    const found = await page.search({ cursor: page.wanted().get("after") ?? "" });
    if (page.isOver()) return;
    const links = found.next ? [{ text: "Next ›", name: "next", href: address(page, { after: found.next }) }] : [];
    page.view.replaceChildren(grid(found.rows), ...(links.length ? [pagination(links)] : []));
  }

  async function offset(page) {
    const from = Math.max(0, Number(page.wanted().get("offset")) || 0);
    const found = await page.search({ offset: from });
    if (page.isOver()) return;
    const links = found.last ? [] : [{ text: "Next ›", name: "next", href: address(page, { offset: from + 20 }) }];
    page.view.replaceChildren(grid(found.rows), ...(links.length ? [pagination(links)] : []));
  }

  // Only what is in sight is in the page: 5 to 16 rows of however many there are.
  async function virtual(page) {
    const rows = [];
    let number = 0, last = false, loading = false;
    const list = emptyList();
    list.classList.add("virtual");
    Object.assign(list.style, { position: "relative", display: "block" });
    const box = scroller();
    box?.append(list);
    page.view.replaceChildren(box ?? list);
    const height = () => box?.clientHeight ?? innerHeight;
    const draw = () => {
      const top = (box?.getBoundingClientRect().top ?? 0) - list.getBoundingClientRect().top;
      const first = Math.max(0, Math.floor(top / ROW) - OVER);
      const count = Math.min(16, Math.ceil(height() / ROW) + 2 * OVER);
      list.style.height = `${rows.length * ROW}px`;
      list.replaceChildren(...rows.slice(first, first + count).map((row, at) => {
        const made = card(row);
        Object.assign(made.style, { position: "absolute", top: `${(first + at) * ROW}px`, left: 0, right: 0, height: `${ROW - 10}px`, overflow: "hidden" });
        return made;
      }));
      list.dataset.there = rows.length;
      if (last && first + count >= rows.length) list.dataset.end = "yes";
      else delete list.dataset.end;
      if (top + height() > (rows.length - 5) * ROW) load().catch(page.failed);
    };
    const load = async () => {
      if (loading || last || page.isOver()) return;
      loading = true;
      const found = await page.search({ page: number + 1 });
      if (page.isOver()) return (box ?? window).removeEventListener("scroll", draw);
      number += 1;
      last = found.last;
      rows.push(...found.rows);
      loading = false;
      draw();
    };
    await load();
    if (rows.length === 0) page.view.replaceChildren(grid([]));
    else (box ?? window).addEventListener("scroll", draw, { passive: true });
  }

  return {
    "/market": hottest,
    "/market/search": pages,
    "/market/scroll": scroll,
    "/market/more": more,
    "/market/cursor": cursor,
    "/market/offset": offset,
    "/market/virtual": virtual,
  };
})();
