//! The site itself: parameters, scope, login, session, probe, account, politeness, states.

use std::{collections::BTreeMap, time::Duration};

use url::Url;

use super::{Compiler, JudgedOn, rules::whole};
use crate::{
    domain::rule::{UrlGlob, Verdict},
    providers::{
        Account, AccountPlace, DeviceTrust, Expiry, ExpiryPlace, FixtureFile, Localized, Login, Look, Param, ParamKind,
        Politeness, Probe, Renew, Retry, Scope, SessionPolicy, State, TimeUnit, WriteBack,
        file::{self, Placed, Text},
        request::PLACEHOLDERS,
    },
};

/// What stands in the name of something that this program must not be told: it is kept in the clear, and shown.
const SECRETS: [&str; 10] =
    ["password", "passwd", "passphrase", "secret", "token", "otp", "totp", "pin", "credential", "credentials"];
/// Statuses that are worth another try where the definition names none: too many requests, and a site that is down.
const RETRIED: [u16; 4] = [429, 502, 503, 504];

impl Compiler {
    /// The same for everybody: no parameter stands in it.
    pub(super) fn homepage(&mut self, text: &Text) -> Option<Url> {
        if text.get_ref().contains('{') {
            let cure = "write the address of the site itself; parameters stand in what is visited";
            return self.mistake(text.span(), "the homepage is the same for everybody", cure);
        }
        self.parsed_url(text, text.get_ref())
    }

    pub(super) fn params(&mut self, raw: &[file::Param]) {
        for raw in raw {
            let Some(param) = self.param(raw) else {
                self.broken_params.insert(raw.name.get_ref().clone());
                continue;
            };
            if self.params.iter().any(|other| other.name == param.name) {
                let what = format!("there are two parameters \"{}\"", param.name);
                self.mistake::<()>(raw.name.span(), what, "give each its own name");
                continue;
            }
            // The user's values are checked where they come in.
            self.values.entry(param.name.clone()).or_insert_with(|| param.example.clone());
            self.params.push(param);
        }
    }

    fn param(&mut self, raw: &file::Param) -> Option<Param> {
        let name = raw.name.get_ref();
        let is_fine = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !is_fine || PLACEHOLDERS.contains(&format!("{{{name}}}").as_str()) {
            let what = format!("the parameter's name \"{name}\" will not do");
            let cure = "use a-z, 0-9 and _, beginning with a letter; cursor, page and offset are taken";
            return self.mistake(raw.name.span(), what, cure);
        }
        if name.split('_').any(|word| SECRETS.contains(&word)) {
            let what = format!("\"{name}\" is something that only the site itself may ask for");
            let cure =
                "take it out: what is asked for here is kept in the clear; secrets are typed into the site's own page";
            return self.mistake(raw.name.span(), what, cure);
        }
        let label = self.localized(&raw.label);
        let help = raw.help.as_ref().map(|help| self.localized(help));
        let kind = match raw.kind {
            file::ParamKind::Text => ParamKind::Text,
            file::ParamKind::Host => ParamKind::Host,
            file::ParamKind::Url => ParamKind::Url,
            file::ParamKind::Enum => ParamKind::Enum,
        };
        let values = self.param_values(raw, kind);
        let pattern = raw.pattern.as_ref().map(|pattern| self.whole_regex(pattern));
        let required = raw.required.as_ref().is_none_or(|required| *required.get_ref());
        if let Some(place) = raw.required.as_ref().filter(|_| !required && kind != ParamKind::Text) {
            let cure = "take required out, or write kind = \"text\"";
            self.mistake::<()>(place.span(), "an address that is left out makes no address", cure);
        }
        let mut param = Param {
            name: name.clone(),
            label: label?,
            help: whole(help)?,
            kind,
            pattern: whole(pattern)?,
            values: values?,
            example: raw.example.get_ref().clone(),
            required,
        };
        match param.checked(raw.example.get_ref()) {
            Ok(example) => param.example = example,
            Err(what) => {
                let cure = "write an example that the user could give as it stands";
                return self.mistake(raw.example.span(), format!("the example {what}"), cure);
            }
        }
        Some(param)
    }

