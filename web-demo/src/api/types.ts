import type { components } from "./schema";

type Schemas = components["schemas"];

export type Provider = Schemas["Provider"];
export type Param = Schemas["Param"];
export type Integration = Schemas["Integration"];
export type Connection = Schemas["Connection"];
export type AccountIdentity = Schemas["AccountIdentity"];
export type Login = Schemas["Login"];
export type LoginState = Login["state"];
export type LoginFailure = Schemas["LoginFailure"];
/** A way to one login for another device. */
export type LoginLink = Schemas["Link"];
export type Run = Schemas["Run"];
export type DataRecord = Schemas["Record"];
export type RecordPage = Schemas["RecordPage"];
export type RecordHistory = Schemas["RecordHistory"];
export type RunList = Schemas["RunList"];
/** When a stream is scraped by itself, and what came of the last time. */
export type Schedule = Schemas["Schedule"];
export type ScheduleRequest = Schemas["ScheduleRequest"];
export type Evidence = Schemas["Evidence"];
export type Check = Schemas["Check"];
/** What the user's stream tells. */
export type UserEvent = Schemas["UserStreamEvent"];
/** What a login's stream tells: itself first, where nothing was heard of it before. */
export type LoginStreamEvent = Schemas["LoginStreamEvent"];
/** What happened to a login: told on its own stream and on the user's. */
export type LoginEvent = Exclude<LoginStreamEvent, { type: "snapshot" }>;
export type LoginEventList = Schemas["LoginEventList"];
export type Problem = Schemas["Problem"];

export const isOver = (state: LoginState): boolean =>
  state === "saved" || state === "failed" || state === "cancelled" || state === "expired";
