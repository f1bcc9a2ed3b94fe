//! Connect tokens and links: what a browser holds instead of an access key. Only hashes are here.

use std::time::Duration;

use sqlx::types::Json;

use super::{
    Result, Store, StoreError, bells,
    dialect::{on, statements},
    word,
};
use crate::domain::{
    AccountName, ConnectToken, Link, LinkId, LinkMode, LoginId, Params, ProviderId, Secret, Timestamp, TokenId, UserId,
    grant::TOLD_FOR,
};

/// As many tokens of one user are kept: a page that makes one at each visit leaves many unused.
const MOST_TOKENS: i64 = 50;
/// As many links of one login open it at once.
const MOST_LINKS: i64 = 10;
/// Whoever comes with an expired token is told so for this long; then it is forgotten.
const REMEMBERED: Duration = Duration::from_hours(24);

statements! {
    FORGET_EXPIRED = "delete from connect_tokens where expires_at <= $1 and id not in
        (select token_id from connect_token_logins join logins on id = login_id
         where ended_at is null or ended_at > $2)";
    FORGET_OLDEST = "delete from connect_tokens where user_id = $1
        and id not in (select id from connect_tokens where user_id = $1 order by created_at desc, id desc limit $2)
        and id not in (select token_id from connect_token_logins join logins on id = login_id
                       where ended_at is null or ended_at > $3)";
    ADD_TOKEN = "insert into connect_tokens (id, hash, user_id, provider, account, params, logins, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, 0, $7, $8)";
    FIND_TOKEN = "select id, hash, user_id, provider, account, params, created_at, expires_at, spent_at
        from connect_tokens where id = $1";
    LOGINS_OF_TOKEN = "select login_id, ended_at from connect_token_logins join logins on id = login_id
        where token_id = $1 order by started_at, login_id";
    ADD_LINK = "insert into login_links (id, hash, login_id, user_id, mode, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7)";
    END_OLDEST = "update login_links set ended_at = $2 where login_id = $1 and ended_at is null
        and id not in (select id from login_links where login_id = $1 and ended_at is null
                       order by created_at desc, id desc limit $3)";
    FIND_LINK = "select login_links.id, hash, login_id, login_links.user_id, mode, created_at, expires_at,
            login_links.ended_at, logins.ended_at as login_ended_at
        from login_links join logins on logins.id = login_id where login_links.id = $1";
    END_LINK = "update login_links set ended_at = coalesce(ended_at, $3) where login_id = $1 and id = $2";
}

/// Raised first: it locks the token, so that what is looked at next is what counts.
pub(super) const TAKE: &str = "update connect_tokens set logins = logins + 1
    where id = $1 and spent_at is null and expires_at > $2";
pub(super) const OTHER_UNDER_WAY: &str = "select count(*) from connect_token_logins join logins on id = login_id
    where token_id = $1 and ended_at is null and login_id <> $2";
pub(super) const ADMIT: &str =
    "insert into connect_token_logins (token_id, login_id) values ($1, $2) on conflict do nothing";
pub(super) const SPEND: &str = "update connect_tokens set spent_at = $2
    where spent_at is null and id in (select token_id from connect_token_logins where login_id = $1)";
pub(super) const WRITTEN_IN_PASSING: &[&str] = &[TAKE, OTHER_UNDER_WAY, ADMIT, SPEND];

/// Opens a login to a token, as a part of the transaction: refused where the token starts nothing any more, and
/// where it has another login under way.
macro_rules! admit_token {
    ($tx:ident, $token:expr, $login:expr, $now:expr) => {{
        let token: &$crate::domain::TokenId = $token;
        let login: &$crate::domain::LoginId = $login;
        let taken =
            sqlx::query($crate::store::grants::TAKE).bind(token.as_str()).bind($now.0).execute(&mut *$tx).await?;
        if taken.rows_affected() != 1 {
            return Err($crate::store::StoreError::TokenOver);
        }
        let (others,): (i64,) = sqlx::query_as($crate::store::grants::OTHER_UNDER_WAY)
            .bind(token.as_str())
            .bind(login.as_str())
            .fetch_one(&mut *$tx)
            .await?;
        if others > 0 {
            return Err($crate::store::StoreError::TokenBusy);
        }
        sqlx::query($crate::store::grants::ADMIT).bind(token.as_str()).bind(login.as_str()).execute(&mut *$tx).await?;
    }};
}

pub(super) use admit_token;

#[derive(sqlx::FromRow)]
struct TokenRow {
    id: String,
    hash: Vec<u8>,
    user_id: String,
    provider: Option<String>,
    account: Option<String>,
    #[sqlx(json)]
    params: Params,
    created_at: i64,
    expires_at: i64,
    spent_at: Option<i64>,
}

impl TryFrom<TokenRow> for ConnectToken {
    type Error = StoreError;

    fn try_from(row: TokenRow) -> Result<Self> {
        Ok(Self {
            secret: secret(row.hash, &row.id)?,
            id: word(TokenId::parse(row.id))?,
            user: word(UserId::parse(row.user_id))?,
            provider: row.provider.map(|id| word(ProviderId::parse(id))).transpose()?,
            account: row.account.map(|name| word(AccountName::parse(name))).transpose()?,
            params: row.params,
            created_at: Timestamp(row.created_at),
            expires_at: Timestamp(row.expires_at),
            spent_at: row.spent_at.map(Timestamp),
        })
    }
}

#[derive(sqlx::FromRow)]
struct LinkRow {
    id: String,
    hash: Vec<u8>,
    login_id: String,
    user_id: String,
    mode: String,
    created_at: i64,
    expires_at: Option<i64>,
    ended_at: Option<i64>,
    login_ended_at: Option<i64>,
}

