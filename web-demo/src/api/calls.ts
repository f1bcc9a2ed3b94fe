import { accessHeaders } from "./access";
import { apiUrl } from "./base";
import { hearTime } from "./clock";
import { raw } from "./client";
import { ApiProblem, UNREACHABLE, problemFrom } from "./problem";
import type { Connection, Integration, Login, LoginEventList, LoginLink } from "./types";

/** The cards: for a token, only what it may connect. */
export async function integrations(): Promise<Integration[]> {
  return (await send<{ integrations: Integration[] }>("GET", "/integrations")).integrations;
}

export interface Connected {
  connection: Connection;
  login: Login;
  /** It was started by this; otherwise it was under way. */
  isNew: boolean;
}

/** Starts a login, or answers the one that is under way. */
export async function connect(provider: string, account: string | null): Promise<Connected> {
  const path = `/integrations/${encodeURIComponent(provider)}/connect`;
  const { body, status } = await ask<Omit<Connected, "isNew">>("POST", path, account === null ? {} : { account });
  return { ...body, isNew: status === 201 };
}

export const login = {
  read: (id: string) => send<Login>("GET", `/logins/${id}`),
  /** What was told of it so far. */
  told: async (id: string) => (await (await raw(`/logins/${id}/events`, "application/json")).json()) as LoginEventList,
  finish: (id: string) => send<Login>("POST", `/logins/${id}/finish`),
  /** Heard also when the page goes away on the spot. */
  cancel: (id: string) => send<Login>("POST", `/logins/${id}/cancel`, undefined, { keepalive: true }),
  extend: (id: string) => send<Login>("POST", `/logins/${id}/extend`),
  answerAccount: (id: string, replace: boolean) => send<Login>("POST", `/logins/${id}/account`, { replace }),
  link: (id: string, mode: LoginLink["mode"]) => send<LoginLink>("POST", `/logins/${id}/links`, { mode }),
  endLink: (id: string, link: string) => send<undefined>("DELETE", `/logins/${id}/links/${link}`),
};

async function send<T>(method: Method, path: string, body?: object, more?: RequestInit): Promise<T> {
  return (await ask<T>(method, path, body, more)).body;
}

type Method = "GET" | "POST" | "DELETE";

async function ask<T>(
  method: Method,
  path: string,
  body?: object,
  more: RequestInit = {},
): Promise<{ body: T; status: number }> {
  let response: Response;
  try {
    response = await fetch(apiUrl(path), {
      ...more,
      method,
      headers: { ...accessHeaders(), ...(body ? { "Content-Type": "application/json" } : {}) },
      body: body ? JSON.stringify(body) : null,
    });
  } catch {
    throw new ApiProblem(UNREACHABLE);
  }
  hearTime(response);
  const text = await response.text().catch(() => "");
  if (!response.ok) throw new ApiProblem(problemFrom(response.status, text));
  return { body: (text ? JSON.parse(text) : undefined) as T, status: response.status };
}
