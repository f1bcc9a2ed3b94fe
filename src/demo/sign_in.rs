//! Who is signed in: SSO tickets, application cookies, access tokens, trusted devices; how each ends.

use std::{collections::HashMap, mem};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    accounts::Who,
    modes::{Expiry, Modes},
    site::{Site, unix_ms},
};
use crate::domain::{Clock, Timestamp};

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
    /// Whose it is.
    Good(Who),
    Expired,
    /// Never given, or taken back.
    Unknown,
}

impl Standing {
    /// Whose it is, where it is good.
    pub fn owner(self) -> Option<Who> {
        match self {
            Self::Good(who) => Some(who),
            Self::Expired | Self::Unknown => None,
        }
    }
}

/// One login of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Login {
    number: u64,
    who: Who,
}

#[derive(Clone)]
struct Proof {
    /// Which login it came from: they end together at log-out.
    login: Login,
    until: u64,
}

/// What the last `POST /revoke` took, for `POST /restore`.
#[derive(Clone, Default)]
struct TakenBack {
    tickets: HashMap<String, Proof>,
    sessions: HashMap<String, Proof>,
    tokens: HashMap<String, Proof>,
}

/// Password given, code awaited.
#[derive(Clone)]
struct Halfway {
    who: Who,
    until: u64,
    /// The code that was mailed, where one was.
    mailed: Option<String>,
}

/// Where a code was given.
#[derive(Clone)]
struct Device {
    who: Who,
    until: u64,
    agent: String,
}

/// A message with a one-time code.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Mail {
    #[serde(with = "crate::domain::time::as_text")]
    pub at: Timestamp,
    pub to: String,
    pub subject: &'static str,
    pub code: String,
}

#[derive(Clone)]
struct Code {
    login: Login,
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
#[derive(Clone)]
pub(super) struct SignIns {
    clock: Clock,
    logins: u64,
    /// Which user agent each login was made with.
    agents: HashMap<Login, String>,
    tickets: HashMap<String, Proof>,
    sessions: HashMap<String, Proof>,
    /// Replaced application cookies and when they stop working; kept, to know a copy when one comes back.
    replaced: HashMap<String, Proof>,
    tokens: HashMap<String, Proof>,
    taken_back: TakenBack,
    codes: HashMap<String, Code>,
    halfway: HashMap<String, Halfway>,
    mails: Vec<Mail>,
    devices: HashMap<String, Device>,
    /// What the market's pages were given to prove that they are the ones who ask.
    nonces: HashMap<String, u64>,
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
    /// The same by another clock.
    pub fn by(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            logins: 0,
            agents: HashMap::new(),
            tickets: HashMap::new(),
            sessions: HashMap::new(),
            replaced: HashMap::new(),
            tokens: HashMap::new(),
            taken_back: TakenBack::default(),
            codes: HashMap::new(),
            halfway: HashMap::new(),
            mails: Vec::new(),
            devices: HashMap::new(),
            nonces: HashMap::new(),
            credentials: HashMap::new(),
            wrong_tries: 0,
            locked_until: 0,
            issued: Vec::new(),
        }
    }

    fn now(&self) -> u64 {
        unix_ms(&self.clock)
    }

