//! Who is signed in: SSO tickets, application cookies, access tokens, trusted devices; how each ends.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::site::{Site, Who, unix_ms};

/// The SSO ticket lives this long, however often it is used.
pub(super) const TICKET_SECONDS: u64 = 48 * 3600;
/// So many wrong passwords or codes block the account.
pub(super) const WRONG_TRIES: u32 = 8;
const CODE_MS: u64 = 60_000;
const HALFWAY_MS: u64 = 600_000;

/// What `POST /revoke?what=` and `POST /expire?what=` can end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum What {
    /// Tickets, application cookies and tokens.
    #[default]
    All,
    Token,
    Ticket,
    Session,
    Device,
}

/// How something that proves a login stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Good,
    Expired,
    /// Never given, or taken back.
    Unknown,
}

struct Proof {
    /// Which login it came from: they end together at log-out.
    login: u64,
    until: u64,
}

struct Code {
    login: u64,
    challenge: String,
    redirect_uri: String,
    until: u64,
}

/// What came of exchanging an authorization code.
pub(super) struct Exchanged {
    pub who: Who,
    pub access_token: String,
    pub expires_at: u64,
}

/// See the module.
#[derive(Default)]
pub(super) struct SignIns {
    logins: u64,
    /// Whose each login was.
    whose: HashMap<u64, Who>,
    tickets: HashMap<String, Proof>,
    sessions: HashMap<String, Proof>,
    /// Replaced application cookies and when they stop working; kept, to know a copy when one comes back.
    replaced: HashMap<String, Proof>,
    tokens: HashMap<String, Proof>,
    codes: HashMap<String, Code>,
    /// Password given, code awaited.
    halfway: HashMap<String, (Who, u64)>,
    /// Where a code was given, and for which account.
    devices: HashMap<String, Who>,
    /// One-time credentials of the identity provider.
    credentials: HashMap<String, u64>,
    wrong_tries: u32,
    locked_until: u64,
    /// Everything secret that was ever given out, for tests that look for leaks.
    issued: Vec<String>,
}

/// Counts for `GET /state`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Counts {
    pub logins: u64,
    pub tickets: usize,
    pub sessions: usize,
    pub tokens: usize,
    pub devices: usize,
    pub wrong_tries: u32,
    pub locked_for_seconds: u64,
}

impl SignIns {
    fn secret(&mut self, prefix: &str) -> String {
        let secret = format!("{prefix}{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        self.issued.push(secret.clone());
        secret
    }

    /// A person has proven who they are: a new SSO ticket.
    pub fn ticket(&mut self, who: Who) -> String {
        self.logins += 1;
        self.whose.insert(self.logins, who);
        self.wrong_tries = 0;
        let ticket = self.secret("TGT-");
        self.tickets.insert(ticket.clone(), Proof { login: self.logins, until: unix_ms() + TICKET_SECONDS * 1000 });
        ticket
    }

    /// An authorization code for the owner of a live ticket.
    pub fn code(&mut self, ticket: &str, challenge: &str, redirect_uri: &str) -> Option<String> {
        let now = unix_ms();
        let login = self.tickets.get(ticket).filter(|proof| proof.until > now)?.login;
        let code = self.secret("OC-");
        let (challenge, redirect_uri) = (challenge.to_owned(), redirect_uri.to_owned());
        self.codes.insert(code.clone(), Code { login, challenge, redirect_uri, until: now + CODE_MS });
        Some(code)
    }

    /// A code works once, for its redirect address, with the verifier whose S256 is the challenge.
    pub fn exchange(
        &mut self,
        site: &Site,
        (code, verifier, redirect_uri): (&str, &str, &str),
        (issuer, token_seconds): (&str, u64),
    ) -> Result<Exchanged, &'static str> {
        let code = self.codes.remove(code).ok_or("unknown or used authorization code")?;
        let now = unix_ms();
        if code.until <= now {
            return Err("the authorization code has expired");
        }
        if code.redirect_uri != redirect_uri {
            return Err("redirect_uri is not the one of the authorization request");
        }
        if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != code.challenge {
            return Err("code_verifier does not match code_challenge");
        }
        let who = self.whose.get(&code.login).copied().unwrap_or_default();
        let account = site.account(who);
        let expires_at = now / 1000 + token_seconds;
        let header = URL_SAFE_NO_PAD.encode(json!({ "alg": "HS512", "typ": "JWT" }).to_string());
        let claims = json!({ "iss": issuer, "sub": account.id, "email": account.email, "exp": expires_at });
        let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
        let access_token = self.secret(&format!("{header}.{claims}."));
        self.tokens.insert(access_token.clone(), Proof { login: code.login, until: expires_at * 1000 });
        Ok(Exchanged { who, access_token, expires_at })
    }

    /// The application's own cookie, for the bearer of a good token.
    pub fn session(&mut self, token: &str) -> Option<String> {
        let login = self.tokens.get(token).filter(|proof| proof.until > unix_ms())?.login;
        Some(self.session_of(login))
    }

    fn session_of(&mut self, login: u64) -> String {
        let session = self.secret("dms_");
        self.sessions.insert(session.clone(), Proof { login, until: unix_ms() + TICKET_SECONDS * 1000 });
        session
    }

