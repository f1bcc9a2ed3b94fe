//! Reading what a provider offers, with the saved session.

use std::{future::pending, sync::Arc, time::Duration};

use poem::Request;
use poem_openapi::{
    ApiResponse, OpenApi,
    param::{Path, Query},
    payload::{Binary, Json},
};

use super::{Tag, integrations::provider_id};
use crate::{
    domain::{AccountName, ConnectionId, Outcome, Run, RunId, StreamName},
    http::{
        body::Body,
        feed::{self, Feed, Wish},
        problem::{Kind, Problem},
        records::{self, Format, Records, Table, Wanted},
        shared::{Caller, Shared},
        sources::{OfRun, RunStream, find_run},
        types::ProviderParam,
        views,
    },
    scraper::ScrapeRequest,
    store::RunFilter,
};

/// See [`Tag::Scraper`].
#[derive(Debug)]
pub struct ScraperApi(pub(super) Arc<Shared>);

/// What became of a scrape while it was waited for.
#[derive(Debug, ApiResponse)]
enum ScrapeAnswer {
    /// It is finished: the run and the first page of its records.
    #[oai(status = 200)]
    Finished(
        Json<views::ScrapeResult>,
        /// `started`, or `joined`: one was under way for the same stream, and this request waited for that.
        #[oai(header = "Staylogged-Run")]
        String,
    ),
    /// It goes on: follow the run.
    #[oai(status = 202)]
    Running(
        Json<views::Run>,
        /// Where the run is.
        #[oai(header = "Location")]
        String,
        /// `started`, or `joined`: one was under way for the same stream.
        #[oai(header = "Staylogged-Run")]
        String,
    ),
}

/// What the page looked like at which a run ended.
#[derive(Debug, ApiResponse)]
enum ScreenshotAnswer {
    /// A PNG.
    #[oai(status = 200, content_type = "image/png")]
    Picture(Binary<Vec<u8>>),
}

const DEFAULT_WAIT: u64 = 30;

fn default_wait() -> u64 {
    DEFAULT_WAIT
}

fn default_limit() -> u32 {
    50
}

/// A run that did not end well, as a problem.
fn ended_badly(run: &Run, outcome: Outcome) -> Problem {
    let said = run.message.clone();
    let problem = |kind, otherwise: &str| Problem::new(kind, said.clone().unwrap_or_else(|| otherwise.into()));
    match outcome {
        Outcome::NeedsReconnect => {
            problem(Kind::NeedsReconnect, "the site has ended the session: connect again").needs_reconnect()
        }
        Outcome::Blocked => problem(Kind::SiteBlocked, "the site refused the visit: try again later").retryable(),
        Outcome::Drift => problem(Kind::SiteChanged, "the site's pages are not as the provider's definition says"),
        Outcome::Cancelled => problem(Kind::RunCancelled, "the run was stopped while it was waited for"),
        Outcome::Failed | Outcome::Ok | Outcome::EmptyConfirmed => {
            problem(Kind::RunFailed, "the run failed").retryable()
        }
    }
    .of_run(run)
    .of_connection(&run.connection)
}

#[OpenApi(tag = "Tag::Scraper")]
impl ScraperApi {
    /// Scrape
    ///
    /// Starts a run with the saved session, or joins the one that is under way for the same stream, and waits for it.
    /// With `continues` it goes on where an earlier run ended.
    ///
    /// Where nobody is logged in the answer is 409 with `needsReconnect: true`; the `type` tells `never-connected` and
    /// `needs-reconnect` apart. A site that has logged us out never yields an empty list.
    #[oai(path = "/scraper/:provider/scrape", method = "post", operation_id = "scrape")]
    async fn scrape(
        &self,
        caller: Caller,
        /// The provider's id.
        provider: Path<ProviderParam>,
        /// Wait up to that many seconds for the end of the run.
        #[oai(default = "default_wait", validator(minimum(value = "0"), maximum(value = "120")))]
        wait: Query<u64>,
        /// What to scrape. May be left out.
        request: Body<views::ScrapeRequest>,
    ) -> Result<ScrapeAnswer, Problem> {
        let provider = provider_id(&self.0, &provider.0)?;
        let views::ScrapeRequest { stream, account, continues } = request.0;
        let account = account.unwrap_or_else(AccountName::main);
        let request = ScrapeRequest { stream, account, continues };
        let (run, joined) = self.0.scraper.start(&caller.user, &provider, request).await?;
        let came = if joined { "joined" } else { "started" }.to_owned();
        let waiting = self.0.scraper.wait(&run, Duration::from_secs(wait.0));
        // When the service stops, whoever waits is told where the run can be found.
        let run = self.0.shutdown.run_until_cancelled(waiting).await.unwrap_or(run);
        match run.outcome {
            None => {
                let location = format!("/api/scraper/runs/{}", run.id);
                Ok(ScrapeAnswer::Running(Json(run.into()), location, came))
            }
            Some(Outcome::Ok | Outcome::EmptyConfirmed) => {
                let page = records::page(&self.0, &Table::of_run(&run), &Wanted::default()).await?;
                let views::RecordPage { records, total, next } = page;
                Ok(ScrapeAnswer::Finished(Json(views::ScrapeResult { run: run.into(), records, total, next }), came))
            }
            Some(outcome) => Err(ended_badly(&run, outcome)),
        }
    }

