//! A definition's fixtures, read offline: what its sources and rules make of saved pages and answers.

use std::{collections::HashSet, fs, io, ops::Range, path::Path};

use serde_json::Value;
use similar::TextDiff;
use url::Url;

use super::extraction;
use crate::{
    domain::rule::{SeenResponse, Truth},
    providers::{
        Answer, FetchAnswer, Fixture, FixtureFile, Look, Mistake, Provider, Source, SourceKind, State, Stream, Visible,
        is_html, observe,
    },
};

/// No fixture is larger.
const LARGEST: u64 = 20 << 20;
/// So many lines of a difference are shown.
const SHOWN: usize = 40;

/// Reads the fixtures of a definition, which lie below `folder`; answers what is not as the definition says.
/// With `write`, the records that a fixture gives are written into the file in which they are expected.
#[must_use]
pub fn rehearse(provider: &Provider, folder: &Path, write: bool) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for stream in &provider.streams {
        for fixture in &stream.fixtures {
            mistakes.extend(read_fixture(provider, stream, fixture, folder, write).err());
        }
    }
    for state in &provider.states {
        mistakes.extend(judge(provider, state, folder).err());
    }
    mistakes
}

fn read_fixture(
    provider: &Provider,
    stream: &Stream,
    fixture: &Fixture,
    folder: &Path,
    write: bool,
) -> Result<(), Mistake> {
    let text = load(folder, &fixture.input)?;
    let saved = Saved::of(fixture, text)?;
    let wanted =
        |source: &&Source| fixture.source.is_none_or(|kind| kind == source.kind.as_str()) && saved.is_for(source);
    let sources: Vec<&Source> = stream.sources.iter().filter(wanted).collect();
    if sources.is_empty() {
        let what = format!("no source of this stream reads \"{}\"", fixture.input.path);
        let cure = "a capture source reads what its match names, as .json or .har; a markup source .html; a fetch source what its answer is";
        return Err(Mistake::new(fixture.input.named_at.clone(), what, cure));
    }
    for source in sources {
        let found = Value::Array(saved.records(stream, source, fixture)?);
        saved.is_as_the_rules_say(provider, source, &found, fixture)?;
        if write {
            store(folder, &fixture.expect, &found)?;
        }
        compare(folder, fixture, source, &found)?;
    }
    Ok(())
}

/// What a fixture holds.
enum Saved {
    Page { url: Url, html: String },
    Json { url: Url, text: String },
    Har(Vec<SeenResponse>),
}

impl Saved {
    fn of(fixture: &Fixture, text: String) -> Result<Self, Mistake> {
        let Some(url) = fixture.url.clone() else {
            return har(&text).map(Self::Har).ok_or_else(|| {
                let what = format!("\"{}\" is no HAR", fixture.input.path);
                let cure = "save it from the browser's network tab: \"Save all as HAR with content\"";
                Mistake::new(fixture.input.named_at.clone(), what, cure)
            });
        };
        Ok(if is_page(&fixture.input) { Self::Page { url, html: text } } else { Self::Json { url, text } })
    }

    fn is_for(&self, source: &Source) -> bool {
        match (self, &source.kind) {
            (Self::Page { .. }, SourceKind::Markup { .. })
            | (Self::Har(_), SourceKind::Capture { .. } | SourceKind::Fetch(_)) => true,
            (Self::Page { .. }, SourceKind::Fetch(fetch)) => matches!(fetch.answer, FetchAnswer::Html { .. }),
            (Self::Json { .. }, SourceKind::Fetch(fetch)) => matches!(fetch.answer, FetchAnswer::Json { .. }),
            (Self::Json { url, .. }, SourceKind::Capture { answer, .. }) => answer.url.matches(url),
            _ => false,
        }
    }

