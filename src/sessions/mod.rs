//! What is kept of a login: the probe that proves a session, and its opening, saving and ending.
//!
//! Logins and scrapes both need these, and neither may use the other; so they stand here, between them and the vault.

mod asking;
mod care;
mod keeper;
mod logged_out;
mod probe;
mod proof;

pub use asking::{AskError, Asking, Heard, prepared};
pub use care::{Care, CareError};
pub use keeper::{Opened, SessionError, SessionKeeper, logged_out_by};
pub use logged_out::{HOLDS_UNSETTLED, LooksLoggedOut};
pub use probe::{ProbeReport, masked_screenshot, open_options, probe, renew, wanted};
pub use proof::{Proof, prove};
