//! Connect tokens and links: each opens what it was made for, until it does not.

use std::time::Duration;

use staylogged::{
    domain::{ConnectToken, Link, LinkId, LinkMode, Login, LoginEvent, LoginState, Secret, Timestamp, TokenId},
    store::{Begun, NewLogin, Store, StoreError},
};
use tokio_util::sync::CancellationToken;

use super::{NOW, begin, connection_of, later, new_login, saving, turn, user};
use crate::{both_databases::on_both_databases, support::databases::Database};

fn token(number: u8, created_at: Timestamp) -> ConnectToken {
    let secret = Secret([number; 32]);
    ConnectToken {
        id: TokenId::of(&secret.0),
        secret,
        user: user("ana"),
        provider: None,
        account: None,
        params: staylogged::domain::Params::new(),
        created_at,
        expires_at: Timestamp(created_at.0 + 900_000),
        spent_at: None,
    }
}

fn link_to(login: &Login) -> Link {
    let secret = Secret([9; 32]);
    Link {
        id: LinkId::of(&secret.0),
        secret,
        login: login.id.clone(),
        user: login.user.clone(),
        mode: LinkMode::Control,
        created_at: NOW,
        expires_at: LinkMode::Control.until(NOW),
        ended_at: None,
    }
}

async fn keep(store: &Store, token: ConnectToken) -> ConnectToken {
    store.add_connect_token(&token).await.expect("keeps");
    token
}

async fn is_kept(store: &Store, token: &ConnectToken) -> bool {
    store.connect_token(&token.id).await.expect("reads").is_some()
}

