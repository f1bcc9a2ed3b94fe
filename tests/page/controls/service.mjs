// The service that has the definition of the site of controls.

import path from "node:path";
import { Service, outputFolder } from "../support/fixtures.mjs";
import { must, until } from "../support/waiting.mjs";

/** @param market the worker's marketplace, which knows whether this machine can sandbox a browser */
export function serviceFor(site, market, story) {
  const about = { marketUrl: site.origin, canSandbox: market.canSandbox };
  return new Service(path.join(outputFolder("controls"), `${story}.log`), about, { definitions: { controls: site.definition() } });
}

/** A saved connection, by a login in which the site asks for nothing. */
export async function connectWithoutSigningUp(service, site) {
  site.letsEverybodyIn = true;
  const { status, json } = await service.api("POST", "/integrations/controls/connect");
  must(status < 300, `connect answers ${status}: ${JSON.stringify(json)}`);
  const reaches = (state) =>
    until(`the login is ${state}`, async () => (await service.api("GET", `/logins/${json.login.id}`)).json.state === state, 60);
  await reaches("detected");
  await service.api("POST", `/logins/${json.login.id}/finish`);
  await reaches("saved");
  site.letsEverybodyIn = false;
}
