//! The doors through which others' bytes come in, for the fuzzer and for the replay of what it found: definitions, what sites
//! answer, their headers, and what a browser held. Built for tests and for `fuzz/` only (`script/bench fuzz`).
//!
//! Each door must take anything: it may refuse, and it may not panic, hang or grow without bound.

use std::{
    path::Path,
    sync::{Arc, LazyLock},
};

use url::Url;

use crate::{
    domain::StorageState,
    fetch,
    providers::{DefinitionError, Link, Paging, Provider, Providers, Said, Slot},
    scraper,
};

/// Takes one input.
pub type Target = fn(&[u8]);

/// All of them, by name; their corpora are in `fuzz/corpus/`.
pub const TARGETS: &[(&str, Target)] =
    &[("definition", definition), ("extraction", extraction), ("headers", headers), ("state", state)];

/// Between a definition and what it reads, in one input.
const BODY: &str = "\n# ---- body ----\n";
const ANSWER: &str = include_str!("../providers/fixtures/demo-market/search-p1.json");
const PAGE: &str = include_str!("../providers/fixtures/demo-market/search-p1.html");
/// Every type, every step of a pipe, every kind of place.
const EVERYTHING: &str = include_str!("../fuzz/everything.toml");

static SHIPPED: LazyLock<Vec<Arc<Provider>>> = LazyLock::new(|| {
    let all = Providers::embedded().and_then(|all| all.with_file("everything.toml", EVERYTHING));
    all.map_or_else(|error| panic!("{error}"), |all| all.all())
});

/// `provider check` of a text: the report where there are mistakes, the records of two known answers where there are none.
fn definition(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(provider) = checked(text) else { return };
    for body in [ANSWER, PAGE] {
        read_all(&provider, body);
    }
}

/// What a definition makes of a body: the input is both, or a body alone for the definitions that are known.
fn extraction(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match text.split_once(BODY) {
        Some((definition, body)) => {
            if let Some(provider) = checked(definition) {
                read_all(&provider, body);
            }
        }
        None => {
            for provider in SHIPPED.iter() {
                read_all(provider, &text);
            }
        }
    }
}

/// A file is named after its provider: whatever the text calls itself, it is not refused for that.
fn checked(text: &str) -> Option<Provider> {
    let id = text.lines().find_map(|line| line.strip_prefix("id")?.split('"').nth(1)).unwrap_or("fuzz");
    let name = format!("{id}.toml");
    let provider = Provider::parse(&name, text).map_err(|error| error.to_string()).ok()?;
    let mistakes = scraper::rehearse(&provider, Path::new("/nonexistent"), false);
    let _ = DefinitionError::new(&name, text, mistakes).to_string();
    Some(provider)
}

fn read_all(provider: &Provider, body: &str) {
    for stream in &provider.streams {
        for source in &stream.sources {
            scraper::fuzz::read(provider, stream, source, body);
        }
    }
}

/// `Retry-After` and `Link`: a line of each, then JSON from which a cursor and a link are taken.
fn headers(data: &[u8]) {
    static BASE: LazyLock<Url> = LazyLock::new(|| Url::parse("https://a.example/list?page=1").expect("a URL"));
    static WAYS: LazyLock<Vec<Paging>> = LazyLock::new(|| {
        let path = || crate::domain::rule::JsonPath::parse("$.next").expect("a path");
        vec![
            Paging::NextLink(Link::Header("next".into())),
            Paging::NextLink(Link::Path(path())),
            Paging::Cursor { slot: Slot::Query("after".into()), path: path() },
        ]
    });
    let text = String::from_utf8_lossy(data);
    let mut parts = text.splitn(3, '\n');
    scraper::fuzz::wait(parts.next().unwrap_or_default());
    let links: Vec<String> = parts.next().into_iter().map(str::to_owned).collect();
    let json = parts.next().and_then(|text| serde_json::from_str(text).ok());
    for way in WAYS.iter() {
        let said = Said { url: &BASE, json: json.as_ref(), html: None, links: &links };
        if let Some(step) = way.further(u32::MAX, u64::MAX, said) {
            let kept = serde_json::to_string(&step.turn).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(serde_json::from_str(&kept).ok(), Some(step.turn), "what is kept of a step is that step");
        }
    }
}

/// A storage state, then lines of `Set-Cookie`.
fn state(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (json, set) = text.split_once("\n\n").unwrap_or((&text, ""));
    let Ok(state) = serde_json::from_str::<StorageState>(json) else { return };
    fetch::fuzz::through_a_jar(&state, set.lines());
    for provider in SHIPPED.iter() {
        let kept = provider.keep(state.clone());
        let _ = (provider.session.expires_at(&kept), format!("{kept:?}"));
        scraper::fuzz::asks_with(provider, &kept);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_corpus_is_replayed() {
        for (name, target) in TARGETS {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
            let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
            let mut inputs = 0;
            for entry in entries {
                let path = entry.expect("an entry").path();
                println!("{}", path.display());
                target(&fs::read(&path).expect("an input"));
                inputs += 1;
            }
            assert!(inputs >= 5, "{name} has only {inputs} inputs");
        }
    }

    #[test]
    fn the_definition_of_everything_reads_what_it_is_made_for() {
        let everything = SHIPPED.iter().find(|one| one.id.as_str() == "everything").expect("it is there");
        let kinds: Vec<_> =
            everything.streams.iter().flat_map(|stream| &stream.fields).map(|f| f.kind.as_str()).collect();
        for kind in ["string", "integer", "decimal", "money", "bool", "url", "datetime", "enum", "list", "json"] {
            assert!(kinds.contains(&kind), "{kind} is missing");
        }
    }
}
