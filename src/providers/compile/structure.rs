//! From text to the types of a file. What has a mistake is taken out and the rest is read again, so that all are found.

use serde::Deserialize;
use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue, Deserializer},
};

use crate::providers::{
    file::{File, Place},
    mistake::Mistake,
};

/// More mistakes than this are not looked for.
const MOST: usize = 100;

/// A way into the file: names and places in lists.
type Path = Vec<Key>;

#[derive(Clone, PartialEq, Eq)]
enum Key {
    Name(String),
    At(usize),
}

/// Reads a file as far as it can be read, and notes what is not as it should be.
pub(super) fn read(text: &str) -> (Option<File>, Vec<Mistake>) {
    let (tree, errors) = DeTable::parse_recoverable(text);
    let mut mistakes: Vec<Mistake> = errors.iter().map(mistake).collect();
    if !mistakes.is_empty() {
        // What a parser makes of a file that is no TOML says little.
        return (None, mistakes);
    }
    let whole = tree.span();
    let mut tree = tree.into_inner();
    let mut removed: Vec<Path> = Vec::new();
    for _ in 0..MOST {
        let read = File::deserialize(Deserializer::from(Spanned::new(whole.clone(), tree.clone())));
        let error = match read {
            Ok(file) => return (Some(file), mistakes),
            Err(error) => error,
        };
        let path = error.span().and_then(|place| find(&tree, &place, error.message()));
        // What lacks something that was taken out is not wrong by itself.
        let follows = |path: &Path| removed.iter().any(|gone| gone.starts_with(path));
        if !path.as_ref().map_or(!removed.is_empty(), follows) {
            mistakes.push(mistake(&error));
        }
        match path {
            Some(path) if !path.is_empty() => {
                remove(&mut tree, &path);
                removed.push(path);
            }
            _ => return (None, mistakes),
        }
    }
    (None, mistakes)
}

fn mistake(error: &toml::de::Error) -> Mistake {
    let place = error.span().unwrap_or(0..0);
    let what = error.message().trim_end().to_owned();
    let cure = cure(&what);
    Mistake::new(place, what, cure)
}

fn cure(what: &str) -> String {
    if what.starts_with("unknown field") || what.starts_with("unknown variant") {
        let meant = meant(what).map_or("use one of the names that are expected".into(), |name| format!("write {name}"));
        format!("{meant}, or take it out; nothing in a definition is ignored")
    } else if let Some(name) = what.strip_prefix("missing field") {
        format!("add{name}; docs/adding-a-provider.md describes each one")
    } else {
        let known = CURES.iter().find(|(part, _)| what.contains(part));
        known.map_or("correct the TOML: https://toml.io/en/v1.1.0", |(_, cure)| cure).into()
    }
}

/// What the parser says, and what cures it.
const CURES: [(&str, &str); 15] = [
    ("expected a string", "write one text, in quotes"),
    ("expected a boolean", "write true or false, without quotes"),
    ("expected u", "write a whole number from 0, without quotes"),
    ("expected i64", "write a whole number, without quotes"),
    ("expected f64", "write a number, without quotes"),
    ("expected a sequence", "write a list: [\"…\", \"…\"]"),
    ("expected a tuple", "write the two numbers as a list: [0, 100]"),
    ("expected struct", "write a table: { name = \"…\" }"),
    ("expected a table", "write a table: { name = \"…\" }"),
    ("wanted exactly 1 element", "write one thing alone: { url = \"…\" }; several go into all = [ … ] or any = [ … ]"),
    ("has nothing in it", "write at least one, or take the key out"),
    ("must be quoted", "write it in quotes"),
    ("invalid basic string", "end the text with the quote that it begins with; a quote in it is written \\\""),
    ("invalid literal string", "end the text with the quote that it begins with"),
    ("duplicate key", "take one of the two out, or give it the name that was meant"),
];

/// The expected name that is nearest to the one that was written, both in backticks in the message.
fn meant(what: &str) -> Option<&str> {
    let mut names = what.split('`').skip(1).step_by(2);
    let written = names.next()?;
    let near =
        names.map(|name| (strsim::damerau_levenshtein(written, name), name)).min_by_key(|(distance, _)| *distance)?;
    (near.0 <= 1 + written.len() / 4).then_some(near.1)
}