on_both_databases! {
    async fn a_token_is_spent_in_the_turn_that_saves(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        let token = keep(&store, token(1, NOW)).await;
        assert_eq!(store.connect_token(&token.id).await.expect("reads"), Some(token.clone()));
        let with_token = || NewLogin { token: Some(token.id.clone()), ..new_login(&connection) };

        let Begun::New(first) = store.begin_login(with_token()).await.expect("begins") else { panic!("under way") };
        store.turn(&first, turn(LoginState::Cancelled, LoginEvent::Cancelled)).await.expect("ends");
        let Begun::New(second) = store.begin_login(with_token()).await.expect("begins") else { panic!("under way") };
        let logins = store.logins_of_token(&token.id).await.expect("reads");
        assert_eq!(logins.len(), 2);
        assert!(logins.contains(&(first.id.clone(), Some(later(1)))) && logins.contains(&(second.id.clone(), None)));

        let refused = store.turn(&second, saving(7, "stale")).await;
        assert!(matches!(refused, Err(StoreError::Moved("connection"))));
        assert_eq!(store.connect_token(&token.id).await.expect("reads").and_then(|t| t.spent_at), None, "nothing is saved");
        store.turn(&second, saving(1, "sealed")).await.expect("saves");
        assert_eq!(store.connect_token(&token.id).await.expect("reads").and_then(|t| t.spent_at), Some(later(1)));
        assert!(matches!(store.begin_login(with_token()).await, Err(StoreError::TokenOver)));
        assert_eq!(store.login_under_way(&connection.id).await.expect("reads"), None, "and nothing began");
    }

    async fn an_expired_token_starts_nothing(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        let token = keep(&store, token(1, Timestamp(NOW.0 - 900_000))).await;
        let new = NewLogin { token: Some(token.id.clone()), ..new_login(&connection) };
        assert!(matches!(store.begin_login(new).await, Err(StoreError::TokenOver)));
        let login = begin(&store, &connection).await;
        assert!(matches!(store.admit_token(&token.id, &login.id, NOW).await, Err(StoreError::TokenOver)));
    }

    /// Two tabs of one browser, at two sites, at the same moment.
    async fn of_two_logins_at_once_a_token_gets_one(database: &Database) {
        let stores = [database.store().await, database.store().await];
        let token = keep(&stores[0], token(1, NOW)).await;
        for round in 0..8 {
            let mut tries = vec![];
            for (n, store) in stores.iter().enumerate() {
                let store = store.clone();
                let connection = connection_of(&store, &format!("user-{round}-{n}")).await;
                let new = NewLogin { token: Some(token.id.clone()), ..new_login(&connection) };
                tries.push(tokio::spawn(async move { store.begin_login(new).await }));
            }
            let mut begun = vec![];
            for one in tries {
                match one.await.expect("runs") {
                    Ok(Begun::New(login)) => begun.push(login),
                    Err(StoreError::TokenBusy) => {}
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(begun.len(), 1);
            let ended = turn(LoginState::Cancelled, LoginEvent::Cancelled);
            stores[0].turn(&begun[0], ended).await.expect("ends");
        }
    }

    async fn tokens_that_nobody_will_come_with_are_forgotten(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        let (in_use, yesterdays) = (keep(&store, token(1, NOW)).await, keep(&store, token(2, NOW)).await);
        let login = begin(&store, &connection).await;
        store.admit_token(&in_use.id, &login.id, NOW).await.expect("opens");
        // A day later, and a page that makes one at each visit.
        let day = 24 * 3600 + 900;
        let mut many = vec![];
        for number in 3..=53 {
            many.push(keep(&store, token(number, later(day + i64::from(number)))).await);
        }
        assert!(!is_kept(&store, &yesterdays).await);
        assert!(is_kept(&store, &in_use).await, "its login is under way");
        assert!(!is_kept(&store, &many[0]).await, "the oldest of too many");
        assert!(is_kept(&store, &many[1]).await && is_kept(&store, &many[50]).await);

        store.turn(&login, turn(LoginState::Cancelled, LoginEvent::Cancelled)).await.expect("ends");
        keep(&store, token(54, later(day + 60))).await;
        assert!(!is_kept(&store, &in_use).await);
        assert_eq!(store.logins_of_token(&in_use.id).await.expect("reads"), [], "with all that it opened");
    }

    async fn a_link_ends_by_itself_or_by_its_owner(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        let login = begin(&store, &connection).await;
        let link = link_to(&login);
        store.add_link(&link).await.expect("keeps");
        assert_eq!(store.link(&link.id).await.expect("reads"), Some((link.clone(), None)));
        assert!(link.opens(later(899)) && !link.opens(later(900)));

        let mut bell = store.bells().links();
        let elsewhere = LinkId::of(&[8; 32]);
        assert!(!store.end_link(&login.id, &elsewhere, later(5)).await.expect("answers"));
        bell.mark_unchanged();
        for at in [later(5), later(6)] {
            assert!(store.end_link(&login.id, &link.id, at).await.expect("ends"));
        }
        bell.changed().await.expect("rings");
        let (ended, _) = store.link(&link.id).await.expect("reads").expect("is there");
        assert_eq!(ended.ended_at, Some(later(5)), "the first time counts");
        assert!(!ended.opens(NOW));
        store.turn(&login, turn(LoginState::Cancelled, LoginEvent::Cancelled)).await.expect("ends");
        assert_eq!(store.link(&link.id).await.expect("reads").map(|(_, over)| over), Some(Some(later(1))));
    }
}

/// The live view is at the instance that drives the login; the owner may have asked another one.
#[tokio::test]
async fn one_instance_hears_of_a_link_that_another_ended() {
    let database = Database::postgres().await;
    let (here, there) = (database.store().await, database.store().await);
    let connection = connection_of(&here, "ana").await;
    let login = begin(&here, &connection).await;
    let link = link_to(&login);
    here.add_link(&link).await.expect("keeps");
    let cancel = CancellationToken::new();
    let listening = tokio::spawn({
        let (here, cancel) = (here.clone(), cancel.clone());
        async move { here.listen(cancel).await }
    });
    let mut bell = here.bells().links();
    let mut rings = async || tokio::time::timeout(Duration::from_secs(30), bell.changed()).await.expect("in time");
    // The first ring says that it listens.
    rings().await.expect("rings");
    assert!(there.end_link(&login.id, &link.id, later(5)).await.expect("ends"));
    rings().await.expect("rings");
    let (ended, _) = here.link(&link.id).await.expect("reads").expect("is there");
    assert_eq!(ended.ended_at, Some(later(5)));
    cancel.cancel();
    listening.await.expect("ends");
    here.close().await;
    there.close().await;
    database.remove().await;
}
