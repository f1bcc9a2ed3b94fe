//! What is no mistake in a definition, and will not do what its writer expects.

use std::{fs, path::Path};

use super::extraction;
use crate::providers::{Paging, Provider, Source, Stop, Stream, more_in_html, more_in_json};

/// Warnings about a definition, whose fixtures lie below `folder`.
#[must_use]
pub fn warnings(provider: &Provider, folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    if provider.account.is_none() {
        all.push(
            "there is no [account]: a login with another account than the one that is saved is not noticed, and replaces it"
                .to_owned(),
        );
    }
    for stream in &provider.streams {
        for source in &stream.sources {
            let named = format!("the {} source of {}", source.kind.as_str(), stream.name);
            if stream.expect.total.is_none() && !can_be_seen_to_end(source) {
                all.push(format!(
                    "the end of the list cannot be seen by {named}, so that no run is complete: let it read on to an empty page \
                     (stop = [\"empty\", …]), or give expect.total"
                ));
            }
            if let Some(why) = more_in_its_fixtures(stream, source, folder) {
                all.push(format!("{named} knows one page, and {why}: give it page, or expect.total"));
            }
        }
    }
    all
}

/// Whether anything that ends its paging proves that there is no more.
fn can_be_seen_to_end(source: &Source) -> bool {
    fn is_seen(paging: &Paging, asks_behind_the_end: bool) -> bool {
        match paging {
            Paging::PageParam { .. } | Paging::Offset { .. } => asks_behind_the_end,
            Paging::AnyOf(ways) => ways.iter().all(|way| is_seen(way, asks_behind_the_end)),
            Paging::Single
            | Paging::Next { .. }
            | Paging::Click { .. }
            | Paging::NextLink(_)
            | Paging::Cursor { .. }
            | Paging::Scroll { .. } => true,
        }
    }
    let asks_behind_the_end = source.stops.iter().any(|stop| matches!(stop, Stop::Empty));
    let is_cut = source.stops.iter().any(|stop| matches!(stop, Stop::MaxPages(_)));
    source.last.is_some() || !is_cut && is_seen(&source.paging, asks_behind_the_end)
}

/// Why a source of one page does not see all of its list, as a fixture shows.
fn more_in_its_fixtures(stream: &Stream, source: &Source, folder: &Path) -> Option<String> {
    if !matches!(source.paging, Paging::Single) || stream.expect.total.is_some() {
        return None;
    }
    stream.fixtures.iter().find_map(|fixture| {
        let url = fixture.url.as_ref()?;
        let body = fs::read_to_string(folder.join(&fixture.input.path)).ok()?;
        let extracted = extraction::from_body(stream, source, &body, url)?;
        let why = match serde_json::from_str(&body) {
            Ok(json) => more_in_json(&json, extracted.items),
            Err(_) => more_in_html(&body, extracted.items),
        }?;
        (extracted.items > 0).then(|| format!("in \"{}\" {why}", fixture.input.path))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = include_str!("../../tests/it/provider_mistakes/sound/sound.toml");

    fn of(text: &str) -> Vec<String> {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/provider_mistakes/sound"));
        warnings(&Provider::parse("sound.toml", text).expect("it loads"), folder)
    }

    #[test]
    fn what_will_not_do_what_its_writer_expects_is_said() {
        assert_eq!(of(SHOP), [""; 0]);
        let (before, rest) = SHOP.split_once("[account]").expect("an account");
        let (_, after) = rest.split_once("\n\n").expect("an end of it");
        assert!(matches!(of(&format!("{before}{after}")).as_slice(), [one] if one.contains("no [account]")));
        let by_page = |stop: &str| {
            SHOP.replace(
                "{ kind = \"cursor\", path = \"$.next\", param = \"after\" }",
                &format!("{{ kind = \"page_param\", param = \"page\", {stop} }}"),
            )
        };
        assert_eq!(of(&by_page("first = 1")), [""; 0]);
        for unseen in ["size = 20, stop = [\"short\"]", "max_pages = 3", "stop = [\"no_new_keys\"]"] {
            let said = of(&by_page(unseen));
            assert!(
                matches!(said.as_slice(), [one] if one.contains("the fetch source of orders")),
                "{unseen}: {said:?}"
            );
        }
        assert_eq!(of(&by_page("max_pages = 3, last = \"$.last\"")), [""; 0]);
    }
}
