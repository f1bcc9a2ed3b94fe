//! Provider definition files: load, validate and explain.
//!
//! A provider is data: one TOML file. `file` is what may stand in it, `compile` turns that into what the rest of the
//! service uses (`definition`), and `mistake` explains, with file, line and caret, what is wrong and what cures it.

mod compile;
mod definition;
mod file;
mod load;
mod mistake;
mod stream;

pub use definition::{
    Account, AccountPlace, Login, Politeness, Probe, Provider, Retry, Scope, SessionPolicy, WriteBack,
};
pub use load::Providers;
pub use mistake::DefinitionError;
pub use stream::{
    Css, Expect, Field, FieldOrigin, FieldSource, FieldType, Locale, Paging, Pipe, Source, SourceKind, Stop, Stream,
    Take, TemplatePart,
};