    /// Whether an application cookie still works. One that was replaced works for its grace; after that, whoever shows it
    /// has a copy, and the whole login ends (as with refresh tokens used twice).
    pub fn session_is_good(&mut self, session: &str) -> bool {
        let now = unix_ms();
        if self.sessions.get(session).is_some_and(|proof| proof.until > now) {
            return true;
        }
        match self.replaced.get(session).map(|proof| (proof.until > now, proof.login)) {
            Some((true, _)) => true,
            Some((false, login)) => {
                self.end_login(login);
                false
            }
            None => false,
        }
    }

    /// The cookie that takes the place of this one.
    pub fn replace_session(&mut self, session: &str, grace_ms: u64) -> Option<String> {
        let old = self.sessions.remove(session)?;
        let login = old.login;
        self.replaced.insert(session.to_owned(), Proof { login, until: unix_ms() + grace_ms });
        Some(self.session_of(login))
    }

    /// How an SSO ticket stands.
    pub fn ticket_standing(&self, ticket: &str) -> Standing {
        standing(&self.tickets, ticket)
    }

    /// How an access token stands.
    pub fn token_standing(&self, token: &str) -> Standing {
        standing(&self.tokens, token)
    }

    /// Whose account an access token opens, good or not.
    pub fn owner_of(&self, token: &str) -> Option<Who> {
        self.whose.get(&self.tokens.get(token)?.login).copied()
    }

    /// The password was right, a code is awaited.
    pub fn begin_second_step(&mut self, who: Who) -> String {
        let id = self.secret("2fa_");
        self.halfway.insert(id.clone(), (who, unix_ms() + HALFWAY_MS));
        id
    }

    /// Whose code is awaited.
    pub fn in_second_step(&self, id: &str) -> Option<Who> {
        self.halfway.get(id).filter(|(_, until)| *until > unix_ms()).map(|(who, _)| *who)
    }

    pub fn end_second_step(&mut self, id: &str) {
        self.halfway.remove(id);
    }

    pub fn trust_device(&mut self, who: Who) -> String {
        let device = self.secret("dev_");
        self.devices.insert(device.clone(), who);
        device
    }

    pub fn device_is_trusted(&self, device: &str, who: Who) -> bool {
        self.devices.get(device) == Some(&who)
    }

    /// What the identity provider hands the SSO by way of the opener.
    pub fn credential(&mut self) -> String {
        let credential = self.secret("orb_");
        self.credentials.insert(credential.clone(), unix_ms() + CODE_MS);
        credential
    }

    pub fn take_credential(&mut self, credential: &str) -> bool {
        self.credentials.remove(credential).is_some_and(|until| until > unix_ms())
    }

    /// A wrong password or code; the last one blocks the account for a while.
    pub fn wrong_try(&mut self, lock_seconds: u64) {
        self.wrong_tries += 1;
        if self.wrong_tries >= WRONG_TRIES {
            self.wrong_tries = 0;
            self.locked_until = unix_ms() + lock_seconds * 1000;
        }
    }

    /// For how many more seconds the account is blocked.
    pub fn locked_for(&self) -> Option<u64> {
        self.locked_until.checked_sub(unix_ms()).filter(|ms| *ms > 0).map(|ms| ms.div_ceil(1000))
    }

    fn end_login(&mut self, login: u64) {
        for proofs in [&mut self.tickets, &mut self.sessions, &mut self.replaced, &mut self.tokens] {
            proofs.retain(|_, proof| proof.login != login);
        }
        self.codes.retain(|_, code| code.login != login);
    }

    /// A person presses "Sign out" at the SSO or in the application.
    pub fn log_out(&mut self, ticket_or_session: &str) {
        let login = self.tickets.get(ticket_or_session).or_else(|| self.sessions.get(ticket_or_session));
        if let Some(login) = login.map(|proof| proof.login) {
            self.end_login(login);
        }
    }

    /// Taken back by the site: what is shown afterwards is unknown to it.
    pub fn revoke(&mut self, what: What) {
        if matches!(what, What::All | What::Token) {
            self.tokens.clear();
            self.codes.clear();
        }
        if matches!(what, What::All | What::Ticket) {
            self.tickets.clear();
            self.halfway.clear();
        }
        if matches!(what, What::All | What::Session) {
            self.sessions.clear();
            self.replaced.clear();
        }
        if what == What::Device {
            self.devices.clear();
        }
    }

    /// Run out by time: what is shown afterwards is known to it, and too old.
    pub fn expire(&mut self, what: What) {
        let all = what == What::All;
        for (proofs, ends) in [
            (&mut self.tokens, all || what == What::Token),
            (&mut self.tickets, all || what == What::Ticket),
            (&mut self.sessions, all || what == What::Session),
        ] {
            proofs.values_mut().filter(|_| ends).for_each(|proof| proof.until = 0);
        }
        if what == What::Device {
            self.devices.clear();
        }
    }

    pub fn issued(&self) -> &[String] {
        &self.issued
    }

    pub fn counts(&self) -> Counts {
        let alive = |proofs: &HashMap<String, Proof>| proofs.values().filter(|proof| proof.until > unix_ms()).count();
        Counts {
            logins: self.logins,
            tickets: alive(&self.tickets),
            sessions: alive(&self.sessions),
            tokens: alive(&self.tokens),
            devices: self.devices.len(),
            wrong_tries: self.wrong_tries,
            locked_for_seconds: self.locked_for().unwrap_or(0),
        }
    }
}

fn standing(proofs: &HashMap<String, Proof>, shown: &str) -> Standing {
    match proofs.get(shown) {
        Some(proof) if proof.until > unix_ms() => Standing::Good,
        Some(_) => Standing::Expired,
        None => Standing::Unknown,
    }
}
