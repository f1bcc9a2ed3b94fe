//! The three streams that can be followed: a login's, a user's, a run's.

use async_trait::async_trait;
use tokio::sync::watch;

use super::{
    cards, events,
    events::Told,
    feed::{Described, Source, Standing},
    problem::Problem,
    shared::Shared,
    views,
};
use crate::domain::{Login, LoginId, Run, RunId, UserEvent, UserId};
use std::sync::Arc;

/// One login.
#[derive(Debug)]
pub struct LoginStream;
/// Everything of one user.
#[derive(Debug)]
pub struct UserStream;
/// One run.
#[derive(Debug)]
pub struct RunStream;

impl Described for LoginStream {
    const EVENT: &'static str = "LoginStreamEvent";
    const LIST: &'static str = "LoginEventList";
}

impl Described for UserStream {
    const EVENT: &'static str = "UserStreamEvent";
    const LIST: &'static str = "UserEventList";
}

impl Described for RunStream {
    const EVENT: &'static str = "RunStreamEvent";
    const LIST: &'static str = "RunEventList";
}

/// A login's events. Ids are its versions.
#[derive(Debug)]
pub struct OfLogin {
    shared: Arc<Shared>,
    login: Login,
}

impl OfLogin {
    /// The stream of that login, if it is this user's.
    pub async fn find(shared: &Arc<Shared>, user: &UserId, id: &LoginId) -> Result<Self, Problem> {
        let login = find_login(shared, user, id).await?;
        Ok(Self { shared: Arc::clone(shared), login })
    }
}

async fn find_login(shared: &Shared, user: &UserId, id: &LoginId) -> Result<Login, Problem> {
    shared.store.login(user, id).await?.ok_or_else(|| Problem::no("login", id))
}

#[async_trait]
impl Source for OfLogin {
    fn bell(&self) -> watch::Receiver<()> {
        self.shared.store.bells().login(&self.login.id)
    }

    async fn standing(&self) -> Result<Standing, Problem> {
        let login = find_login(&self.shared, &self.login.user, &self.login.id).await?;
        Ok(Standing { oldest: 1, newest: login.version, over: login.state.is_over() })
    }

    async fn snapshot(&self) -> Result<(Told, bool), Problem> {
        let login = find_login(&self.shared, &self.login.user, &self.login.id).await?;
        let over = login.state.is_over();
        Ok((events::snapshot(login.version, self.shared.clock.now(), "login", &views::Login::from(login)), over))
    }

    async fn after(&self, id: i64, limit: u32) -> Result<(Vec<Told>, bool), Problem> {
        let stored = self.shared.store.login_events(&self.login.id, id, limit).await?;
        let ended = stored.last().is_some_and(|last| events::ends_login(&last.event));
        Ok((stored.iter().map(|event| events::of_login(&self.login, event)).collect(), ended))
    }
}

/// A user's events. Ids are the user's own counter.
#[derive(Debug)]
pub struct OfUser {
    /// What it is read from.
    pub shared: Arc<Shared>,
    /// Whose.
    pub user: UserId,
}

#[async_trait]
impl Source for OfUser {
    fn bell(&self) -> watch::Receiver<()> {
        self.shared.store.bells().user(&self.user)
    }

    async fn standing(&self) -> Result<Standing, Problem> {
        let store = &self.shared.store;
        let oldest = store.oldest_user_event_id(&self.user).await?;
        let newest = store.last_user_event_id(&self.user).await?;
        Ok(Standing { oldest: oldest.max(1), newest, over: false })
    }

    async fn snapshot(&self) -> Result<(Told, bool), Problem> {
        // The id first: what happens between the two is told again, never missed.
        let id = self.shared.store.last_user_event_id(&self.user).await?;
        let cards = cards::of(&self.shared, &self.user).await?;
        Ok((events::snapshot(id, self.shared.clock.now(), "integrations", &cards), false))
    }

    async fn after(&self, id: i64, limit: u32) -> Result<(Vec<Told>, bool), Problem> {
        let stored = self.shared.store.user_events(&self.user, id, limit).await?;
        Ok((stored.iter().map(events::of_user).collect(), false))
    }
}

/// A run's events. Ids are the run's own counter.
#[derive(Debug)]
pub struct OfRun {
    shared: Arc<Shared>,
    run: Run,
}

impl OfRun {
    /// The stream of that run, if it is this user's.
    pub async fn find(shared: &Arc<Shared>, user: &UserId, id: &RunId) -> Result<Self, Problem> {
        let run = find_run(shared, user, id).await?;
        Ok(Self { shared: Arc::clone(shared), run })
    }

    async fn newest(&self) -> Result<i64, Problem> {
        let mut newest = 0;
        loop {
            let batch = self.shared.store.run_events(&self.run.id, newest, 1000).await?;
            match batch.last() {
                Some(last) => newest = last.id,
                None => return Ok(newest),
            }
        }
    }
}

/// A run, if it is this user's.
pub async fn find_run(shared: &Shared, user: &UserId, id: &RunId) -> Result<Run, Problem> {
    shared.store.run(user, id).await?.ok_or_else(|| Problem::no("run", id))
}

#[async_trait]
impl Source for OfRun {
    fn bell(&self) -> watch::Receiver<()> {
        self.shared.store.bells().user(&self.run.user)
    }

    async fn standing(&self) -> Result<Standing, Problem> {
        let run = find_run(&self.shared, &self.run.user, &self.run.id).await?;
        Ok(Standing { oldest: 1, newest: self.newest().await?, over: run.outcome.is_some() })
    }

    async fn snapshot(&self) -> Result<(Told, bool), Problem> {
        let id = self.newest().await?;
        let run = find_run(&self.shared, &self.run.user, &self.run.id).await?;
        let over = run.outcome.is_some();
        Ok((events::snapshot(id, self.shared.clock.now(), "run", &views::Run::from(run)), over))
    }

    async fn after(&self, id: i64, limit: u32) -> Result<(Vec<Told>, bool), Problem> {
        let stored = self.shared.store.run_events(&self.run.id, id, limit).await?;
        let ended = stored.last().is_some_and(|last| matches!(last.event, UserEvent::RunFinished { .. }));
        Ok((stored.iter().map(events::of_user).collect(), ended))
    }
}
