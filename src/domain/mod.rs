//! Facts and rules of the product: no IO, no async, no wire format. Time and chance are passed in.

pub mod body;
pub mod connection;
pub mod event;
pub mod exchange;
pub mod grant;
pub mod id;
pub mod json;
pub mod login;
pub mod rule;
pub mod run;
pub mod schedule;
pub mod selection;
pub mod session;
pub mod time;

pub use connection::{AccountIdentity, Connection, ConnectionStatus, Params};
pub use event::{AwaitedAgain, LoginEvent, Notice, Stored, UserEvent};
pub use exchange::Exchange;
pub use grant::{ConnectToken, Link, LinkMode, Secret};
pub use id::{AccountName, ConnectionId, LinkId, LoginId, ProviderId, RunId, StreamName, TokenId, UserId};
pub use login::{ExpiryReason, Failure, FailureCode, Login, LoginState, PersonsTime};
pub use run::{Cursor, ListEnd, Outcome, Record, RecordChange, Run, RunEnd, RunProgress, SessionState};
pub use schedule::{InvalidTiming, Schedule, Timing};
pub use selection::{Order, OrderBy, Search, Selection};
pub use session::{BrowserIdentity, Cookie, OriginState, Sealed, Session, StorageState, Viewport};
pub use time::{Clock, Timestamp};
