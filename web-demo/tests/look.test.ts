import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { accentVariables, contrast, parse, radiusOf } from "@/connect/accent";
import { isLoopback, linkAddress } from "@/connect/sharing";

const css = readFileSync("src/app/globals.css", "utf8");
const variables = (block: string) => new Map([...block.matchAll(/(--[\w-]+): ([^;]+);/g)].map(([, name, value]) => [name, value]));
const listOf = (selector: string) => variables(css.slice(css.indexOf(`\n${selector} {`)).split("}")[0] ?? "");

describe("the themes", () => {
  const light = listOf('[data-theme="light"]');
  const dark = listOf('[data-theme="dark"]');

  it("dark is the same by the person's system and by the page's wish", () => {
    const bySystem = listOf("  :root:not([data-theme])");
    expect(bySystem.size).toBeGreaterThan(20);
    expect([...bySystem]).toEqual([...dark]);
  });

  it.each([
    ["light", light],
    ["dark", dark],
  ])("%s: text can be read on everything that it stands on", (_, theme) => {
    const colour = (name: string) => parse(theme.get(name) ?? "") ?? [0, 0, 0];
    const pairs: [string, string[]][] = [
      ["--text", ["--bg", "--surface", "--sunken", "--accent-soft", "--warn-soft", "--bad-soft"]],
      ["--quiet", ["--bg", "--surface", "--sunken", "--warn-soft", "--bad-soft"]],
      ["--accent", ["--surface", "--accent-soft"]],
      ["--on-accent", ["--accent", "--accent-hover"]],
      ["--good", ["--surface", "--good-soft"]],
      ["--warn", ["--surface", "--warn-soft"]],
      ["--bad", ["--surface", "--bad-soft"]],
    ];
    const weak = pairs.flatMap(([text, grounds]) =>
      grounds.filter((ground) => contrast(colour(text), colour(ground)) < 4.5).map((ground) => `${text} on ${ground}`),
    );
    expect(weak).toEqual([]);
    expect(contrast(colour("--focus"), colour("--surface"))).toBeGreaterThan(3);
  });
});

describe("a brand's colour", () => {
  const colours = ["#e4572e", "#ffe600", "#000000", "#ffffff", "#0f0", "#1a73e8", "#777777", "#ff69b4", "#5a2a82"];

  it.each(colours)("%s can be read, in both themes", (given) => {
    for (const theme of ["light", "dark"] as const) {
      const found = accentVariables(given, theme);
      const [accent, hover, on, soft] = ["--accent", "--accent-hover", "--on-accent", "--accent-soft"].map(
        (name) => parse(found?.[name as keyof typeof found] ?? "") ?? [0, 0, 0],
      ) as [Rgb, Rgb, Rgb, Rgb];
      const surface: Rgb = theme === "light" ? [255, 255, 255] : [24, 32, 32];
      expect(contrast(accent, surface)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(accent, soft)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(accent, on)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(hover, on)).toBeGreaterThanOrEqual(4.5);
    }
  });

  type Rgb = [number, number, number];

  it("that is readable is left as it is", () => expect(accentVariables("#0f766e", "light")?.["--accent"]).toBe("#0f766e"));

  it.each(["red", "url(x)", "#12345", "", "#zzzzzz"])("%s is none", (text) => expect(accentVariables(text, "light")).toBeNull());

  it("corners are lengths, and no more than that", () => {
    expect(radiusOf("8px")).toBe("8px");
    expect(radiusOf("0.5rem")).toBe("0.5rem");
    expect(radiusOf("200px")).toBe("32px");
    for (const wrong of [null, "8", "8px;color:red", "calc(1px)", "-4px"]) expect(radiusOf(wrong)).toBeNull();
  });
});

describe("links to a login", () => {
  it("lead to this page, with what its holder may not read from the service", () => {
    const more = { mode: "control", name: "Hotmart", accent: "#e4572e" } as const;
    const here = new URL("https://connect.example.com/connect?provider=hotmart");
    expect(linkAddress("/connect#login=lgn_1&token=cl_x", here, more)).toBe(
      "https://connect.example.com/connect#login=lgn_1&token=cl_x&mode=control&name=Hotmart&accent=%23e4572e",
    );
  });

  it("this computer's own names are known", () => {
    for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "app.localhost"]) expect(isLoopback(host)).toBe(true);
    for (const host of ["connect.example.com", "192.168.0.7", "localhost.example.com"]) expect(isLoopback(host)).toBe(false);
  });
});
