//! One viewer at a login's live view, from the first message to the last.

use std::{collections::HashSet, sync::Arc, time::Duration};

use futures_util::{SinkExt, Stream, StreamExt, stream::SplitSink};
use poem::web::websocket::{CloseCode, Message, WebSocketStream};
use tokio::{
    sync::{broadcast, mpsc},
    time::{Instant, interval_at, sleep_until, timeout},
};

use super::{
    messages::{self, Role, Said},
    pace::Pace,
    uploads::{Progress, Uploads},
};
use crate::{
    domain::{LoginId, UserId},
    http::{
        grants,
        seats::Seat,
        shared::Shared,
        tickets::{Admission, Mode},
    },
    login::{Input, LiveView, NoticeKind, Quality, Told},
};

/// A viewer that takes nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(20);
/// Proxies cut what is silent; and a viewer that answers no ping is gone.
const PING: Duration = Duration::from_secs(20);
/// A viewer that hears nothing for longer than this makes a new line.
const ALIVE: Duration = Duration::from_secs(4);
/// Who says nothing at first is no viewer.
const HELLO: Duration = Duration::from_secs(10);
/// A viewer's own name is a UUID.
const LONGEST_NAME: usize = 64;

/// With what a line is closed, beside what WebSocket itself has for it.
mod closing {
    use poem::web::websocket::CloseCode;

    /// A message that this protocol does not have.
    pub const NOT_OF_THIS_PROTOCOL: CloseCode = CloseCode::Reserved(4400);
    /// The same viewer has a newer line.
    pub const ELSEWHERE: CloseCode = CloseCode::Reserved(4409);
    /// The link that opened it is over.
    pub const LINK_ENDED: CloseCode = CloseCode::Reserved(4410);
    /// As many look on as may.
    pub const FULL: CloseCode = CloseCode::Reserved(4429);
}

/// Why a view ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The login is over.
    Over,
    /// The service stops.
    Stopping,
    /// The link that it was opened with was ended by the owner.
    LinkEnded,
    /// A message was none of the protocol's.
    NoInput,
    /// The viewer has another line.
    Elsewhere,
    /// There are too many.
    Full,
    /// The viewer left, or takes nothing.
    Gone,
}

type Out = SplitSink<WebSocketStream, Message>;
type Inbox = std::pin::Pin<Box<dyn Stream<Item = std::io::Result<Message>> + Send>>;

/// Shows a login's browser to one viewer until either is gone.
pub async fn show(shared: &Shared, admission: &Admission, id: &LoginId, socket: WebSocketStream) {
    metrics::gauge!("staylogged_live_views_open").increment(1);
    let (mut out, inbox) = socket.split();
    let mut inbox: Inbox = Box::pin(inbox);
    let end = tokio::select! {
        () = shared.shutdown.cancelled() => End::Stopping,
        end = over(shared, &admission.user, id) => end,
        () = grants::link_ended(shared, admission.link.as_ref()) => End::LinkEnded,
        end = watch(shared, admission, id, &mut out, &mut inbox) => end,
    };
    let closing = async {
        let close = match end {
            End::Gone => return Ok(()),
            End::Over => {
                out.send(messages::ended()).await?;
                Message::close_with(CloseCode::Normal, "the login is over")
            }
            End::Stopping => Message::close_with(CloseCode::Restart, "the service restarts"),
            End::LinkEnded => Message::close_with(closing::LINK_ENDED, "the link was ended"),
            End::NoInput => Message::close_with(closing::NOT_OF_THIS_PROTOCOL, "not of this protocol"),
            End::Full => Message::close_with(closing::FULL, "too many look on"),
            End::Elsewhere => Message::close_with(closing::ELSEWHERE, "this viewer has another line"),
        };
        out.send(close).await?;
        // A line that is dropped with something unread on it takes the last words with it.
        while let Some(Ok(_)) = inbox.next().await {}
        Ok::<_, std::io::Error>(())
    };
    // A viewer that is gone is told nothing.
    let _ = timeout(Duration::from_secs(2), closing).await;
    metrics::gauge!("staylogged_live_views_open").decrement(1);
}

/// Waits for the login's end.
async fn over(shared: &Shared, user: &UserId, id: &LoginId) -> End {
    let mut bell = shared.store.bells().login(id);
    loop {
        bell.mark_unchanged();
        match shared.store.login(user, id).await {
            Ok(Some(login)) if !login.state.is_over() => {}
            Ok(_) => return End::Over,
            // The next ring asks again; the view itself needs no store.
            Err(error) => tracing::warn!(login.id = %id, %error, "could not see whether a login is over"),
        }
        if bell.changed().await.is_err() {
            return End::Stopping;
        }
    }
}

