// The web demo deployed apart from the service, on another site: it asks for the access key, and everything works from there;
// from an origin that the operator has not named nothing does.

import path from "node:path";
import { Pictures, Service, outputFolder, test } from "../support/fixtures.mjs";
import { Person, TITLES, WORDS } from "../support/person.mjs";
import { PRODUCTS, mustBeAllProducts } from "../support/products.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { PageApart } from "./page-apart.mjs";

test.describe.configure({ mode: "serial" });

/** The service is at 127.0.0.1: to a browser these are other sites, not only other origins. */
const HOST = "pages.front.localhost";
const FOREIGN_HOST = "pages.foreign.localhost";
const KEY = "an-access-key-of-the-story-of-two-sites";

const logs = outputFolder("other-origin");
const pictures = new Pictures("other-origin");
let service, apart, ana, eve;

test.beforeAll(({ market }) => market.reset());
test.afterAll(async () => {
  await ana?.leave();
  await eve?.leave();
  await apart?.clear();
  await service?.clear();
});

/** The page is there, and none of the service's data is. */
async function showsNothing(person) {
  await person.at("problem").waitFor();
  mustEqual(await person.page.locator('[data-testid^="card-"]').count(), 0, "cards");
  mustEqual(await person.at("access-key").count(), 0, "forms for a key");
  const text = await person.at("problem").innerText();
  must(text.includes("ALLOWED_ORIGINS"), `it does not say what the operator can do: ${text}`);
}

/** What a script of that page can do, though it knows a key and a ticket. Runs in the page. */
async function attempt({ api, key, live, protocols }) {
  const call = (method, path) =>
    fetch(api + path, { method, headers: { authorization: `Bearer ${key}` } }).then(
      (response) => `answered ${response.status}`,
      () => "refused",
    );
  const socket = new Promise((resolve) => {
    const view = new WebSocket(live, protocols);
    view.onopen = () => {
      resolve("open");
      view.close();
    };
    view.onclose = () => resolve("refused");
  });
  return { read: await call("GET", "/integrations"), act: await call("POST", "/integrations/nowhere/connect"), socket: await socket };
}

test("the marketplace starts, and the service, which asks for an access key", async ({ market }) => {
  service = new Service(path.join(logs, "service.log"), market, { key: KEY });
  await service.start();
  mustEqual((await service.api("GET", "/integrations")).status, 200, "the status with the key");
  mustEqual((await fetch(`${service.url}/api/integrations`)).status, 401, "the status without");
});
test("the web demo is deployed alone, for the API at the service's address, and served by itself", async ({ browser }) => {
  apart = new PageApart(path.join(logs, "web-demo.log"));
  await apart.start(`${service.url}/api`);
  ana = await new Person(browser, service).sit();
});

test("before the operator has named its origin no card is shown, and the page says what can be done", async () => {
  await ana.page.goto(`${apart.origin(HOST)}/integrations`);
  await showsNothing(ana);
  await pictures.take("not-allowed-yet", ana.page);
});
test("the operator names it in ALLOWED_ORIGINS and starts the service again: the page asks for the key", async () => {
  await service.stop();
  service.variables.ALLOWED_ORIGINS = apart.origin(HOST);
  await service.start();
  await ana.page.reload();
  await ana.at("access-key").waitFor();
  mustEqual(await ana.page.locator('[data-testid^="card-"]').count(), 0, "cards without a key");
  await pictures.take("access-key", ana.page);
});
test("a wrong key is not taken", async () => {
  await ana.giveKey("not-the-key");
  await ana.page.getByText("That key was not accepted.").waitFor();
  mustEqual(await ana.page.locator('[data-testid^="card-"]').count(), 0, "cards with a wrong key");
});
test("with the key the cards of Hotmart and Demo Market appear", async () => {
  await ana.giveKey(KEY);
  await ana.at("card-hotmart").waitFor();
  await ana.at("card-demo-market").waitFor();
  await ana.cardReads("Not connected", "Connect");
  await pictures.take("cards", ana.page);
});
test("a reload keeps the key", async () => {
  await ana.page.reload();
  await ana.at("card-demo-market").waitFor();
});

