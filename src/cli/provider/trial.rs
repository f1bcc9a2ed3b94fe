//! `staylogged provider try`: a definition, tried with a real account.

use std::{collections::BTreeMap, fs, path::PathBuf, sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{
    rules::{self, Board, evidence},
    table::{Secrets, masked, table},
    terminal::{Browsers, Lines, interrupted, printable},
};
use crate::{
    browser::{Browser, BrowserError, Context},
    cli::{Stop, configure},
    config::Environment,
    domain::{
        Clock, Session, StorageState,
        rule::{Sighting, Truth, Verdict},
    },
    login::Settling,
    providers::{Provider, Stream},
    scraper::{self, Preview},
    sessions::{self, Proof},
};

/// How often to look when nothing rang: a page can change its storage without a word.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long the site's first page may take.
const START_WITHIN: Duration = Duration::from_secs(45);

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct TryArguments {
    /// The definition file.
    file: PathBuf,
    /// A value that the definition asks the user for.
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = name_and_value)]
    params: Vec<(String, String)>,
    /// Go on watching the rules after the login is seen, until Enter is pressed here.
    #[arg(long)]
    wait: bool,
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(super) async fn run(environment: &Environment, arguments: TryArguments) -> Result<(), Stop> {
    let provider = load(&arguments)?;
    let browsers = Browsers::new(configure(environment)?)?;
    let ended = tokio::select! {
        ended = all(&browsers, &provider, arguments.wait) => ended,
        stopped = interrupted() => Err(stopped),
    };
    browsers.shut_down().await;
    let wrong = ended?;
    if wrong.is_empty() {
        println!("\n{} passed: the login, the proof, a session that has ended, every source.", provider.name);
        return Ok(());
    }
    println!("\nTo change in {}:", arguments.file.display());
    for one in &wrong {
        println!("  - {one}");
    }
    Err(Stop(format!(
        "{} to change",
        if wrong.len() == 1 { "1 thing".into() } else { format!("{} things", wrong.len()) }
    )))
}

fn load(arguments: &TryArguments) -> Result<Provider, Stop> {
    let file = &arguments.file;
    let text = fs::read_to_string(file).map_err(|error| format!("could not read {}: {error}", file.display()));
    let provider = Provider::parse(&file.display().to_string(), &text.map_err(Stop)?)?;
    if provider.params.is_empty() && arguments.params.is_empty() {
        return Ok(provider);
    }
    let values: BTreeMap<String, String> = arguments.params.iter().cloned().collect();
    provider.with_params(&values).map_err(|wrong| {
        let lines: Vec<_> = wrong.iter().map(|one| format!("--param: {one}")).collect();
        Stop(lines.join("\n"))
    })
}

/// Everything in its order; what is to be changed.
async fn all(browsers: &Browsers, provider: &Provider, waits: bool) -> Result<Vec<String>, Stop> {
    println!(
        "A browser opens at {}. Log in there; what the rules of {} make of it is told here.\n",
        provider.login.start.host_str().unwrap_or_default(),
        provider.name
    );
    let context = browsers.windows.open(sessions::open_options(provider, None)).await?;
    let captured = async {
        log_in(&context, provider, waits).await?;
        Ok((context.storage_state().await?, context.identity()))
    };
    let (state, identity) = browsers.shown(&context, captured).await?;

    let mut wrong = Vec::new();
    let left_out = left_out(&state, provider);
    let session = Session::new(provider.keep(state), identity);
    let nobody = session.with(StorageState::default());
    println!("\nThe proof: what was captured, used once more from nothing");
    let mut session = match sessions::prove(browsers.headless.as_ref(), provider, session).await? {
        Proof::Works { session, identity, sighting } => {
            tell("probe", &sighting);
            match identity {
                Some(identity) => println!("        account {} ({})", masked(&identity.label), masked(&identity.id)),
                None if provider.account.is_some() => wrong.push(
                    "[account]: the site did not say whose account it is where the definition looks for that".into(),
                ),
                None => {}
            }
            session
        }
        Proof::LoggedOut(sighting) | Proof::Unclear(sighting) => {
            tell("probe", &sighting);
            wrong.push(format!(
                "[probe] says {} of a session that was just logged in.{left_out} If the site was logged in there, correct \
                 probe.logged_in and probe.logged_out",
                sighting.verdict.as_str()
            ));
            return Ok(wrong);
        }
    };
    println!("\nA session that has ended: the same without anything saved");
    let report = sessions::probe(browsers.headless.as_ref(), provider, &nobody).await?;
    tell("probe", &report.sighting);
    if report.sighting.verdict != Verdict::LoggedOut && !report.lacks_value {
        wrong.push(format!(
            "[probe] says {} of somebody who is not logged in: give probe.logged_out a mark of the page that they are shown",
            report.sighting.verdict.as_str()
        ));
    }
    for stream in &provider.streams {
        read(browsers.headless.as_ref(), provider, stream, &mut session, &mut wrong).await;
        read_as_nobody(browsers.headless.as_ref(), provider, stream, &nobody).await;
    }
    Ok(wrong)
}

