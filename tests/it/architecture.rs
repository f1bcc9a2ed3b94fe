//! Data flows one way. An arrow that is not in this table is a decision: an ADR in `docs/adr/`, and a line here.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const EVERYTHING: &[&str] = &["*"];

/// Module → what it may `use crate::`.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("vault", &["domain"]),
    ("store", &["domain"]),
    ("browser", &["domain"]),
    ("providers", &["domain"]),
    ("fetch", &["domain"]),
    ("sessions", &["domain", "browser", "vault", "store", "providers", "fetch"]),
    ("scraper", &["domain", "browser", "vault", "store", "providers", "sessions"]),
    ("scheduler", &["domain", "browser", "store", "providers", "sessions", "scraper"]),
    ("login", &["domain", "browser", "vault", "store", "providers", "sessions"]),
    ("recorder", &["domain", "providers"]),
    ("http", &["domain", "login", "scheduler", "scraper", "sessions", "store", "providers"]),
    ("demo", &["domain"]),
    ("config", &["domain"]),
    ("telemetry", &["domain", "config"]),
    // Built for tests and the fuzzer only.
    ("fuzz", EVERYTHING),
    ("app", EVERYTHING),
    ("cli", EVERYTHING),
    ("lib", EVERYTHING),
    ("main", EVERYTHING),
];

#[test]
fn no_module_uses_what_it_may_not() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let allowed: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut read = 0;
    for file in sources(&root) {
        let path = file.strip_prefix(&root).unwrap();
        let first = path.components().next().unwrap().as_os_str().to_str().unwrap();
        let module = first.strip_suffix(".rs").unwrap_or(first);
        let Some(may_use) = allowed.get(module) else {
            wrong.push(format!("src/{}: the module `{module}` is not in the table", path.display()));
            continue;
        };
        read += 1;
        for used in uses(&fs::read_to_string(&file).unwrap()) {
            if used != module && *may_use != EVERYTHING && !may_use.contains(&used.as_str()) {
                wrong.push(format!("src/{}: `{module}` may not use `crate::{used}`", path.display()));
            }
        }
    }
    assert!(read > 40, "only {read} sources were read: the test looks in the wrong place");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_would_notice() {
    let found = uses(
        "use crate::{\n    domain::{Clock, Login},\n    vault::Vault,\n};\nlet x = crate::store::Store; // crate::http is only a word here",
    );
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["domain", "store", "vault"]);
}

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found
}

/// The first names after `crate::`, those of a brace group too.
fn uses(source: &str) -> BTreeSet<String> {
    let code: String = source.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let Some(group) = rest.strip_prefix('{') else {
            found.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
            continue;
        };
        let mut depth = 0;
        let mut name = String::new();
        let mut at_start = true;
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => at_start = true,
                c if depth == 0 && at_start && (c.is_alphanumeric() || c == '_') => name.push(c),
                _ if depth == 0 && !name.is_empty() => {
                    found.insert(std::mem::take(&mut name));
                    at_start = false;
                }
                _ => {}
            }
        }
    }
    found
}
