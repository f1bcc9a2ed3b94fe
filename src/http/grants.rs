//! Connect tokens and links: how they are made, and whom they let in. A token is told once and kept only as its hash;
//! it stands in no log, event or metric.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{
    problem::{Kind, Problem},
    rules::{Holder, Reach, Rule},
    shared::{By, Caller, Shared},
};
use crate::domain::{ConnectToken, LinkId, LinkMode, LoginId, Secret, Timestamp, TokenId, grant::TOLD_FOR};

/// A connect token begins with this.
const TOKEN: &str = "ct_";
/// A link's token begins with this.
const LINK: &str = "cl_";

/// Whether it looks like a connect token or a link's, and so is none of the access keys that we make.
#[must_use]
pub fn is_one(presented: &str) -> bool {
    presented.starts_with(TOKEN) || presented.starts_with(LINK)
}

/// A new connect token: what is told, and what is kept.
pub fn new_token() -> Result<(String, Secret), Problem> {
    new(TOKEN)
}

/// A new link's token: what is told, and what is kept.
pub fn new_link() -> Result<(String, Secret), Problem> {
    new(LINK)
}

fn new(prefix: &str) -> Result<(String, Secret), Problem> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| {
        tracing::error!(%error, "the system gives no randomness");
        Problem::new(Kind::Internal, "the log says why")
    })?;
    let token = format!("{prefix}{}", BASE64_URL_SAFE_NO_PAD.encode(random));
    let secret = hash(&token);
    Ok((token, secret))
}

fn hash(token: &str) -> Secret {
    Secret(Sha256::digest(token.as_bytes()).into())
}

/// Found by half of the hash, compared as a whole, in the same time whatever it is.
fn is_that(kept: Secret, presented: Secret) -> bool {
    kept.0.ct_eq(&presented.0).into()
}

/// Lets in whoever holds something that is good for this operation, at this address.
pub async fn admit(shared: &Shared, presented: &str, rule: Rule, path: &str) -> Result<Caller, Problem> {
    let secret = hash(presented);
    let now = shared.clock.now();
    if presented.starts_with(LINK) {
        by_link(shared, secret, rule, path, now).await
    } else {
        by_token(shared, secret, rule, path, now).await
    }
}

async fn by_token(shared: &Shared, secret: Secret, rule: Rule, path: &str, now: Timestamp) -> Result<Caller, Problem> {
    let found = shared.store.connect_token(&TokenId::of(&secret.0)).await?;
    let token = found.filter(|token| is_that(token.secret, secret)).ok_or_else(unknown)?;
    let logins = shared.store.logins_of_token(&token.id).await?;
    let is_told = |ended: &Option<Timestamp>| ended.is_none_or(|at| now < at.after(TOLD_FOR));
    if !token.starts(now) && !logins.iter().any(|(_, ended)| is_told(ended)) {
        return Err(over(&token));
    }
    if !rule.holders.contains(&Holder::Token) {
        return Err(not_for_this("a connect token connects one user; it opens nothing else"));
    }
    match rule.reach {
        Reach::Picked => {}
        Reach::Provider => check_provider(&token, path)?,
        Reach::Login => {
            let ended = find(path, |id| logins.iter().find(|(login, _)| login == id).map(|(_, ended)| *ended))?;
            if !is_told(&ended) {
                return Err(over(&token));
            }
        }
    }
    let user = token.user.clone();
    let logins = logins.into_iter().map(|(login, _)| login).collect();
    Ok(Caller { user, by: By::Token { token, logins } })
}

async fn by_link(shared: &Shared, secret: Secret, rule: Rule, path: &str, now: Timestamp) -> Result<Caller, Problem> {
    let found = shared.store.link(&LinkId::of(&secret.0)).await?;
    let (link, ended) = found.filter(|(link, _)| is_that(link.secret, secret)).ok_or_else(unknown)?;
    if !link.opens(now) || ended.is_some_and(|at| now >= at.after(TOLD_FOR)) {
        return Err(Problem::new(Kind::TokenExpired, "this link is over; ask for a new one"));
    }
    let holder = match link.mode {
        LinkMode::Control => Holder::Control,
        LinkMode::View => Holder::View,
    };
    if !rule.holders.contains(&holder) || rule.reach != Reach::Login {
        let detail = match link.mode {
            LinkMode::Control => "this link opens one login; nothing else",
            LinkMode::View => "this link shows one login, and does nothing to it",
        };
        return Err(not_for_this(detail));
    }
    find(path, |id| (*id == link.login).then_some(()))?;
    Ok(Caller { user: link.user.clone(), by: By::Link(link) })
}

/// Comes back when the link is ended, here or by another instance; never, where there was none.
pub async fn link_ended(shared: &Shared, link: Option<&LinkId>) {
    let Some(id) = link else { return std::future::pending().await };
    let mut bell = shared.store.bells().links();
    loop {
        bell.mark_unchanged();
        match shared.store.link(id).await {
            Ok(Some((link, _))) if link.ended_at.is_none() => {}
            Ok(_) => return,
            // The next ring asks again.
            Err(error) => tracing::warn!(%error, "could not see whether a link is ended"),
        }
        if bell.changed().await.is_err() {
            return;
        }
    }
}

fn unknown() -> Problem {
    Problem::new(Kind::Unauthorized, "this connect token or link is not one of this server's")
}

/// Why it starts nothing, and opens nothing any more.
pub fn over(token: &ConnectToken) -> Problem {
    let detail = match token.spent_at {
        Some(_) => "the login that this connect token was made for is saved; ask for a new one to connect again",
        None => "this connect token is over; ask for a new one",
    };
    Problem::new(Kind::TokenExpired, detail)
}

/// Refuses what it was not given out for.
pub fn not_for_this(detail: impl Into<String>) -> Problem {
    Problem::new(Kind::TokenNotForThis, detail)
}

fn check_provider(token: &ConnectToken, path: &str) -> Result<(), Problem> {
    let Some(only) = &token.provider else { return Ok(()) };
    if path.strip_prefix("/api/integrations/").and_then(|rest| rest.split('/').next()) == Some(only.as_str()) {
        return Ok(());
    }
    Err(not_for_this(format!("this connect token is for {only} only")))
}

/// Other people's logins are answered as those that there are not.
fn find<T>(path: &str, own: impl Fn(&LoginId) -> Option<T>) -> Result<T, Problem> {
    let id = path.strip_prefix("/api/logins/").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let found = LoginId::parse(id).ok().and_then(|id| own(&id));
    found.ok_or_else(|| Problem::no("login", id))
}