impl TryFrom<LinkRow> for Link {
    type Error = StoreError;

    fn try_from(row: LinkRow) -> Result<Self> {
        Ok(Self {
            secret: secret(row.hash, &row.id)?,
            id: word(LinkId::parse(row.id))?,
            login: word(LoginId::parse(row.login_id))?,
            user: word(UserId::parse(row.user_id))?,
            mode: LinkMode::from_word(&row.mode)
                .ok_or_else(|| StoreError::Damaged(format!("a link's mode {:?}", row.mode)))?,
            created_at: Timestamp(row.created_at),
            expires_at: row.expires_at.map(Timestamp),
            ended_at: row.ended_at.map(Timestamp),
        })
    }
}

fn secret(hash: Vec<u8>, id: &str) -> Result<Secret> {
    hash.try_into().map(Secret).map_err(|_| StoreError::Damaged(format!("the hash of {id} is not 32 bytes")))
}

impl Store {
    /// Keeps a token, and forgets those that nobody will come with any more.
    pub async fn add_connect_token(&self, token: &ConnectToken) -> Result<()> {
        let now = token.created_at;
        let told_since = before(now, TOLD_FOR);
        on!(write self, tx, dialect => {
            sqlx::query(FORGET_EXPIRED).bind(before(now, REMEMBERED)).bind(told_since).execute(&mut *tx).await?;
            sqlx::query(FORGET_OLDEST).bind(token.user.as_str()).bind(MOST_TOKENS - 1).bind(told_since)
                .execute(&mut *tx).await?;
            sqlx::query(ADD_TOKEN)
                .bind(token.id.as_str()).bind(&token.secret.0[..]).bind(token.user.as_str())
                .bind(token.provider.as_ref().map(ProviderId::as_str))
                .bind(token.account.as_ref().map(AccountName::as_str)).bind(Json(&token.params))
                .bind(token.created_at.0).bind(token.expires_at.0)
                .execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// The token of that id. The caller compares the hash.
    pub async fn connect_token(&self, id: &TokenId) -> Result<Option<ConnectToken>> {
        let row: Option<TokenRow> =
            on!(read self, pool => sqlx::query_as(FIND_TOKEN).bind(id.as_str()).fetch_optional(pool).await?);
        row.map(TryInto::try_into).transpose()
    }

    /// The logins that a token opens, oldest first, each with its end.
    pub async fn logins_of_token(&self, id: &TokenId) -> Result<Vec<(LoginId, Option<Timestamp>)>> {
        let rows: Vec<(String, Option<i64>)> =
            on!(read self, pool => sqlx::query_as(LOGINS_OF_TOKEN).bind(id.as_str()).fetch_all(pool).await?);
        rows.into_iter().map(|(login, ended)| Ok((word(LoginId::parse(login))?, ended.map(Timestamp)))).collect()
    }

    /// Opens a login that is under way to a token. [`StoreError::TokenOver`] where that starts nothing any more,
    /// [`StoreError::TokenBusy`] where it has another login under way.
    pub async fn admit_token(&self, token: &TokenId, login: &LoginId, now: Timestamp) -> Result<()> {
        on!(write self, tx, dialect => {
            admit_token!(tx, token, login, now);
        });
        Ok(())
    }

    /// Keeps a link; of too many to one login the oldest are ended.
    pub async fn add_link(&self, link: &Link) -> Result<()> {
        let ended = on!(write self, tx, dialect => {
            sqlx::query(ADD_LINK)
                .bind(link.id.as_str()).bind(&link.secret.0[..]).bind(link.login.as_str()).bind(link.user.as_str())
                .bind(link.mode.as_str()).bind(link.created_at.0).bind(link.expires_at.map(|at| at.0))
                .execute(&mut *tx).await?;
            let ended = sqlx::query(END_OLDEST).bind(link.login.as_str()).bind(link.created_at.0).bind(MOST_LINKS)
                .execute(&mut *tx).await?.rows_affected();
            if ended > 0 && let Some(notify) = dialect.notify {
                sqlx::query(notify).bind(bells::OF_LINKS).execute(&mut *tx).await?;
            }
            ended
        });
        if ended > 0 {
            self.bells.ring(bells::OF_LINKS);
        }
        Ok(())
    }

    /// The link of that id, and when its login ended. The caller compares the hash.
    pub async fn link(&self, id: &LinkId) -> Result<Option<(Link, Option<Timestamp>)>> {
        let row: Option<LinkRow> =
            on!(read self, pool => sqlx::query_as(FIND_LINK).bind(id.as_str()).fetch_optional(pool).await?);
        row.map(|row| {
            let login_ended = row.login_ended_at.map(Timestamp);
            Ok((row.try_into()?, login_ended))
        })
        .transpose()
    }

    /// Ends a link of that login, and rings. `false`: there is no such one. What was ended before stays so.
    pub async fn end_link(&self, login: &LoginId, id: &LinkId, now: Timestamp) -> Result<bool> {
        let ended = on!(write self, tx, dialect => {
            let ended = sqlx::query(END_LINK).bind(login.as_str()).bind(id.as_str()).bind(now.0)
                .execute(&mut *tx).await?.rows_affected();
            if ended > 0 && let Some(notify) = dialect.notify {
                sqlx::query(notify).bind(bells::OF_LINKS).execute(&mut *tx).await?;
            }
            ended
        });
        self.bells.ring(bells::OF_LINKS);
        Ok(ended > 0)
    }
}

fn before(now: Timestamp, while_: Duration) -> i64 {
    now.0 - i64::try_from(while_.as_millis()).unwrap_or(i64::MAX)
}
