//! Sources: what is read, and where.

use super::{
    Compiler, JudgedOn,
    paging::{On, Paged},
    rules::whole,
};
use crate::providers::{
    Css, Fetch, FetchAnswer, Field, Source, SourceKind,
    file::{self, Kind, Place, Placed, Text},
};

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Capture => "capture",
            Self::Markup => "markup",
        }
    }

    /// What it takes besides wait, items, page, fields and the rules that all take.
    fn takes(self) -> (&'static [&'static str], &'static str) {
        match self {
            Self::Fetch => (
                &["request", "answer", "in_page", "visit", "empty", "expect"],
                "fetch takes request and answer, and may take in_page with visit, empty, expect, logged_out and blocked",
            ),
            Self::Capture => (
                &["visit", "match", "click"],
                "capture takes visit and match = { url = \"https://…\" }, and may take click, logged_out and blocked",
            ),
            Self::Markup => (
                &["visit", "ready", "empty", "click"],
                "markup takes visit and ready = { selector = { css = \"…\" } }, and may take empty, click, logged_out and blocked",
            ),
        }
    }
}

impl Compiler {
    pub(super) fn source(&mut self, raw: &Placed<file::Source>, fields: &[Field]) -> Option<Source> {
        let place = raw.span();
        let raw = raw.get_ref();
        self.takes_only(raw, &place);
        let wait = self.positive(&raw.wait);
        let on = match (raw.kind, raw.answer) {
            (Kind::Fetch, Some(file::Answer::Html)) => On::Html,
            (Kind::Fetch, _) => On::Json,
            (Kind::Capture | Kind::Markup, _) => On::Page,
        };
        let in_json = raw.kind == Kind::Capture || on == On::Json;
        let address = raw.request.as_ref().map(|request| &request.get_ref().url);
        let paged = self.paged(raw.page.as_ref(), on, address, in_json);
        let kind = self.source_kind(raw, &place, paged.as_ref());
        let visit = match (&raw.visit, &kind) {
            (Some(visit), _) => self.visited(visit, "the source goes"),
            (None, Some(SourceKind::Fetch(fetch))) => fetch.request.url(),
            (None, _) => None,
        };
        self.judged_on = if raw.kind == Kind::Fetch { JudgedOn::Answer } else { JudgedOn::Page };
        let logged_out = raw.logged_out.as_ref().map(|rule| self.rule(rule));
        let blocked = raw.blocked.as_ref().map(|rule| self.rule(rule));
        let partial = raw.partial.as_ref().map(|rule| self.rule(rule));
        self.judged_on = JudgedOn::Page;
        let sources = self.field_sources(raw, in_json, fields, &place);
        let click = raw.click.as_ref().map(|css| self.css(css).map(|css| css.as_str().to_owned()));
        let Paged { paging, stops, last, first } = paged?;
        Some(Source {
            kind: kind?,
            visit: visit?,
            wait: wait?,
            fields: sources?,
            paging,
            stops,
            last,
            logged_out: whole(logged_out)?,
            blocked: whole(blocked)?,
            partial: whole(partial)?,
            click: whole(click)?,
            first,
        })
    }

    /// Nothing in a definition is ignored: what the kind does not take is a mistake.
    fn takes_only(&mut self, raw: &file::Source, place: &Place) {
        let given = [
            ("visit", raw.visit.is_some()),
            ("match", raw.r#match.is_some()),
            ("ready", raw.ready.is_some()),
            ("empty", raw.empty.is_some()),
            ("request", raw.request.is_some()),
            ("in_page", raw.in_page.is_some()),
            ("answer", raw.answer.is_some()),
            ("expect", raw.expect.is_some()),
            ("click", raw.click.is_some()),
        ];
        let (taken, cure) = raw.kind.takes();
        let what = raw.kind.as_str();
        for (name, _) in given.iter().filter(|(name, given)| *given && !taken.contains(name)) {
            self.mistake::<()>(place.clone(), format!("a {what} source has no {name}"), cure);
        }
    }

    fn source_kind(&mut self, raw: &file::Source, place: &Place, paged: Option<&Paged>) -> Option<SourceKind> {
        let (_, cure) = raw.kind.takes();
        match raw.kind {
            Kind::Fetch => self.fetch(raw, place, paged).map(|fetch| SourceKind::Fetch(Box::new(fetch))),
            Kind::Capture => {
                let (Some(answer), Some(_)) = (&raw.r#match, &raw.visit) else {
                    return self.mistake(place.clone(), "this capture source lacks visit or match", cure);
                };
                let answer = self.response(answer);
                let items = self.patterns(&texts(&raw.items));
                Some(SourceKind::Capture { answer: answer?, items: items? })
            }
            Kind::Markup => {
                let (Some(ready), Some(_)) = (&raw.ready, &raw.visit) else {
                    return self.mistake(place.clone(), "this markup source lacks visit or ready", cure);
                };
                let ready = self.rule(ready);
                let empty = raw.empty.as_ref().map(|empty| self.rule(empty));
                let items = self.selectors(&raw.items);
                Some(SourceKind::Markup { ready: ready?, empty: whole(empty)?, items: items? })
            }
        }
    }

    fn fetch(&mut self, raw: &file::Source, place: &Place, paged: Option<&Paged>) -> Option<Fetch> {
        let (_, cure) = Kind::Fetch.takes();
        let (Some(request), Some(answer)) = (&raw.request, raw.answer) else {
            return self.mistake(place.clone(), "this fetch source lacks request or answer", cure);
        };
        let in_page = raw.in_page.as_ref().is_some_and(|in_page| *in_page.get_ref());
        match (&raw.visit, in_page) {
            (None, true) => {
                let cure = "add visit = \"https://…\": the page that makes the request";
                return self.mistake(place.clone(), "which page makes the request is not said", cure);
            }
            (Some(visit), false) => {
                let cure = "add in_page = true, or take visit out";
                return self.mistake(visit.span(), "no page is visited for a request that is made without one", cure);
            }
            _ => {}
        }
        let slot = paged.and_then(|paged| paged.paging.begin().slot.cloned());
        let request = self.request(request, slot.as_ref(), in_page);
        self.judged_on = JudgedOn::Answer;
        let empty = raw.empty.as_ref().map(|empty| self.rule(empty));
        self.judged_on = JudgedOn::Page;
        let answer = match answer {
            file::Answer::Json if raw.empty.is_some() => {
                let cure = "take empty out: a list that is there and holds nothing is empty";
                return self.mistake(place.clone(), "JSON says by itself that there are no items", cure);
            }
            file::Answer::Json => FetchAnswer::Json { items: self.patterns(&texts(&raw.items))? },
            file::Answer::Html => FetchAnswer::Html { empty: whole(empty)?, items: self.selectors(&raw.items)? },
        };
        let status = raw.expect.as_ref().map_or(Some(Vec::new()), |expect| self.statuses(&expect.status));
        Some(Fetch { request: request?, in_page, answer, status: status? })
    }

    fn selectors(&mut self, items: &file::OneOrMany<String>) -> Option<Vec<Css>> {
        let all: Vec<_> = items.0.iter().map(|css| self.css(css)).collect();
        all.into_iter().collect()
    }
}

fn texts(items: &file::OneOrMany<String>) -> Vec<Text> {
    items.0.clone()
}
