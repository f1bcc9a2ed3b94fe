//! Who is calling, by what the request shows. What each may do is in `rules`.

use std::fmt;

use poem::{
    Request,
    http::{Method, header},
};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::{
    grants,
    origins::{self, Standing},
    problem::{Kind, Problem},
    rules::{self, Needs},
    shared::{By, Caller, Shared},
};
use crate::domain::UserId;

/// Names the user that a server calls for.
pub const USER_HEADER: &str = "Staylogged-User";

/// Who may call.
#[derive(Clone)]
pub struct Access(Policy);

#[derive(Clone)]
enum Policy {
    /// Whoever asks for a loopback host by name.
    Open,
    /// Whoever has one of the keys; of each its SHA-256.
    Keyed(Vec<[u8; 32]>),
}

impl Access {
    /// No keys were configured and only this computer can reach the service.
    #[must_use]
    pub fn open_on_loopback() -> Self {
        Self(Policy::Open)
    }

    /// Whoever has one of these keys; see [`Access::hash`].
    #[must_use]
    pub fn keys(hashes: Vec<[u8; 32]>) -> Self {
        Self(Policy::Keyed(hashes))
    }

    /// The form in which keys are kept. Keys are long and random, so a plain hash keeps them.
    #[must_use]
    pub fn hash(key: &str) -> [u8; 32] {
        Sha256::digest(key.as_bytes()).into()
    }

    /// Whether it is one of the keys.
    fn knows(&self, key: &str) -> bool {
        let Policy::Keyed(hashes) = &self.0 else { return false };
        is_among(key, hashes)
    }
}

/// Takes the same time for every key that is none of these.
fn is_among<'a>(key: &str, hashes: impl IntoIterator<Item = &'a [u8; 32]>) -> bool {
    let presented = Access::hash(key);
    hashes.into_iter().fold(Choice::from(0), |found, hash| found | hash.ct_eq(&presented)).into()
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Policy::Open => f.write_str("Access { open on loopback }"),
            Policy::Keyed(hashes) => write!(f, "Access {{ {} keys }}", hashes.len()),
        }
    }
}

/// Lets a request pass, and says for whom it is made.
pub async fn admit(
    shared: &Shared,
    request: &mut Request,
    origin: Standing,
    operation: Option<&str>,
) -> Result<(), Problem> {
    let is_open = matches!(shared.access.0, Policy::Open);
    if is_open {
        check_loopback(request, origin)?;
    }
    let path = request.original_uri().path().to_owned();
    let rule = rules::for_request(operation, &path);
    let open = match rule.needs {
        Needs::Nothing | Needs::Ticket => return Ok(()),
        // A proxy on this computer passes on what others ask; most say to which name.
        Needs::KeyOffLoopback => is_open || (shared.loopback && host_of(request).is_some_and(origins::is_loopback)),
        Needs::Key => is_open,
    };
    // Also where no key is needed: what was given out for one thing opens that and nothing else.
    let grant = presented_key(request).ok().filter(|key| grants::is_one(key) && !shared.access.knows(key));
    if let Some(grant) = grant {
        let caller = grants::admit(shared, &grant, rule, &path).await?;
        request.set_data(caller);
        return Ok(());
    }
    if !open {
        let key = presented_key(request)?;
        check_key(shared, &key).await?;
    }
    let user = user(request)?;
    request.set_data(Caller { user, by: By::Server });
    Ok(())
}

/// Without keys, what a page of another site could make this person's browser do must be refused.
fn check_loopback(request: &Request, origin: Standing) -> Result<(), Problem> {
    if !host_of(request).is_some_and(origins::is_loopback) {
        let detail = "no access keys are configured, so only requests to localhost, 127.0.0.1 or [::1] are answered; \
                      set STAYLOGGED_API_KEYS to answer to other host names";
        return Err(Problem::new(Kind::HostNotAllowed, detail));
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !reads && origin == Standing::Foreign {
        return Err(origins::foreign());
    }
    Ok(())
}

/// Host and port that the request was sent to, as it says itself.
fn host_of(request: &Request) -> Option<&str> {
    let authority = || request.original_uri().authority().map(poem::http::uri::Authority::as_str);
    request.header(header::HOST).or_else(authority)
}

/// What stands in `Authorization: Bearer …`.
pub(super) fn presented_key(request: &Request) -> Result<String, Problem> {
    let Some(value) = request.header(header::AUTHORIZATION) else {
        return Err(Problem::new(Kind::Unauthorized, "send the header `Authorization: Bearer <access key>`"));
    };
    let key = value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    key.map(|(_, key)| key.trim().to_owned())
        .ok_or_else(|| Problem::new(Kind::Unauthorized, "the Authorization header must be `Bearer <access key>`"))
}

/// A key that is not known here may have been made since (`staylogged keys access new`): the store is asked, too.
async fn check_key(shared: &Shared, key: &str) -> Result<(), Problem> {
    if shared.access.knows(key) {
        return Ok(());
    }
    let stored = shared.store.access_key_hashes().await?;
    if is_among(key, stored.iter().map(|(_label, hash)| hash)) {
        return Ok(());
    }
    Err(Problem::new(Kind::Unauthorized, "this access key is not one of this server's"))
}

fn user(request: &Request) -> Result<UserId, Problem> {
    let Some(value) = request.headers().get(USER_HEADER) else { return Ok(UserId::default_user()) };
    let parsed = value.to_str().ok().and_then(|name| UserId::parse(name).ok());
    parsed.ok_or_else(|| {
        Problem::new(Kind::BadRequest, format!("the header {USER_HEADER} must be 1 to 128 visible ASCII characters"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_by_its_hash() {
        let access = Access::keys(vec![Access::hash("one"), Access::hash("two")]);
        assert!(access.knows("one") && access.knows("two"));
        assert!(!access.knows("") && !access.knows("three"));
        assert!(!format!("{access:?}").contains("one"));
        assert!(!Access::keys(vec![]).knows(""));
    }
}