/// What stands at that place: the thing that is wrong itself, or the table that lacks something.
fn find(tree: &DeTable<'_>, place: &Place, message: &str) -> Option<Path> {
    let mut found = None;
    let mut stack: Vec<Path> = vec![Vec::new()];
    while let Some(path) = stack.pop() {
        let mut below: Vec<(Key, Place, &Spanned<DeValue<'_>>)> = Vec::new();
        match get(tree, &path) {
            Some(Below::Table(table)) => below
                .extend(table.iter().map(|(name, value)| (Key::Name(name.get_ref().to_string()), name.span(), value))),
            Some(Below::Array(list)) => {
                below.extend(list.iter().enumerate().map(|(at, value)| (Key::At(at), value.span(), value)));
            }
            None => {}
        }
        for (key, named, value) in below {
            let path: Path = path.iter().cloned().chain([key]).collect();
            if named == *place || value.span() == *place {
                // Of a table and the only thing in it that share a place, what is wrong is the inner one, but what lacks
                // something is the outer one.
                if message.starts_with("missing field") && found.is_some() {
                    continue;
                }
                found = Some(path.clone());
            }
            stack.push(path);
        }
    }
    found.or_else(|| message.starts_with("missing field").then(Vec::new))
}

enum Below<'t, 'i> {
    Table(&'t DeTable<'i>),
    Array(&'t [Spanned<DeValue<'i>>]),
}

fn get<'t, 'i>(tree: &'t DeTable<'i>, path: &[Key]) -> Option<Below<'t, 'i>> {
    let mut at = Below::Table(tree);
    for key in path {
        let value = match (&at, key) {
            (Below::Table(table), Key::Name(name)) => table.iter().find(|(one, _)| one.get_ref() == name)?.1,
            (Below::Array(list), Key::At(place)) => list.get(*place)?,
            _ => return None,
        };
        at = match value.get_ref() {
            DeValue::Table(table) => Below::Table(table),
            DeValue::Array(list) => Below::Array(list),
            _ => return None,
        };
    }
    Some(at)
}

fn remove(tree: &mut DeTable<'_>, path: &[Key]) {
    match path {
        [Key::Name(name)] => {
            let all = std::mem::replace(tree, DeTable::new());
            *tree = all.into_iter().filter(|(one, _)| one.get_ref() != name).collect();
        }
        [Key::Name(name), rest @ ..] => {
            for (_, value) in tree.iter_mut().filter(|(one, _)| one.get_ref() == name) {
                remove_below(value.get_mut(), rest);
            }
        }
        _ => {}
    }
}

fn remove_below(value: &mut DeValue<'_>, path: &[Key]) {
    match (value, path) {
        (DeValue::Table(table), path) => remove(table, path),
        (DeValue::Array(list), [Key::At(at)]) => {
            let kept = std::mem::replace(list, DeArray::new()).into_iter().enumerate().filter(|(place, _)| place != at);
            *list = kept.map(|(_, value)| value).collect();
        }
        (DeValue::Array(list), [Key::At(at), rest @ ..]) => {
            if let Some(value) = list.get_mut(*at) {
                remove_below(value.get_mut(), rest);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(from: &str, to: &str) -> Vec<String> {
        let good = include_str!("../../../providers/demo-market.toml");
        assert!(good.contains(from), "{from}");
        read(&good.replacen(from, to, 1)).1.into_iter().map(|mistake| mistake.what).collect()
    }

    #[test]
    fn each_mistake_is_found_once_and_what_follows_from_it_is_not_told() {
        let unknown = all("timeout = \"15m\"", "time_out = \"15m\"");
        assert!(unknown.len() == 1 && unknown[0].starts_with("unknown field `time_out`"), "{unknown:?}");
        let variant = all("cookie = { name", "cokie = { name");
        assert!(variant.len() == 1 && variant[0].starts_with("unknown variant `cokie`"), "{variant:?}");
        let missing = all("timeout = \"15m\"", "");
        assert!(missing.len() == 1 && missing[0].starts_with("missing field `timeout`"), "{missing:?}");
    }

    #[test]
    fn several_are_found_at_once() {
        let both = all("timeout = \"15m\"\nsettle  = \"1s\"", "time_out = \"15m\"\nsettle = 1\ncolour = \"red\"");
        assert_eq!(both.len(), 3, "{both:?}");
        let syntax = all("timeout = \"15m\"\nsettle  = \"1s\"", "timeout = 15m\nsettle  = 1s");
        assert_eq!(syntax.len(), 2, "{syntax:?}");
    }

    #[test]
    fn the_name_that_was_meant_is_said() {
        assert_eq!(meant("unknown field `time_out`, expected one of `start`, `timeout`"), Some("timeout"));
        assert_eq!(meant("unknown field `colour`, expected one of `start`, `timeout`"), None);
    }
}
