//! Connect tokens and links as they are handed out. None of these shows in a log: they are told once, to one caller.

use poem_openapi::{Enum, Object, types::Example};
use serde::Deserialize;

use super::{Login, example_moment};
use crate::domain::{self, LinkId, Timestamp};

/// Opens `/connect` for one user's browser. Shown this once.
#[derive(Clone, PartialEq, Eq, Object)]
#[oai(rename_all = "camelCase", example)]
pub struct ConnectToken {
    /// Send it as `Authorization: Bearer`.
    pub token: String,
    /// It starts no login after this. One that is under way by then goes on.
    pub expires_at: Timestamp,
    /// The page to open, from the root of this server. What follows the `#` never reaches a server.
    pub url: String,
}

impl Example for ConnectToken {
    fn example() -> Self {
        let token = "ct_mV1m2l9Yy0tJ8rB4kq3n7w5zXcVbNmAsDfGhJkLpQoE".to_owned();
        Self { url: format!("/connect#token={token}"), token, expires_at: example_moment(900) }
    }
}

/// What the holder of a link may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum LinkMode {
    /// See and use: to go on with a login on a phone.
    Control,
    /// See only.
    View,
}

impl From<LinkMode> for domain::LinkMode {
    fn from(mode: LinkMode) -> Self {
        match mode {
            LinkMode::Control => Self::Control,
            LinkMode::View => Self::View,
        }
    }
}

impl From<domain::LinkMode> for LinkMode {
    fn from(mode: domain::LinkMode) -> Self {
        match mode {
            domain::LinkMode::Control => Self::Control,
            domain::LinkMode::View => Self::View,
        }
    }
}

/// Opens one login on another device. Its token is shown this once.
#[derive(Clone, PartialEq, Eq, Object)]
#[oai(rename_all = "camelCase", example)]
pub struct Link {
    /// Its id, to end it with.
    pub id: LinkId,
    /// What its holder may do.
    pub mode: LinkMode,
    /// Send it as `Authorization: Bearer`.
    pub token: String,
    /// The page to open, from the root of this server. What follows the `#` never reaches a server.
    pub url: String,
    /// It opens nothing after this; null: it opens the login for as long as that is under way.
    #[oai(nullable)]
    pub expires_at: Option<Timestamp>,
}

impl Example for Link {
    fn example() -> Self {
        let token = "cl_b7Qn4xT1uYe9sKd2wRfH6vZc8mJp0LgAaXi5oNtEyUk".to_owned();
        Self {
            id: LinkId::of(&[0x5f; 32]),
            mode: LinkMode::Control,
            url: format!("/connect#login={}&token={token}", Login::example_id()),
            token,
            expires_at: Some(example_moment(900)),
        }
    }
}
