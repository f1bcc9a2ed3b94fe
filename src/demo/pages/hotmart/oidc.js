// The OpenID Connect client of the app: authorization code with PKCE, the user kept where the app was told to keep it.
const Oidc = (() => {
  const { sso, clientId, callback, tokenStorage } = document.body.dataset;
  const storage = tokenStorage === "session" ? sessionStorage : localStorage;
  const KEY = `oidc.user:${sso}/oidc:${clientId}`;
  const encoded = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const random = () => encoded(crypto.getRandomValues(new Uint8Array(32)));

  function user() {
    const kept = JSON.parse(storage.getItem(KEY) ?? "null");
    return kept && kept.expires_at * 1000 > Date.now() ? kept : null;
  }

  // To the SSO: it asks for nothing while its ticket lives.
  async function signIn() {
    const [state, verifier] = [random(), random()];
    const challenge = encoded(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
    storage.removeItem(KEY);
    sessionStorage.setItem(`oidc.${state}`, JSON.stringify({ verifier, returnTo: location.pathname + location.search }));
    const query = new URLSearchParams({
      client_id: clientId, redirect_uri: callback, response_type: "code", scope: "openid profile email", state,
      code_challenge: challenge, code_challenge_method: "S256",
    });
    location.replace(`${sso}/oidc/authorize?${query}`);
  }

  // The last leg: the code becomes a token, and the token a user.
  async function finish() {
    const query = new URLSearchParams(location.search);
    const name = `oidc.${query.get("state")}`;
    const waiting = JSON.parse(sessionStorage.getItem(name) ?? "null");
    sessionStorage.removeItem(name);
    if (!waiting || !query.get("code")) throw new Error("Não foi possível entrar");
    const answer = await fetch(`${sso}/oidc/accessToken`, {
      method: "POST",
      body: new URLSearchParams({ grant_type: "authorization_code", code: query.get("code"), code_verifier: waiting.verifier, redirect_uri: callback, client_id: clientId }),
    });
    if (!answer.ok) throw new Error("Não foi possível entrar");
    const token = await answer.json();
    const profile = await fetch(`${sso}/oidc/profile`, { headers: { authorization: `Bearer ${token.access_token}` } });
    if (!profile.ok) throw new Error("Não foi possível entrar");
    storage.setItem(KEY, JSON.stringify({ ...token, profile: await profile.json() }));
    return waiting.returnTo;
  }

  return { user, signIn, finish };
})();