    /// The records in it, each key once.
    fn records(&self, stream: &Stream, source: &Source, fixture: &Fixture) -> Result<Vec<Value>, Mistake> {
        let bodies: Vec<(&Url, &str)> = match self {
            Self::Page { url, html } => vec![(url, html)],
            Self::Json { url, text } => vec![(url, text)],
            Self::Har(answers) => {
                let ours = answers.iter().filter(|answer| is_ours(source, answer));
                ours.filter_map(|answer| Some((&answer.url, answer.body.as_deref()?))).collect()
            }
        };
        let wrong = |what: String, cure: &str| Mistake::new(fixture.input.named_at.clone(), what, cure);
        if bodies.is_empty() {
            let what = format!("nothing in \"{}\" is an answer that {} reads", fixture.input.path, named(source));
            return Err(wrong(what, "save it again, or correct what the source asks for"));
        }
        let mut keys = HashSet::new();
        let mut records = Vec::new();
        for (url, body) in bodies {
            let Some(extracted) = extraction::from_body(stream, source, body, url) else {
                let what = format!("{} finds no list of items in \"{}\"", named(source), fixture.input.path);
                return Err(wrong(what, "correct items: a JSONPath to each item, such as \"$.items[*]\""));
            };
            if extracted.part_missing() > stream.expect.max_missing {
                let missing: Vec<_> =
                    extracted.missing.iter().map(|(field, count)| format!("{field} in {count}")).collect();
                let items = extracted.items;
                let what = format!(
                    "{} finds {items} items, and misses a required field: {}",
                    named(source),
                    missing.join(", ")
                );
                return Err(wrong(what, "correct where that field is, or raise expect.max_missing"));
            }
            let new = extracted.records.into_iter().filter(|record| keys.insert(record.key.clone()));
            records.extend(new.map(|record| Value::Object(record.fields)));
        }
        Ok(records)
    }

    /// A page that was saved is ready, and says that it is empty where it is.
    fn is_as_the_rules_say(
        &self,
        provider: &Provider,
        source: &Source,
        found: &Value,
        fixture: &Fixture,
    ) -> Result<(), Mistake> {
        let (Self::Page { url, html }, empty) = (self, source_empty(source)) else { return Ok(()) };
        let ready = if let SourceKind::Markup { ready, .. } = &source.kind { Some(ready) } else { None };
        let needs = provider.probe.needs();
        let needs = ready.into_iter().chain(empty).fold(needs, |needs, rule| needs.and(rule.needs()));
        let answer = Answer { url: url.clone(), method: "GET".into(), status: 200, body: html.clone() };
        let seen = observe(&answer, &needs, Visible::Assumed);
        if let Some(judged) = ready.map(|ready| ready.judge(&seen)).filter(|judged| judged.truth == Truth::False) {
            let evidence: Vec<_> = judged.evidence.iter().map(|one| format!("{} ({})", one.rule, one.seen)).collect();
            let what = format!("\"{}\" is not ready: {}", fixture.input.path, evidence.join("; "));
            let cure = "correct ready: it holds as soon as the page is drawn, with or without items";
            return Err(Mistake::new(fixture.input.named_at.clone(), what, cure));
        }
        let says_empty = empty.is_some_and(|empty| empty.judge(&seen).truth == Truth::True);
        if found.as_array().is_some_and(Vec::is_empty) && !says_empty {
            let what = format!("{} finds no items, and the page does not say that there are none", named(source));
            let cure =
                "correct items, or add empty = { selector = { css = \"…\" } }: what the page shows instead of items";
            return Err(Mistake::new(fixture.input.named_at.clone(), what, cure));
        }
        Ok(())
    }
}

fn source_empty(source: &Source) -> Option<&crate::domain::rule::Rule> {
    match &source.kind {
        SourceKind::Markup { empty, .. } => empty.as_ref(),
        SourceKind::Fetch(fetch) => match &fetch.answer {
            FetchAnswer::Html { empty, .. } => empty.as_ref(),
            FetchAnswer::Json { .. } => None,
        },
        SourceKind::Capture { .. } => None,
    }
}

/// Whether the source reads that answer of a HAR.
fn is_ours(source: &Source, answer: &SeenResponse) -> bool {
    match &source.kind {
        SourceKind::Capture { answer: wanted, .. } => wanted.matches(answer) == Truth::True,
        SourceKind::Fetch(fetch) => {
            let there = |url: &Url| (url.host_str().map(str::to_owned), url.port(), url.path().to_owned());
            fetch.request.method == answer.method
                && fetch.expects(answer.status)
                && fetch.request.url().is_some_and(|url| there(&url) == there(&answer.url))
        }
        SourceKind::Markup { .. } => false,
    }
}

fn named(source: &Source) -> String {
    format!("the {} source", source.kind.as_str())
}

fn is_page(file: &FixtureFile) -> bool {
    Path::new(&file.path).extension().is_some_and(|extension| extension == "html")
}

