// A list that is far shorter than before: the card says so, nothing is lost, and one press believes it.

import path from "node:path";
import { Pictures, Service, outputFolder, test } from "../support/fixtures.mjs";
import { PRODUCTS, mustBeAllProducts } from "../support/products.mjs";
import { must, mustEqual } from "../support/waiting.mjs";
import { RecordsPerson } from "./person.mjs";

test.describe.configure({ mode: "serial" });

const pictures = new Pictures("records/accepting");
const LEFT = 37;
let service, ana;

test.beforeAll(async ({ market, savedSession }) => {
  service = new Service(path.join(outputFolder("records"), "accepting.log"), market);
  await savedSession.giveTo(service);
});

test.afterAll(async () => {
  await ana?.leave();
  await service?.clear();
});

test("a service with all products", async ({ browser }) => {
  await service.start();
  ana = await new RecordsPerson(browser, service, pictures).sit();
  await ana.isConnected();
  mustBeAllProducts(await service.api("POST", "/scraper/demo-market/scrape?wait=90"));
});

test("the site shows far fewer: the run does not take the others for gone, and says what to do", async () => {
  await service.control("POST", "/mode", { products: LEFT, repeats: false });
  await ana.press("scrape-demo-market");
  const words = await ana.ended("drift");
  for (const part of [`${LEFT} records`, `${PRODUCTS} records the last time`, "Far fewer", "accept it"]) must(words.includes(part), `it does not say “${part}”: ${words}`);
  mustEqual((await ana.records("stream=products&missing=false")).total, PRODUCTS, "records that are not missing");
  await ana.looksWell("fewer");
});

test("accepted, the others are marked as missing; a reload shows the same", async () => {
  await ana.press("accept-demo-market");
  await ana.ended("ok");
  mustEqual((await ana.records("stream=products&missing=false")).total, LEFT, "records that are not missing");
  mustEqual((await ana.records("stream=products")).total, PRODUCTS, "all records");
  await ana.page.reload();
  await ana.ended("ok");
  mustEqual(await ana.at("accept-demo-market").count(), 0, "buttons to accept it");
});

test("no error in the page, and the service stops in order", () => ana.leavesInOrder());
