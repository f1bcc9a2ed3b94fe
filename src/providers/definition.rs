//! A provider, compiled: every glob, regex, selector and path in it is known to be good.

use std::{collections::BTreeMap, ops::Range, sync::Arc, time::Duration};

use serde_json::Value;
use url::Url;

use super::{Expiry, FixtureFile, Param, Request, Source, SourceKind, Stream};
use crate::domain::{
    AccountIdentity, Params, ProviderId, StorageState, StreamName, json,
    rule::{
        DomainPattern, JsonPath, NameGlob, Needs, Observation, ResponseRule, Rule, Sighting, StorageRule, Truth,
        UrlGlob, Verdict,
    },
};

/// A site that can be connected.
#[derive(Debug)]
pub struct Provider {
    /// Its id: the name of its file.
    pub id: ProviderId,
    /// What people call it.
    pub name: String,
    /// Where it is found.
    pub homepage: Url,
    /// Changes whenever the definition does, or what the user said.
    pub version: String,
    /// Stands for the address that the user named: those who name the same one ask the same site. What else the definition says
    /// does not change it.
    pub place: String,
    /// What is asked of the user.
    pub params: Vec<Param>,
    /// What the user said; with none, the examples stand in the addresses, and nothing may be visited.
    pub(super) values: Option<Params>,
    /// What it was read from.
    pub(super) written: Arc<Written>,
    /// What a saved session may hold.
    pub scope: Scope,
    /// How a person logs in.
    pub login: Login,
    /// How its sessions live.
    pub session: SessionPolicy,
    /// How a session is proven.
    pub probe: Probe,
    /// Whose account it is.
    pub account: Option<Account>,
    /// How the site is spared.
    pub politeness: Politeness,
    /// What it offers; the first is the one meant when none is named.
    pub streams: Vec<Stream>,
    /// Saved pages and answers, and what the probe's rules must make of each.
    pub states: Vec<State>,
}

/// The text of a definition, and the file that it came from.
#[derive(Debug)]
pub(super) struct Written {
    pub file: String,
    pub text: String,
}

/// Texts by language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Localized(pub(super) BTreeMap<String, String>);

impl Localized {
    /// In that language (`pt-BR`; `pt` will do for it), or else in English.
    #[must_use]
    pub fn in_language(&self, language: &str) -> &str {
        let general = language.split('-').next().unwrap_or(language);
        let near = || self.0.iter().find(|(tag, _)| tag.split('-').next() == Some(general)).map(|(_, text)| text);
        let text = self.0.get(language).or_else(near).or_else(|| self.0.get("en"));
        // A definition without English does not compile.
        text.map_or("", String::as_str)
    }

    /// All of them: language to text.
    #[must_use]
    pub fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

/// A saved page or answer, and what the probe's rules must make of it.
#[derive(Debug, Clone)]
pub struct State {
    /// The file.
    pub fixture: FixtureFile,
    /// Where it came from.
    pub url: Url,
    /// The request's method.
    pub method: String,
    /// The status it came with.
    pub status: u16,
    /// What the rules must say.
    pub expect: Verdict,
    /// Where the definition says so.
    pub expected_at: Range<usize>,
}

/// What a saved session may hold.
#[derive(Debug)]
pub struct Scope {
    /// Cookies of these domains.
    pub cookies: Vec<DomainPattern>,
    /// localStorage of these origins.
    pub origins: Vec<String>,
    /// Where a person's tabs may go while logging in; none: anywhere.
    pub navigate: Vec<UrlGlob>,
    /// Their sessionStorage too.
    pub session_storage: bool,
    /// Their IndexedDB too.
    pub indexed_db: bool,
    /// But not these cookies.
    pub drop_cookies: Vec<NameGlob>,
    /// What of it a login begins with.
    pub trust: DeviceTrust,
}

/// What makes a site know a device again, and logs nobody in.
#[derive(Debug)]
pub struct DeviceTrust {
    /// Names of cookies.
    pub cookies: Vec<NameGlob>,
    /// Keys of localStorage.
    pub local_storage: Vec<NameGlob>,
}

/// How a person logs in.
#[derive(Debug)]
pub struct Login {
    /// Where they begin.
    pub start: Url,
    /// How long they have.
    pub timeout: Duration,
    /// How long `logged_in` must hold.
    pub settle: Duration,
    /// The mark of being logged in.
    pub logged_in: Rule,
    /// The mark of a second step: a code, a captcha.
    pub challenge: Option<Rule>,
    /// The mark of a login that the site refused.
    pub refused: Option<Rule>,
    /// "I Finished Login" is pressed for them.
    pub auto_finish: bool,
    /// What a person should know before they begin.
    pub instructions: Option<Localized>,
}

/// When a run's last state is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteBack {
    /// Whenever the run was last seen logged in: cookies rotate.
    Always,
    /// The state of the login is kept as it was.
    Never,
}

