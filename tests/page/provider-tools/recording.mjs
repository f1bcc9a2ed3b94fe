// What the stories of `provider record` share.

import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { goTo, logInAtTheWindow } from "../support/at-the-window.mjs";
import { Service } from "../support/fixtures.mjs";
import { mustBeAllProducts } from "../support/products.mjs";
import { must, mustEqual, until } from "../support/waiting.mjs";
import { Desk } from "./tool.mjs";

/** What the marketplace says of its first account, beside its e-mail. */
const NAME = "Ana Ferreira";
const ID = "48151623";

export class RecordingDesk extends Desk {
  /** The marketplace's address for it. */
  page(address) {
    return new URL(address, this.market.marketUrl).href;
  }

  /** Runs `provider record`, beginning at the list. */
  record(...options) {
    return this.run(["provider", "record", this.page("/market"), ...options]);
  }

  logIn() {
    return logInAtTheWindow(this.display, this.market);
  }

  /** The person goes there in the window. */
  goTo(address) {
    return goTo(this.display, this.market, this.page(address));
  }

  /** Nothing of the person is in the files: what was typed, and whose account it is. */
  mustHoldNothingPersonal(files) {
    const { password, email } = this.market.account;
    for (const [name, text] of files) {
      for (const secret of [password, email, NAME, ID]) must(!text.includes(secret), `${name} holds “${secret}”`);
    }
  }

  /** A service connects with that definition, scrapes, and notices the logout. */
  async mustConnectAndScrape(id, definition) {
    const service = new Service(path.join(this.logs, "service.log"), this.market, {
      definitions: { [id]: definition },
      variables: { DISPLAY: this.display.name },
    });
    try {
      await service.start();
      const login = await connect(service, id, () => this.logIn());
      mustEqual(login.state, "saved", `the login: ${JSON.stringify(login)}`);
      mustBeAllProducts(await service.api("POST", `/scraper/${id}/scrape`));
      await this.market.control("POST", "/revoke");
      const { status, json } = await service.api("POST", `/scraper/${id}/scrape`);
      mustEqual([status, json.needsReconnect], [409, true], `after the logout: ${JSON.stringify(json)}`);
    } finally {
      await service.clear();
    }
  }
}

/** Waits until the tool has told of so many lists. */
export function tellsOfLists(tool, count) {
  const told = () => [...tool.printed.matchAll(/a list of \d+ items came from .*\/v1\/market\/search$/gm)].length;
  return until(`${count} lists in the terminal`, () => told() >= count);
}

/** `[path, text]` of all files below the folder. */
export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => [file, readFileSync(file, "utf8")]);
}

/** A login from its beginning to its end, by the API. */
async function connect(service, provider, logIn) {
  const begun = await service.api("POST", `/integrations/${provider}/connect`);
  must(begun.status < 300, `connect: ${JSON.stringify(begun.json)}`);
  const id = begun.json.login.id;
  const now = async () => (await service.api("GET", `/logins/${id}`)).json;
  await until("the login's browser", async () => (await now()).state === "awaiting_login", 60);
  await logIn();
  await until("the detected login", async () => (await now()).state === "detected", 60);
  const finish = await service.api("POST", `/logins/${id}/finish`);
  must(finish.status < 300, `finish: ${JSON.stringify(finish.json)}`);
  return until("the end of the login", async () => {
    const login = await now();
    return ["saved", "failed", "cancelled", "expired"].includes(login.state) && login;
  }, 90);
}
