/** Which login's modal is open in this tab: a reload opens it again where the login stands. */
export interface OpenLogin {
  provider: string;
  loginId: string;
}

const STORED_AS = "staylogged.open-login";

export function rememberedLogin(): OpenLogin | null {
  try {
    const stored = JSON.parse(window.sessionStorage.getItem(STORED_AS) ?? "null") as Partial<OpenLogin> | null;
    return stored?.provider && stored.loginId ? { provider: stored.provider, loginId: stored.loginId } : null;
  } catch {
    return null;
  }
}

export function rememberLogin(open: OpenLogin | null): void {
  try {
    if (open) window.sessionStorage.setItem(STORED_AS, JSON.stringify(open));
    else window.sessionStorage.removeItem(STORED_AS);
  } catch {
    // Storage is switched off: after a reload the card's "Continue" leads back.
  }
}
