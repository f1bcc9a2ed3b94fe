export { open } from "./open";
export type { ConnectHandle, ConnectOptions } from "./options";
export type { ConnectEvent, ConnectExit, ConnectFailure, ConnectResult } from "./messages";
export type { Language, WordKey, WordOverrides } from "./words";
