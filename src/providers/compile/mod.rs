//! From what stands in a file to a provider that works; every mistake on the way is noted, not only the first.

mod rules;
mod streams;

use std::{collections::HashSet, path::Path, time::Duration};

use sha2::{Digest, Sha256};
use toml::Spanned;
use url::Url;

use super::{
    Account, AccountPlace, DefinitionError, Login, Politeness, Probe, Provider, Retry, Scope, SessionPolicy, WriteBack,
    file::{self, File, Place},
    mistake::Mistake,
};
use crate::domain::{
    ProviderId,
    rule::{DomainPattern, InvalidPattern, NameGlob, UrlGlob},
};

/// The only form of the file so far.
const FORMAT: u32 = 1;

/// Compiles the text of one definition file.
pub(super) fn compile(file: &str, text: &str) -> Result<Provider, DefinitionError> {
    let raw: File = toml::from_str(text).map_err(|error| {
        let place = error.span().unwrap_or(0..0);
        let what = error.message().trim_end().to_owned();
        let cure = cure_of_syntax(&what).to_owned();
        DefinitionError::new(file, text, vec![Mistake { place, what, cure }])
    })?;
    let mut compiler = Compiler::default();
    let provider = compiler.provider(file, text, &raw);
    match provider {
        Some(provider) if compiler.mistakes.is_empty() => Ok(provider),
        _ => Err(DefinitionError::new(file, text, compiler.mistakes)),
    }
}

fn cure_of_syntax(what: &str) -> &'static str {
    if what.starts_with("unknown field") || what.starts_with("unknown variant") {
        "use one of the names that are expected, or take it out; nothing in a definition is ignored"
    } else if what.starts_with("missing field") {
        "add it; docs/adding-a-provider.md describes each one"
    } else if what.starts_with("invalid type") || what.starts_with("invalid value") {
        "write a value of the kind that is expected; texts stand in quotes"
    } else {
        "correct the TOML: https://toml.io/en/v1.1.0"
    }
}

/// Notes mistakes on the way; what has one becomes `None`.
#[derive(Default)]
struct Compiler {
    mistakes: Vec<Mistake>,
    /// Origins whose storage a saved session keeps; rules may ask about no other.
    kept_origins: HashSet<String>,
    /// Where a person's tabs may go; none: anywhere.
    navigate: Vec<regex::Regex>,
}

impl Compiler {
    fn mistake<T>(&mut self, place: Place, what: impl Into<String>, cure: impl Into<String>) -> Option<T> {
        self.mistakes.push(Mistake { place, what: what.into(), cure: cure.into() });
        None
    }

    fn pattern<T>(&mut self, text: &Spanned<String>, parse: fn(&str) -> Result<T, InvalidPattern>) -> Option<T> {
        match parse(text.get_ref()) {
            Ok(pattern) => Some(pattern),
            Err(InvalidPattern { what, cure }) => self.mistake(text.span(), what, cure),
        }
    }

    fn patterns<T>(
        &mut self,
        texts: &[Spanned<String>],
        parse: fn(&str) -> Result<T, InvalidPattern>,
    ) -> Option<Vec<T>> {
        let all: Vec<Option<T>> = texts.iter().map(|text| self.pattern(text, parse)).collect();
        all.into_iter().collect()
    }

