//! From what stands in a file to a provider that works; every mistake on the way is noted, not only the first.

mod fields;
mod leaves;
mod paging;
mod requests;
mod rules;
mod site;
mod sources;
mod streams;
mod structure;

use std::{collections::HashSet, path::Path, sync::Arc};

use sha2::{Digest, Sha256};

use super::{
    DefinitionError, Param, Provider,
    definition::Written,
    file::{File, Place, Text},
    mistake::Mistake,
};
use crate::domain::{Params, ProviderId};

/// The only form of the file so far.
const FORMAT: u32 = 1;

/// Compiles the text of one definition file. Where it asks for values, its own examples stand in for them.
pub(super) fn compile(file: &str, text: &str) -> Result<Provider, DefinitionError> {
    compile_with(file, text, None)
}

/// The same with the user's values.
pub(super) fn compile_with(file: &str, text: &str, values: Option<Params>) -> Result<Provider, DefinitionError> {
    let (raw, mistakes) = structure::read(text);
    let Some(raw) = raw else { return Err(DefinitionError::new(file, text, mistakes)) };
    let is_partial = !mistakes.is_empty();
    let mut compiler =
        Compiler { mistakes, is_partial, values: values.clone().unwrap_or_default(), ..Compiler::default() };
    let provider = compiler.provider(file, text, &raw, values);
    match provider {
        Some(provider) if compiler.mistakes.is_empty() => Ok(provider),
        _ => Err(DefinitionError::new(file, text, compiler.mistakes)),
    }
}

/// Notes mistakes on the way; what has one becomes `None`.
#[derive(Default)]
struct Compiler {
    mistakes: Vec<Mistake>,
    /// Something was taken out: what one part says of another may follow from that, and is no mistake of its own.
    is_partial: bool,
    /// What may be asked of the user.
    params: Vec<Param>,
    /// The names of those that have a mistake: what they stand in cannot be checked.
    broken_params: HashSet<String>,
    /// What stands for each parameter: the user's value, or its example.
    values: Params,
    /// Origins whose storage a saved session keeps; rules may ask about no other. None: the scope has a mistake.
    kept_origins: Option<HashSet<String>>,
    keeps_session_storage: bool,
    /// Where the browser may go; none: anywhere.
    navigate: Vec<regex::Regex>,
    /// On what the rules at hand are judged.
    judged_on: JudgedOn,
}

/// On what rules are judged.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum JudgedOn {
    /// A page in a browser.
    #[default]
    Page,
    /// An answer over HTTP: what only a browser sees is a mistake.
    Answer,
    /// An answer, and a page where they do not decide there.
    Both,
}

impl Compiler {
    /// A mistake that concerns more than one part.
    fn mistake<T>(&mut self, place: Place, what: impl Into<String>, cure: impl Into<String>) -> Option<T> {
        if self.is_partial { None } else { self.slip(place, what, cure) }
    }

    /// A mistake within one value.
    fn slip<T>(&mut self, place: Place, what: impl Into<String>, cure: impl Into<String>) -> Option<T> {
        let (what, cure) = (self.as_written(what.into()), self.as_written(cure.into()));
        self.mistakes.push(Mistake::new(place, what, cure));
        None
    }

    /// With the parameters instead of the values that stand for them.
    fn as_written(&self, text: String) -> String {
        // A shorter one may stand anywhere in the words around it.
        let values = self.values.iter().filter(|(_, value)| value.len() >= 4);
        values.fold(text, |text, (name, value)| text.replace(value.as_str(), &format!("{{{name}}}")))
    }

    fn provider(&mut self, file: &str, text: &str, raw: &File, values: Option<Params>) -> Option<Provider> {
        if *raw.format.get_ref() != FORMAT {
            let what = format!("the format {} is not known", raw.format.get_ref());
            self.mistake::<()>(raw.format.span(), what, format!("write format = {FORMAT}"));
        }
        let id = self.id(file, &raw.id);
        if raw.name.get_ref().trim().is_empty() {
            self.mistake::<()>(raw.name.span(), "the name is empty", "write what people call the site");
        }
        let homepage = self.homepage(&raw.homepage);
        self.params(&raw.params);
        let scope = self.scope(&raw.scope);
        self.navigate = scope.iter().flat_map(|scope| &scope.navigate).map(|glob| glob.regex().clone()).collect();
        self.keeps_session_storage = raw.scope.session_storage;
        self.kept_origins = scope.as_ref().map(|scope| scope.origins.iter().cloned().collect());
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
        let states: Vec<_> = raw.states.iter().map(|state| self.state(state)).collect();
        let is_address = |name: &String| self.params.iter().any(|param| param.name == *name && param.kind.is_address());
        let addresses = values.iter().flatten().filter(|(name, _)| is_address(name));
        let (version, place) = (version_of(text, values.iter().flatten()), version_of("", addresses));
        Some(Provider {
            id: id?,
            name: raw.name.get_ref().clone(),
            homepage: homepage?,
            version,
            place,
            params: std::mem::take(&mut self.params),
            values,
            written: Arc::new(Written { file: file.to_owned(), text: text.to_owned() }),
            scope: scope?,
            login: login?,
            session: session?,
            probe: probe?,
            account: rules::whole(account)?,
            politeness: politeness?,
            streams: streams.into_iter().collect::<Option<_>>()?,
            states: states.into_iter().collect::<Option<_>>()?,
        })
    }

    fn id(&mut self, file: &str, id: &Text) -> Option<ProviderId> {
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
}

fn version_of<'v>(text: &str, values: impl Iterator<Item = (&'v String, &'v String)>) -> String {
    let mut hash = Sha256::new_with_prefix(text.as_bytes());
    for (name, value) in values {
        // No value holds a zero.
        hash.update([b"\0", name.as_bytes(), b"\0", value.as_bytes()].concat());
    }
    let hash = hash.finalize();
    hash.iter().take(6).fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
