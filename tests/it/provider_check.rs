//! `staylogged provider check`: each of a folder of broken definitions is refused with its line and its cure; fixtures are
//! read offline; the schema that is checked in is that of the types.
//!
//! Every file in `provider_mistakes/` is `sound/sound.toml` with one mistake, at the line marked `# <- here`, and has its
//! report beside it. After a change of words: `STAYLOGGED_WRITE_REPORTS=1 cargo test --test it provider_check`.

use std::{fs, path::Path, path::PathBuf, process::Command};

use staylogged::{
    providers::{DefinitionError, Provider, schema},
    scraper::rehearse,
};

/// What comes with the program.
const SHIPPED: [&str; 5] = [
    "providers/demo-forum.toml",
    "providers/demo-ledger.toml",
    "providers/demo-market.toml",
    "providers/demo-points.toml",
    "providers/hotmart.toml",
];

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What `provider check` does with one file, reported under the file's name alone.
fn check(path: &Path) -> Result<(), DefinitionError> {
    let text = fs::read_to_string(path).expect("the definition");
    let name = path.file_name().expect("a name").to_str().expect("a name");
    let provider = Provider::parse(name, &text)?;
    let mistakes = rehearse(&provider, path.parent().expect("a folder"), false);
    if mistakes.is_empty() { Ok(()) } else { Err(DefinitionError::new(name, &text, mistakes)) }
}

fn broken() -> Vec<PathBuf> {
    let entries = fs::read_dir(root("tests/it/provider_mistakes")).expect("the folder");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    files
}

/// The program, run in the repository's folder: what it printed, what it complained of, and how it ended.
fn run(arguments: &[&str]) -> (String, String, Option<i32>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_staylogged"));
    let output = command.args(arguments).current_dir(root("")).output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (text(output.stdout), text(output.stderr), output.status.code())
}

#[test]
fn the_definition_that_all_the_broken_ones_are_made_from_is_sound() {
    if let Err(report) = check(&root("tests/it/provider_mistakes/sound/sound.toml")) {
        panic!("{report}");
    }
}