    fn param_values(&mut self, raw: &file::Param, kind: ParamKind) -> Option<Vec<String>> {
        let values = raw.values.as_ref();
        match (kind, values) {
            (ParamKind::Enum, Some(values)) if !values.get_ref().is_empty() => {
                let words: Vec<String> = values.get_ref().iter().map(|word| word.get_ref().trim().to_owned()).collect();
                match values.get_ref().iter().find(|word| word.get_ref().trim().is_empty()) {
                    Some(empty) => self.mistake(empty.span(), "this value is empty", "write it, or take it out"),
                    None => Some(words),
                }
            }
            (ParamKind::Enum, _) => {
                let place = values.map_or(raw.name.span(), Placed::span);
                self.mistake(place, "there is nothing to choose from", "write values = [\"…\", \"…\"]")
            }
            (_, Some(values)) => {
                self.mistake(values.span(), "only an enum has values", "write kind = \"enum\", or take values out")
            }
            (_, None) => Some(Vec::new()),
        }
    }

    pub(super) fn localized(&mut self, raw: &file::Localized) -> Option<Localized> {
        let mut texts = BTreeMap::new();
        for (language, text) in &raw.get_ref().0 {
            let tag = language.get_ref();
            let mut parts = tag.split('-');
            let is_language = parts
                .next()
                .is_some_and(|part| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase()));
            let is_region =
                parts.next().is_none_or(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_uppercase()));
            if !is_language || !is_region || parts.next().is_some() {
                let what = format!("\"{tag}\" is no language");
                self.mistake::<()>(language.span(), what, "write it as \"en\", \"es\" or \"pt-BR\"");
            }
            if text.get_ref().trim().is_empty() {
                self.mistake::<()>(text.span(), "this text is empty", "write it, or take the language out");
            }
            texts.insert(tag.clone(), text.get_ref().clone());
        }
        if !texts.contains_key("en") {
            let cure = "add en = \"…\": it is shown where there is no text in the person's own language";
            return self.mistake(raw.span(), "there is no English text", cure);
        }
        Some(Localized(texts))
    }

    pub(super) fn scope(&mut self, raw: &file::Scope) -> Option<Scope> {
        let cookies = self.patterns(&raw.cookies);
        let origins: Vec<_> = raw.origins.iter().map(|origin| self.origin(origin)).collect();
        let drop_cookies = self.patterns(&raw.drop_cookies);
        let navigate = self.patterns::<UrlGlob>(&raw.navigate);
        let trust = self.device_trust(&raw.trust);
        Some(Scope {
            cookies: cookies?,
            origins: origins.into_iter().collect::<Option<_>>()?,
            navigate: navigate?,
            session_storage: raw.session_storage,
            indexed_db: raw.indexed_db,
            drop_cookies: drop_cookies?,
            trust: trust?,
        })
    }

    fn device_trust(&mut self, raw: &file::DeviceTrust) -> Option<DeviceTrust> {
        for name in raw.cookies.iter().chain(&raw.local_storage) {
            if name.get_ref().chars().all(|letter| letter == '*') {
                let cure = "name what only remembers the device, such as \"device_id\" or \"trusted*\"";
                self.mistake::<()>(name.span(), "a login would begin with the whole session", cure);
            }
        }
        let (cookies, local_storage) = (self.patterns(&raw.cookies), self.patterns(&raw.local_storage));
        Some(DeviceTrust { cookies: cookies?, local_storage: local_storage? })
    }

    pub(super) fn login(&mut self, raw: &file::Login) -> Option<Login> {
        let start = self.visited(&raw.start, "the login begins");
        let timeout = self.positive(&raw.timeout);
        let settle = self.duration(&raw.settle);
        let logged_in = self.rule(&raw.logged_in);
        let challenge = raw.challenge.as_ref().map(|rule| self.rule(rule));
        let refused = raw.refused.as_ref().map(|rule| self.rule(rule));
        let instructions = raw.instructions.as_ref().map(|texts| self.localized(texts));
        Some(Login {
            start: start?,
            timeout: timeout?,
            settle: settle?,
            logged_in: logged_in?,
            challenge: whole(challenge)?,
            refused: whole(refused)?,
            auto_finish: raw.auto_finish,
            instructions: whole(instructions)?,
        })
    }

    pub(super) fn session(&mut self, raw: &file::Session) -> Option<SessionPolicy> {
        let max_age = raw.max_age.as_ref().map(|age| self.positive(age));
        let write_back = match raw.write_back {
            Some(file::WriteBack::Never) => WriteBack::Never,
            Some(file::WriteBack::Always) | None => WriteBack::Always,
        };
        let renew = raw.renew.as_ref().map(|renew| {
            let (visit, within) = (self.visited(&renew.visit, "the renewal goes"), self.positive(&renew.within));
            Some(Renew { visit: visit?, within: within? })
        });
        let keep_alive = raw.keep_alive.as_ref().map(|every| self.positive(every));
        if let (Some(text), WriteBack::Never) = (&raw.keep_alive, write_back) {
            let cure = "write write_back = \"always\", or take keep_alive out";
            self.mistake::<()>(text.0.span(), "what a renewal brings would never be saved", cure);
        }
        let expires_at: Vec<_> = raw.expires_at.iter().map(|expiry| self.expiry(expiry)).collect();
        Some(SessionPolicy {
            write_back,
            max_age: whole(max_age)?,
            renew: whole(renew)?,
            keep_alive: whole(keep_alive)?,
            expires_at: expires_at.into_iter().collect::<Option<_>>()?,
        })
    }

    fn expiry(&mut self, raw: &file::Expiry) -> Option<Expiry> {
        let (place, unit) = match raw {
            file::Expiry::Cookie(raw) => {
                let name = self.pattern(&raw.name);
                let domain = raw.domain.as_ref().map(|domain| self.pattern(domain));
                let regex = self.regex(&raw.regex);
                (ExpiryPlace::Cookie { name: name?, domain: whole(domain)?, regex: regex? }, raw.unit)
            }
            file::Expiry::LocalStorage(raw) => {
                self.is_kept(raw.key.span(), false, false)?;
                (ExpiryPlace::LocalStorage(self.entry(&raw.key, raw.origin.as_ref(), raw.json.as_ref())?), raw.unit)
            }
            file::Expiry::SessionStorage(raw) => {
                self.is_kept(raw.key.span(), true, false)?;
                (ExpiryPlace::SessionStorage(self.entry(&raw.key, raw.origin.as_ref(), raw.json.as_ref())?), raw.unit)
            }
        };
        let unit = match unit {
            file::TimeUnit::Unix => TimeUnit::Unix,
            file::TimeUnit::UnixMs => TimeUnit::UnixMs,
            file::TimeUnit::Rfc3339 => TimeUnit::Rfc3339,
        };
        Some(Expiry { place, unit })
    }

    pub(super) fn probe(&mut self, raw: &Placed<file::Probe>) -> Option<Probe> {
        let place = raw.span();
        let raw = raw.get_ref();
        let look = match (&raw.visit, &raw.fetch) {
            (Some(visit), None) => self.visited(visit, "the probe goes").map(Look::Visit),
            (None, Some(fetch)) => self.request(fetch, None, false).map(|request| Look::Fetch(Box::new(request))),
            (Some(visit), Some(fetch)) => {
                let (visit, fetch) = (self.visited(visit, "the probe goes"), self.request(fetch, None, false));
                fetch.zip(visit).map(|(request, visit)| Look::Both(Box::new(request), visit))
            }
            (None, None) => self.mistake(
                place,
                "the probe looks at nothing",
                "give [probe] visit = \"https://…\", fetch = { url = \"https://…\" }, or both",
            ),
        };
        let wait = self.positive(&raw.wait);
        self.judged_on = match (&raw.fetch, &raw.visit) {
            (None, _) => JudgedOn::Page,
            (Some(_), None) => JudgedOn::Answer,
            (Some(_), Some(_)) => JudgedOn::Both,
        };
        let logged_in = self.rule(&raw.logged_in);
        let logged_out = self.rule(&raw.logged_out);
        let blocked = raw.blocked.as_ref().map(|rule| self.rule(rule));
        self.judged_on = JudgedOn::Page;
        Some(Probe {
            look: look?,
            wait: wait?,
            logged_in: logged_in?,
            logged_out: logged_out?,
            blocked: whole(blocked)?,
        })
    }

    pub(super) fn account(&mut self, raw: &file::Account) -> Option<Account> {
        let response = raw.response.as_ref().map(|rule| self.response(rule).map(AccountPlace::Response));
        let local = raw.local_storage.as_ref().map(|rule| self.storage(rule).map(AccountPlace::LocalStorage));
        let session = raw.session_storage.as_ref().map(|rule| self.storage(rule).map(AccountPlace::SessionStorage));
        let places: Vec<_> = [response, local, session].into_iter().flatten().collect();
        if places.is_empty() {
            self.mistake::<()>(
                raw.id.span(),
                "nothing says where the account is",
                "give [account] a response, a local_storage or a session_storage; of several the first that says whose it is counts",
            );
        }
        let id = self.pattern(&raw.id);
        let label = self.pattern(&raw.label);
        Some(Account { places: places.into_iter().collect::<Option<_>>()?, id: id?, label: label? })
    }

    pub(super) fn politeness(&mut self, raw: &file::Politeness) -> Option<Politeness> {
        let min_interval = self.duration(&raw.min_interval);
        let jitter = raw.jitter.as_ref().map_or(Some(Duration::ZERO), |jitter| self.duration(jitter));
        let concurrency = raw.concurrency.as_ref().map_or(1, |number| *number.get_ref());
        if let Some(number) = raw.concurrency.as_ref().filter(|number| *number.get_ref() == 0) {
            self.mistake::<()>(number.span(), "no run may begin", "write how many runs may be under way, such as 1");
        }
        let max_pages = *raw.max_pages.get_ref();
        if max_pages == 0 {
            self.mistake::<()>(
                raw.max_pages.span(),
                "no page may be read",
                "write how many a run may read, such as 50",
            );
        }
        let min_period = raw.min_period.as_ref().map_or(Some(Duration::ZERO), |period| self.duration(period));
        let retry = match &raw.retry {
            None => {
                let (base, cap) = (Duration::ZERO, Duration::ZERO);
                Some(Retry { on: RETRIED.into(), respect_retry_after: true, times: 0, base, cap })
            }
            Some(raw) => self.retry(raw),
        };
        Some(Politeness {
            min_interval: min_interval?,
            jitter: jitter?,
            concurrency,
            max_pages,
            min_period: min_period?,
            retry: retry?,
        })
    }

    fn retry(&mut self, raw: &file::Retry) -> Option<Retry> {
        let on = raw.on.as_ref().map_or(Some(RETRIED.into()), |list| self.statuses(list));
        let (base, cap) = (self.duration(&raw.base), self.duration(&raw.cap));
        if let Some((base, cap)) = base.zip(cap)
            && base > cap
        {
            let cure = "write a cap that is not shorter than base";
            self.mistake::<()>(raw.cap.0.span(), "the longest pause is shorter than the first", cure);
        }
        let respect_retry_after = raw.respect_retry_after.unwrap_or(true);
        Some(Retry { on: on?, respect_retry_after, times: raw.times, base: base?, cap: cap? })
    }

    pub(super) fn state(&mut self, raw: &file::State) -> Option<State> {
        let fixture = self.beside(&raw.fixture, &["html", "json"]);
        let url = self.url(&raw.url);
        let method = raw.method.as_ref().map_or_else(|| Some("GET".to_owned()), |method| self.method(method));
        let status = raw.status.as_ref().map_or(Some(200), |status| self.status(status));
        let expect = match raw.expect.get_ref() {
            file::StateVerdict::LoggedIn => Verdict::LoggedIn,
            file::StateVerdict::LoggedOut => Verdict::LoggedOut,
            file::StateVerdict::Blocked => Verdict::Blocked,
            file::StateVerdict::Unknown => Verdict::Unknown,
        };
        let expected_at = raw.expect.span();
        Some(State { fixture: fixture?, url: url?, method: method?, status: status?, expect, expected_at })
    }

    /// A file below the definition's folder.
    pub(super) fn beside(&mut self, text: &Text, kinds: &[&str]) -> Option<FixtureFile> {
        let path = text.get_ref();
        let is_below = !path.is_empty()
            && !path.starts_with('/')
            && !path.contains('\\')
            && !path.split('/').any(|part| part.is_empty() || part == "..");
        if !is_below {
            let what = format!("\"{path}\" is no file below this definition's folder");
            return self.mistake(text.span(), what, "write its path from there: \"fixtures/example/page-1.html\"");
        }
        if !kinds.iter().any(|kind| path.strip_suffix(kind).is_some_and(|rest| rest.ends_with('.'))) {
            let what = format!("what \"{path}\" holds is not known");
            return self.mistake(text.span(), what, format!("name a file that ends in .{}", kinds.join(" or .")));
        }
        Some(FixtureFile { path: path.clone(), named_at: text.span() })
    }
}