test("Connect: the modal shows the live view, over a WebSocket to the service's address", async () => {
  const opened = ana.page.waitForEvent("websocket", { timeout: 60_000 });
  await ana.openModal();
  await ana.reads(WORDS.awaiting, 60);
  await ana.agree();
  mustEqual(new URL((await opened).url()).host, new URL(service.url).host, "the socket's host");
  await ana.picture();
  await ana.inFront(TITLES.login);
  await pictures.take("live-view", ana.page);
});
test("the login by hand, password and one-time code, is detected", async () => {
  await ana.logIn();
  await pictures.take("login-detected", ana.page);
});
test("“I Finished Login”: verified and saved, and the card is “Connected”", async () => {
  await ana.finish();
  await ana.modalIsClosed();
  await ana.cardReads("Connected");
  mustEqual(await ana.at("account-demo-market").innerText(), service.account.email, "the account");
  await pictures.take("connected", ana.page);
});
test(`the card's button scrapes ${PRODUCTS} products, and the page shows them`, async () => {
  await ana.press("scrape-demo-market");
  await ana.at("last-run-demo-market").filter({ hasText: String(PRODUCTS) }).waitFor({ timeout: 60_000 });
  await until("the table's rows", async () => (await ana.at("records").locator("tbody tr").count()) > 10);
  mustEqual((await ana.at("records-total").innerText()).trim(), String(PRODUCTS), "the count above the table");
  await pictures.take("records", ana.page);
});
test(`a program with the key scrapes ${PRODUCTS} products, too`, async () =>
  mustBeAllProducts(await service.api("POST", "/scraper/demo-market/scrape")),
);

test("a schedule is set from there, and removed", async () => {
  const [{ id }] = (await service.api("GET", "/connections")).json.connections;
  const set = async () => (await service.api("GET", `/connections/${id}/schedules`)).json.schedules.map(({ cron }) => cron);
  const row = ana.at("schedule-products");
  await ana.press("view-schedule");
  await row.getByTestId("schedule-edit").click();
  await ana.at("schedule-at").fill("06:30");
  await ana.press("schedule-save");
  await ana.at("schedule-form").waitFor({ state: "detached" });
  mustEqual(await set(), ["30 6 * * *"], "what is set");
  await row.getByTestId("schedule-remove").click();
  await ana.at("confirm-unschedule").getByTestId("confirm").click();
  await row.getByText("Not scheduled").waitFor();
  mustEqual(await set(), [], "what is set after it");
});

test("the same page from an origin that is not allowed shows no card", async ({ browser }) => {
  eve = await new Person(browser, service).sit();
  await eve.page.goto(`${apart.origin(FOREIGN_HOST)}/integrations`);
  await showsNothing(eve);
  await pictures.take("foreign-origin", eve.page);
});
test("nor can it read, act or open a live view, though it knows a key and a ticket; the allowed one can", async () => {
  const { json } = await service.api("POST", "/integrations/demo-market/connect", { body: { account: "second" } });
  const ticket = (await service.api("POST", `/logins/${json.login.id}/live-ticket`)).json;
  const known = {
    api: `${service.url}/api`,
    key: KEY,
    live: service.url.replace("http:", "ws:") + ticket.url,
    protocols: [ticket.protocol, `ticket.${ticket.ticket}`],
  };
  mustEqual(await eve.page.evaluate(attempt, known), { read: "refused", act: "refused", socket: "refused" }, "the foreign page");
  // The same ticket: it was not spent.
  mustEqual(
    await ana.page.evaluate(attempt, known),
    { read: "answered 200", act: "answered 404", socket: "open" },
    "the allowed page",
  );
  await service.api("POST", `/logins/${json.login.id}/cancel`);
});
test("no error in either page", () => mustEqual([ana.errors, eve.errors], [[], []], "errors"));
test("the service stops in order, and nothing of it is left running", async () => {
  await service.stopsInOrder();
});
