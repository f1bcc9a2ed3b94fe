/** The live view's messages, subprotocol `staylogged.live.v2`. */
export const PROTOCOL = "staylogged.live.v2";

export type Role = "control" | "waiting" | "view";
export type Device = "computer" | "phone";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface TouchPoint {
  x: number;
  y: number;
  id: number;
}

/** What a person does to the page in front. All coordinates are CSS pixels of that page. */
export type Input =
  | {
      type: "mouse";
      action: "pressed" | "released" | "moved" | "wheel";
      x: number;
      y: number;
      button?: "none" | "left" | "middle" | "right";
      clickCount?: number;
      deltaX?: number;
      deltaY?: number;
      modifiers?: number;
    }
  | { type: "key"; action: "down" | "up"; key: string; code: string; modifiers?: number }
  | { type: "text"; text: string }
  | { type: "composition"; text: string; start: number; end: number }
  | { type: "edit"; action: "copy" | "cut" | "paste" | "select_all"; text?: string }
  | { type: "touch"; action: "start" | "move" | "end" | "cancel"; points: TouchPoint[] }
  | { type: "navigate"; action: "back" | "forward" | "reload" }
  | { type: "page"; action: "select" | "close"; id: number }
  | { type: "resize"; width: number; height: number; scale: number; touch: boolean }
  | { type: "pick"; id: number; values?: string[]; value?: string; cancelled?: true }
  | { type: "dialog"; id: number; accept: boolean; text?: string }
  | { type: "credentials"; id: number; username?: string; password?: string; cancelled?: true }
  | { type: "files"; id: number; files: { name: string; mime: string; size: number }[] }
  | { type: "fill"; form: number; field: number; text?: string; checked?: boolean; values?: string[] }
  | { type: "press"; form: number; button: number }
  | { type: "focus"; form: number; field: number };

export type ClientMessage =
  | { type: "hello"; viewer: string; device: Device }
  | { type: "input"; n: number; input: Input }
  | { type: "seen"; sequence: number }
  | { type: "knock" }
  | { type: "admit"; viewer: string; yes: boolean }
  | { type: "simple"; on: boolean };

export interface Tab {
  id: number;
  url: string;
  title: string;
  icon?: string | null;
  opener?: boolean;
}

export interface Tabs {
  open: Tab[];
  front: number | null;
  canGoBack?: boolean;
  canGoForward?: boolean;
  most?: number;
}

/** The page's field that has the focus. */
export interface PageField extends Box {
  kind: string;
  inputMode: string | null;
  autocomplete: string | null;
  label: string;
  multiline: boolean;
  empty: boolean;
  suggestions: string[] | null;
}

export interface Option {
  /** The option's index, as text. */
  value: string;
  label: string;
  group: string | null;
  disabled: boolean;
  selected: boolean;
}

export type ValueKind = "date" | "time" | "datetime-local" | "month" | "week" | "color";

export interface SelectRequest extends Box {
  id: number;
  kind: "select";
  label: string;
  multiple: boolean;
  options: Option[];
}

export interface ValueRequest extends Box {
  id: number;
  kind: ValueKind;
  label: string;
  value: string;
  min?: string | null;
  max?: string | null;
  step?: string | null;
}

export type PickerRequest = SelectRequest | ValueRequest;

export interface DialogRequest {
  id: number;
  kind: "alert" | "confirm" | "prompt" | "beforeunload";
  message: string;
  value?: string | null;
  host: string;
}

export interface AuthRequest {
  id: number;
  host: string;
  realm: string;
}

export interface FilesRequest {
  id: number;
  multiple: boolean;
  accept: string;
  label: string;
}

export interface MenuRequest {
  x: number;
  y: number;
  selection: boolean;
  editable: boolean;
  password: boolean;
}

export const NOTICE_KINDS = [
  "download_blocked",
  "permission_denied",
  "passkey",
  "navigation_blocked",
  "too_many_pages",
  "file_too_large",
  "external_app",
  "popup_blocked",
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

export interface SiteError {
  kind: "certificate" | "unreachable" | "not_found" | "refused" | "timeout" | "other";
  code: string;
  host: string;
}

export interface FormField {
  id: number;
  kind: string;
  label: string;
  name: string;
  value?: string;
  checked?: boolean;
  group?: string | null;
  required?: boolean;
  disabled?: boolean;
  readOnly?: boolean;
  error?: string | null;
  autocomplete?: string | null;
  inputMode?: string | null;
  options?: Option[];
  multiple?: boolean;
  maxLength?: number | null;
  placeholder?: string | null;
  min?: string | null;
  max?: string | null;
  step?: string | null;
}

export interface FormButton {
  id: number;
  label: string;
  main: boolean;
  disabled: boolean;
}

/** The page's form, to be shown as a form of our own. */
export interface MirroredForm {
  page: number;
  form: number | null;
  faithful: boolean;
  why: "frame" | "canvas" | "captcha" | "too_large" | "none" | null;
  title: string;
  texts: string[];
  fields: FormField[];
  buttons: FormButton[];
  alerts: string[];
}

export type ServerMessage =
  | { type: "welcome"; heard: number; role: Role; window?: boolean }
  | { type: "role"; role: Role }
  | { type: "knock"; viewer: string; device: Device }
  | { type: "knock_over"; viewer: string }
  | { type: "heard"; n: number }
  | { type: "alive" }
  | ({ type: "tabs" } & Tabs)
  | { type: "cursor"; cursor: string }
  | { type: "focus"; page: number; field: PageField | null }
  | ({ type: "picker" } & PickerRequest)
  | { type: "picker_over"; id: number }
  | ({ type: "dialog" } & DialogRequest)
  | { type: "dialog_over"; id: number }
  | ({ type: "auth" } & AuthRequest)
  | { type: "auth_over"; id: number }
  | ({ type: "files" } & FilesRequest)
  | { type: "files_over"; id: number }
  | { type: "copied"; text: string }
  | ({ type: "menu" } & MenuRequest)
  | { type: "notice"; kind: NoticeKind; what: string | null }
  | { type: "site"; page: number; error: SiteError | null }
  | ({ type: "form" } & MirroredForm)
  | { type: "ended" };

/** What each kind of message must have to be of use; others of the service's messages are left out. */
const NEEDED: { [Type in ServerMessage["type"]]: readonly string[] } = {
  welcome: ["heard", "role"],
  role: ["role"],
  knock: ["viewer"],
  knock_over: ["viewer"],
  heard: ["n"],
  alive: [],
  tabs: ["open"],
  cursor: ["cursor"],
  focus: ["field"],
  picker: ["id", "kind"],
  picker_over: ["id"],
  dialog: ["id", "kind"],
  dialog_over: ["id"],
  auth: ["id"],
  auth_over: ["id"],
  files: ["id"],
  files_over: ["id"],
  copied: ["text"],
  menu: ["x", "y"],
  notice: ["kind"],
  site: ["page"],
  form: ["fields", "buttons"],
  ended: [],
};

/** Reads a text message. Null: not one that this page knows. */
export function readMessage(text: string): ServerMessage | null {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof message !== "object" || message === null) return null;
  const { type } = message as { type?: unknown };
  if (typeof type !== "string" || !Object.hasOwn(NEEDED, type)) return null;
  const needed = NEEDED[type as ServerMessage["type"]];
  return needed.every((name) => name in message) ? (message as ServerMessage) : null;
}
