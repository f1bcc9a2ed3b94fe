"""Connect, events, scrape, through the generated client. A line "done NAME" for each thing that worked; the line
"awaiting-login" asks for a person."""

import json
import os

import httpx
from staylogged_client import Client
from staylogged_client.api.connections import disconnect
from staylogged_client.api.integrations import connect, list_integrations, list_providers
from staylogged_client.api.logins import finish_login, follow_login
from staylogged_client.api.scraper import scrape
from staylogged_client.models import Problem

base_url = os.environ["STAYLOGGED_URL"] + "/api"
client = Client(base_url=base_url, timeout=httpx.Timeout(120.0))


def must(holds: object, message: str) -> None:
    if not holds:
        raise SystemExit(message)


def events(login_id: str):
    """The login's server-sent events, as (id, event, data)."""
    url = f"{base_url}/logins/{login_id}/events"
    with httpx.stream("GET", url, headers={"accept": "text/event-stream"}, timeout=120.0) as answer:
        must(answer.status_code == 200, f"the event stream answers {answer.status_code}")
        fields: dict[str, str] = {}
        for line in answer.iter_lines():
            if line == "":
                if "data" in fields:
                    yield fields.get("id"), fields.get("event"), json.loads(fields["data"])
                fields = {}
            elif not line.startswith(":"):
                name, _, value = line.partition(":")
                fields[name] = value.removeprefix(" ")


providers = list_providers.sync(client=client)
must("demo-market" in [provider.id for provider in providers.providers], "demo-market is not among the providers")
print("done lists the providers")

started = connect.sync_detailed("demo-market", client=client)
must(started.status_code == 201, f"connect answers {started.status_code}")
login = started.parsed.login
print("done connects")

last_id = None
seen = []
for event_id, event, data in events(login.id):
    if event != "snapshot":
        must(last_id is None or int(event_id) == last_id + 1, f"the id {event_id} comes after {last_id}")
    last_id = int(event_id)
    seen.append(event)
    state = data["login"]["state"] if event == "snapshot" else event
    if state == "awaiting_login":
        print("awaiting-login")
    if state in ("detected", "login_detected"):
        finished = finish_login.sync_detailed(login.id, client=client)
        must(finished.status_code == 200, f"finish answers {finished.status_code}")
    must(state not in ("failed", "cancelled", "expired"), f"the login ended as {state}: {data}")
must(seen[0] == "snapshot" and seen[-1] == "saved", f"the events were: {seen}")
print(f"done follows the login by server-sent events ({len(seen)} of them) to its end")

told = follow_login.sync_detailed(login.id, client=client.with_headers({"accept": "application/json"}))
must(told.status_code == 200 and told.parsed is not None, f"the events as JSON answer {told.status_code}")
must(len(told.parsed.events) >= 5, f"{len(told.parsed.events)} events as JSON")
for name in ("awaiting_login", "login_detected", "verifying", "verified", "saved"):
    must(f'"{name}"'.encode() in told.content, f"{name} is not among the events as JSON")
print("done reads the same events as JSON")

scraped = scrape.sync_detailed("demo-market", client=client, wait=60)
must(scraped.status_code == 200, f"scrape answers {scraped.status_code}")
keys = {record.key for record in scraped.parsed.records}
must(len(keys) == 137 and scraped.parsed.total == 137, f"{len(keys)} products of {scraped.parsed.total}")
print("done scrapes 137 products, each once")

card = next(c for c in list_integrations.sync(client=client).integrations if c.provider.id == "demo-market")
gone = disconnect.sync_detailed(card.connection.id, client=client)
must(gone.status_code in (200, 204), f"disconnect answers {gone.status_code}")
refused = scrape.sync_detailed("demo-market", client=client)
must(refused.status_code == 409, f"scrape without a connection answers {refused.status_code}")
must(isinstance(refused.parsed, Problem) and refused.parsed.needs_reconnect, "the problem does not say needsReconnect")
print("done disconnects, and is told needsReconnect by a typed problem")
