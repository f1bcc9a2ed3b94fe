//! `staylogged scrape`

use std::time::Duration;

use super::{Stop, configure};
use crate::{
    app::{Overrides, Services},
    config::Environment,
    domain::{AccountName, Outcome, ProviderId, StreamName, UserId},
    scraper::ScrapeRequest,
    store::RecordFilter,
};

#[derive(Debug, clap::Args)]
pub(super) struct ScrapeArguments {
    /// Which site.
    provider: ProviderId,
    /// Which of its streams; the first when left out.
    #[arg(long)]
    stream: Option<StreamName>,
    /// Which of the user's accounts there.
    #[arg(long, default_value = "main")]
    account: AccountName,
    /// Whose connection.
    #[arg(long, default_value = "default")]
    user: UserId,
}

/// Prints one record a line, as JSON. Runs beside a server that uses the same database.
pub(super) async fn run(environment: &Environment, arguments: ScrapeArguments) -> Result<(), Stop> {
    let config = configure(environment)?;
    let services = Services::from_config(&config, Overrides::default(), |providers| providers).await?;
    let ended = scrape(&services, arguments).await;
    services.shut_down().await;
    ended
}

async fn scrape(services: &Services, arguments: ScrapeArguments) -> Result<(), Stop> {
    let ScrapeArguments { provider, stream, account, user } = arguments;
    let request = ScrapeRequest { stream, account, continues: None };
    let (run, _joined) = services.scraper.start(&user, &provider, request).await?;
    let run = services.scraper.wait(&run, Duration::from_hours(1)).await;
    let mut cursor: Option<String> = None;
    let filter = RecordFilter::of_run(&run.id);
    loop {
        let page = services.store.records(&run.connection, &run.stream, cursor.as_deref(), 500, &filter).await?;
        for record in page.records {
            println!("{}", serde_json::to_string(&record.fields)?);
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    match run.outcome {
        Some(Outcome::Ok | Outcome::EmptyConfirmed) => Ok(()),
        other => Err(Stop(format!(
            "the run ended as {}: {}",
            other.map_or("unfinished", Outcome::as_str),
            run.message.unwrap_or_default()
        ))),
    }
}
