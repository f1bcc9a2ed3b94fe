//! Who can log in, and what makes their one-time codes.

use serde::Serialize;
use totp_rs::{Builder, Secret, Totp};

/// How long a one-time code is shown.
const TOTP_STEP_SECONDS: u64 = 30;

/// An account of the demo marketplace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DemoAccount {
    /// The id that `/v1/me` answers.
    pub id: String,
    /// The person's name.
    pub name: String,
    /// What is typed into `input#username`.
    pub email: String,
    /// What is typed into `input#password`.
    pub password: String,
    /// The secret of the one-time codes, in base32.
    pub totp_secret: String,
}

impl DemoAccount {
    /// Ana, who sells courses.
    #[must_use]
    pub fn ana() -> Self {
        Self {
            id: "48151623".to_owned(),
            name: "Ana Ferreira".to_owned(),
            email: "ana@example.com".to_owned(),
            password: "correct-horse-9".to_owned(),
            totp_secret: "KRSXG5DJNZTSAZDFNVXSA43FMNZGK5BB".to_owned(),
        }
    }

    /// Ben, who sells in Spanish only: to be mistaken for Ana.
    #[must_use]
    pub fn ben() -> Self {
        Self {
            id: "62342108".to_owned(),
            name: "Ben Castro".to_owned(),
            email: "ben@example.com".to_owned(),
            password: "battery-staple-4".to_owned(),
            totp_secret: "MJSW4IDTMVWGY4ZANFXCAU3QMFXGS43I".to_owned(),
        }
    }
}

/// Whose account it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Who {
    #[default]
    Ana,
    Ben,
}

impl Who {
    pub const ALL: [Self; 2] = [Self::Ana, Self::Ben];

    /// The language of the products that this account is shown, where it is not shown all.
    pub fn sees_only(self) -> Option<&'static str> {
        match self {
            Self::Ana => None,
            Self::Ben => Some("ES"),
        }
    }
}

struct Member {
    account: DemoAccount,
    totp: Totp,
}

impl Member {
    fn new(account: DemoAccount) -> Self {
        let secret = Secret::try_from_base32(&account.totp_secret).expect("a demo account's secret is base32");
        let totp = Builder::new().with_secret(secret).build().expect("a demo account's secret has 160 bits");
        Self { account, totp }
    }
}

/// Every account.
pub(super) struct Accounts([Member; 2]);

impl Default for Accounts {
    fn default() -> Self {
        Self([DemoAccount::ana(), DemoAccount::ben()].map(Member::new))
    }
}

impl Accounts {
    fn member(&self, who: Who) -> &Member {
        let [ana, ben] = &self.0;
        match who {
            Who::Ana => ana,
            Who::Ben => ben,
        }
    }

    /// Of that account, all that is to be known.
    pub fn get(&self, who: Who) -> &DemoAccount {
        &self.member(who).account
    }

    /// Whose e-mail address this is.
    pub fn named(&self, email: &str) -> Option<Who> {
        Who::ALL.into_iter().find(|who| email.trim().eq_ignore_ascii_case(&self.get(*who).email))
    }

    /// Whether somebody's password is in there.
    pub fn have_password_in(&self, bytes: &[u8]) -> bool {
        let passwords = Who::ALL.map(|who| self.get(who).password.as_bytes());
        passwords.iter().any(|password| bytes.windows(password.len()).any(|part| part == *password))
    }

    /// The one-time code of that account at that time, and for how many seconds it is shown.
    pub fn totp_at(&self, who: Who, now: u64) -> (String, u64) {
        (self.member(who).totp.generate(now).to_string(), TOTP_STEP_SECONDS - now % TOTP_STEP_SECONDS)
    }

    /// The code at that time, or the one before or after it (a code may be used more than once, so that tests need not wait).
    pub fn totp_is_right(&self, who: Who, code: &str, now: u64) -> bool {
        self.member(who).totp.check(code.trim(), now).is_some()
    }
}
