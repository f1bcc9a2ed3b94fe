//! What one viewer is told: pictures, tabs, and what the picture does not show.

use std::{collections::HashSet, sync::Arc, time::Duration};

use futures_util::SinkExt;
use poem::web::websocket::Message;
use tokio::{
    sync::{broadcast, mpsc},
    time::{Instant, interval_at, sleep_until, timeout},
};

use super::{
    messages::{self, Role},
    pace::Pace,
    socket::{End, Out},
};
use crate::{
    http::seats::Seat,
    login::{LiveView, NoticeKind, Quality, Told},
};

/// A viewer that takes nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(20);
/// Proxies cut what is silent; and a viewer that answers no ping is gone.
const PING: Duration = Duration::from_secs(20);
/// A viewer that hears nothing for longer than this makes a new line.
const ALIVE: Duration = Duration::from_secs(4);

/// What the listening half tells the telling one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Note {
    /// Anything was heard.
    Sound,
    /// A picture was painted.
    Seen(u32),
    /// An input was taken.
    Taken,
    /// More was offered than the page may be given.
    TooLarge,
}

/// Pictures, tabs, and what the picture does not show: out, newest first of each.
pub(super) struct Teller<'a> {
    view: &'a LiveView,
    seat: &'a Seat,
    pace: Pace,
    role: Role,
    /// The browser's own window is on a screen that somebody sits at.
    window: bool,
    /// Only to the one in control.
    told: Option<broadcast::Receiver<Arc<Told>>>,
    asked: HashSet<String>,
    /// This viewer has asked for control itself.
    knocks: bool,
}

impl<'a> Teller<'a> {
    pub fn new(view: &'a LiveView, seat: &'a Seat, window: bool) -> Self {
        Self {
            view,
            seat,
            pace: Pace::default(),
            role: Role::View,
            window,
            told: None,
            asked: HashSet::new(),
            knocks: false,
        }
    }

    /// Tells until the viewer is gone.
    pub async fn tell(mut self, out: &mut Out, mut notes: mpsc::UnboundedReceiver<Note>) -> End {
        let mut seats = self.seat.changes();
        let Some(role) = self.seat.role() else { return End::Elsewhere };
        self.role = role;
        let mut waiting = vec![messages::welcome(self.seat.heard(), role, self.window)];
        waiting.extend(self.follow_overlay());
        let mut frames = self.view.frames();
        let mut tabs = self.view.tabs();
        let mut ping = interval_at(Instant::now() + PING, PING);
        let mut alive = interval_at(Instant::now() + ALIVE, ALIVE);
        let mut last_heard = Instant::now();
        frames.mark_changed();
        tabs.mark_changed();
        let (mut casting, mut tabbing) = (true, true);
        loop {
            for message in waiting.drain(..) {
                if !matches!(timeout(PATIENCE, out.send(message)).await, Ok(Ok(()))) {
                    return End::Gone;
                }
                alive.reset();
            }
            let now = Instant::now();
            let may_send = self.pace.may_send(now);
            let again_at = self.pace.again_at().unwrap_or(now + PING);
            let free_at = self.seat.free_at();
            tokio::select! {
                // Tabs first: a frame of a tab that was never named would puzzle the viewer.
                biased;
                note = notes.recv() => {
                    last_heard = Instant::now();
                    match note {
                        Some(Note::Seen(sequence)) => self.seen(sequence),
                        Some(Note::Taken) => waiting.push(messages::heard(self.seat.heard())),
                        Some(Note::TooLarge) => {
                            let notice = Told::Notice { kind: NoticeKind::FileTooLarge, what: None };
                            waiting.push(text(&notice));
                        }
                        Some(Note::Sound) => {}
                        None => return End::Gone,
                    }
                }
                changed = tabs.changed(), if tabbing => {
                    if changed.is_err() { tabbing = false; continue; }
                    waiting.push(messages::tabs(&tabs.borrow_and_update()));
                }
                changed = seats.changed() => {
                    if changed.is_err() { return End::Gone; }
                    match self.seat.role() {
                        Some(role) => waiting.extend(self.takes(role)),
                        None => return End::Elsewhere,
                    }
                }
                told = told(&mut self.told) => match told {
                    Ok(told) => waiting.push(text(&told)),
                    Err(()) => waiting.extend(self.follow_overlay()),
                },
                changed = frames.changed(), if casting && may_send => {
                    if changed.is_err() { casting = false; continue; }
                    let newest = frames.borrow_and_update().clone();
                    let Some(frame) = newest else { continue };
                    self.pace.sent(frame.sequence, Instant::now());
                    waiting.push(messages::frame(&frame));
                }
                () = sleep_until(again_at), if !may_send => {}
                () = sleep_until(free_at.unwrap_or(now)), if free_at.is_some() => self.seat.knock(),
                _ = alive.tick() => waiting.push(messages::alive()),
                _ = ping.tick() => {
                    if last_heard.elapsed() > PING + PATIENCE { return End::Gone; }
                    waiting.push(Message::ping(Vec::new()));
                }
            }
        }
    }

    fn seen(&mut self, sequence: u32) {
        self.pace.seen(sequence, Instant::now());
        self.ask_for_quality();
    }

    /// The one in control decides how good the picture is; whoever only sees takes it as it is.
    fn ask_for_quality(&self) {
        if self.role == Role::Control {
            self.view.ask_for(Quality { jpeg: self.pace.quality() });
        }
    }

    fn takes(&mut self, role: Role) -> Vec<Message> {
        let mut out = Vec::new();
        if role != self.role {
            self.role = role;
            out.push(messages::role(role));
            out.extend(self.follow_overlay());
        }
        let knocks = self.seat.knocks();
        if std::mem::replace(&mut self.knocks, knocks) && !knocks && role != Role::Control {
            out.push(messages::knock_over(self.seat.viewer()));
        }
        let asking = if role == Role::Control { self.seat.knocking() } else { Vec::new() };
        for (viewer, device) in &asking {
            if self.asked.insert(viewer.clone()) {
                out.push(messages::knock(viewer, *device));
            }
        }
        self.asked.retain(|viewer| {
            let still = asking.iter().any(|(asks, _)| asks == viewer);
            if !still {
                out.push(messages::knock_over(viewer));
            }
            still
        });
        out
    }

    /// What is open now, for whoever may answer it.
    fn follow_overlay(&mut self) -> Vec<Message> {
        if self.role != Role::Control {
            self.told = None;
            return Vec::new();
        }
        self.ask_for_quality();
        let (known, later) = self.view.overlay().follow();
        self.told = Some(later);
        known.iter().map(|told| text(told)).collect()
    }
}

fn text(told: &Told) -> Message {
    Message::text(serde_json::to_string(told).unwrap_or_default())
}

/// The next thing told; `Err`: some was missed.
async fn told(told: &mut Option<broadcast::Receiver<Arc<Told>>>) -> Result<Arc<Told>, ()> {
    let Some(receiver) = told else { return std::future::pending().await };
    match receiver.recv().await {
        Ok(told) => Ok(told),
        Err(broadcast::error::RecvError::Lagged(_)) => Err(()),
        Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
    }
}