async fn watch(shared: &Shared, admission: &Admission, id: &LoginId, out: &mut Out, inbox: &mut Inbox) -> End {
    let hello = timeout(HELLO, next(inbox)).await;
    let Ok(Ok(Heard::Said(Said::Hello { viewer, device }))) = hello else { return End::NoInput };
    if viewer.is_empty() || viewer.len() > LONGEST_NAME {
        return End::NoInput;
    }
    let may_control = admission.mode == Mode::Control;
    let Some(seat) = shared.seats.sit(id, &viewer, device, may_control) else { return End::Full };
    let Ok(view) = shared.logins.live_view(&admission.user, id).await else {
        // Its browser never came, or is another instance's: the login's own end is told elsewhere.
        return std::future::pending().await;
    };
    let login = shared.store.login(&admission.user, id).await;
    let window = login.is_ok_and(|login| login.is_some_and(|login| login.window));
    let (note, notes) = mpsc::unbounded_channel();
    let ends = tokio::select! {
        end = Teller::new(&view, &seat, window).tell(out, notes) => end,
        end = listen(&view, &seat, inbox, &note) => end,
    };
    if seat.role() == Some(Role::Control) {
        // Nobody is there to look at it; whoever comes says so again.
        view.overlay().mirror(false);
    }
    ends
}

/// What the listening half tells the telling one.
#[derive(Debug, Clone, Copy)]
enum Note {
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
struct Teller<'a> {
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
    fn new(view: &'a LiveView, seat: &'a Seat, window: bool) -> Self {
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

    async fn tell(mut self, out: &mut Out, mut notes: mpsc::UnboundedReceiver<Note>) -> End {
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
                () = at(free_at) => self.seat.knock(),
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

async fn at(when: Option<Instant>) {
    match when {
        Some(when) => sleep_until(when).await,
        None => std::future::pending().await,
    }
}

/// What comes in.
enum Heard {
    Said(Said),
    Piece(Vec<u8>),
    Sound,
}

/// The next message; `Err`: why there is none.
async fn next(inbox: &mut Inbox) -> Result<Heard, End> {
    match inbox.next().await {
        Some(Ok(Message::Text(text))) => serde_json::from_str(&text).map(Heard::Said).map_err(|_| End::NoInput),
        Some(Ok(Message::Binary(piece))) => Ok(Heard::Piece(piece)),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(Heard::Sound),
        Some(Ok(Message::Close(_)) | Err(_)) | None => Err(End::Gone),
    }
}

/// Inputs in, in order, each once. What is typed is nowhere logged.
async fn listen(view: &LiveView, seat: &Seat, inbox: &mut Inbox, note: &mpsc::UnboundedSender<Note>) -> End {
    let mut uploads = Uploads::default();
    loop {
        let heard = match next(inbox).await {
            Ok(heard) => heard,
            Err(end) => return end,
        };
        let mut say = Note::Sound;
        let input = match heard {
            Heard::Sound => None,
            Heard::Said(Said::Hello { .. }) => return End::NoInput,
            Heard::Said(Said::Seen { sequence }) => {
                say = Note::Seen(sequence);
                None
            }
            Heard::Said(Said::Knock) => {
                seat.knock();
                None
            }
            Heard::Said(Said::Admit { viewer, yes }) => {
                seat.admit(&viewer, yes);
                None
            }
            Heard::Said(Said::Simple { on }) => {
                if seat.role() == Some(Role::Control) {
                    view.overlay().mirror(on);
                }
                None
            }
            Heard::Said(Said::Input { n, input }) => {
                if seat.role() == Some(Role::View) {
                    return End::NoInput;
                }
                say = Note::Taken;
                Some((n, *input))
            }
            Heard::Piece(piece) => {
                match uploads.piece(&piece) {
                    Progress::Waits => {}
                    Progress::Whole(input) if seat.role() == Some(Role::Control) => {
                        if view.send(*input).await.is_err() {
                            return gone().await;
                        }
                    }
                    Progress::Whole(_) | Progress::TooLarge | Progress::Unexpected => return End::NoInput,
                }
                None
            }
        };
        if let Some((n, input)) = input {
            // Room first: an input counts as taken only when nothing can come between it and the page any more.
            let Ok(room) = view.room().await else { return gone().await };
            if seat.take(n) {
                match input {
                    Input::Files { id, files } => match uploads.offer(id, files) {
                        Progress::Whole(input) => room.send(*input),
                        Progress::TooLarge => drop(note.send(Note::TooLarge)),
                        Progress::Waits | Progress::Unexpected => {}
                    },
                    input => room.send(input),
                }
            }
        }
        let _ = note.send(say);
    }
}

/// The browser is gone; the login's end will be told.
async fn gone() -> End {
    std::future::pending().await
}
