//! Addresses: what a site is called, which hosts belong to it, and globs for them.

use std::{collections::BTreeSet, fmt::Write};

use url::{Host, Url};

use super::Recording;

/// Second labels under which names are given away, so that the site is one label longer.
const SHARED: [&str; 12] = ["co", "com", "org", "net", "gov", "edu", "ac", "or", "ne", "go", "gob", "gouv"];

/// The part of a host that its owner has: `app.example.co.uk` is of `example.co.uk`.
pub(super) fn site_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    if !matches!(url.host(), Some(Host::Domain(_))) {
        return host.to_owned();
    }
    let labels: Vec<&str> = host.split('.').collect();
    let long = labels.len() > 2 && SHARED.contains(&labels[labels.len() - 2]);
    let kept = if long { 3 } else { 2 };
    labels[labels.len().saturating_sub(kept)..].join(".")
}

/// A name for the definition, from its address.
#[must_use]
pub fn id_of(url: &Url) -> String {
    let site = site_of(url);
    let first =
        if matches!(url.host(), Some(Host::Domain(_))) { site.split('.').next().unwrap_or("site") } else { "site" };
    let id: String =
        first.to_ascii_lowercase().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect();
    if id.starts_with(|c: char| c.is_ascii_lowercase()) { id } else { format!("site-{id}") }
}

pub(super) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// The same address without what tells one visitor, or one moment, from another.
pub(super) fn glob(url: &Url) -> String {
    let path: Vec<String> =
        url.path().split('/').map(|part| if is_id(part) { "*".to_owned() } else { part.replace('*', "%2A") }).collect();
    format!("{}{}", origin(url), path.join("/"))
}

/// A number, or something that nobody chose.
pub(super) fn is_id(part: &str) -> bool {
    (!part.is_empty() && part.chars().all(|c| c.is_ascii_digit())) || super::looks_random(part) || part.contains('@')
}

/// The sites whose cookies and storages are kept: that of the list and of the start, or all that were passed through.
pub(super) fn sites(recording: &Recording, wide: bool) -> BTreeSet<String> {
    let mut sites: BTreeSet<String> = [&recording.start, &recording.list].into_iter().map(site_of).collect();
    if wide {
        sites.extend(documents(recording).map(site_of));
    }
    sites
}

/// The pages that were opened on the way.
fn documents(recording: &Recording) -> impl Iterator<Item = &Url> {
    let visited = [&recording.logged_in.url, &recording.logged_out.url, &recording.start, &recording.list];
    let asked = [&recording.person, &recording.logged_in.exchanges, &recording.logged_out.exchanges];
    // A frame's document is asked for by a page of another address; what counts here is where a tab went.
    let asked = asked.into_iter().flatten().filter(|one| one.kind == "document").map(|one| &one.url);
    visited.into_iter().chain(asked)
}

/// Where a login goes: globs, one for each site and port.
pub(super) fn navigate(recording: &Recording) -> Vec<String> {
    let globs: BTreeSet<String> = documents(recording)
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .map(|url| {
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            let site = site_of(url);
            let below = if url.host_str() == Some(site.as_str()) || !matches!(url.host(), Some(Host::Domain(_))) {
                site
            } else {
                // At any depth: one star is one label.
                format!("**.{site}")
            };
            format!("{}://{below}{port}/**", url.scheme())
        })
        .collect();
    globs.into_iter().collect()
}

/// Whether a host, or a cookie's domain, is one of these sites' or below it.
pub(super) fn is_of(host: &str, sites: &BTreeSet<String>) -> bool {
    let host = host.trim_start_matches('.');
    sites.iter().any(|site| host == site || host.strip_suffix(site.as_str()).is_some_and(|rest| rest.ends_with('.')))
}

/// A name for a stream, from the address of its list: its last word that is not one of the usual.
pub(super) fn stream_name(url: &Url) -> String {
    const USUAL: [&str; 14] = [
        "search", "list", "index", "all", "api", "data", "items", "query", "graphql", "v1", "v2", "v3", "page", "find",
    ];
    let mut words = url.path().rsplit('/').map(|part| {
        let part = part.split('.').next().unwrap_or(part).to_ascii_lowercase();
        part.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect::<String>()
    });
    let fine = |word: &String| word.starts_with(|c: char| c.is_ascii_lowercase()) && word.len() <= 40;
    words.find(|word| fine(word) && !is_id(word) && !USUAL.contains(&word.as_str())).unwrap_or_else(|| "records".into())
}

/// The address, with a number for what tells one visitor from another, and without its query.
pub(super) fn harmless(url: &Url) -> String {
    glob(url).replace('*', "1")
}

/// What people call it, from its id.
pub(super) fn name_of(id: &str) -> String {
    let mut name = String::new();
    for word in id.split(['-', '_']) {
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        // Writing into a string does not fail.
        let _ = write!(
            name,
            "{}{}{}",
            if name.is_empty() { "" } else { " " },
            first.map(String::from).unwrap_or_default(),
            letters.as_str()
        );
    }
    name
}
