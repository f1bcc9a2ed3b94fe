//! Facts and rules of the product: no IO, no async, no wire format. Time and chance are passed in.

pub mod connection;
pub mod event;
pub mod id;
pub mod login;
pub mod rule;
pub mod run;
pub mod session;
pub mod time;

pub use connection::{AccountIdentity, Connection, ConnectionStatus};
pub use event::{LoginEvent, Stored, UserEvent};
pub use id::{AccountName, ConnectionId, LoginId, ProviderId, RunId, StreamName, UserId};
pub use login::{Failure, FailureCode, Login, LoginState};
pub use run::{Outcome, Record, Run, RunProgress};
pub use session::{BrowserIdentity, Cookie, OriginState, Sealed, Session, StorageState, Viewport};
pub use time::{Clock, Timestamp};
