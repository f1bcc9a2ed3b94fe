//! The proposal, written: a definition in TOML with a comment on each rule, and the files beside it.

use std::collections::BTreeSet;

use serde_json::Value;
use url::Url;

use super::{
    Choices, NewFile, Nothing, Proposal, Recording, SeenList,
    addresses::{self, glob, harmless, is_of, name_of, origin},
    credentials,
    fields::{self, Field},
    json_list::{self, List},
    json_of,
    made_up::MadeUp,
    marks::{self, Identity, Mark, Marks, same_endpoint},
    paging::{self, Paging},
    quoted,
    repeated::{self, Repeated},
    saved_page::{Keep, saved},
};
use crate::{domain::Exchange, providers::set_param};

/// So many items stay in a fixture.
const ITEMS: usize = 3;

/// Where the records are.
pub(super) enum Found<'a> {
    Json(List<'a>),
    Elements(Repeated),
}

pub(super) fn proposal(recording: &Recording, choices: Choices) -> Result<Proposal, Nothing> {
    let nothing = || Nothing::NoList(recording.list.host_str().unwrap_or_default().to_owned());
    let found = lists(recording).into_iter().nth(choices.list).map(|(_, found)| found);
    let in_json = if let Some(Found::Json(list)) = &found { Some(list) } else { None };
    let sites = addresses::sites(recording, choices.wide_scope);
    // Whoever is not logged in sees no list either: what is to be told is the login.
    let marks = marks::marks(recording, in_json, &sites)?;
    let answer = in_json.map(|list| list.answer);
    let found = found.as_ref().ok_or_else(nothing)?;
    let mut writer = Writer {
        recording,
        choices,
        sites,
        text: String::new(),
        open: Vec::new(),
        fixtures: Vec::new(),
        expected: Vec::new(),
        made_up: MadeUp::new(salt()),
    };
    writer.site(&marks);
    writer.login(&marks);
    writer.probe(&marks, answer);
    match found {
        Found::Json(list) => writer.json_stream(list, marks.identity.as_ref()),
        Found::Elements(repeated) => writer.markup_stream(repeated),
    }
    writer.states(&marks, found);
    Ok(writer.end())
}

/// The lists that may be meant, the likeliest first. Elements that repeat are one where there is no list in JSON, or where the
/// person went from document to document.
pub(super) fn lists(recording: &Recording) -> Vec<(SeenList, Found<'_>)> {
    let Recording { person, logged_in, list: page, .. } = recording;
    let mut all: Vec<(SeenList, Found<'_>)> = Vec::new();
    for list in json_list::lists(&logged_in.exchanges) {
        let pages: Vec<_> = person.iter().filter(|one| same_endpoint(one, list.answer)).collect();
        let endpoint = format!("{} {}", list.answer.method, glob(&list.answer.url));
        let words = format!("{} items at {} of {endpoint}", list.items.len(), list.path);
        all.push((SeenList { words, was_gone_through: paging::was_gone_through(&pages) }, Found::Json(list)));
    }
    let is_document = |one: &&Exchange| one.kind == "document" && glob(&one.url) == glob(page);
    let was_gone_through = paging::was_gone_through(&person.iter().filter(is_document).collect::<Vec<_>>());
    if (all.is_empty() || was_gone_through)
        && let Some(repeated) = repeated::most(&logged_in.html, &logged_in.url)
    {
        let words = format!("{} elements {} on the page", repeated.count, repeated.css);
        all.push((SeenList { words, was_gone_through }, Found::Elements(repeated)));
    }
    // Stable: of several, the first that was found stays the first.
    all.sort_by_key(|(seen, _)| !seen.was_gone_through);
    all
}

/// Others at each recording, so that nobody finds by trying what a made-up text stands for.
fn salt() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().0
}

struct Writer<'a> {
    recording: &'a Recording,
    choices: Choices,
    sites: BTreeSet<String>,
    text: String,
    open: Vec<String>,
    fixtures: Vec<NewFile>,
    expected: Vec<String>,
    made_up: MadeUp,
}