/// How the site's sessions live.
#[derive(Debug)]
pub struct SessionPolicy {
    /// Whether a run's last state is saved.
    pub write_back: WriteBack,
    /// How long the site lets a session live at most, for telling people.
    pub max_age: Option<Duration>,
    /// What makes the site renew a session without a person.
    pub renew: Option<Renew>,
    /// How often a session that nobody uses is renewed: by `renew`, or by the probe where there is none.
    pub keep_alive: Option<Duration>,
    /// Where a session's end can be read; the first that can be read counts.
    pub expires_at: Vec<Expiry>,
}

/// A visit that makes the site renew a session.
#[derive(Debug, Clone)]
pub struct Renew {
    /// The page to visit.
    pub visit: Url,
    /// How long it may take until the probe's `logged_in` holds.
    pub within: Duration,
}

/// How a session is proven.
#[derive(Debug)]
pub struct Probe {
    /// Where one looks, and how.
    pub look: Look,
    /// For how long at most.
    pub wait: Duration,
    /// The mark of being logged in.
    pub logged_in: Rule,
    /// The mark of being logged out.
    pub logged_out: Rule,
    /// The mark of being refused.
    pub blocked: Option<Rule>,
}

/// Where one looks, and how.
#[derive(Debug)]
pub enum Look {
    /// At a page, in a browser.
    Visit(Url),
    /// At the answer to a request over HTTP: the rules ask for nothing that only a browser sees.
    Fetch(Box<Request>),
    /// At the answer, and where the rules do not decide there, at a page.
    Both(Box<Request>, Url),
}

impl Probe {
    /// Judges what is seen, in the order blocked, logged out, logged in.
    #[must_use]
    pub fn judge(&self, seen: &Observation) -> Sighting {
        Sighting::of(seen, self.blocked.as_ref(), &self.logged_out, &self.logged_in)
    }

    /// What must be looked at.
    #[must_use]
    pub fn needs(&self) -> Needs {
        self.rules().fold(Needs::default(), |needs, rule| needs.and(rule.needs()))
    }

    fn rules(&self) -> impl Iterator<Item = &Rule> {
        [Some(&self.logged_in), Some(&self.logged_out), self.blocked.as_ref()].into_iter().flatten()
    }
}

/// Whose account it is.
#[derive(Debug)]
pub struct Account {
    /// Where the JSON is that says so: the first that does, counts.
    pub places: Vec<AccountPlace>,
    /// The site's own id of the account.
    pub id: JsonPath,
    /// What a person recognises.
    pub label: JsonPath,
}

/// Where the JSON is that says whose account it is.
#[derive(Debug)]
pub enum AccountPlace {
    /// In an answer that the page receives.
    Response(ResponseRule),
    /// In localStorage.
    LocalStorage(StorageRule),
    /// In sessionStorage.
    SessionStorage(StorageRule),
}

/// How the site is spared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Politeness {
    /// At least this long between two pages.
    pub min_interval: Duration,
    /// And up to this much longer, by chance.
    pub jitter: Duration,
    /// So many runs at once.
    pub concurrency: u32,
    /// No more pages than this in a run.
    pub max_pages: u32,
    /// At least this long between two scheduled runs of a stream.
    pub min_period: Duration,
    /// What is done about a visit that came to nothing.
    pub retry: Retry,
}

/// What is done about a visit that came to nothing: the page did not open, or did not show what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// Statuses that are worth another try.
    pub on: Vec<u16>,
    /// `Retry-After` is obeyed.
    pub respect_retry_after: bool,
    /// So many more times.
    pub times: u32,
    /// After this long; twice as long each time.
    pub base: Duration,
    /// But never longer.
    pub cap: Duration,
}

impl Provider {
    /// The stream of that name; the first one when none is named.
    #[must_use]
    pub fn stream(&self, name: Option<&StreamName>) -> Option<&Stream> {
        match name {
            None => self.streams.first(),
            Some(name) => self.streams.iter().find(|stream| stream.name == *name),
        }
    }

    /// What of a browser's state belongs to this provider; the rest is wiped.
    #[must_use]
    pub fn keep(&self, mut state: StorageState) -> StorageState {
        state.retain_cookies(|cookie| {
            self.scope.cookies.iter().any(|domain| domain.matches(&cookie.domain))
                && !self.scope.drop_cookies.iter().any(|name| name.matches(&cookie.name))
        });
        state.origins.retain_mut(|origin| {
            let ours = self.scope.origins.contains(&origin.origin);
            if !ours || !self.scope.session_storage {
                origin.wipe_session_storage();
            }
            if !ours || !self.scope.indexed_db {
                origin.indexed_db.clear();
            }
            if !ours {
                origin.retain_local_storage(|_| false);
            }
            !origin.is_empty()
        });
        state
    }

    /// What of a saved session makes the site know the device again; the rest is wiped.
    #[must_use]
    pub fn device_trust(&self, mut state: StorageState) -> StorageState {
        let DeviceTrust { cookies, local_storage } = &self.scope.trust;
        state.retain_cookies(|cookie| cookies.iter().any(|name| name.matches(&cookie.name)));
        state.origins.retain_mut(|origin| {
            origin.wipe_session_storage();
            origin.indexed_db.clear();
            origin.retain_local_storage(|entry| local_storage.iter().any(|key| key.matches(&entry.name)));
            !origin.is_empty()
        });
        state
    }