    pub fn secret(&mut self, prefix: &str) -> String {
        let secret = format!("{prefix}{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        self.issued.push(secret.clone());
        secret
    }

    /// A person has proven who they are: a new SSO ticket.
    pub fn ticket(&mut self, who: Who, agent: &str, modes: &Modes) -> String {
        self.logins += 1;
        let login = Login { number: self.logins, who };
        self.agents.insert(login, agent.to_owned());
        self.wrong_tries = 0;
        let ticket = self.secret("TGT-");
        let until = self.now() + modes.ticket_seconds * 1000;
        self.tickets.insert(ticket.clone(), Proof { login, until });
        ticket
    }

    /// When this ticket ends, in seconds since 1970.
    pub fn ticket_ends(&self, ticket: &str) -> Option<u64> {
        self.tickets.get(ticket).map(|proof| proof.until / 1000)
    }

    /// When the ticket ends from whose login this token came.
    pub fn ticket_of_token_ends(&self, token: &str) -> Option<u64> {
        let login = self.tokens.get(token)?.login;
        self.tickets.values().find(|ticket| ticket.login == login).map(|ticket| ticket.until / 1000)
    }

    /// Whether something secret was given to somebody with another user agent.
    pub fn is_anothers(&self, secret: &str, agent: &str) -> bool {
        let proofs = [&self.tickets, &self.sessions, &self.replaced, &self.tokens];
        let login = proofs.into_iter().find_map(|proofs| proofs.get(secret)).map(|proof| proof.login);
        let theirs = login.and_then(|login| self.agents.get(&login));
        theirs.or_else(|| self.devices.get(secret).map(|device| &device.agent)).is_some_and(|theirs| theirs != agent)
    }

    /// An authorization code for the owner of a live ticket.
    pub fn code(&mut self, ticket: &str, challenge: &str, redirect_uri: &str, modes: &Modes) -> Option<String> {
        let now = self.now();
        let proof = self.tickets.get_mut(ticket).filter(|proof| proof.until > now)?;
        if modes.expiry == Expiry::Sliding {
            proof.until = now + modes.ticket_seconds * 1000;
        }
        let login = proof.login;
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
        let now = self.now();
        if code.until <= now {
            return Err("the authorization code has expired");
        }
        if code.redirect_uri != redirect_uri {
            return Err("redirect_uri is not the one of the authorization request");
        }
        if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != code.challenge {
            return Err("code_verifier does not match code_challenge");
        }
        let who = code.login.who;
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
    pub fn session(&mut self, token: &str, modes: &Modes) -> Option<String> {
        let now = self.now();
        let login = self.tokens.get(token).filter(|proof| proof.until > now)?.login;
        Some(self.session_of(login, modes))
    }

    fn session_of(&mut self, login: Login, modes: &Modes) -> String {
        let session = self.secret("dms_");
        let mut until = self.now() + modes.session_seconds * 1000;
        if modes.expiry == Expiry::Fixed
            && let Some(ticket) = self.tickets.values().find(|ticket| ticket.login == login)
        {
            until = until.min(ticket.until);
        }
        self.sessions.insert(session.clone(), Proof { login, until });
        session
    }

    /// Whose an application cookie is, while it works. One that was replaced works for its grace; after that, whoever shows it
    /// has a copy, and the whole login may end (as with refresh tokens used twice).
    pub fn owner_of_session(&mut self, session: &str, modes: &Modes) -> Option<Who> {
        let now = self.now();
        if let Some(proof) = self.sessions.get_mut(session).filter(|proof| proof.until > now) {
            if modes.expiry == Expiry::Sliding {
                proof.until = now + modes.session_seconds * 1000;
            }
            return Some(proof.login.who);
        }
        match self.replaced.get(session).map(|proof| (proof.until > now, proof.login)) {
            Some((true, login)) => Some(login.who),
            Some((false, login)) => {
                if modes.reuse_ends_login {
                    self.end_login(login);
                }
                None
            }
            None => None,
        }
    }

    /// The cookie that takes the place of this one.
    pub fn replace_session(&mut self, session: &str, modes: &Modes) -> Option<String> {
        let old = self.sessions.remove(session)?;
        let until = self.now() + modes.rotate_grace_ms;
        let login = old.login;
        self.replaced.insert(session.to_owned(), Proof { login, until });
        let next = self.session_of(login, modes);
        if modes.expiry == Expiry::Fixed
            && let Some(proof) = self.sessions.get_mut(&next)
        {
            proof.until = old.until;
        }
        Some(next)
    }

    /// How an SSO ticket stands.
    pub fn ticket_standing(&self, ticket: &str) -> Standing {
        standing(&self.tickets, ticket, self.now())
    }

    /// How an access token stands.
    pub fn token_standing(&self, token: &str) -> Standing {
        standing(&self.tokens, token, self.now())
    }

    /// The password was right, a code is awaited; one is mailed where there is somebody to mail it to.
    pub fn begin_second_step(&mut self, who: Who, mail_to: Option<&str>) -> String {
        let id = self.secret("2fa_");
        let until = self.now() + HALFWAY_MS;
        let mailed = mail_to.map(|to| self.mail(to));
        self.halfway.insert(id.clone(), Halfway { who, until, mailed });
        id
    }

    fn mail(&mut self, to: &str) -> String {
        let code = format!("{:06}", Uuid::new_v4().as_u128() % 1_000_000);
        let (at, to) = (self.clock.now(), to.to_owned());
        self.mails.push(Mail { at, to, subject: "Your code", code: code.clone() });
        code
    }

    /// Every message so far, oldest first.
    pub fn mails(&self) -> &[Mail] {
        &self.mails
    }

    /// Whose code is awaited.
    pub fn in_second_step(&self, id: &str) -> Option<Who> {
        self.halfway.get(id).filter(|halfway| halfway.until > self.now()).map(|halfway| halfway.who)
    }

    /// Whether a code was mailed for this login, and which.
    pub fn mailed_code(&self, id: &str) -> Option<&str> {
        self.halfway.get(id)?.mailed.as_deref()
    }

    pub fn end_second_step(&mut self, id: &str) {
        self.halfway.remove(id);
    }

    pub fn trust_device(&mut self, who: Who, agent: &str, modes: &Modes) -> String {
        let id = self.secret("dev_");
        let until = self.now() + modes.device_seconds * 1000;
        self.devices.insert(id.clone(), Device { who, until, agent: agent.to_owned() });
        id
    }

    pub fn device_is_trusted(&self, device: &str, who: Who) -> bool {
        self.devices.get(device).is_some_and(|device| device.who == who && device.until > self.now())
    }

    /// What a page of the market makes its proof from.
    pub fn nonce(&mut self) -> String {
        let nonce = Uuid::new_v4().simple().to_string();
        let until = self.now() + HALFWAY_MS;
        self.nonces.insert(nonce.clone(), until);
        nonce
    }

    pub fn knows_nonce(&self, nonce: &str) -> bool {
        self.nonces.get(nonce).is_some_and(|until| *until > self.now())
    }

    /// What the identity provider hands the SSO by way of the opener.
    pub fn credential(&mut self) -> String {
        let credential = self.secret("orb_");
        let until = self.now() + CODE_MS;
        self.credentials.insert(credential.clone(), until);
        credential
    }

    pub fn take_credential(&mut self, credential: &str) -> bool {
        let now = self.now();
        self.credentials.remove(credential).is_some_and(|until| until > now)
    }

    /// A wrong password or code; the last one blocks the account for a while.
    pub fn wrong_try(&mut self, lock_seconds: u64) {
        self.wrong_tries += 1;
        if self.wrong_tries >= WRONG_TRIES {
            self.wrong_tries = 0;
            self.locked_until = self.now() + lock_seconds * 1000;
        }
    }

    /// For how many more seconds the account is blocked.
    pub fn locked_for(&self) -> Option<u64> {
        self.locked_until.checked_sub(self.now()).filter(|ms| *ms > 0).map(|ms| ms.div_ceil(1000))
    }

    fn end_login(&mut self, login: Login) {
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
        self.taken_back = TakenBack::default();
        if matches!(what, What::All | What::Token) {
            self.taken_back.tokens = mem::take(&mut self.tokens);
            self.codes.clear();
        }
        if matches!(what, What::All | What::Ticket) {
            self.taken_back.tickets = mem::take(&mut self.tickets);
            self.halfway.clear();
        }
        if matches!(what, What::All | What::Session) {
            self.taken_back.sessions = mem::take(&mut self.sessions);
            self.replaced.clear();
        }
        if what == What::Device {
            self.devices.clear();
        }
    }

    /// Gives back what the last [`SignIns::revoke`] took.
    pub fn restore(&mut self) {
        let TakenBack { tickets, sessions, tokens } = mem::take(&mut self.taken_back);
        self.tickets.extend(tickets);
        self.sessions.extend(sessions);
        self.tokens.extend(tokens);
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
            self.devices.values_mut().for_each(|device| device.until = 0);
        }
    }

    pub fn issued(&self) -> &[String] {
        &self.issued
    }

    pub fn counts(&self) -> Counts {
        let alive = |proofs: &HashMap<String, Proof>| proofs.values().filter(|proof| proof.until > self.now()).count();
        Counts {
            logins: self.logins,
            tickets: alive(&self.tickets),
            sessions: alive(&self.sessions),
            tokens: alive(&self.tokens),
            devices: self.devices.values().filter(|device| device.until > self.now()).count(),
            wrong_tries: self.wrong_tries,
            locked_for_seconds: self.locked_for().unwrap_or(0),
        }
    }
}

fn standing(proofs: &HashMap<String, Proof>, shown: &str, now: u64) -> Standing {
    match proofs.get(shown) {
        Some(proof) if proof.until > now => Standing::Good(proof.login.who),
        Some(_) => Standing::Expired,
        None => Standing::Unknown,
    }
}
