//! Whether what was found is believed, and whether the session still works: looked at afresh, apart from any source.

use std::time::Duration;

use tokio::time::Instant;

use super::{Conductor, LAST_WORDS, Stopped};
use crate::{
    domain::{
        RunEnd, StorageState,
        rule::{Evidence, Sighting, Truth, Verdict},
    },
    providers::Stream,
    scraper::{ending::Halt, visit::Standing},
    sessions,
};

/// How long the probe may take of a run whose time is up: less than its lease is longer than the run.
const LAST_LOOK: Duration = Duration::from_secs(30);

/// Why a session was not renewed.
pub(super) enum Renewal {
    /// The run is over.
    Over(Option<RunEnd>),
    Halted(Halt),
}

/// The run is over; how, unless it is put down.
pub(super) struct Over(pub Option<RunEnd>);

/// What the probe said of a session.
#[derive(Clone)]
pub(super) struct Probed {
    /// Which save of it.
    pub generation: i64,
    pub sighting: Sighting,
    /// The look changed what the session holds.
    pub changed: bool,
    /// It said "logged out", and has left this of the session.
    left: Option<StorageState>,
}

/// Why a page that says "logged out" is not believed.
pub(super) fn denied(reason: &str, verdict: Verdict) -> String {
    match verdict {
        Verdict::LoggedIn => format!("{reason}, although the session works elsewhere at the site"),
        _ => format!("{reason}, and the site did not say elsewhere whether the session works"),
    }
}

impl Conductor {
    /// What the definition's probe says of the session, unless it says each time that it is dead (as the last attempt left it, as
    /// that look left it, where that is other, and as it was last seen to work): then the run is over. It is asked once in a run. `None`:
    /// there is a newer session to go on with.
    pub(super) async fn judge_session(&mut self, until: Instant) -> Result<Option<Probed>, Over> {
        if self.probed.is_some() {
            return Ok(self.probed.clone());
        }
        let mut seen = self.look_again(false, true, until).await;
        if let Ok(Probed { generation, left: Some(left), .. }) = &mut seen {
            self.left_by_a_look(*generation, std::mem::take(left));
            seen = self.look_again(false, true, until).await;
        }
        if let Ok(Probed { sighting, .. }) = &seen
            && sighting.verdict == Verdict::LoggedOut
        {
            seen = self.look_again(false, false, until).await;
        }
        let probed = match seen {
            Ok(Probed { generation, sighting, .. }) if sighting.verdict == Verdict::LoggedOut => {
                let end = self.needs_reconnect(generation, sighting).await;
                return end.map_or(Ok(None), |end| Err(Over(Some(end))));
            }
            Ok(probed) => probed,
            // The browser or the site did not do it: nothing is known.
            Err(Stopped::Halted(halt)) => self.not_probed(&halt).await.map_err(|error| Over(self.stopped_by(error)))?,
            Err(other) => return Err(Over(self.stopped_by(other))),
        };
        self.probed = Some(probed);
        Ok(self.probed.clone())
    }

    async fn not_probed(&self, halt: &Halt) -> Result<Probed, Stopped> {
        let generation = self.open_session(false).await.map_err(Stopped::Session)?.generation;
        let rule = format!("{} shows the page of the probe", self.provider.name);
        let evidence = vec![Evidence { rule, seen: halt.why(), value: Truth::Unknown }];
        Ok(Probed {
            generation,
            sighting: Sighting { verdict: Verdict::Unknown, evidence },
            changed: false,
            left: None,
        })
    }

    /// The end of a run whose time is up. A site that does not answer may do so to one who is logged out.
    pub(super) async fn end_late(&mut self) -> Option<RunEnd> {
        match self.judge_session(Instant::now() + LAST_LOOK).await {
            Ok(Some(probed)) => Some(self.judged(self.too_long(), probed).await),
            Ok(None) => self.stopped_by(Stopped::TooLong),
            Err(Over(end)) => end,
        }
    }

    /// A list that held nothing, whose end nothing told, or whose last page did not show that one is logged in, is believed of a
    /// session that works: some sites say "nothing" to whoever is logged out. `false`: the look has renewed the session, so that the
    /// list may have been read as nobody; it is to be read once more.
    pub(super) async fn proven(
        &mut self,
        stream: &Stream,
        standing: Standing,
        over_http: bool,
        until: Instant,
    ) -> Result<bool, Stopped> {
        let is_empty = self.found.keys.is_empty();
        // A page that lost its login may have lost its "next" with it, or shows what everybody is shown.
        if !is_empty && !self.found.ended_silently && standing.is_logged_in {
            return Ok(true);
        }
        let probed = self.look_again(false, true, until).await?;
        let sighting = &probed.sighting;
        match sighting.verdict {
            Verdict::LoggedIn if over_http && probed.changed && !self.read_anew => {
                self.read_anew = true;
                self.forget_reading();
                Ok(false)
            }
            Verdict::LoggedIn if !is_empty || over_http || standing.was_logged_in => Ok(true),
            Verdict::LoggedIn | Verdict::Unknown => {
                let name = &self.provider.name;
                let what = if is_empty { format!("no {}", stream.name) } else { "nothing further".to_owned() };
                let halt = Halt::NotBelieved(format!("{name} showed {what}"));
                self.probed = Some(probed);
                Err(Stopped::Halted(halt))
            }
            Verdict::LoggedOut => {
                let reason = sighting.reason();
                if over_http {
                    self.forget_reading();
                }
                Err(Stopped::Halted(Halt::LoggedOut(reason)))
            }
            Verdict::Blocked => Err(Stopped::Halted(Halt::blocked(sighting.reason()))),
        }
    }

