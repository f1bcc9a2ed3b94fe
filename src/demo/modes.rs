//! The switches: one JSON document at the control plane, whose members are the difficulties.

use serde::{Deserialize, Serialize};

/// What the site says on `/market` to somebody who is not signed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LoggedOut {
    /// A redirect to the SSO.
    #[default]
    Redirect,
    /// HTTP 200 with a login form.
    Form200,
}

/// The difficulties, switched by the control plane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Modes {
    /// See [`LoggedOut`].
    pub logged_out: LoggedOut,
    /// The API answers 429 with `Retry-After`.
    pub blocked: bool,
    /// What `Retry-After` says, in seconds.
    pub retry_after: u64,
    /// The application's cookie is replaced at each page load.
    pub sessions_rotate: bool,
    /// How long a replaced cookie still works.
    pub rotate_grace_ms: u64,
    /// The API answers this much later.
    pub slow_ms: u64,
    /// How long an access token lives.
    pub token_seconds: u64,
    /// How long the account is blocked after too many wrong tries.
    pub lock_seconds: u64,
}

impl Default for Modes {
    fn default() -> Self {
        Self {
            logged_out: LoggedOut::Redirect,
            blocked: false,
            retry_after: 30,
            sessions_rotate: false,
            rotate_grace_ms: 10_000,
            slow_ms: 0,
            token_seconds: 3600,
            lock_seconds: 60,
        }
    }
}

impl Modes {
    /// The document of these switches, with the members of `wishes` put in.
    pub fn changed_by(&self, wishes: serde_json::Map<String, serde_json::Value>) -> Result<Self, String> {
        let mut document = serde_json::to_value(self).map_err(|error| error.to_string())?;
        if let Some(members) = document.as_object_mut() {
            members.extend(wishes);
        }
        Self::read(document)
    }

    /// A whole document: members that are not in it are as at the start, ones that are no switch are refused.
    pub fn read(document: serde_json::Value) -> Result<Self, String> {
        serde_path_to_error::deserialize(document).map_err(|error| error.to_string())
    }
}
