//! `staylogged provider record`: a definition, proposed from a login by hand.

use std::{
    collections::HashSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use url::Url;

use super::{
    rules::evidence,
    sighted::{self, Login},
    table::{Secrets, masked, table},
    terminal::{Browsers, Lines, interrupted, printable},
};
use crate::{
    cli::{Stop, configure},
    config::Environment,
    domain::{
        AccountIdentity, Exchange, ProviderId, Session, StorageState,
        rule::{Truth, Verdict},
    },
    providers::{DefinitionError, Provider},
    recorder::{self, Choices, NewFile, Proposal, Recording, Replaced, SeenList},
    scraper::{self, rehearse},
    sessions::{self, Proof},
};

/// What is shorter says nothing about a session.
const KEY: usize = 8;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RecordArguments {
    /// Where a person begins: at the application, not at its SSO.
    url: Url,
    /// The folder in which the definition and its fixtures are written.
    #[arg(long, default_value = ".")]
    out: PathBuf,
    /// The definition's id, which is the name of its file; made from the address when left out.
    #[arg(long)]
    id: Option<ProviderId>,
    /// Write it without asking, and take the likeliest list where there are several. What is there already is never overwritten without asking.
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(environment: &Environment, arguments: RecordArguments) -> Result<(), Stop> {
    if !matches!(arguments.url.scheme(), "http" | "https") {
        return Err(Stop(format!("{} is no address with http:// or https://", arguments.url)));
    }
    let id = arguments.id.as_ref().map_or_else(|| recorder::id_of(&arguments.url), ToString::to_string);
    let browsers = Browsers::new(configure(environment)?)?;
    let mut lines = Lines::read();
    let ended = tokio::select! {
        ended = record(&browsers, &arguments, &id, &mut lines) => ended,
        stopped = interrupted() => Err(stopped),
    };
    browsers.shut_down().await;
    let recorded = ended?;
    tokio::select! {
        ended = review(&recorded, &arguments, &mut lines) => ended,
        stopped = interrupted() => Err(stopped),
    }
}

/// The files of a proposal that did on the site what it says, and what is open in it.
struct Recorded {
    files: Vec<NewFile>,
    open: Vec<String>,
}

async fn record(
    browsers: &Browsers,
    arguments: &RecordArguments,
    id: &str,
    lines: &mut Lines,
) -> Result<Recorded, Stop> {
    let start = &arguments.url;
    println!(
        "A browser opens at {}. Log in there and go to the page with the list; go to its second page, too, and back.\n\
         Then press Enter here, or close the window. Nothing of the login is kept.\n",
        start.host_str().unwrap_or_default()
    );
    let Login { mut session, list, exchanges } = sighted::by_hand(browsers, start, lines).await?;
    browsers.windows.shut_down().await;
    println!("\nLooking at {} as you, and as nobody …", list.host_str().unwrap_or_default());
    let headless = browsers.headless.as_ref();
    let logged_in = sighted::look_at(headless, &list, Some(&mut session)).await?;
    let logged_out = sighted::look_at(headless, &list, None).await?;
    let recording =
        Recording { id: id.to_owned(), start: start.clone(), list, person: exchanges, logged_in, logged_out };
    let private = private(&recording, &session);
    let list = chosen(&recorder::lists(&recording), lines, arguments.yes).await?;
    let choices = Choices { fetch: true, wide_scope: false, list };
    let (proposal, identity) = tried(browsers, &recording, choices, &mut session).await?;
    let files = whole(&proposal)?;
    mustnt_leak(&files, &private, identity.as_ref(), &proposal.replaced)?;
    Ok(Recorded { files, open: proposal.open })
}

/// Which list is meant: the one whose pages were gone through; where that is not just one, the person says.
async fn chosen(lists: &[SeenList], lines: &mut Lines, takes_the_likeliest: bool) -> Result<usize, Stop> {
    let gone_through = lists.iter().filter(|list| list.was_gone_through).count();
    if lists.len() < 2 || gone_through == 1 || takes_the_likeliest {
        return Ok(0);
    }
    println!("\nThere are several lists:");
    for (number, list) in (1..).zip(lists) {
        println!("  {number}  {}", printable(&list.words));
    }
    loop {
        print!("Which one is to be read? [1-{}] ", lists.len());
        let _ = std::io::stdout().flush();
        let Some(answer) = lines.answer().await else {
            return Err(Stop("nobody said which list is to be read; --yes takes the first".into()));
        };
        match answer.trim().parse::<usize>() {
            Ok(number) if (1..=lists.len()).contains(&number) => return Ok(number - 1),
            _ => {}
        }
    }
}

/// Tries the proposal on the site, and proposes less where something of it does not work there.
async fn tried(
    browsers: &Browsers,
    recording: &Recording,
    mut choices: Choices,
    session: &mut Session,
) -> Result<(Proposal, Option<AccountIdentity>), Stop> {
    let headless = browsers.headless.as_ref();
    let mut proposal = recorder::propose(recording, choices)?;
    let mut provider = parsed(&proposal)?;
    let mut proof = prove(browsers, &provider, session).await?;
    if !matches!(proof, Proof::Works { .. }) {
        choices.wide_scope = true;
        proposal = recorder::propose(recording, choices)?;
        provider = parsed(&proposal)?;
        proof = prove(browsers, &provider, session).await?;
    }
    let (mut kept, identity) = match proof {
        Proof::Works { session, identity, sighting } => {
            println!("\nThe proposal, tried at once:\nlogged_in   with what was captured, in a fresh browser");
            sighting.evidence.iter().for_each(|one| println!("{}", evidence(one)));
            if let Some(identity) = &identity {
                println!("        account {} ({})", masked(&identity.label), masked(&identity.id));
            }
            (session, identity)
        }
        Proof::LoggedOut(sighting) | Proof::Unclear(sighting) => {
            return Err(Stop(format!(
                "what was captured of the login does not work in a fresh browser ({}): was somebody logged in when Enter was \
                 pressed? Some sites bind a session to more than a browser can give away",
                sighting.reason()
            )));
        }
    };
    let nobody = kept.with(StorageState::default());
    let report = sessions::probe(headless, &provider, &nobody).await?;
    println!("{:<12}with nothing saved", report.sighting.verdict.as_str());
    report.sighting.evidence.iter().for_each(|one| println!("{}", evidence(one)));
    if report.sighting.verdict != Verdict::LoggedOut && !report.lacks_value {
        proposal
            .open
            .push(format!("[probe] says {} of somebody who is not logged in", report.sighting.verdict.as_str()));
    }
    for (session, who) in [(None, "nothing saved"), (Some(&mut kept), "what was captured")] {
        let is_logged_in = session.is_some();
        let judged = sighted::login_rule(headless, &provider, session).await?;
        let holds = judged.truth == Truth::True;
        println!("login.logged_in {} with {who}", if holds { "holds" } else { "does not hold" });
        if holds != is_logged_in {
            judged.evidence.iter().for_each(|one| println!("{}", evidence(one)));
            proposal.open.push(if holds {
                "login.logged_in holds of somebody who is not logged in: give it a mark that only a login brings".into()
            } else {
                "login.logged_in does not hold of somebody who is logged in: give it a mark of the page behind the login".into()
            });
        }
    }
    let stream = &provider.streams[0];
    let mut fetch_works = true;
    for source in &stream.sources {
        let preview = scraper::preview(headless, &provider, stream, source, &mut kept).await;
        let kind = source.kind.as_str();
        let count = preview.page.as_ref().map_or(0, |page| page.records.len());
        println!("\n{}: {count} records on the first page of its {kind} source", stream.name);
        if let Some(page) = &preview.page {
            table(stream, page, &Secrets::of(&kept)).iter().take(5).for_each(|line| println!("{line}"));
        }
        if let Some(wrong) = preview.wrong.or_else(|| (count == 0).then(|| "no records came".to_owned())) {
            println!("    {}", printable(&wrong));
            if kind == "fetch" {
                fetch_works = false;
            } else {
                proposal.open.push(format!("the {kind} source of {}: {}", stream.name, printable(&wrong)));
            }
        }
    }
    if !fetch_works {
        println!("    so the fetch source is left out");
        let open = proposal.open;
        proposal = recorder::propose(recording, Choices { fetch: false, ..choices })?;
        proposal.open.extend(open.into_iter().filter(|one| !proposal.open.contains(one)).collect::<Vec<_>>());
    }
    Ok((proposal, identity))
}

async fn prove(browsers: &Browsers, provider: &Provider, session: &Session) -> Result<Proof, Stop> {
    let session = session.with(provider.keep(session.state.clone()));
    Ok(sessions::prove(browsers.headless.as_ref(), provider, session).await?)
}

fn parsed(proposal: &Proposal) -> Result<Provider, Stop> {
    let NewFile { path, text } = &proposal.definition;
    Provider::parse(path, text).map_err(|error| {
        Stop(format!("the proposal has a mistake, which is one of this program's: please report it\n{error}\n{text}"))
    })
}

/// All files, those with the expected records too: read as `provider check` reads them.
fn whole(proposal: &Proposal) -> Result<Vec<NewFile>, Stop> {
    let provider = parsed(proposal)?;
    let folder = tempfile::tempdir()?;
    let given: Vec<&NewFile> = std::iter::once(&proposal.definition).chain(&proposal.fixtures).collect();
    for file in &given {
        write(folder.path(), file)?;
    }
    let mistakes = rehearse(&provider, folder.path(), true);
    // The files in which records are expected are there now.
    let mistakes = if mistakes.is_empty() { mistakes } else { rehearse(&provider, folder.path(), false) };
    if !mistakes.is_empty() {
        let NewFile { path, text } = &proposal.definition;
        let error = DefinitionError::new(path, text, mistakes);
        return Err(Stop(format!(
            "the proposal does not read its own fixtures, which is a mistake of this program: please report it\n{error}"
        )));
    }
    let mut files: Vec<NewFile> = given.into_iter().cloned().collect();
    for path in &proposal.expected {
        files.push(NewFile { path: path.clone(), text: fs::read_to_string(folder.path().join(path))? });
    }
    Ok(files)
}

fn write(folder: &Path, file: &NewFile) -> std::io::Result<()> {
    let path = folder.join(&file.path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, &file.text)
}

/// What must be in no file: what the session holds, and what was typed.
fn private(recording: &Recording, session: &Session) -> HashSet<String> {
    let typed = |one: &Exchange| {
        let sent = one.sent.clone().unwrap_or_default();
        let json = serde_json::from_str::<serde_json::Value>(&sent).ok();
        let members = json.as_ref().and_then(serde_json::Value::as_object).into_iter().flatten();
        let members = members.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        let form = url::form_urlencoded::parse(sent.as_bytes()).into_owned().collect::<Vec<_>>();
        members.chain(if json.is_some() { Vec::new() } else { form }).collect::<Vec<_>>()
    };
    let is_typed = |name: &str| {
        let name = name.to_lowercase();
        ["pass", "pwd", "secret", "pin", "code", "otp", "user", "mail", "login"].iter().any(|word| name.contains(word))
    };
    let posts = recording.person.iter().filter(|one| one.method != "GET");
    let typed = posts.flat_map(typed).filter(|(name, value)| is_typed(name) && value.len() > 5).map(|(_, value)| value);
    let addresses = [&recording.list, &recording.start];
    let stands_there = |one: &str| addresses.iter().any(|address| address.as_str().contains(one));
    let is_there = |one: &str| {
        (is_page(one) && stands_there(one)) || addresses.iter().any(|address| address.host_str() == Some(one))
    };
    // A site may remember where somebody went, which is no secret; anything else that a session holds is one in an address, too.
    let mut all = Secrets::of(session).into_all();
    all.retain(|one| !is_there(one));
    all.extend(typed.filter(|one| !stands_there(one)));
    all.extend(recording.logged_in.exchanges.iter().filter_map(|one| {
        one.headers.get("authorization").and_then(|value| value.split_once(' ')).map(|(_, token)| token.to_owned())
    }));
    all
}

/// A page's address, with nothing in its query that could be a key.
fn is_page(text: &str) -> bool {
    let mut values = text.split(['=', '#']).skip(1).map(|value| value.split('&').next().unwrap_or_default());
    (text.starts_with('/') || text.contains("://")) && values.all(|value| value.len() < KEY)
}

fn mustnt_leak(
    files: &[NewFile],
    private: &HashSet<String>,
    identity: Option<&AccountIdentity>,
    replaced: &Replaced,
) -> Result<(), Stop> {
    let of_account = identity.into_iter().flat_map(|one| [&one.id, &one.label]).filter(|text| text.len() > 5);
    let secrets: Vec<&String> = private.iter().chain(of_account).collect();
    let leaks = |file: &&NewFile| {
        secrets.iter().any(|secret| file.text.contains(secret.as_str())) || replaced.is_in(&file.text)
    };
    match files.iter().find(leaks) {
        None => Ok(()),
        Some(file) => Err(Stop(format!(
            "{} would hold something of your login or of your account, so nothing is written: please report it",
            file.path
        ))),
    }
}

/// Shows what would be written, asks, and writes it.
async fn review(recorded: &Recorded, arguments: &RecordArguments, lines: &mut Lines) -> Result<(), Stop> {
    let out = &arguments.out;
    for file in &recorded.files {
        println!("\n── {} ──", out.join(&file.path).display());
        // Line by line: what a site has put into it must not write to the terminal as it likes.
        file.text.lines().for_each(|line| println!("{}", line.replace(|c: char| c.is_control() && c != '\t', "�")));
    }
    if !recorded.open.is_empty() {
        println!("\nTo look at:");
        recorded.open.iter().for_each(|one| println!("  - {one}"));
    }
    let there: Vec<_> = recorded.files.iter().map(|file| out.join(&file.path)).filter(|path| path.exists()).collect();
    if there.is_empty() {
        let question = format!(
            "\nTexts and numbers in the fixtures are made up. Write these {} files into {}?",
            recorded.files.len(),
            out.display()
        );
        if !arguments.yes && !ask(&question, lines).await {
            return Err(Stop("nothing was written".into()));
        }
    } else {
        let names: Vec<_> = there.iter().map(|path| path.display().to_string()).collect();
        if !ask(&format!("\nThere is already {}. Overwrite?", names.join(", ")), lines).await {
            return Err(Stop("nothing was written: name another folder with --out, or another id with --id".into()));
        }
    }
    for file in &recorded.files {
        write(out, file).map_err(|error| format!("could not write {}: {error}", out.join(&file.path).display()))?;
    }
    let definition = out.join(&recorded.files[0].path);
    println!("\nWritten. Next: staylogged provider check {0}, then staylogged provider try {0}", definition.display());
    Ok(())
}

async fn ask(question: &str, lines: &mut Lines) -> bool {
    print!("{question} [y/n] ");
    let _ = std::io::stdout().flush();
    let answer = lines.answer().await.unwrap_or_default();
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::{
        domain::{BrowserIdentity, OriginState, Viewport, session::StorageEntry},
        recorder::Visit,
    };

    const LIST: &str = "https://app.shop1.example/orders?page=1&token=t0ken-0123456789&user=ana.souza";

    fn recording() -> Recording {
        let list = Url::parse(LIST).expect("a URL");
        let visit = Visit {
            url: list.clone(),
            title: String::new(),
            html: String::new(),
            cookies: Vec::new(),
            local_storage: BTreeMap::new(),
            session_storage: BTreeMap::new(),
            indexed_db: BTreeSet::new(),
            elements: BTreeMap::new(),
            exchanges: Vec::new(),
        };
        let typed = Exchange {
            page: list.clone(),
            kind: "fetch".into(),
            method: "POST".into(),
            url: list.clone(),
            headers: BTreeMap::new(),
            sent: Some("user=ana.souza&password=correct+horse".into()),
            status: 200,
            body: None,
        };
        Recording {
            id: "shop".into(),
            start: list.clone(),
            list,
            person: vec![typed],
            logged_in: visit.clone(),
            logged_out: visit,
        }
    }

    fn session(values: &[&str]) -> Session {
        let entry = |value: &&str| StorageEntry { name: "x".into(), value: (*value).into() };
        let origin = OriginState {
            origin: "https://app.shop1.example".into(),
            local_storage: values.iter().map(entry).collect(),
            ..OriginState::default()
        };
        let identity = BrowserIdentity {
            user_agent: "x".into(),
            locale: "en".into(),
            timezone: "UTC".into(),
            viewport: Viewport::default(),
        };
        Session::new(StorageState { cookies: Vec::new(), origins: vec![origin] }, identity)
    }

    #[test]
    fn what_a_session_holds_is_private_in_the_lists_own_address_too() {
        let held = ["t0ken-0123456789", "/orders?page=1", "app.shop1.example", "/orders?page=1&token=t0ken-0123456789"];
        let mut private: Vec<_> = private(&recording(), &session(&held)).into_iter().collect();
        private.sort();
        assert_eq!(private, ["/orders?page=1&token=t0ken-0123456789", "correct horse", "t0ken-0123456789"]);
    }

    #[test]
    fn a_file_that_would_hold_something_private_is_not_written() {
        let file = |text: &str| [NewFile { path: "shop.toml".into(), text: text.into() }];
        let private = HashSet::from(["t0ken-0123456789".to_owned()]);
        let identity = AccountIdentity { id: "88123456".into(), label: "ana".into() };
        let leaks = |text: &str| mustnt_leak(&file(text), &private, Some(&identity), &Replaced::default()).is_err();
        assert!(leaks("visit = \"https://a.example/?token=t0ken-0123456789\"") && leaks("/accounts/88123456/orders"));
        assert!(!leaks("name = \"banana\""));
    }
}