impl Writer<'_> {
    fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    /// Something that is not so sure: in the file, and told at the end.
    fn open(&mut self, what: impl Into<String>) {
        let what = what.into();
        self.line(format!("# To look at: {what}"));
        self.open.push(what);
    }

    fn site(&mut self, marks: &Marks<'_>) {
        let Recording { id, start, list, logged_in, .. } = self.recording;
        self.line("#:schema ./provider.schema.json");
        self.line(format!(
            "# Proposed by `staylogged provider record` from a login at {}. Read it before you use it.",
            start.host_str().unwrap_or_default()
        ));
        self.line("format = 1");
        self.line(format!("id = {}", quoted(id)));
        self.line(format!("name = {}", quoted(&name_of(id))));
        self.line(format!("homepage = {}", quoted(&format!("{}/", origin(list)))));
        self.line("\n[scope] # what a saved session may hold: that of the sites of the first and of the last page");
        let held: BTreeSet<&str> =
            logged_in.cookies.iter().map(|cookie| cookie.domain.trim_start_matches('.')).collect();
        let domains: Vec<String> = self
            .sites
            .iter()
            .map(|site| {
                let alone =
                    held.iter().filter(|host| is_of(host, &BTreeSet::from([site.clone()]))).all(|host| host == site);
                if alone { quoted(site) } else { quoted(&format!("*.{site}")) }
            })
            .collect();
        self.line(format!("cookies = [{}]", domains.join(", ")));
        let ours = |origin: &&String| {
            Url::parse(origin).is_ok_and(|url| is_of(url.host_str().unwrap_or_default(), &self.sites))
        };
        let stores =
            logged_in.local_storage.iter().chain(&logged_in.session_storage).filter(|(_, entries)| !entries.is_empty());
        let origins: BTreeSet<&String> =
            stores.map(|(origin, _)| origin).chain(&logged_in.indexed_db).filter(ours).collect();
        if !origins.is_empty() {
            let indexed_db = logged_in.indexed_db.iter().any(|origin| origins.contains(origin));
            let list: Vec<_> = origins.iter().map(|origin| quoted(origin)).collect();
            let session_storage = marks.needs_session_storage;
            self.line(format!(
                "origins = [{}] # they hold something in local or session storage, or in IndexedDB",
                list.join(", ")
            ));
            if session_storage {
                self.line("session_storage = true # the token of the login is there");
            }
            if indexed_db {
                self.line("indexed_db = true # there was something in it");
            }
        }
        if !marks.counting.is_empty() {
            let names: Vec<_> = marks.counting.iter().map(|name| quoted(name)).collect();
            self.line(format!("drop_cookies = [{}] # they count visitors", names.join(", ")));
        }
        let navigate: Vec<_> = addresses::navigate(self.recording).iter().map(|glob| quoted(glob)).collect();
        self.line(format!("navigate = [{}] # where the login went", navigate.join(", ")));
    }

    fn rules(&mut self, table: &str, of: &str, marks: &[Mark]) {
        for mark in marks {
            self.line(format!("[[{table}.{of}]] # {}", mark.why));
            self.line(&mark.toml);
        }
    }

    fn login(&mut self, marks: &Marks<'_>) {
        self.line("\n[login]");
        self.line(format!("start = {}", quoted(self.recording.start.as_str())));
        self.line("timeout = \"15m\"\nsettle = \"1s\"");
        self.rules("login.logged_in", "all", &marks.login);
        if marks.login.len() == 1 {
            self.open("nothing but its address says that a login is over: add what only somebody logged in has");
        }
        self.line("\n[session]\nwrite_back = \"always\" # sites rotate their cookies");
    }

    fn probe(&mut self, marks: &Marks<'_>, answer: Option<&Exchange>) {
        self.line("\n[probe]");
        let visit = self.recording.list.to_string();
        self.line(format!("visit = {} # the page with the list: a session is proven where it is used", quoted(&visit)));
        self.line("wait = \"25s\"");
        self.line(format!("logged_in = {{ {} }} # {}", marks.logged_in.toml, marks.logged_in.why));
        self.rules("probe.logged_out", "any", &marks.logged_out);
        if marks.refuses_anybody {
            self.open(
                "[probe] logged_out knows a refusal alone, which somebody logged in may get, too: add what only the page shows that asks for a login",
            );
        }
        self.rules("probe.blocked", "any", &marks::refusals(&self.recording.list, answer));
        if let Some(identity) = &marks.identity {
            self.line("\n[account] # from the answer with an id and a name in it that came with the login alone");
            self.line(format!("response = {}", marks::response_table(identity.answer, None)));
            self.line(format!("id = {}", quoted(&identity.id)));
            self.line(format!("label = {}", quoted(&identity.label)));
        } else {
            self.line("");
            self.open("no answer said whose account it is. With [account], a reconnect as somebody else is noticed");
        }
        self.line("\n[politeness]\nmin_interval = \"1s\"\njitter = \"500ms\"\nmax_pages = 50\nretry = { times = 1, base = \"2s\", cap = \"30s\" }");
    }

    /// The stream's head and its fields.
    fn stream(&mut self, name: &str, fields: &[Field], from: &str) {
        let key: Vec<_> = fields.iter().filter(|field| field.is_key).map(|field| quoted(&field.name)).collect();
        self.line(format!("\n[[streams]] # {from}"));
        self.line(format!("name = {}", quoted(name)));
        self.line(format!("key = [{}] # no two of the records seen have the same", key.join(", ")));
        self.line("expect = { max_missing = 0.0 }");
        if key.len() > 1 {
            self.open("no one field alone tells the records apart: see whether this key does");
        }
        self.line("\n[streams.fields]");
        for Field { name, kind, is_key, .. } in fields {
            let required = if *is_key { ", required = true" } else { "" };
            self.line(format!("{name} = {{ type = \"{kind}\"{required} }}"));
        }
    }

    fn places(&mut self, fields: &[Field]) {
        self.line("\n[streams.sources.fields]");
        for Field { name, place, .. } in fields {
            self.line(format!("{name} = {{ {place} }}"));
        }
    }

    fn paging(&mut self, paging: Option<&Paging>) {
        match paging {
            Some(paging) => self.line(format!("page = {} # {}", paging.toml, paging.why)),
            None => self.open("nothing said how the list goes on: go to its second page, too, when you record it again, or add page = { … }"),
        }
    }

    fn json_stream(&mut self, found: &List<'_>, identity: Option<&Identity<'_>>) {
        let Recording { person, logged_in, list, .. } = self.recording;
        let pages: Vec<&Exchange> = person
            .iter()
            .chain(&logged_in.exchanges)
            .filter(|one| same_endpoint(one, found.answer) && one.status == found.answer.status)
            .collect();
        let mut items: Vec<Value> = Vec::new();
        for one in &pages {
            items.extend(json_of(one.body.as_ref()).iter().flat_map(|body| json_list::items_at(body, &found.path)));
        }
        let fields = fields::fields(&fields::columns(&items));
        let endpoint = format!("{} {}", found.answer.method, glob(&found.answer.url));
        let from = format!(
            "from an answer that the page asked for: {} items at {} of {endpoint}",
            found.items.len(),
            found.path
        );
        self.stream(&addresses::stream_name(&found.answer.url), &fields, &from);
        match credentials::request(found.answer, logged_in) {
            Ok(request) if identity.is_some_and(|identity| identity.is_named_by(&request.lines, &found.answer.url)) => {
                self.line("");
                self.open("the request for the list names the account, so that it is not asked for over HTTP: each account would need one of its own");
            }
            Ok(request) if self.choices.fetch => {
                self.line("\n[[streams.sources]] # asked for over HTTP, without a browser");
                self.line("kind = \"fetch\"\nwait = \"20s\"\nanswer = \"json\"");
                self.line(format!("items = {}", quoted(&found.path)));
                self.paging(paging::of_requests(&pages, &found.path).as_ref());
                self.line("[streams.sources.request]");
                request.why.iter().for_each(|why| self.line(format!("# {why}")));
                request.lines.iter().for_each(|line| self.line(line));
                self.places(&fields);
            }
            Ok(_) => self.line("\n# Asked for over HTTP, without a browser, the list did not come: so the page itself has to ask for it."),
            Err(why) => self.line(format!("\n# The list cannot be asked for without a browser: {why}.")),
        }
        let paging = paging::of_page(&pages, list, &logged_in.html);
        let mut visit = list.clone();
        if let Some((param, first)) = paging.as_ref().and_then(|paging| paging.first_in_address.as_ref()) {
            set_param(&mut visit, param, &first.to_string());
        }
        self.line("\n[[streams.sources]] # what the page itself asks for");
        self.line("kind = \"capture\"\nwait = \"20s\"");
        self.line(format!("visit = {}", quoted(visit.as_str())));
        self.line(format!("match = {}", marks::list_table(found, self.recording)));
        self.line(format!("items = {}", quoted(&found.path)));
        self.paging(paging.as_ref());
        self.places(&fields);
        let body = shortened(&found.body);
        let made = self.made_up.json(&body);
        self.fixture("list.json", format!("{made:#}\n"));
        let url = harmless(&found.answer.url);
        self.fixture_tables("list.json", &url, "list.expected.json");
    }

    fn markup_stream(&mut self, found: &Repeated) {
        let Recording { person, logged_in, list, .. } = self.recording;
        let served = logged_in
            .exchanges
            .iter()
            .rev()
            .find(|one| one.kind == "document" && one.url == logged_in.url)
            .and_then(|one| one.body.as_ref());
        let is_served =
            served.and_then(|html| repeated::most(html, &logged_in.url)).is_some_and(|there| there.css == found.css);
        let mut seen = vec![(logged_in.html.as_str(), &logged_in.url)];
        if is_served {
            // Other pages of the list that the person went to: the key is one on these, too.
            let pages = person.iter().filter(|one| one.kind == "document" && glob(&one.url) == glob(list));
            seen.extend(pages.filter_map(|one| Some((one.body.as_deref()?, &one.url))));
        }
        let fields = fields::fields(&repeated::columns_of(&found.css, &seen));
        let from = format!("from the element that repeats with the most to say, {} times {}", found.count, found.css);
        self.stream(&addresses::stream_name(list), &fields, &from);
        let link = served.and_then(|html| paging::next_link(html));
        let pages: Vec<&Exchange> = person.iter().filter(|one| one.kind == "document").collect();
        let by_address = paging::of_page(&pages, list, &logged_in.html);
        let mut visit = list.clone();
        if let Some((param, first)) = by_address.as_ref().and_then(|paging| paging.first_in_address.as_ref()) {
            set_param(&mut visit, param, &first.to_string());
        }
        let css = quoted(&found.css);
        let link = link.map(|css| Paging {
            toml: format!("{{ kind = \"next_link\", css = {} }}", quoted(&css)),
            why: format!("the page has {css}"),
            first_in_address: None,
        });
        if is_served && self.choices.fetch {
            self.line("\n[[streams.sources]] # the elements are in the page as the server sends it");
            self.line("kind = \"fetch\"\nwait = \"20s\"\nanswer = \"html\"");
            self.line(format!("items = {css}"));
            let way = by_address.as_ref().filter(|way| way.first_in_address.is_some()).or(link.as_ref());
            self.paging(way);
            self.line(format!("request = {{ url = {} }}", quoted(visit.as_str())));
            self.places(&fields);
        }
        self.line("\n[[streams.sources]] # the elements on the page, drawn");
        self.line("kind = \"markup\"\nwait = \"20s\"");
        self.line(format!("visit = {}", quoted(visit.as_str())));
        self.line(format!("ready = {{ selector = {{ css = {css} }} }}"));
        self.line(format!("items = {css}"));
        self.paging(
            by_address.as_ref().filter(|way| way.first_in_address.is_some()).or(link.as_ref()).or(by_address.as_ref()),
        );
        self.places(&fields);
        self.open("an account without records: add empty = { … } with what the page shows then");
        let page = saved(&logged_in.html, &mut self.made_up, Keep { items: Some(&found.css), title: false });
        self.fixture("list.html", page);
        let url = harmless(&logged_in.url);
        self.fixture_tables("list.html", &url, "list.expected.json");
    }

    fn folder(&self) -> String {
        format!("fixtures/{}", self.recording.id)
    }

    fn fixture(&mut self, name: &str, text: String) {
        let path = format!("{}/{name}", self.folder());
        self.fixtures.push(NewFile { path, text });
    }

    fn fixture_tables(&mut self, name: &str, url: &str, expected: &str) {
        let folder = self.folder();
        self.line("\n[[streams.fixtures]] # what was seen, with made-up texts and numbers");
        self.line(format!("input = {}", quoted(&format!("{folder}/{name}"))));
        self.line(format!("url = {}", quoted(url)));
        self.line(format!("expect = {}", quoted(&format!("{folder}/{expected}"))));
        self.expected.push(format!("{folder}/{expected}"));
    }

    fn state(&mut self, name: &str, url: &str, method: &str, expect: &str) {
        let fixture = quoted(&format!("{}/{name}", self.folder()));
        self.line("\n[[states]]");
        self.line(format!("fixture = {fixture}\nurl = {}", quoted(url)));
        if method != "GET" {
            self.line(format!("method = {}", quoted(method)));
        }
        self.line(format!("expect = \"{expect}\""));
    }

    fn states(&mut self, marks: &Marks<'_>, found: &Found<'_>) {
        let Recording { logged_in, logged_out, .. } = self.recording;
        if let Some(identity) = &marks.identity {
            if let Some(json) = json_of(identity.answer.body.as_ref()) {
                let made = self.made_up.json(&shortened(&json));
                self.fixture("account.json", format!("{made:#}\n"));
                self.state("account.json", &harmless(&identity.answer.url), &identity.answer.method, "logged_in");
            }
        } else if marks.logged_in.toml.starts_with("response") {
            if let Found::Json(list) = found {
                self.state("list.json", &harmless(&list.answer.url), &list.answer.method, "logged_in");
            }
        } else {
            let items = if let Found::Elements(repeated) = found { Some(repeated.css.as_str()) } else { None };
            let page = saved(&logged_in.html, &mut self.made_up, Keep { items, title: false });
            self.fixture("logged-in.html", page);
            self.state("logged-in.html", &harmless(&logged_in.url), "GET", "logged_in");
        }
        // An answer to a script says nothing of the page that it came to.
        if marks.logged_out.iter().any(|mark| !mark.toml.starts_with("response")) {
            let page = saved(&logged_out.html, &mut self.made_up, Keep { items: None, title: true });
            self.fixture("logged-out.html", page);
            self.state("logged-out.html", &harmless(&logged_out.url), "GET", "logged_out");
        }
    }

    fn end(self) -> Proposal {
        let Self { recording, text, open, fixtures, expected, made_up, .. } = self;
        let definition = NewFile { path: format!("{}.toml", recording.id), text };
        Proposal { definition, fixtures, expected, open, replaced: made_up.replaced() }
    }
}

/// Of each list only the first few.
fn shortened(json: &Value) -> Value {
    match json {
        Value::Array(list) => list.iter().take(ITEMS).map(shortened).collect(),
        Value::Object(object) => object.iter().map(|(name, value)| (name.clone(), shortened(value))).collect(),
        scalar => scalar.clone(),
    }
}
