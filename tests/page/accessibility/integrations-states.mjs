// The states of the integrations page's data, each made by answers in a service's place: as it is shipped, nothing is stubbed in it.

/** A moment ago: what goes on goes on now. */
const AT = new Date(Date.now() - 32_000).toISOString();
const later = (seconds) => new Date(Date.parse(AT) + seconds * 1000).toISOString();

const FIELDS = [
  { name: "id", type: "string" },
  { name: "name", type: "string" },
  { name: "price", type: "money" },
  { name: "rating", type: "decimal" },
  { name: "sold_at", type: "datetime" },
  { name: "url", type: "url" },
];
const PROVIDER = {
  id: "demo-market",
  name: "Demo Market",
  homepage: "http://app.demo.localhost:4381/",
  loginTimeout: 900,
  keptFor: 172_800,
  instructions: {},
  params: [],
  streams: [
    { name: "products", fields: FIELDS },
    { name: "products_scroll", fields: FIELDS },
  ],
};
const CONNECTION = {
  id: "con_1",
  provider: "demo-market",
  account: "main",
  status: "connected",
  identity: { id: "1", label: "ana.maria.de.souza.oliveira@example.com" },
  reason: null,
  evidence: [],
  connectedAt: AT,
  checkedAt: AT,
  unsureSince: null,
  createdAt: AT,
  updatedAt: AT,
};
const WHY = "Demo Market has logged you out. Demo Market lets nobody stay logged in for longer than 2 days. Log in again; your data is still here.";
const EVIDENCE = [{ rule: "the address is http://sso.demo.localhost:4381/login*", seen: "http://sso.demo.localhost:4381/login", value: "true" }];
const RUN = {
  id: "run_1",
  connectionId: "con_1",
  provider: "demo-market",
  account: "main",
  stream: "products",
  providerVersion: "3f9a1c2b7d60",
  continues: null,
  source: "capture",
  status: "finished",
  outcome: "ok",
  needsReconnect: false,
  message: "137 records from 7 pages.",
  progress: { pages: 7, records: 137 },
  complete: true,
  end: { seen: true, by: "no_next" },
  duplicates: 0,
  shrunkFrom: null,
  session: null,
  evidence: [],
  canBeContinued: false,
  startedAt: AT,
  finishedAt: later(9),
};
const RUNNING = { ...RUN, id: "run_2", status: "running", outcome: null, message: null, complete: false, finishedAt: null, startedAt: later(20), progress: { pages: 3, records: 60 } };
const stopped = (outcome, message) => ({ ...RUN, id: "run_2", outcome, message, session: "alive", evidence: EVIDENCE, complete: false, canBeContinued: true, progress: { pages: 3, records: 60 } });
const ENDED = {
  ok: { ...RUN, message: "137 records from 7 pages. There may be more: the definition allows no more pages in one run." },
  empty_confirmed: { ...RUN, outcome: "empty_confirmed", message: "There are no products: the visit was seen to be logged in, and the list was empty.", progress: { pages: 1, records: 0 } },
  needs_reconnect: stopped("needs_reconnect", WHY),
  blocked: stopped("blocked", "Demo Market refuses us for now. Wait 30 seconds before the next run."),
  drift: stopped("drift", "Demo Market has changed, or its definition is wrong. What was found on that page was set aside; earlier records are untouched."),
  failed: stopped("failed", "Demo Market did not show its products as it should. Start the run again."),
  cancelled: stopped("cancelled", "The run was stopped. The records found until then are kept."),
};

const SHRUNK = {
  ...stopped("drift", "Demo Market showed 37 records, and 137 records the last time. It may be showing only a part of them, by a filter that was left on: earlier records are untouched. If there are so few now, accept it."),
  shrunkFrom: 137,
  canBeContinued: false,
};

const record = (n, part = {}) => ({
  key: `p-${n}`,
  data: {
    id: `p-${n}-1499-43e3-b366-cef5d3dbc${n}`,
    name: n % 3 ? `Edição de Vídeo ${n}` : `Um curso de um nome tão comprido que em nenhuma tabela tem lugar, número ${n}`,
    price: { amount: `${n * 97}.50`, currency: n % 2 ? "BRL" : "USD" },
    rating: n % 4 ? `4.${n}` : null,
    sold_at: later(n * 3600),
    url: `http://app.demo.localhost:4381/market/details?id=${n}`,
  },
  firstSeen: AT,
  lastSeen: later(20),
  changedAt: AT,
  missingSince: null,
  ...part,
});
const RECORDS = Array.from({ length: 25 }, (_, n) =>
  record(n + 1, n === 0 ? { firstSeen: later(30), changedAt: later(30) } : n === 1 ? { changedAt: later(30) } : n === 2 ? { changedAt: later(21), missingSince: later(31) } : {}),
);
const PAGE = { records: RECORDS, total: 10_000, next: "25" };
const NONE = { records: [], total: 0, next: null };
const NEWEST = { ...RUN, id: "run_9", startedAt: later(25) };
const PROBLEM = { type: "urn:staylogged:problem:unavailable", title: "Not available at the moment", status: 503, detail: "the database does not answer", retryable: true };
const REFUSED = { type: "urn:staylogged:problem:run-not-continuable", title: "That run cannot be continued", status: 409, detail: "that run cannot be continued: what it read is not there any more; start a new one" };

