import type { SiteError } from "../protocol";

/** The live view's words. The other languages have the same ones. */
export const en = {
  // The bar
  back: "Back",
  forward: "Forward",
  reload: "Reload",
  encrypted: "Encrypted connection",
  notEncrypted: "Not encrypted",
  address: "Address",
  newTab: "New tab",
  tabs: "Tabs of the browser",
  closeTab: (title: string) => `Close tab ${title}`,
  tabOpened: (title: string) => `New tab in front: ${title}`,
  tabClosed: (title: string) => `Tab closed. In front: ${title}`,
  keyboard: "Show or hide the keyboard",
  simple: "Simple",
  simpleHint: "Show the page's form as a plain form",
  leave: "Leave the live view",
  leaveKeys: "Leave the live view (press Escape twice)",

  // The picture
  liveView: (name: string) => `Live view of ${name}`,
  how: "What you type goes to that page, Tab and Enter too. Press Escape twice to leave the live view.",
  waiting: "Waiting for the picture…",
  reconnecting: "Reconnecting…",
  connectedAgain: "Connected again.",
  left: "You have left the live view.",
  leaveByEscape: "Press Escape once more to leave the live view.",
  inField: (label: string) => `In the field: ${label}`,
  anyField: "Page",
  unnamedField: "Field without a name",
  dismiss: "Dismiss",
  cancel: "Cancel",
  ok: "OK",

  // Who has the control
  watching: "You are watching. Only the device that logs in can click and type.",
  elsewhere: "This login is open on another device.",
  useHere: "Use it here",
  asked: "Asked. The other device has to say yes.",
  refused: "The other device said no.",
  askAgain: "Ask again",
  wantsIn: { computer: "Another computer wants to take over this login.", phone: "A phone wants to take over this login." },
  letIn: "Let it take over",
  keep: "Stay here",
  inControl: "You have the control now.",
  notInControl: "Another device has the control now. You can go on watching.",

  // Pickers
  choose: "Choose",
  search: "Search",
  noneFound: "Nothing found",
  chosen: (n: number) => (n === 1 ? "1 chosen" : `${n} chosen`),
  apply: "Apply",
  clear: "Clear",
  suggestions: "Suggestions",

  // Dialogs of the page
  says: (host: string) => `${host} says`,
  thePage: "The page",
  answer: "Your answer",
  leaveTitle: "Leave this page?",
  leaveText: "What you have entered there may be lost.",
  leavePage: "Leave the page",
  stay: "Stay",

  // A password asked for by the server
  authTitle: (host: string) => `Sign in to ${host}`,
  authText: (realm: string) => `The site asks for a name and a password${realm ? `: “${realm}”` : ""}.`,
  username: "User name",
  password: "Password",
  signIn: "Sign in",

  // Files
  filesTitle: "The page asks for a file",
  filesTitleMany: "The page asks for files",
  fileLimit: "At most 8 MB. It goes to that page, and is deleted here afterwards.",
  filesLimit: "At most 10 files, together 8 MB. They go to that page, and are deleted here afterwards.",
  filesAccept: (kinds: string) => `It takes: ${kinds}`,
  fileKinds: { image: "pictures", video: "videos", audio: "sound", text: "texts" } as { [kind: string]: string | undefined },
  chooseFile: "Choose a file…",
  chooseFiles: "Choose files…",
  tooMany: (n: number) => `These are ${n} files. At most 10 can be sent at once: please choose fewer.`,
  tooLarge: (size: string) => `This is ${size}. At most 8 MB can be sent at once: please choose something smaller.`,
  sending: (percent: number) => `Sending: ${percent} %`,
  sendingFiles: "Sending files",

  // The page's menu
  menu: "Page menu",
  copy: "Copy",
  cut: "Cut",
  paste: "Paste",
  selectAll: "Select all",
  copiedThere: "Copied in the page. Your browser wants a click to put it on your clipboard.",
  copyHere: "Copy to my clipboard",
  copiedHere: "Copied.",

  // Notices
  notices: {
    download_blocked: {
      title: "Download stopped",
      text: (what: string | null) => `The site wanted to download ${what ? `“${what}”` : "a file"}. Nothing is downloaded in this view.`,
    },
    permission_denied: {
      title: "Permission denied",
      text: (what: string | null) => `The site asked for ${what ?? "a permission"}. This view gives no such permission; a login rarely needs it.`,
    },
    passkey: {
      title: "The site asks for a passkey",
      text: () =>
        "Passkeys and security keys are tied to your own device and cannot be used in this view. Cancel there, and choose another way, such as “Try another way”, a password or a code.",
    },
    navigation_blocked: {
      title: "Outside of this login",
      text: (what: string | null) => `The page wanted to go to ${what ?? "another site"}. This view stays with the sites that belong to the login.`,
    },
    too_many_pages: {
      title: "Too many tabs",
      text: () => "No more tabs can be opened. Close one that you do not need, and try again.",
    },
    file_too_large: {
      title: "The file is too large",
      text: () => "At most 10 files, together 8 MB, can be sent to the page.",
    },
    external_app: {
      title: "The site wanted to open an app",
      text: (what: string | null) => `Apps${what ? ` (${what})` : ""} cannot be opened from this view. Look for a way to go on in the browser.`,
    },
    popup_blocked: {
      title: "Pop-up stopped",
      text: (what: string | null) => `The page wanted to open another window${what ? ` (${what})` : ""} by itself. If you need it, press the button there once more.`,
    },
    typing_lost: {
      title: "Something you did was not sent",
      text: () => "The connection was down for too long. Please look at what the page shows, and type it again.",
    },
    no_clipboard: {
      title: "Your browser does not share its clipboard",
      text: () => "Click into the field and press Ctrl+V (on a Mac ⌘V) to paste.",
    },
  },
  permissions: {
    camera: "the camera",
    microphone: "the microphone",
    geolocation: "your location",
    notifications: "leave to send notifications",
  } as { [name: string]: string | undefined },

  // A page that did not come
  siteTitle: {
    certificate: (host: string) => `${host} cannot prove that it is itself`,
    unreachable: (host: string) => `${host} cannot be reached`,
    not_found: (host: string) => `${host} was not found`,
    refused: (host: string) => `${host} refuses the connection`,
    timeout: (host: string) => `${host} does not answer`,
    other: (host: string) => `${host} could not be opened`,
  } satisfies { [kind in SiteError["kind"]]: (host: string) => string },
  siteText: {
    certificate: "Its certificate is not valid. The page is not shown, so that nobody can read your password on the way.",
    unreachable: "The network between this browser and the site does not work at the moment.",
    not_found: "There is no site of that name. The address may be wrong.",
    refused: "The site is there, but takes no connections at the moment.",
    timeout: "It took too long. The site may be overloaded.",
    other: "Something went wrong on the way.",
  } satisfies { [kind in SiteError["kind"]]: string },
  tryAgain: "Try again",

  // Simple
  simpleForm: "The page's form",
  simpleNote: "What you enter here goes to that page, and is kept nowhere else.",
  simpleWaiting: "Looking at the page…",
  simpleOff: "Show the picture only",
  required: "required",
  why: {
    frame: "The form is in a part of the page that belongs to another site. Please use the picture.",
    canvas: "This page is drawn, not written. Please use the picture.",
    captcha: "The page wants to see that you are a person. Please use the picture for that.",
    too_large: "This form is too large to be shown plainly. Please use the picture.",
    none: "There is no form on this page. Please use the picture.",
  },
};

export type LiveWords = typeof en;
