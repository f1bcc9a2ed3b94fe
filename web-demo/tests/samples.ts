import type { Connection, DataRecord, Integration, Login, Provider, Run, Schedule } from "@/api/types";

export const AT = "2026-05-04T10:00:00.000Z";

export function later(seconds: number): string {
  return new Date(Date.parse(AT) + seconds * 1000).toISOString();
}

export function login(part: Partial<Login> = {}): Login {
  return {
    id: "lgn_1",
    connectionId: "con_1",
    provider: "demo-market",
    state: "awaiting_login",
    version: 2,
    autoFinish: false,
    extended: false,
    window: false,
    reconnect: false,
    expectedIdentity: null,
    foundIdentity: null,
    idleEndsAt: null,
    startedAt: AT,
    enteredAt: later(1),
    deadlineAt: later(900),
    failure: null,
    ...part,
  };
}

export function connection(part: Partial<Connection> = {}): Connection {
  return {
    id: "con_1",
    provider: "demo-market",
    account: "main",
    params: {},
    status: "connected",
    identity: { id: "1", label: "ana@example.com" },
    reason: null,
    evidence: [],
    connectedAt: AT,
    checkedAt: AT,
    unsureSince: null,
    sessionEndsAt: null,
    createdAt: AT,
    updatedAt: AT,
    ...part,
  };
}

export function provider(part: Partial<Provider> = {}): Provider {
  return {
    id: "demo-market",
    name: "Demo Market",
    homepage: "http://app.demo.localhost:4381/",
    loginTimeout: 900,
    keptFor: 172_800,
    instructions: {},
    params: [],
    streams: [{ name: "products", fields: [{ name: "id", type: "string" }, { name: "price", type: "money" }] }],
    ...part,
  };
}

export function run(part: Partial<Run> = {}): Run {
  return {
    id: "run_1",
    connectionId: "con_1",
    provider: "demo-market",
    account: "main",
    stream: "products",
    providerVersion: "v1",
    continues: null,
    source: "capture",
    status: "finished",
    outcome: "ok",
    needsReconnect: false,
    message: null,
    progress: { pages: 7, records: 137 },
    complete: true,
    canBeContinued: false,
    end: { seen: true, by: "no_next" },
    duplicates: 0,
    shrunkFrom: null,
    session: null,
    evidence: [],
    hasScreenshot: false,
    startedAt: AT,
    finishedAt: later(9),
    ...part,
  };
}

export function integration(part: Partial<Integration> = {}): Integration {
  return { provider: provider(), connection: null, login: null, lastRun: null, records: 0, ...part };
}

export function record(key: string, part: Partial<DataRecord> = {}): DataRecord {
  const data = { id: key, price: { amount: "12.50", currency: "EUR" } };
  return { key, data, firstSeen: AT, lastSeen: AT, changedAt: AT, missingSince: null, ...part };
}

export function schedule(part: Partial<Schedule> = {}): Schedule {
  return {
    connectionId: "con_1",
    stream: "products",
    cron: "0 6 * * *",
    timeZone: "UTC",
    jitterSeconds: 0,
    nextAt: later(86_400),
    lastAt: null,
    lastRunId: null,
    lastProblem: null,
    createdAt: AT,
    updatedAt: AT,
    ...part,
  };
}