fn load(folder: &Path, file: &FixtureFile) -> Result<String, Mistake> {
    let path = folder.join(&file.path);
    let wrong = |what: String, cure: &str| Mistake::new(file.named_at.clone(), what, cure);
    match fs::metadata(&path) {
        Ok(facts) if facts.len() > LARGEST => {
            let what = format!("\"{}\" is larger than {} MB", file.path, LARGEST >> 20);
            return Err(wrong(what, "save one page alone"));
        }
        _ => {}
    }
    fs::read_to_string(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => wrong(
            format!("the file \"{}\" is not there", file.path),
            "save it below this definition's folder, or correct its path",
        ),
        io::ErrorKind::InvalidData => wrong(format!("\"{}\" is no text in UTF-8", file.path), "save it as UTF-8"),
        _ => wrong(format!("\"{}\" could not be read: {error}", file.path), "correct its permissions"),
    })
}

fn store(folder: &Path, file: &FixtureFile, records: &Value) -> Result<(), Mistake> {
    // What says the same in another layout stays as somebody laid it out.
    let old = fs::read_to_string(folder.join(&file.path)).ok();
    if old.and_then(|old| serde_json::from_str::<Value>(&old).ok()).is_some_and(|old| old == *records) {
        return Ok(());
    }
    fs::write(folder.join(&file.path), format!("{records:#}\n")).map_err(|error| {
        let what = format!("\"{}\" could not be written: {error}", file.path);
        Mistake::new(file.named_at.clone(), what, "correct its permissions, or make its folder")
    })
}

fn compare(folder: &Path, fixture: &Fixture, source: &Source, found: &Value) -> Result<(), Mistake> {
    let file = &fixture.expect;
    let text = load(folder, file)?;
    let expected: Value = serde_json::from_str(&text).map_err(|error| {
        let what = format!("\"{}\" is no JSON: {error}", file.path);
        Mistake::new(file.named_at.clone(), what, "correct it, or write it anew with provider check --write")
    })?;
    if expected == *found {
        return Ok(());
    }
    let count = |records: &Value| records.as_array().map_or(0, Vec::len);
    let (here, there) = (count(found), count(&expected));
    let differ = found
        .as_array()
        .zip(expected.as_array())
        .map_or(0, |(found, expected)| found.iter().zip(expected).filter(|(one, other)| one != other).count());
    let what = match (here, there) {
        (here, there) if here != there => {
            format!("{} finds {here} records in \"{}\", not {there}", named(source), fixture.input.path)
        }
        _ => format!("{differ} of {there} records that {} finds in \"{}\" differ", named(source), fixture.input.path),
    };
    let cure = "correct the source; where the new records are the right ones: provider check --write";
    let mut mistake = Mistake::new(file.named_at.clone(), what, cure);
    mistake.detail = Some(difference(&format!("{expected:#}"), &format!("{found:#}")));
    Err(mistake)
}

/// Where two texts differ, a line each: `-` is expected, `+` is found.
fn difference(expected: &str, found: &str) -> String {
    let diff = TextDiff::from_lines(expected, found);
    let unified = diff.unified_diff().context_radius(2).header("expected", "found").to_string();
    let lines: Vec<&str> = unified.lines().collect();
    let mut shown: Vec<String> = lines.iter().take(SHOWN).map(|line| format!("      {line}")).collect();
    if lines.len() > SHOWN {
        shown.push(format!("      … and {} lines more", lines.len() - SHOWN));
    }
    shown.join("\n")
}

/// The answers in a HAR whose bodies are text.
fn har(text: &str) -> Option<Vec<SeenResponse>> {
    let har: Value = serde_json::from_str(text).ok()?;
    let entries = har.pointer("/log/entries")?.as_array()?;
    let read = |entry: &Value| {
        let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str);
        let status = entry.pointer("/response/status")?.as_u64()?;
        let body = match text("/response/content/encoding") {
            Some("base64") => {
                use base64::{Engine, prelude::BASE64_STANDARD};
                let bytes = BASE64_STANDARD.decode(text("/response/content/text")?).ok()?;
                String::from_utf8(bytes).ok()
            }
            _ => text("/response/content/text").map(str::to_owned),
        };
        Some(SeenResponse {
            url: Url::parse(text("/request/url")?).ok()?,
            method: text("/request/method")?.to_owned(),
            status: u16::try_from(status).ok()?,
            body,
        })
    };
    Some(entries.iter().filter_map(read).collect())
}

