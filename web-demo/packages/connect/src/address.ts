import type { ConnectOptions } from "./options";

/** What the frame is told in its address. The fragment is never sent to a server, and the modal takes it out at once. */
export function frameAddress(base: URL, options: ConnectOptions, channel: string, parent: string): URL {
  const address = new URL("connect", base.href.endsWith("/") ? base : `${base.href}/`);
  address.search = "";
  if (options.token === undefined) {
    if (options.provider !== undefined) address.searchParams.set("provider", options.provider);
    if (options.account !== undefined) address.searchParams.set("account", options.account);
  }
  const told = new URLSearchParams();
  if (options.token !== undefined) told.set("token", options.token);
  if (options.params !== undefined) told.set("params", JSON.stringify(options.params));
  if (options.language !== undefined) told.set("lang", options.language);
  told.set("theme", options.theme ?? "auto");
  const { accent, radius } = brand(options);
  if (accent) told.set("accent", accent);
  if (radius) told.set("radius", radius);
  told.set("channel", channel);
  told.set("origin", parent);
  address.hash = told.toString();
  return address;
}

/** The brand's colour and corners: as given, or else from the page's CSS variables. */
function brand({ accent, radius }: ConnectOptions): { accent: string; radius: string } {
  const page = getComputedStyle(document.documentElement);
  const variable = (name: string) => page.getPropertyValue(name).trim();
  return {
    accent: accent ?? variable("--staylogged-accent"),
    radius: radius ?? variable("--staylogged-radius"),
  };
}