    /// The origins whose sessionStorage belongs to a saved session.
    #[must_use]
    pub fn session_storage_origins(&self) -> Vec<String> {
        if self.scope.session_storage { self.scope.origins.clone() } else { Vec::new() }
    }

    /// Which answers the rules ask about, as regexes over the whole URL. A source's own answers come on top.
    #[must_use]
    pub fn response_patterns(&self) -> Vec<regex::Regex> {
        let Login { logged_in, challenge, refused, .. } = &self.login;
        let rules = std::iter::once(logged_in).chain(challenge).chain(refused).chain(self.probe.rules());
        let account = self.account.iter().flat_map(|account| &account.places).filter_map(|place| match place {
            AccountPlace::Response(rule) => Some(&rule.url),
            AccountPlace::LocalStorage(_) | AccountPlace::SessionStorage(_) => None,
        });
        rules.flat_map(Rule::response_globs).chain(account).map(UrlGlob::regex).cloned().collect()
    }

    /// Judges an answer by the probe's rules. Where they are about a page, what is no page says nothing of address, text or
    /// elements: it is an answer that came to one.
    #[must_use]
    pub fn judge_by_probe(&self, seen: &Observation, is_page: bool) -> Sighting {
        match &self.probe.look {
            Look::Visit(_) if !is_page => self.probe.judge(&Observation {
                url: None,
                status: None,
                title: None,
                text: None,
                elements: BTreeMap::new(),
                responses: seen.responses.clone(),
                cookies: seen.cookies.clone(),
                local_storage: seen.local_storage.clone(),
                session_storage: seen.session_storage.clone(),
            }),
            Look::Visit(_) | Look::Fetch(_) | Look::Both(..) => self.probe.judge(seen),
        }
    }

    /// Judges a page in a browser by the probe's rules. Where they are about a request, the status of a page says nothing.
    #[must_use]
    pub fn judge_page(&self, seen: &mut Observation) -> Sighting {
        let status = seen.status;
        if !matches!(self.probe.look, Look::Visit(_)) {
            seen.status = None;
        }
        let sighting = self.probe.judge(seen);
        seen.status = status;
        sighting
    }

    /// Judges the page that a source visits: by the probe's rules, and by those of the source. Where the page makes the source's
    /// requests, the source's rules are about their answers.
    #[must_use]
    pub fn judge_source_page(&self, source: &Source, seen: &mut Observation) -> Sighting {
        let by_probe = self.judge_page(seen);
        if matches!(source.kind, SourceKind::Fetch(_)) { by_probe } else { source.judge_too(by_probe, seen) }
    }

    /// Judges what a fetch source was answered with: by the probe's rules, and by those of the source. "Logged in" is only what the
    /// answer itself says: a session that has ended holds what it held before, and where a list comes from, and with which status, is
    /// the same for everybody.
    #[must_use]
    pub fn judge_answer(&self, source: &Source, seen: &Observation, is_page: bool) -> Sighting {
        let mut by_probe = self.judge_by_probe(seen, is_page);
        if by_probe.verdict == Verdict::LoggedIn {
            let answer = Observation {
                url: None,
                status: None,
                cookies: None,
                local_storage: None,
                session_storage: None,
                ..seen.clone()
            };
            by_probe = self.judge_by_probe(&answer, is_page);
        }
        source.judge_too(by_probe, seen)
    }

    /// Whose account it is, where what was seen says so.
    #[must_use]
    pub fn identity(&self, seen: &Observation) -> Option<AccountIdentity> {
        let account = self.account.as_ref()?;
        let texts = |place: &AccountPlace| -> Vec<&str> {
            match place {
                AccountPlace::Response(rule) => {
                    let answers = seen.responses.iter().flatten().rev();
                    let answers = answers.filter(|seen| rule.matches(seen) == Truth::True);
                    answers.filter_map(|seen| seen.body.as_deref()).collect()
                }
                AccountPlace::LocalStorage(rule) => entries(rule, seen.local_storage.as_ref()),
                AccountPlace::SessionStorage(rule) => entries(rule, seen.session_storage.as_ref()),
            }
        };
        account.places.iter().flat_map(texts).find_map(|text| {
            let json = json::read(text).ok()?;
            let id = words(account.id.first(&json)?)?;
            let label = account.label.first(&json).and_then(words).unwrap_or_else(|| id.clone());
            Some(AccountIdentity { id, label })
        })
    }
}

type Storages = std::collections::BTreeMap<String, std::collections::BTreeMap<String, String>>;

fn entries<'a>(rule: &StorageRule, storages: Option<&'a Storages>) -> Vec<&'a str> {
    let origins = storages.into_iter().flatten();
    origins
        .filter(|(origin, _)| rule.origin.as_ref().is_none_or(|wanted| wanted == *origin))
        .flat_map(|(_, entries)| entries)
        .filter(|(key, _)| rule.key.matches(key))
        .map(|(_, value)| value.as_str())
        .collect()
}

fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
