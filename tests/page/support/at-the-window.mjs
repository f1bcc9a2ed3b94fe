// A person before a browser's window on a display: mouse and keyboard, and nothing else.

import { codeOf } from "./person.mjs";
import { until } from "./waiting.mjs";

/** Into the page, beside everything: below what belongs to the browser, left of the form. */
const BESIDE = [24, 300];
/** From there down is the right edge of the marketplace's forms, past their fields: it shows where the form begins and ends. */
const EDGE = [838, 110];
/** Into the window's address bar. A click there marks all of it. */
const BAR = [500, 62];

/** How often the marketplace was asked that. */
async function asked(market, method, path, ofThese = () => true) {
  return (await market.control("GET", "/log")).requests.filter((one) => one.method === method && one.path === path && ofThese(one)).length;
}

/** Waits until the marketplace has been asked once more than before. */
async function hasAsked(market, what, method, path, before, seconds = 20) {
  return until(what, async () => (await asked(market, method, path)) > before, seconds);
}

/** The marketplace's login, from its cookie banner to the one-time code. */
export async function logInAtTheWindow(display, market, account = market.account) {
  const [form, back] = [await asked(market, "POST", "/login"), await asked(market, "GET", "/callback")];
  const shown = await asked(market, "GET", "/second-step");
  // The banner lies over the page and darkens it.
  await until("the darkened page in the window", async () => {
    const brightness = await display.brightness(...BESIDE);
    return brightness > 100 && brightness < 200;
  }, 60);
  await display.click(...BESIDE);
  await display.press("Tab");
  await display.press("Enter");
  await until("the cookie banner goes", async () => (await display.brightness(...BESIDE)) > 220);
  await display.click(...BESIDE);
  await display.press("Tab");
  await display.type(account.email);
  await display.press("Tab");
  await display.type(account.password);
  const edge = await display.column(...EDGE);
  await display.press("Enter");
  await hasAsked(market, "the password at the site", "POST", "/login", form);
  await hasAsked(market, "the page that asks for the code", "GET", "/second-step", shown);
  // Until another page is drawn, what is typed goes into the password's field, and Enter sends that once more.
  await until("another form in the window", async () => !(await display.column(...EDGE)).equals(edge));
  const sent = await asked(market, "POST", "/second-step");
  const isSent = async () => (await asked(market, "POST", "/second-step")) > sent;
  // Keys that come before the page has drawn its field are lost, as a person's are: who sees nothing types again. What has
  // arrived is not sent again, as a code counts once.
  await until("the code at the site", async () => {
    if (await isSent()) return true;
    await display.chord("Control", "a");
    await display.type(await codeOf(market, account));
    await display.press("Enter");
    return until("the code", isSent, 4);
  }, 60);
  await hasAsked(market, "the way back", "GET", "/callback", back);
}

/** Goes to an address, by the window's own bar, until the marketplace is asked for that very page. */
export async function goTo(display, market, address) {
  const { hostname, pathname, searchParams } = new URL(address);
  const number = Number(searchParams.get("page"));
  const times = () => asked(market, "GET", pathname, ({ host, page = 0 }) => host === hostname && page === number);
  await until(`the page at ${address}`, async () => {
    const before = await times();
    // Not by Ctrl+L, which the page is asked about first: it would get the keys that come meanwhile.
    await display.click(...BAR);
    await display.type(address);
    // The bar adds the rest of an address that was visited before.
    await display.press("Delete");
    await display.press("Enter");
    return until("what is there", async () => (await times()) > before, 8);
  }, 60);
}