    /// What was read may be what everybody is shown: the list is read from its beginning again.
    pub(super) fn forget_reading(&mut self) {
        self.found.cursor = None;
        (self.found.pages, self.found.before) = (0, 0);
        // A record may say less to everybody than to whoever is logged in: it is stored anew.
        self.found.keys.clear();
    }

    /// Lets the site renew the session; `Ok`: it works again. A page that renews need not show what the probe looks for, so that
    /// the probe says whether it did.
    pub(super) async fn renewed(&mut self, again: bool, reason: String, until: Instant) -> Result<(), Renewal> {
        if again {
            return Err(Renewal::Halted(Halt::NotShown(denied(&reason, Verdict::LoggedIn))));
        }
        let sighting = match self.look_again(true, true, until).await {
            Ok(Probed { sighting, .. }) => sighting,
            Err(Stopped::Halted(halt)) => return Err(Renewal::Halted(halt)),
            Err(other) => return Err(Renewal::Over(self.stopped_by(other))),
        };
        match sighting.verdict {
            Verdict::LoggedIn => Ok(()),
            Verdict::Blocked => Err(Renewal::Halted(Halt::blocked(sighting.reason()))),
            Verdict::LoggedOut | Verdict::Unknown => match self.judge_session(until).await {
                Ok(None) => Ok(()),
                Ok(Some(probed)) if probed.sighting.verdict == Verdict::LoggedIn => Ok(()),
                Ok(Some(_)) => Err(Renewal::Halted(Halt::NotShown(format!("{reason}; and {}", sighting.reason())))),
                Err(Over(ended)) => Err(Renewal::Over(ended)),
            },
        }
    }

    /// Looks at the session afresh, apart from any source, as it is saved or as the last attempt left it; what the site makes of it
    /// is saved.
    async fn look_again(&mut self, renew: bool, as_it_was_left: bool, until: Instant) -> Result<Probed, Stopped> {
        let mut opened = self.open_session(as_it_was_left).await.map_err(Stopped::Session)?;
        if !as_it_was_left && let Some(proven) = opened.session.proven.take() {
            opened.session.state = *proven;
        }
        let (browser, provider) = (self.inner.parts.browser.as_ref(), self.provider.as_ref());
        let looking = async {
            let _permit = self.inner.paces.wait(provider).await;
            if renew {
                sessions::renew(browser, provider, &opened.session).await
            } else {
                sessions::probe(browser, provider, &opened.session).await
            }
        };
        let mut looking = Box::pin(looking);
        let (report, stopped) = tokio::select! {
            report = &mut looking => (Some(report), None),
            // The look may have cost the site's last cookie: the one that it gave instead is still taken.
            () = self.cancel.cancelled() => {
                (tokio::time::timeout(LAST_WORDS, &mut looking).await.ok(), Some(Stopped::Cancelled))
            }
            () = tokio::time::sleep_until(until) => {
                (tokio::time::timeout(LAST_WORDS, &mut looking).await.ok(), Some(Stopped::TooLong))
            }
        };
        drop(looking);
        let mut report = report.transpose().map_err(|error| Stopped::Halted(error.into()))?;
        if let Some(screenshot) = report.as_mut().and_then(|report| report.screenshot.take()) {
            self.screenshot = Some(screenshot);
        }
        let held = opened.session.state.clone();
        let (mut changed, mut left) = (false, None);
        let mut keeping = self.keeping(opened);
        if let Some((state, verdict)) =
            report.as_mut().and_then(|report| Some((report.state.take()?, report.sighting.verdict)))
        {
            changed = self.provider.keep(state.clone()) != held;
            match verdict {
                Verdict::LoggedIn => keeping.save(state).await,
                Verdict::Blocked | Verdict::Unknown => keeping.save_rotated(state).await,
                Verdict::LoggedOut => left = Some(state),
            }
        }
        match (report, stopped) {
            (Some(report), None) => {
                Ok(Probed { generation: keeping.opened.generation, sighting: report.sighting, changed, left })
            }
            (_, stopped) => Err(stopped.unwrap_or(Stopped::Cancelled)),
        }
    }
}
