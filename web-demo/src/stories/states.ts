import { ALONE } from "@/connect/ConnectPage";
import type { Around, Scene, Site, Work } from "@/connect/scene";
import { failureWords, problemWords } from "@/words/failures";
import type { Say } from "@/words/say";

/** Everything that the modal can show, by name: for pictures, and for looking at it with a program. */
export interface Story {
  scene: Scene;
  around: Around;
}

const SITE: Site = { id: "hotmart", name: "Hotmart", streams: ["products"], maxAge: null, instructions: {} };
const LOGIN = "lgn_018f3a5c7b2079d1b3e6f7081923a4b5";
const UNTIL = "2026-05-04T14:30:00Z";
const LINK = `https://connect.example.com/connect#login=${LOGIN}&token=cl_b7Qn4xT1uYe9sKd2wRfH6vZc8mJp0LgAaXi5oNtEyUk&mode=control&name=Hotmart`;

export function stories(say: Say): Record<string, Story> {
  const around = (part: Partial<Around> = {}): Around => ({ ...ALONE, ...part });
  const time = { left: "14:05", low: false, canExtend: true };
  const working = (part: Partial<Around> = {}) => around({ time, canShare: true, ...part });
  const work = (part: Partial<Work> = {}): Work => ({
    kind: "work",
    state: "awaiting_login",
    site: SITE,
    autoFinish: false,
    account: null,
    notDetected: null,
    reason: null,
    notice: null,
    idle: null,
    window: null,
    watching: false,
    summary: true,
    ...part,
  });
  const problem = (status: number, kind: string, detail = "") =>
    problemWords(say, { type: `urn:staylogged:problem:${kind}`, title: "x", status, detail }, true);
  const failure = (code: Parameters<typeof failureWords>[1]["code"], retryable: boolean) => ({
    scene: {
      kind: "ended",
      state: "failed",
      site: SITE,
      told: failureWords(say, { code, message: "", retryable, evidence: [] }, SITE.name),
      loginId: LOGIN,
      canRetry: retryable,
    } satisfies Scene,
    around: around(),
  });
  const ended = (state: "cancelled" | "expired", text: string): Story => ({
    scene: {
      kind: "ended",
      state,
      site: SITE,
      told: { text, detail: null },
      loginId: LOGIN,
      canRetry: true,
    },
    around: around(),
  });
  const link = { at: "ready", url: LINK, until: say.date({ timeStyle: "short" }, UNTIL), ended: false } as const;

  return {
    looking: { scene: { kind: "looking" }, around: around() },
    choose: {
      scene: {
        kind: "choose",
        choices: [
          { id: "hotmart", name: "Hotmart", status: "needs_reconnect" },
          { id: "demo-market", name: "Demo Market", status: "connected" },
          { id: "long", name: "A marketplace whose name takes up quite some room", status: "none" },
        ],
      },
      around: around(),
    },
    prime: { scene: { kind: "prime", state: "launching", site: SITE, again: null, idle: null }, around: around() },
    "prime-asking": {
      scene: {
        kind: "prime",
        state: null,
        site: SITE,
        again: null,
        idle: null,
        asked: {
          params: [
            {
              name: "shop",
              label: { en: "Address of your shop", es: "Dirección de tu tienda", "pt-BR": "Endereço da sua loja" },
              help: { en: "It stands in your browser's address bar when you are there." },
              kind: "host",
              values: [],
              example: "my.shop.example",
              required: true,
            },
            { name: "plan", label: { en: "Plan" }, help: {}, kind: "enum", values: ["free", "paid"], example: "free", required: true },
          ],
          given: { shop: "my shop" },
          saved: false,
          faults: [{ name: "shop", code: "invalid", detail: "" }],
          busy: false,
        },
      },
      around: around(),
    },
    "prime-reconnect": {
      scene: {
        kind: "prime",
        state: "awaiting_login",
        site: { ...SITE, maxAge: 30 * 86_400 },
        again: "ana@example.com",
        idle: null,
      },
      around: around(),
    },
    "prime-idle": {
      scene: { kind: "prime", state: "awaiting_login", site: SITE, again: null, idle: "00:48" },
      around: around(),
    },
    launching: { scene: { kind: "launching", site: SITE }, around: around() },
    awaiting: { scene: work(), around: working() },
    "awaiting-reconnect": { scene: work({ account: "ana@example.com" }), around: working() },
    "awaiting-low": { scene: work(), around: working({ time: { left: "01:12", low: true, canExtend: true } }) },
    "awaiting-lost": { scene: work(), around: working({ lost: true }) },
    idle: { scene: work({ idle: "00:48" }), around: working() },
    reason: {
      scene: work({
        reason: {
          text: say("reason.notElsewhere"),
          detail: null,
          evidence: [{ rule: 'a visible element "form input[name=password]" is on the page', seen: "there is one", value: "true" }],
        },
      }),
      around: working(),
    },
    "not-detected": {
      scene: work({
        notDetected: [
          { rule: "the page is at https://app.hotmart.com/**", seen: "the page is at https://sso.hotmart.com/login", value: "false" },
          { rule: 'a cookie "hmVlcIntegration" of *.hotmart.com is set', seen: "no such cookie among 12", value: "false" },
          { rule: "the page says \"Dashboard\"", seen: "it could not be looked at", value: "unknown" },
          { rule: 'an element "main" is on the page', seen: "there is one", value: "true" },
        ],
      }),
      around: working(),
    },
    "call-failed": { scene: work(), around: working({ failed: problem(500, "internal", "the store did not answer") }) },
    detected: { scene: work({ state: "detected" }), around: working() },
    "detected-auto": { scene: work({ state: "detected", autoFinish: true }), around: working() },
    verifying: { scene: work({ state: "verifying" }), around: around() },
    verified: { scene: work({ state: "verified" }), around: around() },
    window: { scene: work({ window: { shownHere: false } }), around: working() },
    "window-first": { scene: work({ window: { shownHere: false }, summary: false }), around: working() },
    "window-here": { scene: work({ window: { shownHere: true } }), around: working() },
    watching: { scene: work({ watching: true }), around: around({ time: { ...time, canExtend: false } }) },
    "other-account": {
      scene: { kind: "other", site: SITE, expected: "ana@example.com", found: "bruno.almeida.da.silva@example.com" },
      around: around(),
    },
    saved: { scene: { kind: "saved", site: SITE, account: "ana@example.com", closes: true }, around: around() },
    "saved-elsewhere": { scene: { kind: "saved", site: SITE, account: null, closes: false }, around: around() },
    "failed-browser": failure("browser_lost", true),
    "failed-site": failure("site_unreachable", true),
    "failed-verification": failure("verification_failed", true),
    "failed-size": failure("session_too_large", false),
    expired: ended("expired", say("expired.deadline")),
    "expired-idle": ended("expired", say("expired.idle")),
    cancelled: ended("cancelled", say("cancelled.text")),
    "refused-token": { scene: { kind: "refused", site: null, told: problem(401, "token-expired"), canRetry: false }, around: around() },
    "refused-full": { scene: { kind: "refused", site: SITE, told: problem(429, "too-many-logins"), canRetry: true }, around: around() },
    unreachable: { scene: { kind: "refused", site: null, told: problem(0, "about:blank"), canRetry: true }, around: around() },
    leave: { scene: work(), around: working({ sheet: { kind: "leave" } }) },
    phone: { scene: work(), around: working({ sheet: { kind: "phone", link } }) },
    "phone-local": { scene: work(), around: working({ sheet: { kind: "phone", link: { at: "local", host: "localhost:4380" } } }) },
    "phone-making": { scene: work(), around: working({ sheet: { kind: "phone", link: { at: "making" } } }) },
    watch: { scene: work(), around: working({ sheet: { kind: "watch", link } }) },
    "watch-ended": { scene: work(), around: working({ sheet: { kind: "watch", link: { ...link, ended: true } } }) },
  };
}
