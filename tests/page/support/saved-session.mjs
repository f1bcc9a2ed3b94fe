// A session of the worker's marketplace that a person saved at the page: typed once, and a copy of it is what the services of
// the stories begin with that are about something else.

import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import { Person, WORDS } from "./person.mjs";
import { Service } from "./server.mjs";

export class SavedSession {
  constructor(market, folder) {
    this.market = market;
    /** Below it: the data of the service at which it was saved. */
    this.folder = folder;
  }

  /** Types the login and saves it. The marketplace is as after a reset, and keeps who is signed in. */
  async type(browser) {
    await this.market.reset();
    const service = new Service(path.join(this.folder, "service.log"), this.market);
    const ana = new Person(browser, service);
    try {
      await service.start();
      await ana.sit();
      await ana.open();
      await ana.openModal();
      await ana.reads(WORDS.awaiting, 60);
      await ana.logIn();
      await ana.finish();
      await service.stopsInOrder();
      this.encryptionKey = service.encryptionKey;
      this.data = path.join(this.folder, "data");
      rmSync(this.data, { recursive: true, force: true });
      cpSync(service.data, this.data, { recursive: true });
      await this.market.control("POST", "/snapshot");
      await this.market.reset();
    } finally {
      await ana.leave();
      await service.clear();
    }
    return this;
  }

  /** A service that is yet to be started has the session, and the marketplace, as after a reset, knows it. */
  async giveTo(service) {
    cpSync(this.data, service.data, { recursive: true });
    service.encryptionKey = this.encryptionKey;
    await this.market.reset();
    await this.market.control("POST", "/snapshot/restore");
  }
}
