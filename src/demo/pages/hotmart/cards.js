// Two generations of a product's card: a link around everything, and a card with a link in it. Prices are Brazilian, whatever the currency.
const Cards = (() => {
  const SIGNS = { BRL: "R$", USD: "US$" };
  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const money = ({ currency, value }) => {
    const [whole, cents] = value.toFixed(2).split(".");
    return `${SIGNS[currency] ?? currency} ${whole.replace(/\B(?=(\d{3})+$)/g, ".")},${cents}`;
  };
  const href = ({ product, producer }) => `/market/details?producerUcode=${producer.ucode}&productUcode=${product.ucode}`;
  const parts = ({ product, affiliation }) => [
    element("p", { class: "temperature" }, `${product.temperature}°`),
    element("p", { class: "commission" }, "Comissão de até ", element("strong", {}, money(affiliation.commission.price))),
    element("p", { class: "price" }, `Preço máximo do produto: ${money(product.price)}`),
  ];
  const first = (row) => element("div", { class: "product-wrapper" },
    element("a", { class: "product-detail-link", href: href(row) }, element("h3", {}, row.product.name), ...parts(row)));
  const second = (row) => element("article", { class: "product-card" },
    element("a", { href: href(row) }, element("h2", { class: "product-name" }, row.product.name)), ...parts(row));
  return { element, card: document.body.dataset.generation === "1" ? first : second };
})();
