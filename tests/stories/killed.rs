//! `kill -9` at random points of runs: the real program, killed again and again, on both databases. Whatever the point, the next
//! start takes the run up, and it ends with the records of an undisturbed one; nothing is stuck; and the site is asked for
//! no page a second time but the one in flight, nor sooner than the definition allows.
//!
//! `STAYLOGGED_KILLS` says how many kills on each database, `STAYLOGGED_BROWSER_EVERY` of which every how many run is one in a
//! browser (0: none), `STAYLOGGED_SEED` how the points are chosen. `script/bench faults` sets them.

mod life;
mod site;

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;
use sqlx::{AssertSqlSafe, ConnectOptions, postgres::PgConnectOptions};
use staylogged::{
    domain::{ConnectionStatus, Outcome, Run, UserEvent},
    store::RunFilter,
};

use crate::support::{app::eventually, databases::Database, dice::Dice, processes, saved_session::SavedSession};
use life::{Life, Point};

stories! {
    runs_survive_kills_at_random_points_on_sqlite,
    runs_survive_kills_at_random_points_on_postgres,
}

/// Key and fields, by key.
type Records = Vec<(String, Value)>;

/// How it is done, and how often.
#[derive(Clone, Copy)]
struct Plan {
    kills: u32,
    browser_every: u32,
    seed: u64,
}

impl Plan {
    fn read() -> Self {
        let of = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
        let number = |name, otherwise| of(name).map_or(otherwise, |number| u32::try_from(number).expect("small"));
        let Dice(seed) = Dice::seeded();
        Self { kills: number("STAYLOGGED_KILLS", 10), browser_every: number("STAYLOGGED_BROWSER_EVERY", 0), seed }
    }
}

/// What was seen.
#[derive(Debug, Default)]
struct Tally {
    kills: u32,
    by_point: BTreeMap<&'static str, u32>,
    runs: u32,
    in_browser: u32,
    /// Most lives that one run had.
    most_lives: usize,
    requests: usize,
    /// Requests for a page that had been asked for before: each was in flight at a kill.
    again: usize,
}

impl Database {
    /// A number, or none, that SQL answers when asked from outside.
    pub async fn number(&self, sql: &str) -> Option<i64> {
        if self.is_postgres() {
            let options: PgConnectOptions = self.url.parse().expect("a Postgres URL");
            let mut connection = options.connect().await.expect("a connection");
            let query = sqlx::query_scalar(AssertSqlSafe(sql.to_owned()));
            query.fetch_one(&mut connection).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
        } else {
            let options: sqlx::sqlite::SqliteConnectOptions = self.url.parse().expect("an SQLite URL");
            let mut connection = options.connect().await.expect("an SQLite connection");
            let query = sqlx::query_scalar(AssertSqlSafe(sql.to_owned()));
            query.fetch_one(&mut connection).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
        }
    }
}

struct Story {
    home: SavedSession,
    folder: tempfile::TempDir,
    dice: Dice,
    tally: Tally,
    /// By stream: what an undisturbed run finds.
    truth: BTreeMap<&'static str, (Records, u32)>,
}

const HTTP: &str = "products";
const IN_BROWSER: &str = "products_in_browser";

async fn runs_survive_kills_at_random_points_on_sqlite() {
    tell("SQLite", Database::sqlite()).await;
}

async fn runs_survive_kills_at_random_points_on_postgres() {
    tell("Postgres", Database::postgres().await).await;
}

async fn tell(name: &str, database: Database) {
    let plan = Plan::read();
    println!("{name}: STAYLOGGED_SEED={}, {} kills", plan.seed, plan.kills);
    let began = std::time::Instant::now();
    let home = SavedSession::on(database, &site::definition()).await;
    // From here on the program is the only one that opens browsers, and that writes.
    home.browser.shut_down().await;
    let folder = tempfile::tempdir().expect("a folder");
    site::write_definition(folder.path(), home.market.port());
    let mut story = Story { home, folder, dice: Dice(plan.seed), tally: Tally::default(), truth: BTreeMap::new() };
    story.learn_the_truth(plan.browser_every > 0).await;
    while story.tally.kills < plan.kills {
        let in_browser = plan.browser_every > 0 && story.tally.runs % plan.browser_every == plan.browser_every - 1;
        story.a_run(if in_browser { IN_BROWSER } else { HTTP }).await;
    }
    story.nothing_is_stuck().await;
    println!("{name}: {:?} in {} s", story.tally, began.elapsed().as_secs());
    story.home.end().await;
}

impl Story {
    async fn learn_the_truth(&mut self, in_browser: bool) {
        let life = Life::start(&self.home, self.folder.path()).await;
        let streams: &[&str] = if in_browser { &[HTTP, IN_BROWSER] } else { &[HTTP] };
        for stream in streams {
            let run = life.begin(stream).await;
            life.until(&run, u32::MAX).await;
            let run = self.newest().await;
            assert_eq!(run.outcome, Some(Outcome::Ok), "{run:?}");
            let records = self.home.records(&run).await;
            assert_eq!(records.len(), 137);
            let stream = if *stream == HTTP { HTTP } else { IN_BROWSER };
            self.truth.insert(stream, (records, run.progress.pages));
        }
        life.stop().await;
    }

