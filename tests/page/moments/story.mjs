// What each story about a rare moment of the modal has: a service of its own on the worker's marketplace, and a person who has
// never been there.

import path from "node:path";
import { Pictures, Service, outputFolder, test } from "../support/fixtures.mjs";
import { mustEqual } from "../support/waiting.mjs";
import { MomentsPerson } from "./person.mjs";

/**
 * Registers the tests with which such a story begins.
 * @param optionsOf of the service, by its marketplace; called when the test runs
 * @param hasSession whether the person has a saved session already
 */
export function begins(name, { optionsOf = () => ({}), hasSession = false } = {}) {
  const story = { pictures: new Pictures(`moments/${name}`) };

  test.afterAll(async () => {
    await story.ana?.leave();
    await story.service?.clear();
  });

  test("the marketplace starts", async ({ market }) => {
    await market.reset();
    story.market = market;
    story.service = new Service(path.join(outputFolder(`moments/${name}`), "service.log"), market, optionsOf(market));
  });
  const start = async (browser, savedSession) => {
    await savedSession?.giveTo(story.service);
    await story.service.start();
    story.ana = await new MomentsPerson(browser, story.service).sit();
    await story.ana.open();
  };
  // What a test is given it names itself.
  const starts = hasSession ? ({ browser, savedSession }) => start(browser, savedSession) : ({ browser }) => start(browser);
  test(`a service for this: ${name}`, starts);
  return story;
}

/** Registers the test with which such a story ends. */
export function ends(name, story) {
  test(`no error in the page, and the service stops in order: ${name}`, async () => {
    mustEqual(story.ana.errors, [], "errors");
    await story.ana.leave();
    await story.service.stopsInOrder();
  });
}

/** The login that is under way, as the API tells it. */
export async function loginOf(service) {
  return (await cardOf(service)).login;
}

/** The marketplace's integration, as the API tells it. */
export async function cardOf(service) {
  const { json } = await service.api("GET", "/integrations");
  return json.integrations.find(({ provider }) => provider.id === "demo-market");
}
