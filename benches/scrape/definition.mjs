// What is read, by all sides alike: the bench's own definition of the marketplace, and how a record of the others is made.

import { readFileSync } from "node:fs";

/** The shipped definition's head, as fast as may be and without an end, and two streams of the same records. */
export function definition(port) {
  const [head] = readFileSync("providers/demo-market.toml", "utf8").split("# ── products");
  const politeness = /\[politeness\][^[]*/;
  const streams = `
[politeness]
min_interval = "1ms"
max_pages    = 100000
retry        = { times = 1, base = "1s", cap = "5s" }

${stream("over_http")}
[[streams.sources]]
kind    = "fetch"
answer  = "html"
wait    = "20s"
request = { url = "http://app.demo.localhost:4381/market/list?page=1" }
items   = ".product-card"
empty   = { selector = { css = ".market-empty" } }
page    = { kind = "next_link", css = "a[rel=next]" }
[streams.sources.fields]
ucode    = { attr = "data-ucode" }
id       = { attr = "data-id" }
name     = { css = ".product-name", pipe = ["collapse"] }
producer = { css = ".product-producer", pipe = ["collapse"] }
price    = { css = ".product-price", pipe = [{ locale = { BRL = "pt-BR", USD = "en-US" } }] }

${stream("in_browser")}
[[streams.sources]]
kind  = "capture"
visit = "http://app.demo.localhost:4381/market/search?page=1"
wait  = "20s"
match = { url = "http://api-market.demo.localhost:4381/v*/market/search", method = "POST", status = 200 }
items = "$.content[*]"
page  = { kind = "next", css = "a.pagination-next", last = "$.last" }
[streams.sources.fields]
ucode    = { path = "$.product.ucode" }
id       = { path = "$.product.id" }
name     = { path = "$.product.name", pipe = ["collapse"] }
producer = { path = "$.producer.name" }
price    = { path = "$.product.price" }
`;
  return (head.replace(politeness, "") + streams).replaceAll("localhost:4381", `localhost:${port}`);
}

function stream(name) {
  return `[[streams]]
name = "${name}"
key  = ["ucode"]
[streams.fields]
ucode    = { type = "string", required = true }
id       = { type = "integer", required = true }
name     = { type = "string", required = true }
producer = { type = "string", required = true }
price    = { type = "money", required = true }
`;
}

const collapsed = (text) => text.trim().replace(/\s+/g, " ");

/** Of an element of the server's page, by cheerio. */
export function ofCard($, card) {
  const text = (css) => collapsed($(card).find(css).first().text());
  const price = text(".product-price");
  const brl = price.startsWith("R$");
  const digits = price.replace(/[^\d.,]/g, "");
  const amount = brl ? digits.replaceAll(".", "").replace(",", ".") : digits.replaceAll(",", "");
  return {
    ucode: $(card).attr("data-ucode"),
    id: Number($(card).attr("data-id")),
    name: text(".product-name"),
    producer: text(".product-producer"),
    price: { amount, currency: brl ? "BRL" : "USD" },
  };
}

/** Of an item of the answer that the page fetches. */
export function ofItem({ product, producer }) {
  const { ucode, id, name, price } = product;
  return { ucode, id, name: collapsed(name), producer: producer.name, price: { amount: price.value.toFixed(2), currency: price.currency } };
}

export const isAnswer = (response) =>
  response.request().method() === "POST" && response.status() === 200 && /\/v\d+\/market\/search$/.test(new URL(response.url()).pathname);