    /// List runs
    ///
    /// Newest first, a page at a time.
    #[oai(path = "/scraper/runs", method = "get", operation_id = "listRuns")]
    async fn list_runs(
        &self,
        caller: Caller,
        /// Only those at this provider.
        provider: Query<Option<ProviderParam>>,
        /// Only those with this connection.
        connection: Query<Option<ConnectionId>>,
        /// Only those of this stream.
        stream: Query<Option<StreamName>>,
        /// The `next` of the page before.
        cursor: Query<Option<RunId>>,
        /// How many.
        #[oai(default = "default_limit", validator(minimum(value = "1"), maximum(value = "500")))]
        limit: Query<u32>,
    ) -> Result<Json<views::RunList>, Problem> {
        let provider = provider.0.as_ref().map(|param| provider_id(&self.0, param)).transpose()?;
        let filter = RunFilter { provider, connection: connection.0, stream: stream.0, before: cursor.0 };
        // One more than asked for tells whether there are older ones.
        let mut runs = self.0.store.runs(&caller.user, &filter, limit.0 + 1).await?;
        let limit = usize::try_from(limit.0).unwrap_or(usize::MAX);
        let more = runs.len() > limit;
        runs.truncate(limit);
        let next = runs.last().filter(|_| more).map(|run| run.id.to_string());
        Ok(Json(views::RunList { runs: runs.into_iter().map(Into::into).collect(), next }))
    }

    /// Get a run
    #[oai(path = "/scraper/runs/:id", method = "get", operation_id = "getRun")]
    async fn get_run(
        &self,
        caller: Caller,
        /// The run's id.
        id: Path<RunId>,
    ) -> Result<Json<views::Run>, Problem> {
        Ok(Json(find_run(&self.0, &caller.user, &id.0).await?.into()))
    }

    /// Stop a run
    ///
    /// The records that were read stay. A run that is over already is answered as it ended.
    #[oai(path = "/scraper/runs/:id/cancel", method = "post", operation_id = "cancelRun")]
    async fn cancel_run(
        &self,
        caller: Caller,
        /// The run's id.
        id: Path<RunId>,
    ) -> Result<Json<views::Run>, Problem> {
        Ok(Json(self.0.scraper.cancel(&caller.user, &id.0).await?.into()))
    }

    /// Accept a shorter list
    ///
    /// A run that read the whole list and found far fewer records than the one before it ends as `drift`, since a filter that was
    /// left on at the site looks like that. Once it is accepted it ended `ok`: what it did not find is marked as missing, and
    /// later runs are compared with it.
    #[oai(path = "/scraper/runs/:id/accept", method = "post", operation_id = "acceptRun")]
    async fn accept_run(
        &self,
        caller: Caller,
        /// The run's id.
        id: Path<RunId>,
    ) -> Result<Json<views::Run>, Problem> {
        Ok(Json(self.0.scraper.accept(&caller.user, &id.0).await?.into()))
    }

    /// Follow a run
    ///
    /// Server-sent events. A fresh stream begins with a `snapshot`; then each event has an `id` that rises without
    /// gaps, and `Last-Event-ID` resumes. The stream ends when the run does; coming back after that is answered with
    /// 204. With `Accept: application/json` the events so far are answered as a list.
    #[oai(path = "/scraper/runs/:id/events", method = "get", operation_id = "followRun")]
    async fn follow_run(
        &self,
        caller: Caller,
        request: &Request,
        /// The run's id.
        id: Path<RunId>,
        /// Resume after this event; for clients that cannot send the header `Last-Event-ID`.
        #[oai(name = "lastEventId")]
        last_event_id: Query<Option<String>>,
        /// Only the events after this one; for the JSON form.
        #[oai(validator(minimum(value = "0")))]
        after: Query<Option<i64>>,
    ) -> Result<Feed<RunStream>, Problem> {
        let wish = Wish::of(request, last_event_id.0.as_deref(), after.0);
        let source = OfRun::find(&self.0, &caller.user, &id.0).await?;
        feed::open(source, wish, self.0.shutdown.clone(), pending()).await
    }

    /// See the page a run ended at
    ///
    /// A masked screenshot: where what is on the page can be seen, and none of it can be read. Text is drawn as bars, fields,
    /// images and frames as boxes. 404 where there is none: see `hasScreenshot` of the run.
    #[oai(path = "/scraper/runs/:id/screenshot", method = "get", operation_id = "getRunScreenshot")]
    async fn get_run_screenshot(
        &self,
        caller: Caller,
        /// The run's id.
        id: Path<RunId>,
    ) -> Result<ScreenshotAnswer, Problem> {
        let run = find_run(&self.0, &caller.user, &id.0).await?;
        let png = self.0.scraper.screenshot(&run).await?;
        let none = || Problem::new(Kind::NotFound, format!("{} has no screenshot: see its `hasScreenshot`", run.id));
        Ok(ScreenshotAnswer::Picture(Binary(png.ok_or_else(none)?)))
    }

    /// Read a run's records
    ///
    /// As JSON, a page at a time. As NDJSON or CSV all of them, or a page where `limit` is given. In CSV a cell that a
    /// spreadsheet would take for a formula begins with an apostrophe.
    #[oai(path = "/scraper/runs/:id/records", method = "get", operation_id = "listRecords")]
    async fn list_records(
        &self,
        caller: Caller,
        request: &Request,
        /// The run's id.
        id: Path<RunId>,
        /// The `next` of the page before.
        cursor: Query<Option<String>>,
        /// How many; 200 where it is left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "1000")))]
        limit: Query<Option<u32>>,
        /// In which form; as `Accept` says where it is left out.
        format: Query<Option<Format>>,
    ) -> Result<Records, Problem> {
        let run = find_run(&self.0, &caller.user, &id.0).await?;
        let format = Format::of(request, format.0);
        records::answer(&self.0, Table::of_run(&run), Wanted { cursor: cursor.0, limit: limit.0 }, format).await
    }
}
