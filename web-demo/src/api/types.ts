import type { ComingLoginEvent, Login as ComingLogin, Provider as ComingProvider } from "./coming";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Provider = ComingProvider;
export type Integration = Omit<Schemas["Integration"], "login" | "provider"> & {
  provider: Provider;
  login: ComingLogin | null;
};
export type Connection = Schemas["Connection"];
export type AccountIdentity = Schemas["AccountIdentity"];
export type Login = ComingLogin;
export type LoginState = Login["state"];
export type LoginFailure = Schemas["LoginFailure"];
export type { LoginLink } from "./coming";
export type Run = Schemas["Run"];
export type DataRecord = Schemas["Record"];
export type RecordPage = Schemas["RecordPage"];
export type Evidence = Schemas["Evidence"];
export type Check = Schemas["Check"];
/** What happened to a login: told on its own stream and on the user's. */
export type LoginEvent =
  | Exclude<Schemas["LoginStreamEvent"], { type: "snapshot" } | { type: "expired" }>
  | ComingLoginEvent;
/** What a login's stream tells: itself first, where nothing was heard of it before. */
export type LoginStreamEvent = LoginEvent | { type: "snapshot"; at: string; login: Login };
/** What the user's stream tells. */
export type UserEvent =
  | LoginEvent
  | { type: "snapshot"; at: string; integrations: Integration[] }
  | Exclude<Schemas["UserStreamEvent"], { type: LoginEvent["type"] | "snapshot" }>;
export interface LoginEventList {
  events: { id: number; event: string; data: LoginStreamEvent }[];
}
export type Problem = Schemas["Problem"];

export const isOver = (state: LoginState): boolean =>
  state === "saved" || state === "failed" || state === "cancelled" || state === "expired";
