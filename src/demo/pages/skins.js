// Later generations of the same card: other elements, other names, and in the last one names that say nothing.
const Skins = (() => {
  const { element, card, money, address, ratingText } = Cards;

  const offer = (row) => {
    const { product, producer, affiliation } = row;
    return element("li", { class: "offer", "data-product-id": product.id, "data-product-ucode": product.ucode },
      element("h3", { class: "offer__title" }, element("a", { class: "offer__link", href: address(row) }, product.name)),
      element("p", { class: "offer__by" }, "by ", element("b", {}, producer.name), " in ", element("i", {}, product.category)),
      element("p", { class: "offer__money" }, element("span", { class: "offer__price" }, money(product.price)), " ", element("span", { class: "offer__earn" }, money(affiliation.commission.price))),
      element("span", { class: "offer__rating" }, ratingText(product)),
      element("span", { class: "offer__heat" }, `${product.temperature}°`));
  };

  const nameless = (row) => {
    const { product, producer, affiliation } = row;
    const part = (name, id, text) => element("div", { class: name, "data-testid": id }, text);
    return element("div", { class: "css-9k2x1f", "data-testid": "card" },
      element("a", { class: "css-q8a0zz", href: address(row) }, part("css-77mmt1", "title", product.name)),
      part("css-0p3e5d", "by", producer.name),
      part("css-x5ka21", "category", product.category),
      part("css-b81ju4", "price", money(product.price)),
      part("css-b81ju4", "earn", money(affiliation.commission.price)),
      part("css-hh4w0c", "rating", ratingText(product)),
      part("css-hh4w0c", "heat", `${product.temperature}°`));
  };

  const SKINS = {
    1: { card, list: () => element("div", { class: "market-grid" }) },
    2: { card: offer, list: () => element("ul", { class: "offers" }) },
    3: { card: nameless, list: () => element("div", { class: "css-1v0k2tq" }) },
  };
  return SKINS[document.body.dataset.skin] ?? SKINS[1];
})();
