//! For the fuzzer: what sites answer, as a run reads it.

use std::time::{Duration, UNIX_EPOCH};

use tokio::time::Instant;

use super::{asking, extraction};
use crate::{
    domain::StorageState,
    providers::{Answer, Provider, Said, Source, SourceKind, Stream, Visible, is_html, observe},
    sessions::prepared,
};

/// Reads a body as a source does: its rules, its records, and where it goes on.
pub fn read(provider: &Provider, stream: &Stream, source: &Source, body: &str) {
    let extracted = extraction::from_body(stream, source, body, &source.visit);
    if let Some(extracted) = extracted {
        assert!(extracted.records.len() <= extracted.items && extracted.part_missing() <= 1.0);
    }
    let answer = Answer { url: source.visit.clone(), method: "GET".into(), status: 200, body: body.to_owned() };
    let seen = observe(&answer, &provider.probe.needs(), Visible::Assumed);
    let _ = provider.judge_answer(source, &seen, is_html(body)).reason();
    let json = serde_json::from_str(body).ok();
    let said = Said { url: &source.visit, json: json.as_ref(), html: Some(body), links: &[] };
    let _ = source.paging.further(1, 1, said);
}

/// Waits for as long as a header asks, or rather: works out until when.
pub fn wait(retry_after: &str) {
    if let Some(wait) = asking::retry_after(retry_after, UNIX_EPOCH + Duration::from_hours(500_000)) {
        let _ = Instant::now() + wait;
    }
}

/// Makes each source's first request with what a session holds.
pub fn asks_with(provider: &Provider, state: &StorageState) {
    for source in provider.streams.iter().flat_map(|stream| &stream.sources) {
        if let SourceKind::Fetch(fetch) = &source.kind {
            let _ = prepared(&fetch.request, &source.paging.begin(), |value| value.in_session(state));
        }
    }
}
