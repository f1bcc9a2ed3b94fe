//! What a browser is given instead of an access key: it opens one thing, for a while. Of each only the hash is kept.

use std::{fmt, time::Duration};

use serde::Deserialize;

use super::{AccountName, LinkId, LoginId, Params, ProviderId, Timestamp, TokenId, UserId};

/// How long a connect token starts logins, and a link opens a login for use.
pub const GOOD_FOR: Duration = Duration::from_mins(15);
/// How long a login is still told of after its end, to whoever held something that opened it.
pub const TOLD_FOR: Duration = Duration::from_mins(5);

/// The hash of a token, which the token cannot be made from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret(pub [u8; 32]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Starts logins for one user, until one of them is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectToken {
    /// Half of the hash.
    pub id: TokenId,
    /// The hash.
    pub secret: Secret,
    /// For whom.
    pub user: UserId,
    /// Only at this site; none: at any.
    pub provider: Option<ProviderId>,
    /// Only for this account; none: for any.
    pub account: Option<AccountName>,
    /// What is not asked of the user any more; only with `provider`.
    pub params: Params,
    /// When it was made.
    pub created_at: Timestamp,
    /// It starts nothing after this.
    pub expires_at: Timestamp,
    /// A login with it was saved then: it starts nothing more.
    pub spent_at: Option<Timestamp>,
}

impl ConnectToken {
    /// Whether it may still start a login.
    #[must_use]
    pub fn starts(&self, now: Timestamp) -> bool {
        self.spent_at.is_none() && now < self.expires_at
    }
}

/// What the holder of a link may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkMode {
    /// See and use: "continue on your phone".
    Control,
    /// See only.
    View,
}

impl LinkMode {
    /// The word in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::View => "view",
        }
    }

    /// When a link of this mode that is made now is over; none: with its login.
    #[must_use]
    pub fn until(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Control => Some(now.after(GOOD_FOR)),
            Self::View => None,
        }
    }

    /// The mode of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Control, Self::View].into_iter().find(|mode| mode.as_str() == word)
    }
}

/// Opens one login, while that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Half of the hash.
    pub id: LinkId,
    /// The hash.
    pub secret: Secret,
    /// Which login.
    pub login: LoginId,
    /// Whose that is.
    pub user: UserId,
    /// What its holder may do.
    pub mode: LinkMode,
    /// When it was made.
    pub created_at: Timestamp,
    /// It opens nothing after this; none: for as long as the login is under way.
    pub expires_at: Option<Timestamp>,
    /// The owner ended it then.
    pub ended_at: Option<Timestamp>,
}

impl Link {
    /// Whether it opens anything, where its login is there to be opened.
    #[must_use]
    pub fn opens(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && self.expires_at.is_none_or(|until| now < until)
    }
}