#[test]
fn each_broken_definition_has_one_mistake_at_its_line_and_its_cure() {
    let files = broken();
    assert!(files.len() >= 60, "{} broken definitions", files.len());
    let is_writing = std::env::var_os("STAYLOGGED_WRITE_REPORTS").is_some();
    let mut wrong = Vec::new();
    for file in files {
        let name = file.file_name().expect("a name").to_str().expect("a name");
        let text = fs::read_to_string(&file).expect("the definition");
        let marked = text.lines().position(|line| line.ends_with("# <- here")).expect("a marked line") + 1;
        let Err(error) = check(&file) else {
            wrong.push(format!("{name} is taken for sound"));
            continue;
        };
        let report = error.to_string();
        if error.count() != 1 {
            wrong.push(format!("{name} has one mistake, not {}:\n{report}", error.count()));
        }
        if !report.contains(&format!("[{name}:{marked}:")) || !report.contains("help: ") {
            wrong.push(format!("{name} is not reported at line {marked} with a cure:\n{report}"));
        }
        let beside = file.with_extension("txt");
        if is_writing {
            fs::write(&beside, &report).expect("written");
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        if expected != report {
            wrong.push(format!("{name} is reported in other words than in {}:\n{report}", beside.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_program_checks_a_folder_and_says_how_many_there_are() {
    let files = broken().len();
    let (said, complained, code) = run(&["provider", "check", "tests/it/provider_mistakes"]);
    assert_eq!(code, Some(1), "{complained}");
    assert_eq!(said, format!("{files} definitions, {files} mistakes\n"));
    assert!(complained.contains("tests/it/provider_mistakes/no-css.toml:"), "{complained}");
    let (said, complained, code) = run(&["provider", "check", "tests/it/provider_mistakes/sound"]);
    assert_eq!((said.as_str(), complained.as_str(), code), ("1 definition, 0 mistakes\n", "", Some(0)));
    let (_, complained, code) = run(&["provider", "check", "/nowhere/at/all.toml"]);
    assert!(code == Some(1) && complained.contains("/nowhere/at/all.toml"), "{complained}");
}

#[test]
fn the_definitions_that_ship_and_their_fixtures_are_sound() {
    let (said, complained, code) = run(&["provider", "check", "providers"]);
    assert_eq!(code, Some(0), "{complained}");
    // The forum shows no JSON that says whose account it is.
    assert_eq!(said, "5 definitions, 0 mistakes, 1 warning\n");
    assert!(complained.starts_with("providers/demo-forum.toml: warning: there is no [account]"), "{complained}");
    for file in SHIPPED {
        let text = fs::read_to_string(root(file)).expect(file);
        let provider = Provider::parse(file, &text).unwrap_or_else(|error| panic!("{error}"));
        assert!(
            provider.streams.iter().all(|stream| !stream.fixtures.is_empty()),
            "{file} has a stream without fixtures"
        );
        assert!(!provider.states.is_empty(), "{file} has no states");
    }
}

#[test]
fn the_schema_beside_the_definitions_is_that_of_the_types() {
    let checked_in = fs::read_to_string(root("providers/provider.schema.json")).unwrap_or_default();
    assert!(
        checked_in == schema(),
        "providers/provider.schema.json is out of date; run: cargo run -- provider schema > providers/provider.schema.json"
    );
    for file in SHIPPED {
        let text = fs::read_to_string(root(file)).expect(file);
        assert!(text.starts_with("#:schema ./provider.schema.json\n"), "{file} does not name its schema");
    }
}

/// The fenced blocks of the document: what stands behind the three ticks, and the text.
fn blocks() -> Vec<(String, String)> {
    let document = fs::read_to_string(root("docs/adding-a-provider.md")).expect("the document");
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in document.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(said), None) => open = Some((said.trim().to_owned(), String::new())),
            (None, Some((_, text))) => text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

#[test]
fn who_follows_the_document_literally_gets_a_sound_definition() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut files = Vec::new();
    for (said, text) in blocks() {
        let Some((_, file)) = said.split_once(' ') else { continue };
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(&path, format!("{before}{text}")).expect("written");
        files.push(file.to_owned());
    }
    assert!(files.len() >= 8, "{files:?}");
    let definition = folder.path().join("bookshelf.toml");
    let (said, complained, code) = run(&["provider", "check", definition.to_str().expect("a path")]);
    assert_eq!((said.as_str(), code), ("1 definition, 0 mistakes, 1 warning\n", Some(0)), "{complained}");
}

#[test]
fn the_pieces_of_toml_in_the_document_are_toml() {
    let pieces: Vec<_> = blocks().into_iter().filter(|(said, _)| said == "toml").collect();
    assert!(pieces.len() >= 2);
    for (_, text) in pieces {
        text.parse::<toml::Table>().unwrap_or_else(|error| panic!("{error}\n{text}"));
    }
}

#[test]
fn the_document_names_everything_that_may_stand_in_a_definition() {
    fn names(schema: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
        match schema {
            serde_json::Value::Object(object) => {
                let properties = object.get("properties").and_then(serde_json::Value::as_object);
                found.extend(properties.into_iter().flatten().map(|(name, _)| name.clone()));
                let words = object.get("enum").and_then(serde_json::Value::as_array).into_iter().flatten();
                found.extend(words.chain(object.get("const")).filter_map(|word| word.as_str().map(str::to_owned)));
                object.values().for_each(|below| names(below, found));
            }
            serde_json::Value::Array(list) => list.iter().for_each(|below| names(below, found)),
            _ => {}
        }
    }
    let mut found = std::collections::BTreeSet::new();
    names(&serde_json::from_str(&schema()).expect("JSON"), &mut found);
    assert!(found.len() > 120, "{} names", found.len());
    let document = fs::read_to_string(root("docs/adding-a-provider.md")).expect("the document");
    let words: std::collections::HashSet<&str> =
        document.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
    let missing: Vec<_> = found.iter().filter(|name| !words.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "the document does not name {missing:?}");
}