const SCHEDULE = {
  connectionId: "con_1",
  stream: "products",
  cron: "30 6 * * 1",
  timeZone: "America/Argentina/Buenos_Aires",
  jitterSeconds: 900,
  nextAt: later(100_000),
  lastAt: AT,
  lastRunId: "run_1",
  lastProblem: null,
  createdAt: AT,
  updatedAt: AT,
};
const OWN = {
  ...SCHEDULE,
  stream: "products_scroll",
  cron: "15,45 6-18/3 1-7 1,4,7,10 MON-FRI",
  timeZone: "Etc/UTC",
  jitterSeconds: 0,
  lastRunId: null,
  lastProblem: "Demo Market needs a reconnect: log in again, then start the run again.",
};
const SCHEDULES = { schedules: [SCHEDULE, OWN] };
const TOO_OFTEN = "that is every hour, and Demo Market is scraped by itself every 12 hours at most: leave longer pauses";
const NO_CRON = "`every now and then` is no cron expression: Invalid pattern: Pattern must have 5 fields. Write minute, hour, day of the month, month and day of the week, as in `0 6 * * *`";
const refusedSchedule = (detail) => ({ type: "urn:staylogged:problem:invalid-body", title: "The body is not as it should be", status: 422, detail: `/cron: ${detail}`, errors: [{ pointer: "/cron", detail }] });
const NOT_FOUND = { type: "urn:staylogged:problem:not-found", title: "There is no such thing", status: 404, detail: "there is no connection con_1" };
const TO_SCHEDULE = ["show-demo-market", "view-schedule"];

const card = (lastRun, part = {}) => ({ provider: PROVIDER, connection: CONNECTION, login: null, lastRun, records: 137, ...part });
const progress = [20, 40, 60].map((records, n) => ({
  id: n + 2,
  event: "run_progress",
  data: { type: "run_progress", at: later(22 + n), runId: "run_2", connectionId: "con_1", progress: { pages: n + 1, records } },
}));
const needsReconnect = { ...CONNECTION, status: "needs_reconnect", reason: WHY, evidence: EVIDENCE };

