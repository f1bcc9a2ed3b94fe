import { answer, api, raw } from "./client";
import type { Connection, Integration, Login, LoginEventList, LoginLink } from "./types";

/** The cards: for a token, only what it may connect. */
export async function integrations(): Promise<Integration[]> {
  return (await answer(api.GET("/integrations"))).integrations;
}

export interface Connected {
  connection: Connection;
  login: Login;
  /** It was started by this; otherwise it was under way. */
  isNew: boolean;
}

/** Starts a login, or answers the one that is under way. */
export async function connect(
  provider: string,
  account: string | null,
  params: Record<string, string> = {},
): Promise<Connected> {
  const asked = api.POST("/integrations/{provider}/connect", {
    params: { path: { provider } },
    body: { ...(account === null ? {} : { account }), ...(Object.keys(params).length > 0 ? { params } : {}) },
  });
  const connected = await answer(asked);
  return { ...connected, isNew: (await asked).response.status === 201 };
}

const of = (id: string) => ({ params: { path: { id } } });

export const login = {
  read: (id: string): Promise<Login> => answer(api.GET("/logins/{id}", of(id))),
  /** What was told of it so far. */
  told: async (id: string): Promise<LoginEventList> => (await raw(`/logins/${id}/events`, "application/json")).json(),
  finish: (id: string): Promise<Login> => answer(api.POST("/logins/{id}/finish", of(id))),
  /** Heard also when the page goes away on the spot. */
  cancel: (id: string): Promise<Login> => answer(api.POST("/logins/{id}/cancel", { ...of(id), keepalive: true })),
  extend: (id: string): Promise<Login> => answer(api.POST("/logins/{id}/extend", of(id))),
  stay: (id: string): Promise<Login> => answer(api.POST("/logins/{id}/still-here", of(id))),
  answerAccount: (id: string, replace: boolean): Promise<Login> =>
    answer(api.POST("/logins/{id}/account", { ...of(id), body: { replace } })),
  link: (id: string, mode: LoginLink["mode"]): Promise<LoginLink> =>
    answer(api.POST("/logins/{id}/links", { ...of(id), body: { mode } })),
  endLink: async (id: string, linkId: string): Promise<void> => {
    await answer(api.DELETE("/logins/{id}/links/{linkId}", { params: { path: { id, linkId } } }));
  },
};
