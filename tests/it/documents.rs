//! What is written down beside the code stays true to it.

use std::{collections::BTreeSet, fs, path::Path};

use staylogged::{config::VARIABLES, login::machine};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_drawing_of_the_machine_is_that_of_the_code() {
    assert!(
        read("docs/machine.mmd") == machine::mermaid(),
        "docs/machine.mmd is not what the code draws; run: cargo run -- machine > docs/machine.mmd"
    );
}

#[test]
fn every_variable_that_is_read_is_in_the_example() {
    let example = read(".env.example");
    let named: BTreeSet<&str> = example
        .lines()
        .filter_map(|line| line.trim_start_matches(['#', ' ']).split_once('='))
        .map(|(name, _)| name)
        .filter(|name| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        })
        .collect();
    let missing: Vec<_> = VARIABLES.iter().filter(|name| !named.contains(*name)).collect();
    assert!(missing.is_empty(), ".env.example does not name {missing:?}");
    let unknown: Vec<_> =
        named.iter().filter(|name| !VARIABLES.contains(name) && !name.starts_with("NEXT_PUBLIC_")).collect();
    assert!(unknown.is_empty(), ".env.example names {unknown:?}, which nothing reads");
}

#[test]
fn railway_gets_the_fifteen_packages_of_chromium_first() {
    let wanted = [
        "libnss3",
        "libnspr4",
        "libdbus-1-3",
        "libatk1.0-0",
        "libatk-bridge2.0-0",
        "libcups2",
        "libdrm2",
        "libxkbcommon0",
        "libxcomposite1",
        "libxdamage1",
        "libxfixes3",
        "libxrandr2",
        "libgbm1",
        "libxshmfence1",
        "libasound2",
    ];
    let nixpacks: toml::Table = read("nixpacks.toml").parse().unwrap();
    let packages: Vec<_> =
        nixpacks["phases"]["setup"]["aptPkgs"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect();
    assert_eq!(packages[..15], wanted);
    assert!(nixpacks["phases"]["build"]["cmds"].as_array().is_some_and(|cmds| !cmds.is_empty()));
    assert!(nixpacks["start"]["cmd"].as_str().is_some_and(|cmd| cmd.contains("serve")));
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |engine: &str| -> BTreeSet<String> {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));
    assert_eq!(sqlite, postgres);
    assert!(sqlite.contains("015_create_integration_sessions_table.sql"));
}
