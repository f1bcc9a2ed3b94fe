// Connect → events → scrape, through the generated client alone. A line "done NAME" for each thing that worked; the line
// "awaiting-login" asks for a person.

import createClient from "openapi-fetch";
import { EventSourceParserStream } from "eventsource-parser/stream";
import type { components, paths } from "./schema.js";

type LoginState = components["schemas"]["Login"]["state"];

const baseUrl = `${process.env["STAYLOGGED_URL"]}/api`;
const client = createClient<paths>({ baseUrl });

function must<T>(holds: T, message: string): asserts holds {
  if (!holds) throw new Error(message);
}

const say = (line: string) => process.stdout.write(`${line}\n`);

const providers = await client.GET("/providers");
must(providers.data, "GET /providers has no data");
must(providers.data.providers.some(({ id }) => id === "demo-market"), "demo-market is not among the providers");
say("done lists the providers");

const unknown = await client.POST("/integrations/{provider}/connect", { params: { path: { provider: "nowhere" } } });
must(unknown.response.status === 404 && unknown.error, `connecting nowhere answers ${unknown.response.status}`);
must(unknown.error.title.length > 0, "the problem has no title");
say("done is told of an unknown provider by a typed problem");

const started = await client.POST("/integrations/{provider}/connect", {
  params: { path: { provider: "demo-market" } },
  body: {},
});
must(started.data, `connect answers ${started.response.status}`);
const { login } = started.data;
must(started.response.status === 201, `connect answers ${started.response.status}, not 201`);
say("done connects");

// Ids rise by one: nothing is lost, nothing comes twice.
let lastId: number | undefined;
const seen: string[] = [];
const stream = await fetch(`${baseUrl}/logins/${login.id}/events`, { headers: { accept: "text/event-stream" } });
must(stream.ok && stream.body, `the event stream answers ${stream.status}`);
const events = stream.body.pipeThrough(new TextDecoderStream() as never).pipeThrough(new EventSourceParserStream());
for await (const { id, event, data } of events as unknown as AsyncIterable<{ id?: string; event?: string; data: string }>) {
  const told = JSON.parse(data) as { type: string; login?: { state: LoginState } };
  must(told.type === event, `the event ${event} says of itself that it is ${told.type}`);
  const now = Number(id);
  if (event === "snapshot") {
    must(told.login, "a snapshot without a login");
  } else {
    must(lastId === undefined || now === lastId + 1, `the id ${now} comes after ${lastId}`);
  }
  lastId = now;
  seen.push(event ?? "");
  const state = event === "snapshot" ? told.login?.state : event;
  if (state === "awaiting_login") say("awaiting-login");
  if (state === "login_detected" || state === "detected") {
    const finished = await client.POST("/logins/{id}/finish", { params: { path: { id: login.id } } });
    must(finished.data, `finish answers ${finished.response.status}`);
  }
  must(!["failed", "cancelled", "expired"].includes(String(state)), `the login ended as ${state}: ${data}`);
}
must(seen.at(0) === "snapshot" && seen.at(-1) === "saved", `the events were: ${seen.join(" ")}`);
say(`done follows the login by server-sent events (${seen.length} of them) to its end`);

const again = await fetch(`${baseUrl}/logins/${login.id}/events`, {
  headers: { accept: "text/event-stream", "last-event-id": String(lastId) },
});
must(again.status === 204, `a stream of which everything was seen answers ${again.status}, not 204`);
say("done is told by 204 that there is nothing more to come");

const told = await client.GET("/logins/{id}/events", {
  params: { path: { id: login.id } },
  headers: { accept: "application/json" },
});
must(told.data, "the events as JSON have no data");
const names = JSON.stringify(told.data);
must(["awaiting_login", "login_detected", "verifying", "verified", "saved"].every((name) => names.includes(`"${name}"`)), `the events as JSON are ${names}`);
say("done reads the same events as JSON");

const scraped = await client.POST("/scraper/{provider}/scrape", {
  params: { path: { provider: "demo-market" }, query: { wait: 60 } },
});
must(scraped.response.status === 200 && scraped.data && "records" in scraped.data, `scrape answers ${scraped.response.status}`);
const keys = new Set(scraped.data.records.map(({ key }) => key));
must(keys.size === 137 && scraped.data.total === 137, `${keys.size} products of ${scraped.data.total}`);
say("done scrapes 137 products, each once");

const { data: cards } = await client.GET("/integrations");
const connection = cards?.integrations.find(({ provider }) => provider.id === "demo-market")?.connection;
must(connection?.status === "connected", `the connection is ${connection?.status}`);
const gone = await client.DELETE("/connections/{id}", { params: { path: { id: connection.id } } });
must(gone.response.ok, `disconnect answers ${gone.response.status}`);
const refused = await client.POST("/scraper/{provider}/scrape", { params: { path: { provider: "demo-market" } } });
must(refused.response.status === 409 && refused.error, `scrape without a connection answers ${refused.response.status}`);
must(refused.error.needsReconnect === true, "the problem does not say needsReconnect");
say("done disconnects, and is told needsReconnect by a typed problem");