/// Waits for the login, and shows what every rule makes of it meanwhile.
async fn log_in(context: &Arc<dyn Context>, provider: &Provider, waits: bool) -> Result<(), Stop> {
    context.visit(&provider.login.start, START_WITHIN).await?;
    let wanted = rules::wanted(provider);
    let (mut board, mut lines) = (Board::new(), Lines::read());
    let (mut changes, mut lost) = (context.changes(), context.lost());
    let mut settling = Settling::login(provider.login.settle);
    let clock = Clock::system();
    let until = Instant::now() + provider.login.timeout;
    let below = if waits {
        "Press Enter here to go on to the proof; Ctrl-C ends it."
    } else {
        "It goes on by itself once the login is seen, or when Enter is pressed here; Ctrl-C ends it."
    };
    loop {
        // A look that fails (a page in the middle of a navigation) is no look; a lost browser is told below.
        if let Ok(seen) = context.observe(&wanted).await {
            board.show(provider, &seen, below);
            let judged = provider.login.logged_in.judge(&seen);
            if settling.saw(judged.truth, clock.now()) && !waits {
                return Ok(());
            }
            if Instant::now() >= until {
                let open: Vec<_> =
                    judged.evidence.iter().filter(|one| one.value != Truth::True).map(evidence).collect();
                return Err(Stop(format!(
                    "login.logged_in did not hold within {:?}. Correct what stayed no:\n{}",
                    provider.login.timeout,
                    open.join("\n")
                )));
            }
        }
        tokio::select! {
            _ = changes.changed() => {}
            _ = lines.next() => return Ok(()),
            error = lost_now(&mut lost) => return Err(Stop(format!("the login was not seen: {error}"))),
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

async fn lost_now(lost: &mut tokio::sync::watch::Receiver<Option<BrowserError>>) -> BrowserError {
    match lost.wait_for(Option::is_some).await {
        Ok(error) => error.clone().unwrap_or(BrowserError::Closed),
        Err(_) => BrowserError::Closed,
    }
}

fn tell(what: &str, sighting: &Sighting) {
    println!("{:<12}{what}", sighting.verdict.as_str());
    sighting.evidence.iter().for_each(|one| println!("{}", evidence(one)));
}

/// What the scope does not keep, by name: it may be what the session lives on.
fn left_out(state: &StorageState, provider: &Provider) -> String {
    let kept = provider.keep(state.clone());
    let mut gone: Vec<String> = Vec::new();
    for cookie in state.cookies.iter().filter(|cookie| !kept.cookies.contains(cookie)) {
        gone.push(format!("the cookie {} of {}", printable(&cookie.name), cookie.domain));
    }
    for origin in &state.origins {
        let now = kept.origins.iter().find(|one| one.origin == origin.origin);
        let parts = [
            ("local storage", origin.local_storage.len(), now.map_or(0, |now| now.local_storage.len())),
            ("IndexedDB", origin.indexed_db.len(), now.map_or(0, |now| now.indexed_db.len())),
        ];
        for (what, _, _) in parts.iter().filter(|(_, before, after)| before != after) {
            gone.push(format!("the {what} of {}", origin.origin));
        }
    }
    if !provider.scope.session_storage {
        gone.push("session storage".into());
    }
    if gone.is_empty() { String::new() } else { format!(" [scope] does not keep {}.", gone.join(", ")) }
}

/// What each source shows without a session. That it shows something is no mistake; whoever writes the definition should know.
async fn read_as_nobody(browser: &dyn Browser, provider: &Provider, stream: &Stream, nobody: &Session) {
    for source in &stream.sources {
        let kind = source.kind.as_str();
        let Preview { page, wrong } = scraper::preview(browser, provider, stream, source, &mut nobody.clone()).await;
        let items = page.map_or(0, |page| page.items);
        let found = match (items, wrong) {
            (0, Some(why)) => printable(&why),
            (0, None) => "no items".to_owned(),
            (items, _) => format!(
                "{items} items: the site shows them to everybody, so that a run is believed once the probe has passed after it"
            ),
        };
        println!("\n{}: its {kind} source without a session\n    {found}", stream.name);
    }
}

/// The first page of each source of a stream.
async fn read(
    browser: &dyn Browser,
    provider: &Provider,
    stream: &Stream,
    session: &mut Session,
    wrong: &mut Vec<String>,
) {
    for source in &stream.sources {
        let kind = source.kind.as_str();
        println!("\n{}: the first page of its {kind} source", stream.name);
        let Preview { page, wrong: halted } = scraper::preview(browser, provider, stream, source, session).await;
        let place = format!("streams.{}, {kind} source", stream.name);
        if let Some(page) = &page {
            println!(
                "    {} items, {} records{}",
                page.items,
                page.records.len(),
                if page.records.len() > 10 { ", the first 10:" } else { "" }
            );
            for line in table(stream, page, &Secrets::of(session)) {
                println!("{line}");
            }
            for (field, count) in &page.unreadable {
                wrong.push(format!(
                    "{place}: {count} values of {field} cannot be read as its type: correct its type or its pipe"
                ));
            }
            if page.duplicates > 0 {
                let many =
                    format!("{} of its items have the {} of a different one", page.duplicates, stream.key_words());
                println!("    {many}");
                if f64::from(page.duplicates)
                    > f64::from(u32::try_from(page.items).unwrap_or(u32::MAX)) * stream.expect.max_duplicates
                {
                    wrong.push(format!("{place}: {many}: name a key that is each item's own"));
                }
            }
            if page.items == 0 {
                wrong.push(format!(
                    "{place}: it read no records, so nothing is known of it; try an account that has some"
                ));
            }
        }
        if let Some(halted) = halted {
            println!("    {}", printable(&halted));
            wrong.push(format!("{place}: {}", printable(&halted)));
        }
    }
}
