// The market: asks the API with the user's token, and goes to the SSO when that is no good any more.
(() => {
  const { search: address } = document.body.dataset;
  const { element, card } = Cards;
  const view = document.querySelector("#view");
  const error = document.querySelector(".market-error");
  const RENEWED = "renewed-at";
  let turn = 0;

  class Away extends Error {}

  async function renew() {
    if (Date.now() - Number(sessionStorage.getItem(RENEWED) ?? 0) < 4000) throw new Error("Não foi possível entrar. Recarregue a página.");
    sessionStorage.setItem(RENEWED, String(Date.now()));
    await Oidc.signIn();
    throw new Away();
  }

  async function search(page) {
    const user = Oidc.user();
    if (!user) await renew();
    const answer = await fetch(address, {
      method: "POST",
      headers: { authorization: `Bearer ${user.access_token}`, "content-type": "application/json" },
      body: JSON.stringify({ page, rows: 20, userLocale: "PT_BR", name: "hottest" }),
    });
    if (answer.status === 401) await renew();
    if (!answer.ok) throw new Error("O mercado não responde. Tente de novo mais tarde.");
    sessionStorage.removeItem(RENEWED);
    const found = await answer.json();
    const list = found.content ?? found.products ?? found.items ?? found.results ?? found.data.nodes;
    return { rows: list.map((row) => (row.product ? row : { product: row, producer: row.producer, affiliation: row.affiliation })), pages: Math.ceil(found.totalElements / 20) };
  }

  function pagination(page, pages) {
    const all = element("hot-pagination");
    for (let to = 1; to <= pages; to++) {
      const item = element("hot-pagination-item", { class: `hot-pagination__item${to === page ? " hot-pagination__item--active" : ""}`, role: "button", tabindex: "0" }, String(to));
      item.addEventListener("click", () => {
        const query = new URLSearchParams(location.search);
        query.set("page", to);
        history.pushState(null, "", `/market/search?${query}`);
        show();
      });
      all.append(item);
    }
    return all;
  }

  function failed(problem) {
    if (problem instanceof Away) return;
    error.textContent = problem.message;
    error.hidden = false;
  }

  async function show() {
    const mine = ++turn;
    const page = Math.max(1, Number(new URLSearchParams(location.search).get("page")) || 1);
    try {
      const found = await search(page);
      if (mine !== turn) return;
      document.querySelector(".account-name").textContent = Oidc.user()?.profile.name ?? "";
      const list = found.rows.length ? element("div", { class: "market-grid" }, ...found.rows.map(card)) : element("p", { class: "market-empty" }, "Nenhum produto encontrado.");
      view.replaceChildren(list, ...(found.pages > 1 ? [pagination(page, found.pages)] : []));
    } catch (problem) {
      failed(problem);
    }
  }

  addEventListener("popstate", show);
  show();
})();
