import type { ConnectEvent, ConnectExit, ConnectResult } from "./messages";
import type { Language, WordOverrides } from "./words";

export interface ConnectOptions {
  /** A connect token that your server got from `POST /api/connect-tokens`. */
  token?: string;
  /** Instead of a token, on a page that the service itself serves: which site to connect. */
  provider?: string;
  /** With `provider`: which of the user's accounts there; `main` when none is named. */
  account?: string;
  /** What the site's definition asks for, by name, such as the address of a site of one's own: it is not asked of the person then. */
  params?: Record<string, string>;
  /** Where the service is: `https://connect.example.com`. `staylogged.js` knows; from npm it has to be said, unless it is this origin. */
  base?: string;
  /** Without it, the browser's language. */
  language?: Language;
  /** `auto`, the default, follows the person's system. */
  theme?: "light" | "dark" | "auto";
  /** Texts of your own. */
  words?: WordOverrides;
  /** Your colour, as `#rgb` or `#rrggbb`; it is darkened or lightened as far as it must be to be readable. Without it, the page's CSS variable `--staylogged-accent`. */
  accent?: string;
  /** The roundness of corners: `8px`. Without it, the page's CSS variable `--staylogged-radius`. */
  radius?: string;
  /** The modal is to be seen. */
  onReady?: () => void;
  /** Something happened to the login. */
  onEvent?: (event: ConnectEvent) => void;
  /** The session is saved, and the modal has gone. Either this is called at the end or `onExit`, once. */
  onSuccess?: (result: ConnectResult) => void;
  /** The modal has gone without a session. */
  onExit?: (exit: ConnectExit) => void;
}

export interface ConnectHandle {
  /** Closes the modal as the person would: a login under way is cancelled, and `onExit` is called. */
  close: () => void;
  /** Takes the modal away and calls nothing. A login under way goes on for its time: the same token opens it again. */
  destroy: () => void;
}
