import type {
  AuthRequest,
  Device,
  DialogRequest,
  FilesRequest,
  MenuRequest,
  MirroredForm,
  NoticeKind,
  PageField,
  PickerRequest,
  Role,
  ServerMessage,
  SiteError,
  Tabs,
} from "./protocol";

/** Ours are `typing_lost` and `no_clipboard`; the others are the service's. */
export type NoticeWord = NoticeKind | "typing_lost" | "no_clipboard";

export interface Notice {
  key: string;
  kind: NoticeWord;
  what: string | null;
}

export interface Knock {
  viewer: string;
  device: Device;
}

/** What is open over the picture and waits for an answer. */
export type Asked =
  | ({ type: "picker" } & PickerRequest)
  | ({ type: "dialog" } & DialogRequest)
  | ({ type: "auth" } & AuthRequest)
  | ({ type: "files" } & FilesRequest);

/** What the live view shows beside the picture. */
export interface LiveState {
  role: Role | null;
  /** The browser's own window is open on the service's screen. */
  window: boolean;
  /** This viewer has asked for control: awaiting the answer, or answered no. */
  knocking: "no" | "asked" | "refused";
  knocks: Knock[];
  tabs: Tabs;
  cursor: string;
  focus: { page: number; field: PageField | null };
  /** Newest last. */
  asked: Asked[];
  menu: MenuRequest | null;
  /** Copied in the page, and not yet on the person's clipboard. */
  copied: string | null;
  notices: Notice[];
  /** By tab. */
  errors: { [page: number]: SiteError | undefined };
  form: MirroredForm | null;
  /** What was open before the line was cut: it goes unless the service says it again. */
  stale: readonly string[];
}

export const NOTHING: LiveState = {
  role: null,
  window: false,
  knocking: "no",
  knocks: [],
  tabs: { open: [], front: null },
  cursor: "default",
  focus: { page: 0, field: null },
  asked: [],
  menu: null,
  copied: null,
  notices: [],
  errors: {},
  form: null,
  stale: [],
};

export type Happening =
  | { did: "heard"; message: ServerMessage; viewer: string }
  /** The service has had time to say again what is open. */
  | { did: "settled" }
  | { did: "answered"; type: Asked["type"]; id: number }
  | { did: "knocked" }
  | { did: "admitted"; viewer: string }
  | { did: "menu-closed" }
  | { did: "copied" }
  | { did: "noticed"; kind: NoticeWord; what?: string | null }
  | { did: "dismissed"; key: string }
  | { did: "simple-off" };

/** More than these at once nobody reads. */
const MOST_NOTICES = 3;

export function keyOf({ type, id }: { type: string; id: number }): string {
  return `${type} ${id}`;
}

/** The field in focus of the page in front: what another page's focus is in does not matter. */
export function focusOf({ focus, tabs }: LiveState): PageField | null {
  return tabs.front === null || focus.page === tabs.front ? focus.field : null;
}

/** The mirrored form of the page in front. */
export function formOf({ form, tabs }: LiveState): MirroredForm | null {
  return form && (tabs.front === null || form.page === tabs.front) ? form : null;
}

export function after(state: LiveState, happening: Happening): LiveState {
  switch (happening.did) {
    case "heard":
      return heard(state, happening.message, happening.viewer);
    case "settled":
      return { ...state, asked: state.asked.filter((one) => !state.stale.includes(keyOf(one))), stale: [] };
    case "answered":
      return over(state, happening.type, happening.id);
    case "knocked":
      return { ...state, knocking: "asked" };
    case "admitted":
      return { ...state, knocks: state.knocks.filter(({ viewer }) => viewer !== happening.viewer) };
    case "menu-closed":
      return { ...state, menu: null };
    case "copied":
      return { ...state, copied: null };
    case "noticed":
      return notice(state, happening.kind, happening.what ?? null);
    case "dismissed":
      return { ...state, notices: state.notices.filter(({ key }) => key !== happening.key) };
    case "simple-off":
      return { ...state, form: null };
  }
}

function heard(state: LiveState, message: ServerMessage, viewer: string): LiveState {
  switch (message.type) {
    case "welcome":
      return {
        ...withRole(state, message.role),
        // The service has forgotten who asked before the line was cut.
        knocking: "no",
        window: message.window ?? false,
        knocks: [],
        menu: null,
        stale: state.asked.map(keyOf),
      };
    case "role":
      return withRole(state, message.role);
    case "knock": {
      const others = state.knocks.filter((knock) => knock.viewer !== message.viewer);
      return { ...state, knocks: [...others, { viewer: message.viewer, device: message.device ?? "computer" }] };
    }
    case "knock_over":
      if (message.viewer === viewer) return state.knocking === "asked" ? { ...state, knocking: "refused" } : state;
      return { ...state, knocks: state.knocks.filter((knock) => knock.viewer !== message.viewer) };
    case "tabs":
      return tabs(state, message);
    case "cursor":
      return { ...state, cursor: message.cursor };
    case "focus":
      return { ...state, focus: { page: message.page, field: message.field } };
    case "picker":
    case "dialog":
    case "auth":
    case "files": {
      const key = keyOf(message);
      return {
        ...state,
        asked: [...state.asked.filter((one) => keyOf(one) !== key), message],
        menu: null,
        stale: state.stale.filter((one) => one !== key),
      };
    }
    case "picker_over":
      return over(state, "picker", message.id);
    case "dialog_over":
      return over(state, "dialog", message.id);
    case "auth_over":
      return over(state, "auth", message.id);
    case "files_over":
      return over(state, "files", message.id);
    case "copied":
      return { ...state, copied: message.text };
    case "menu":
      return { ...state, menu: message };
    case "notice":
      return notice(state, message.kind, message.what ?? null);
    case "site":
      return { ...state, errors: { ...state.errors, [message.page]: message.error ?? undefined } };
    case "form":
      return { ...state, form: message };
    default:
      return state;
  }
}

function withRole(state: LiveState, role: Role): LiveState {
  if (role === "control") return { ...state, role, knocking: "no" };
  // Who has no control answers nothing.
  const knocking = state.knocking === "asked" && state.role === role ? "refused" : state.knocking;
  return { ...state, role, knocking, knocks: [], asked: [], menu: null };
}

function tabs(state: LiveState, tabs: Tabs): LiveState {
  const moved = tabs.front !== state.tabs.front;
  const known = Object.entries(state.errors).filter(([id]) => tabs.open.some((tab) => tab.id === Number(id)));
  return {
    ...state,
    tabs: {
      open: tabs.open,
      front: tabs.front ?? null,
      canGoBack: tabs.canGoBack,
      canGoForward: tabs.canGoForward,
      most: tabs.most,
    },
    errors: Object.fromEntries(known),
    menu: moved ? null : state.menu,
  };
}

function over(state: LiveState, type: Asked["type"], id: number): LiveState {
  return { ...state, asked: state.asked.filter((one) => one.type !== type || one.id !== id) };
}

function notice(state: LiveState, kind: NoticeWord, what: string | null): LiveState {
  const key = `${kind} ${what ?? ""}`;
  const others = state.notices.filter((one) => one.key !== key);
  return { ...state, notices: [...others, { key, kind, what }].slice(-MOST_NOTICES) };
}