    fn url(&mut self, text: &Spanned<String>) -> Option<Url> {
        let cure = "write a whole address: \"https://example.com/path\"";
        match Url::parse(text.get_ref()) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Some(url),
            Ok(_) => self.mistake(text.span(), format!("\"{}\" is no address of a website", text.get_ref()), cure),
            Err(error) => self.mistake(text.span(), format!("\"{}\" is no address: {error}", text.get_ref()), cure),
        }
    }

    fn origin(&mut self, text: &Spanned<String>) -> Option<String> {
        let url = self.url(text)?;
        let origin = url.origin().ascii_serialization();
        if origin == *text.get_ref() {
            return Some(origin);
        }
        let what = format!("\"{}\" is an address, not an origin", text.get_ref());
        self.mistake(text.span(), what, format!("write scheme, host and port alone: \"{origin}\""))
    }

    fn duration(&mut self, text: &Spanned<String>) -> Option<Duration> {
        let written = text.get_ref();
        let digits = written.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = written.split_at(digits);
        let millis = match unit {
            "ms" => Some(1),
            "s" => Some(1_000),
            "m" => Some(60_000),
            "h" => Some(3_600_000),
            "d" => Some(86_400_000),
            _ => None,
        };
        let duration = number.parse::<u64>().ok().zip(millis).and_then(|(number, millis)| number.checked_mul(millis));
        match duration {
            Some(millis) => Some(Duration::from_millis(millis)),
            None => self.mistake(
                text.span(),
                format!("\"{written}\" is no duration"),
                "write a whole number and its unit: \"500ms\", \"2s\", \"15m\", \"48h\" or \"30d\"",
            ),
        }
    }

    fn positive(&mut self, text: &Spanned<String>) -> Option<Duration> {
        let duration = self.duration(text)?;
        if duration.is_zero() {
            return self.mistake(text.span(), "this duration is zero", "write how long it may take, such as \"20s\"");
        }
        Some(duration)
    }

    fn provider(&mut self, file: &str, text: &str, raw: &File) -> Option<Provider> {
        if *raw.format.get_ref() != FORMAT {
            let what = format!("the format {} is not known", raw.format.get_ref());
            self.mistake::<()>(raw.format.span(), what, format!("write format = {FORMAT}"));
        }
        let id = self.id(file, &raw.id);
        if raw.name.get_ref().trim().is_empty() {
            self.mistake::<()>(raw.name.span(), "the name is empty", "write what people call the site");
        }
        let homepage = self.url(&raw.homepage);
        let scope = self.scope(&raw.scope);
        self.navigate = scope.iter().flat_map(|scope| &scope.navigate).map(|glob| glob.regex().clone()).collect();
        self.kept_origins = scope.iter().flat_map(|scope| scope.origins.iter().cloned()).collect();
        let login = self.login(&raw.login);
        let session = self.session(&raw.session);
        let probe = self.probe(&raw.probe);
        let account = raw.account.as_ref().map(|account| self.account(account));
        let politeness = self.politeness(&raw.politeness);
        let mut names = HashSet::new();
        let mut streams = Vec::new();
        for stream in &raw.streams {
            let name = &stream.get_ref().name;
            if !names.insert(name.get_ref().clone()) {
                let what = format!("there are two streams \"{}\"", name.get_ref());
                self.mistake::<()>(name.span(), what, "give each its own name, or make them sources of one stream");
            }
            streams.push(self.stream(stream));
        }
        Some(Provider {
            id: id?,
            name: raw.name.get_ref().clone(),
            homepage: homepage?,
            version: short_hash(text),
            scope: scope?,
            login: login?,
            session: session?,
            probe: probe?,
            account: match account {
                Some(account) => Some(account?),
                None => None,
            },
            politeness: politeness?,
            streams: streams.into_iter().collect::<Option<_>>()?,
        })
    }

    fn id(&mut self, file: &str, id: &Spanned<String>) -> Option<ProviderId> {
        let stem = Path::new(file).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        match ProviderId::parse(id.get_ref()) {
            Err(error) => self.mistake(id.span(), error.to_string(), "write an id that may stand in an address"),
            Ok(id_) if id_.as_str() != stem => {
                let what = format!("the id \"{id_}\" is not the name of the file");
                self.mistake(id.span(), what, format!("write id = \"{stem}\", or name the file {id_}.toml"))
            }
            Ok(id) => Some(id),
        }
    }

    fn scope(&mut self, raw: &file::Scope) -> Option<Scope> {
        let cookies = self.patterns(&raw.cookies, DomainPattern::parse);
        let origins: Vec<_> = raw.origins.iter().map(|origin| self.origin(origin)).collect();
        let drop_cookies = self.patterns(&raw.drop_cookies, NameGlob::parse);
        let navigate = self.patterns(&raw.navigate, UrlGlob::parse);
        Some(Scope {
            cookies: cookies?,
            origins: origins.into_iter().collect::<Option<_>>()?,
            navigate: navigate?,
            session_storage: raw.session_storage,
            indexed_db: raw.indexed_db,
            drop_cookies: drop_cookies?,
        })
    }

    fn login(&mut self, raw: &file::Login) -> Option<Login> {
        let start = self.url(&raw.start);
        let timeout = self.positive(&raw.timeout);
        let settle = self.duration(&raw.settle);
        let logged_in = self.rule(&raw.logged_in);
        if let Some(start) = &start
            && !self.navigate.is_empty()
            && !self.navigate.iter().any(|glob| glob.is_match(start.as_str()))
        {
            let cure = "add an address of this kind to scope.navigate, or begin at one that is there";
            self.mistake::<()>(raw.start.span(), "the login begins where scope.navigate does not let it go", cure);
        }
        Some(Login {
            start: start?,
            timeout: timeout?,
            settle: settle?,
            logged_in: logged_in?,
            auto_finish: raw.auto_finish,
        })
    }

    fn session(&mut self, raw: &file::Session) -> Option<SessionPolicy> {
        let max_age = raw.max_age.as_ref().map(|age| self.positive(age));
        let write_back = match raw.write_back {
            Some(file::WriteBack::Never) => WriteBack::Never,
            Some(file::WriteBack::Always) | None => WriteBack::Always,
        };
        Some(SessionPolicy { write_back, max_age: max_age.map_or(Some(None), |age| age.map(Some))? })
    }

    fn probe(&mut self, raw: &file::Probe) -> Option<Probe> {
        let visit = self.url(&raw.visit);
        let wait = self.positive(&raw.wait);
        let logged_in = self.rule(&raw.logged_in);
        let logged_out = self.rule(&raw.logged_out);
        let blocked = raw.blocked.as_ref().map(|rule| self.rule(rule));
        Some(Probe {
            visit: visit?,
            wait: wait?,
            logged_in: logged_in?,
            logged_out: logged_out?,
            blocked: blocked.map_or(Some(None), |rule| rule.map(Some))?,
        })
    }

    fn account(&mut self, raw: &file::Account) -> Option<Account> {
        let place = match (&raw.response, &raw.local_storage, &raw.session_storage) {
            (Some(response), None, None) => self.response(response).map(AccountPlace::Response),
            (None, Some(storage), None) => self.storage(storage).map(AccountPlace::LocalStorage),
            (None, None, Some(storage)) => self.storage(storage).map(AccountPlace::SessionStorage),
            _ => self.mistake(
                raw.id.span(),
                "the account is not in exactly one place",
                "give [account] one of response, local_storage and session_storage",
            ),
        };
        let id = self.pattern(&raw.id, crate::domain::rule::JsonPath::parse);
        let label = self.pattern(&raw.label, crate::domain::rule::JsonPath::parse);
        Some(Account { place: place?, id: id?, label: label? })
    }

    fn politeness(&mut self, raw: &file::Politeness) -> Option<Politeness> {
        let min_interval = self.duration(&raw.min_interval);
        let jitter = raw.jitter.as_ref().map_or(Some(Duration::ZERO), |jitter| self.duration(jitter));
        let max_pages = *raw.max_pages.get_ref();
        if max_pages == 0 {
            self.mistake::<()>(
                raw.max_pages.span(),
                "no page may be read",
                "write how many a run may read, such as 50",
            );
        }
        let retry = match &raw.retry {
            None => Some(Retry { times: 0, base: Duration::ZERO, cap: Duration::ZERO }),
            Some(raw) => {
                let (base, cap) = (self.duration(&raw.base), self.duration(&raw.cap));
                base.zip(cap).map(|(base, cap)| Retry { times: raw.times, base, cap })
            }
        };
        Some(Politeness { min_interval: min_interval?, jitter: jitter?, max_pages, retry: retry? })
    }
}

fn short_hash(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(6).fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
