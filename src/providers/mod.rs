//! Provider definition files: load, validate and explain.
//!
//! A provider is data: one TOML file. `file` is what may stand in it, `compile` turns that into what the rest of the
//! service uses (`definition`), and `mistake` explains, with file, line and caret, what is wrong and what cures it.

mod compile;
mod definition;
mod expiry;
mod file;
mod folder;
mod html;
mod load;
mod mistake;
mod paging;
mod params;
mod request;
mod schema;
mod seen;
mod stream;
mod total;

pub use definition::{
    Account, AccountPlace, DeviceTrust, Localized, Login, Look, Politeness, Probe, Provider, Renew, Retry, Scope,
    SessionPolicy, State, WriteBack,
};
pub use expiry::{Expiry, ExpiryPlace, TimeUnit};
pub use folder::Folder;
pub use html::{base_of, document};
pub use load::{Changes, Providers};
pub use mistake::{DefinitionError, Mistake};
pub use paging::{Link, Paging, Said, Slot, Step, Turn, leads_on, offset_after};
pub use params::{Param, ParamError, ParamKind};
pub use request::{Call, Request, StateValue, set_param};
pub use schema::schema;
pub use seen::{Answer, Visible, is_html, observe, text_of_html};
pub use stream::{
    Css, DateForm, DateFormat, Expect, Fetch, FetchAnswer, Field, FieldOrigin, FieldSource, FieldType, FirstPage,
    Fixture, FixtureFile, Locale, Pipe, Source, SourceKind, Stop, Stream, Take, TemplatePart,
};
pub use total::{Total, more_in_html, more_in_json};