/** By name: the cards, and what else is answered; `do`: what a person presses until it is there; `shows`: by what that is seen. */
export const STATES = {
  running: { cards: [card(RUNNING)], runs: [RUNNING], told: progress, shows: "pace-demo-market" },
  "running-to-an-end": { cards: [card(RUNNING)], runs: [RUNNING, RUN], told: progress, shows: "pace-demo-market" },
  ...Object.fromEntries(
    Object.entries(ENDED).map(([outcome, run]) => [
      `ended-${outcome}`,
      { cards: [card(run, outcome === "needs_reconnect" ? { connection: needsReconnect } : {})], runs: [run], shows: "last-run-demo-market" },
    ]),
  ),
  unsure: { cards: [card(ENDED.failed, { connection: { ...CONNECTION, unsureSince: AT, evidence: EVIDENCE } })], runs: [ENDED.failed], shows: "unsure-demo-market" },
  records: { cards: [card(NEWEST)], runs: [NEWEST, RUN], records: PAGE, do: ["show-demo-market"], shows: "records-table" },
  changes: {
    cards: [card(NEWEST)],
    runs: [NEWEST, RUN],
    records: PAGE,
    history: [
      { at: later(30), runId: "run_9", before: { price: { amount: "99.00", currency: "BRL" }, name: "Edição de Vídeo, com um nome comprido de antes" } },
      { at: later(21), runId: "run_8", before: { rating: "3.9" } },
    ],
    do: ["show-demo-market", "changed"],
    shows: "change",
  },
  "records-none": { cards: [card(RUN)], runs: [RUN], records: NONE, do: ["show-demo-market"], shows: "records-empty" },
  "records-loading": { cards: [card(RUN)], runs: [RUN], records: null, do: ["show-demo-market"], shows: "records-empty" },
  "records-failed": { cards: [card(RUN)], runs: [RUN], records: PROBLEM, do: ["show-demo-market"], shows: "problem" },
  runs: {
    cards: [card(RUNNING)],
    runs: [RUNNING, ...Object.values(ENDED).map((run, n) => ({ ...run, id: `run_${n + 10}` }))],
    told: progress,
    records: PAGE,
    do: ["show-demo-market", "view-runs"],
    shows: "runs-table",
  },
  "runs-none": { cards: [card(null)], runs: [], records: NONE, do: ["show-demo-market", "view-runs"], shows: "runs-empty" },
  "of-a-run": {
    cards: [card(NEWEST)],
    runs: [NEWEST, RUN],
    records: PAGE,
    do: ["show-demo-market", "view-runs", "run-records"],
    shows: "records-of-run",
  },
  schedule: { cards: [card(RUN)], runs: [RUN], records: PAGE, schedules: SCHEDULES, do: TO_SCHEDULE, shows: "schedules" },
  "schedule-none": { cards: [card(RUN)], runs: [RUN], records: PAGE, do: TO_SCHEDULE, shows: "schedules" },
  "schedule-loading": { cards: [card(RUN)], runs: [RUN], records: PAGE, schedules: null, do: TO_SCHEDULE, shows: "schedules-loading" },
  "schedule-failed": { cards: [card(RUN)], runs: [RUN], records: PAGE, schedules: PROBLEM, do: TO_SCHEDULE, shows: "problem" },
  "schedule-gone": { cards: [card(RUN)], runs: [RUN], records: PAGE, schedules: NOT_FOUND, do: TO_SCHEDULE, shows: "schedules-gone" },
  "schedule-waits": {
    cards: [card(RUN, { connection: needsReconnect })],
    runs: [RUN],
    records: PAGE,
    schedules: SCHEDULES,
    do: TO_SCHEDULE,
    shows: "schedules-wait",
  },
  "schedule-form": { cards: [card(RUN)], runs: [RUN], records: PAGE, schedules: SCHEDULES, do: [...TO_SCHEDULE, "schedule-edit"], shows: "schedule-form" },
  "schedule-too-often": {
    cards: [card(RUN)],
    runs: [RUN],
    records: PAGE,
    schedules: SCHEDULES,
    refusedSchedule: refusedSchedule(TOO_OFTEN),
    do: [...TO_SCHEDULE, "schedule-edit", "schedule-save"],
    shows: "schedule-refused",
  },
  "schedule-no-cron": {
    cards: [card(RUN)],
    runs: [RUN],
    records: PAGE,
    schedules: { schedules: [{ ...OWN, stream: "products" }] },
    refusedSchedule: refusedSchedule(NO_CRON),
    do: [...TO_SCHEDULE, "schedule-edit", "schedule-save"],
    shows: "schedule-refused",
  },
  "schedule-not-saved": {
    cards: [card(RUN)],
    runs: [RUN],
    records: PAGE,
    schedules: SCHEDULES,
    refusedSchedule: PROBLEM,
    do: [...TO_SCHEDULE, "schedule-edit", "schedule-save"],
    shows: "problem",
  },
  "schedule-removing": { cards: [card(RUN)], runs: [RUN], records: PAGE, schedules: SCHEDULES, do: [...TO_SCHEDULE, "schedule-remove"], shows: "confirm-unschedule" },
  shrunk: { cards: [card(SHRUNK)], runs: [SHRUNK, RUN], shows: "accept-demo-market" },
  "not-continuable": { cards: [card(ENDED.failed)], runs: [ENDED.failed], records: PAGE, refused: REFUSED, do: ["resume-demo-market"], shows: "problem" },
};

/** Answers in the service's place. */
async function answerFor(page, state) {
  const json = (route, body, status = body?.status ?? 200) =>
    route.fulfill({ status: typeof status === "number" ? status : 200, contentType: "application/json", body: JSON.stringify(body) });
  await page.route("**/api/**", (route) => {
    const { pathname } = new URL(route.request().url());
    switch (pathname.replace("/api", "")) {
      case "/integrations":
        return json(route, { integrations: state.cards });
      case "/events":
        // There is nothing more to come.
        return route.fulfill({ status: 204 });
      case "/scraper/runs":
        return json(route, { runs: state.runs, next: "run_0" });
      case "/scraper/runs/run_2/events":
        return json(route, { events: state.told ?? [] });
      case "/connections/con_1/records":
        // Null: it never comes.
        return state.records === null ? undefined : json(route, state.records ?? NONE);
      case "/connections/con_1/records/history":
        return json(route, { changes: state.history ?? [] });
      case "/connections/con_1/schedules":
        return state.schedules === null ? undefined : json(route, state.schedules ?? { schedules: [] });
      case "/connections/con_1/schedules/products":
        return json(route, state.refusedSchedule);
      case "/scraper/demo-market/scrape":
        return json(route, state.refused);
    }
    return json(route, { title: "There is no such thing", status: 404, type: "x" });
  });
}

/** Shows that state in a tab that is new: in one that is not, the page would remember what was open in it. */
export async function openState(page, origin, state) {
  await answerFor(page, state);
  await page.goto(`${origin}/integrations`);
  for (const press of state.do ?? []) await page.getByTestId(press).first().click();
  await page.getByTestId(state.shows).first().waitFor();
}