/// Judges a saved page or answer by the probe's rules.
fn judge(provider: &Provider, state: &State, folder: &Path) -> Result<(), Mistake> {
    let body = load(folder, &state.fixture)?;
    if is_page(&state.fixture) && !is_html(&body) {
        let what = format!("\"{}\" is no page", state.fixture.path);
        return Err(Mistake::new(state.fixture.named_at.clone(), what, "save the page's HTML, or name it .json"));
    }
    let State { url, method, status, .. } = state.clone();
    let answer = Answer { url, method, status, body };
    let visible = match &provider.probe.look {
        Look::Visit(_) | Look::Both(..) => Visible::Assumed,
        Look::Fetch(_) => Visible::Unknown,
    };
    let seen = observe(&answer, &provider.probe.needs(), visible);
    let sighting = provider.judge_by_probe(&seen, is_page(&state.fixture));
    if sighting.verdict == state.expect {
        return Ok(());
    }
    let what = format!(
        "the probe's rules make \"{}\" {}, not {}",
        state.fixture.path,
        sighting.verdict.as_str(),
        state.expect.as_str()
    );
    let mut mistake =
        Mistake::new(Range::clone(&state.expected_at), what, "correct the rules of [probe], or what is expected");
    let evidence = sighting.evidence.iter().map(|one| {
        let value = match one.value {
            Truth::True => "yes",
            Truth::False => "no",
            Truth::Unknown => "unknown",
        };
        format!("      {value:<8}{}: {}\n", one.rule, one.seen)
    });
    mistake.detail = Some(evidence.collect());
    Err(mistake)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MARKET: &str = include_str!("../../providers/demo-market.toml");
    const ANSWER: &str = include_str!("../../providers/fixtures/demo-market/search-p1.json");
    const EXPECTED: &str = include_str!("../../providers/fixtures/demo-market/search-p1.expected.json");

    /// The demo marketplace's definition with one fixture: a HAR of these entries.
    fn with_har(entries: &Value, expected: &str) -> Vec<Mistake> {
        let (before, _) = MARKET.split_once("\n[[streams.fixtures]]").expect("fixtures");
        let fixture = "\n[[streams.fixtures]]\ninput = \"f/market.har\"\nexpect = \"f/expected.json\"\n";
        let provider = Provider::parse("demo-market.toml", &format!("{before}{fixture}")).expect("a definition");
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("f")).expect("made");
        let har = json!({ "log": { "entries": entries } });
        fs::write(folder.path().join("f/market.har"), har.to_string()).expect("written");
        fs::write(folder.path().join("f/expected.json"), expected).expect("written");
        rehearse(&provider, folder.path(), false)
    }

    fn entry(path: &str, method: &str, content: &Value) -> Value {
        let url = format!("http://api-market.demo.localhost:4381{path}");
        json!({ "request": { "url": url, "method": method }, "response": { "status": 200, "content": content } })
    }

    #[test]
    fn of_a_har_the_answers_that_the_source_names_are_read_and_each_record_once() {
        use base64::{Engine, prelude::BASE64_STANDARD};
        let plain = json!({ "text": ANSWER });
        let encoded = json!({ "text": BASE64_STANDARD.encode(ANSWER), "encoding": "base64" });
        let entries = json!([
            entry("/v1/me", "GET", &json!({ "text": "{}" })),
            entry("/v1/market/search", "OPTIONS", &json!({})),
            entry("/v1/market/search", "POST", &plain),
            entry("/v1/market/search", "POST", &encoded),
        ]);
        assert_eq!(with_har(&entries, EXPECTED), []);
    }

    #[test]
    fn a_har_without_such_an_answer_is_a_mistake() {
        let mistakes = with_har(&json!([entry("/v1/me", "GET", &json!({ "text": "{}" }))]), EXPECTED);
        assert!(mistakes.len() == 1 && mistakes[0].what.contains("nothing in \"f/market.har\""), "{mistakes:?}");
    }

    #[test]
    fn records_that_differ_are_shown_line_by_line() {
        let entries = json!([entry("/v1/market/search", "POST", &json!({ "text": ANSWER }))]);
        let mistakes = with_har(&entries, &EXPECTED.replace("1234.56", "1234.57"));
        let detail = mistakes[0].detail.as_deref().unwrap_or_default();
        assert!(mistakes[0].what.starts_with("1 of 3 records"), "{mistakes:?}");
        assert!(
            detail.contains("-      \"amount\": \"1234.57\"") && detail.contains("+      \"amount\": \"1234.56\""),
            "{detail}"
        );
        assert!(with_har(&entries, "[]")[0].what.contains("finds 3 records in \"f/market.har\", not 0"));
    }
}