    /// Begins a run, and kills the program until it is over.
    async fn a_run(&mut self, stream: &'static str) {
        site::forget(&self.home).await;
        let mut under_way: Option<Run> = None;
        let mut lives = Vec::new();
        let ended = loop {
            let stored = under_way.as_ref().map(|run| run.progress.pages);
            let left = stored.map(|stored| self.truth[stream].1.saturating_sub(stored));
            let point = if stream == HTTP { self.dice.point(left) } else { self.dice.browser_point() };
            let mut asked = site::Asked { spawned: self.home.now(), begun: None, stored: stored.unwrap_or(0) };
            let begun = self.a_life(stream, point, under_way.as_ref()).await;
            asked.begun = begun;
            *self.tally.by_point.entry(point.name()).or_default() += 1;
            self.tally.kills += 1;
            let newest = self.newest().await;
            // A kill that came before the run was begun left none.
            let is_ours = begun.is_some_and(|begun| newest.started_at >= begun) || under_way.is_some();
            if is_ours {
                lives.push(asked);
                assert_eq!(newest.stream.as_str(), stream);
            }
            match (is_ours, newest.finished_at) {
                (true, Some(_)) => break newest,
                (true, None) => under_way = Some(newest),
                (false, Some(_)) => {}
                (false, None) => panic!("a run that nobody began: {newest:?}"),
            }
        };
        self.is_as_if_undisturbed(stream, &ended, &lives).await;
    }

    /// One life of the program, to its kill; when the run was begun, if it was.
    async fn a_life(
        &mut self,
        stream: &str,
        point: Point,
        under_way: Option<&Run>,
    ) -> Option<staylogged::domain::Timestamp> {
        let data = self.folder.path();
        if let Point::Start(after) = point {
            Life::killed_while_starting(&self.home, data, after).await;
            return None;
        }
        let life = Life::start(&self.home, data).await;
        let mut begun = None;
        let id = match (under_way, point) {
            (Some(run), _) => run.id.to_string(),
            (None, Point::Asked(after)) => {
                let now = self.home.now();
                life.killed_while_asked(stream, after).await;
                return Some(now);
            }
            (None, _) => {
                begun = Some(self.home.now());
                life.begin(stream).await
            }
        };
        life.until(&id, point.pages()).await;
        life.kill(point.after()).await;
        begun
    }

    async fn newest(&self) -> Run {
        let runs = self.home.store.runs(&self.home.user, &RunFilter::default(), 1).await.expect("the store answers");
        runs.into_iter().next().expect("a run")
    }

    async fn is_as_if_undisturbed(&mut self, stream: &'static str, run: &Run, lives: &[site::Asked]) {
        let (truth, pages) = &self.truth[stream];
        assert_eq!((run.outcome, run.progress.pages, run.complete), (Some(Outcome::Ok), *pages, true), "{run:?}");
        assert_eq!(run.progress.records, 137, "{run:?}");
        assert_eq!(self.home.records(run).await, *truth, "{run:?}");
        assert_eq!(self.home.connection().await.status, ConnectionStatus::Connected);
        self.tally.runs += 1;
        self.tally.most_lives = self.tally.most_lives.max(lives.len());
        if stream == HTTP {
            let asked = site::must_have_been_polite(&self.home, lives, *pages).await;
            self.tally.requests += asked;
            self.tally.again += asked - *pages as usize;
        } else {
            self.tally.in_browser += 1;
        }
    }

    /// After one more start, which takes up and gives back what the last kill left.
    async fn nothing_is_stuck(&self) {
        let life = Life::start(&self.home, self.folder.path()).await;
        let rooms = processes::rooms(&self.folder.path().join("data"));
        eventually("no browser of a killed program is left", Duration::from_secs(20), async || {
            processes::of(&rooms).is_empty()
        })
        .await;
        let database = &self.home.database;
        for (what, sql) in [
            ("a run without an end", "select count(*) from runs where finished_at is null"),
            ("a lease", "select count(*) from integration_sessions where leased_by is not null"),
            ("a record that is missing", "select count(*) from records where missing_since is not null"),
        ] {
            assert_eq!(database.number(sql).await, Some(0), "{what}");
        }
        life.stop().await;
        if !database.is_postgres() {
            // `ok` is no number: what is wrong would be listed.
            let wrong = "select count(*) from pragma_integrity_check where integrity_check <> 'ok'";
            assert_eq!(database.number(wrong).await, Some(0), "the file is sound");
        }
        let mut told: BTreeMap<String, (u32, u32)> = BTreeMap::new();
        let mut after = 0;
        loop {
            let events = self.home.store.user_events(&self.home.user, after, 1000).await.expect("events");
            let Some(last) = events.last() else { break };
            assert_eq!(last.id, after + i64::try_from(events.len()).expect("few"), "ids have no gaps");
            after = last.id;
            for stored in events {
                match stored.event {
                    UserEvent::RunStarted { run_id, .. } => told.entry(run_id.to_string()).or_default().0 += 1,
                    UserEvent::RunFinished { run_id, .. } => told.entry(run_id.to_string()).or_default().1 += 1,
                    _ => {}
                }
            }
        }
        assert!(told.values().all(|counts| *counts == (1, 1)), "each run is told once: {told:?}");
    }
}
