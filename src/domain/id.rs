//! Names of things. Each is parsed at the border and never re-checked inside.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a text is not a name of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {rule}")]
pub struct InvalidId {
    what: &'static str,
    rule: &'static str,
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Parses a name; the error says what it must look like.
            pub fn parse(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                let check: fn(&str) -> bool = $check;
                if check(&text) { Ok(Self(text)) } else { Err(InvalidId { what: $what, rule: $rule }) }
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

fn is_slug(text: &str, longest: usize) -> bool {
    !text.is_empty()
        && text.len() <= longest
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
        && text.starts_with(|c: char| c.is_ascii_lowercase())
}

fn is_made(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
}

text_id!(
    /// A site that can be connected: the `id` of its definition file.
    ProviderId, "a provider id", "1 to 40 of a-z, 0-9, - and _, beginning with a letter", |t| is_slug(t, 40)
);
text_id!(
    /// A kind of thing that a provider offers.
    StreamName, "a stream name", "1 to 40 of a-z, 0-9, - and _, beginning with a letter", |t| is_slug(t, 40)
);
text_id!(
    /// Whose account it is: opaque, chosen by the embedding product.
    UserId, "a user id", "1 to 128 visible ASCII characters", |t| {
        !t.is_empty() && t.len() <= 128 && t.bytes().all(|b| b.is_ascii_graphic())
    }
);
text_id!(
    /// Tells several accounts of one user at one provider apart.
    AccountName, "an account name", "1 to 64 of letters, digits and . _ @ + -", |t| {
        !t.is_empty() && t.len() <= 64
            && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"._@+-".contains(&b))
    }
);
text_id!(
    /// One user's account at one provider, over time.
    ConnectionId, "a connection id", "con_ and 32 hex digits", |t| is_made(t, "con_")
);
text_id!(
    /// One bounded try to log in by hand.
    LoginId, "a login id", "lgn_ and 32 hex digits", |t| is_made(t, "lgn_")
);
text_id!(
    /// One execution of a scrape of a stream.
    RunId, "a run id", "run_ and 32 hex digits", |t| is_made(t, "run_")
);

text_id!(
    /// A connect token, without being one: the beginning of its hash.
    TokenId, "a connect token's id", "ctk_ and 32 hex digits", |t| is_made(t, "ctk_")
);
text_id!(
    /// A link to a login, without its token: the beginning of that one's hash.
    LinkId, "a link's id", "lnk_ and 32 hex digits", |t| is_made(t, "lnk_")
);

macro_rules! made_id {
    ($name:ident, $prefix:literal) => {
        impl $name {
            /// A new id from the given randomness (a version 7 UUID keeps ids in order of time).
            #[must_use]
            pub fn new(uuid: Uuid) -> Self {
                Self(format!(concat!($prefix, "{}"), uuid.simple()))
            }
        }
    };
}

made_id!(ConnectionId, "con_");
made_id!(LoginId, "lgn_");
made_id!(RunId, "run_");

macro_rules! id_of_hash {
    ($name:ident, $prefix:literal) => {
        impl $name {
            /// What is kept under that hash: found by half of it, and then compared as a whole.
            #[must_use]
            pub fn of(hash: &[u8; 32]) -> Self {
                let half: [u8; 16] = std::array::from_fn(|i| hash[i]);
                Self(format!(concat!($prefix, "{:032x}"), u128::from_be_bytes(half)))
            }
        }
    };
}

id_of_hash!(TokenId, "ctk_");
id_of_hash!(LinkId, "lnk_");

impl UserId {
    /// Whose it is when neither a header nor a token says.
    #[must_use]
    pub fn default_user() -> Self {
        Self("default".into())
    }
}

impl AccountName {
    /// The account meant when none is named.
    #[must_use]
    pub fn main() -> Self {
        Self("main".into())
    }
}
