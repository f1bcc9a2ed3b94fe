// How a product looks: the card, its picture (drawn from its code, no files), its prices.
const Cards = (() => {
  const SYMBOLS = { BRL: "R$", USD: "US$" };
  const GLYPHS = {
    Business: "M14 44V30h10v14M29 44V20h10v24M44 44V12h10v32",
    Marketing: "M14 30v-8l28-10v28L14 34zM20 34l4 12h6l-3-11M50 20v12",
    "Art & Photo": "M12 20h10l4-6h16l4 6h10v28H12zM34 25a9 9 0 1 0 .1 0",
    Cooking: "M16 30h36a18 16 0 0 1-36 0zM26 24v-8M34 24v-10M42 24v-8",
    Music: "M28 44V16l24-4v28M28 44a6 5 0 1 1-6-5 6 5 0 0 1 6 5zM52 40a6 5 0 1 1-6-5 6 5 0 0 1 6 5z",
    Languages: "M14 14h28v20H28l-8 8v-8h-6zM46 24h10v16h-4v6l-6-6H34v-2",
    Finance: "M34 12v40M44 20c-4-5-20-5-20 3s20 6 20 14-16 8-20 3",
    Technology: "M24 20 12 32l12 12M44 20l12 12-12 12M38 14l-8 36",
    Crafts: "M16 46l20-20M32 14l18 18-8 8-18-18zM14 48l4-8 4 4z",
    Home: "M14 32l20-18 20 18M20 30v20h28V30M30 50V38h8v12",
    Health: "M34 50S12 38 12 25a11 11 0 0 1 22-4 11 11 0 0 1 22 4c0 13-22 25-22 25z",
    Education: "M34 16 8 27l26 11 26-11zM18 32v12c8 7 24 7 32 0V32",
  };

  // What the page says in its own language, by what it says in English.
  const WORDS = JSON.parse(document.body.dataset.words || "{}");
  const said = (text) => WORDS[text] ?? text;

  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children.map((child) => (typeof child === "string" ? said(child) : child)));
    return made;
  };

  // R$ 1.234,56 and US$ 1,234.56
  const money = ({ currency, value }) => {
    const [whole, cents] = value.toFixed(2).split(".");
    const [thousands, decimal] = currency === "BRL" ? [".", ","] : [",", "."];
    return `${SYMBOLS[currency] ?? currency} ${whole.replace(/\B(?=(\d{3})+$)/g, thousands)}${decimal}${cents}`;
  };

  const picture = ({ ucode, category }) => {
    const hue = parseInt(ucode.slice(0, 4), 16) % 360;
    const made = element("div", { class: "product-picture", "aria-hidden": "true" });
    made.innerHTML = `<svg viewBox="0 0 320 180" preserveAspectRatio="xMidYMid slice">
      <defs><linearGradient id="g${ucode}" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="hsl(${hue} 68% 66%)"/><stop offset="1" stop-color="hsl(${(hue + 48) % 360} 62% 44%)"/></linearGradient></defs>
      <rect width="320" height="180" fill="url(#g${ucode})"/><circle cx="${40 + (hue % 90)}" cy="30" r="90" fill="#fff" opacity=".10"/><circle cx="290" cy="${120 + (hue % 60)}" r="70" fill="#fff" opacity=".10"/>
      <g transform="translate(109 41) scale(1.5)" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"><path d="${GLYPHS[category] ?? GLYPHS.Education}"/></g></svg>`;
    return made;
  };

  const address = ({ product, producer }) =>
    `/market/details?${new URLSearchParams({ producerUcode: producer.ucode, productUcode: product.ucode })}`;

  const ratingText = ({ reviewRating }) => (reviewRating === null ? "New" : `★ ${reviewRating.toFixed(1)}`);

  const rating = ({ reviewRating, reviewCount }) => reviewRating === null
    ? element("span", { class: "product-rating none" }, "New")
    : element("span", { class: "product-rating", title: `${reviewCount} reviews` }, element("span", { class: "star", "aria-hidden": "true" }, "★"), ` ${reviewRating.toFixed(1)}`);

  const card = (row) => {
    const { product, producer, affiliation } = row;
    return element("article", { class: "product-card", "data-id": product.id, "data-ucode": product.ucode },
      element("a", { class: "product-link", href: address(row) },
        picture(product),
        element("div", { class: "product-body" },
          element("p", { class: "product-meta" }, element("span", { class: "product-category" }, product.category), rating(product)),
          element("h2", { class: "product-name" }, product.name),
          element("p", { class: "product-producer" }, producer.name),
          element("p", { class: "product-money" },
            element("span", { class: "product-price" }, money(product.price)),
            element("span", { class: "product-commission" }, "You earn ", element("span", { class: "product-commission-price" }, money(affiliation.commission.price)))),
          element("p", { class: "product-temperature", title: "How well it sells" }, `${product.temperature}°`))));
  };

  const details = ({ product, producer, affiliation }) => element("article", { class: "product-details", "data-id": product.id, "data-ucode": product.ucode },
    picture(product),
    element("div", {},
      element("p", { class: "product-meta" }, element("span", { class: "product-category" }, product.category), rating(product)),
      element("h2", { class: "product-name" }, product.name),
      element("p", { class: "product-producer" }, producer.name),
      element("p", { class: "product-description" }, product.description),
      element("dl", {},
        element("dt", {}, "Price"), element("dd", { class: "product-price" }, money(product.price)),
        element("dt", {}, "Your commission"), element("dd", { class: "product-commission" }, `${money(affiliation.commission.price)} (${affiliation.commission.percentage}%)`),
        element("dt", {}, "Cookie lasts"), element("dd", {}, `${product.tags.affiliationCookieDuration} days`),
        element("dt", {}, "Affiliation"), element("dd", {}, product.tags.affiliationType === "OPEN" ? "Open to everybody" : "By approval"))));

  return { said, element, card, details, money, address, ratingText };
})();
