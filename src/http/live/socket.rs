//! A viewer's WebSocket, from its first message to the last: what it sends is taken in order, and why it is closed is said.

use std::time::Duration;

use futures_util::{SinkExt, Stream, StreamExt, stream::SplitSink};
use poem::web::websocket::{CloseCode, Message, WebSocketStream};
use tokio::{sync::mpsc, time::timeout};

use super::{
    messages::{self, Device, Role, Said},
    teller::{Note, Teller},
    uploads::{Progress, Uploads},
};
use crate::{
    http::seats::Seat,
    login::{Input, LiveView},
};

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
pub(super) enum End {
    /// The login is over.
    Over,
    /// The service stops.
    Stopping,
    /// The link that it was opened with was ended by the owner.
    LinkEnded,
    /// A message was none of the protocol's.
    NoInput,
    /// The login goes on in another browser.
    Reopened,
    /// The viewer has another line.
    Elsewhere,
    /// There are too many.
    Full,
    /// The viewer left, or takes nothing.
    Gone,
}

pub(super) type Out = SplitSink<WebSocketStream, Message>;
type Inbox = std::pin::Pin<Box<dyn Stream<Item = std::io::Result<Message>> + Send>>;

/// A viewer's WebSocket.
pub(super) struct ViewerSocket {
    out: Out,
    inbox: Inbox,
}

impl ViewerSocket {
    pub fn new(socket: WebSocketStream) -> Self {
        metrics::gauge!("staylogged_live_views_open").increment(1);
        let (out, inbox) = socket.split();
        Self { out, inbox: Box::pin(inbox) }
    }

    /// The first message: who the viewer is, and what it sits at.
    pub async fn hello(&mut self) -> Result<(String, Device), End> {
        match timeout(HELLO, next(&mut self.inbox)).await {
            Ok(Ok(Heard::Said(Said::Hello { viewer, device })))
                if !viewer.is_empty() && viewer.len() <= LONGEST_NAME =>
            {
                Ok((viewer, device))
            }
            _ => Err(End::NoInput),
        }
    }

    /// Shows the browser, and hands on what the viewer does, until the viewer is gone or `ended` is there. `window`: the browser's
    /// own window is on a screen that somebody sits at.
    pub async fn attend(
        &mut self,
        view: &LiveView,
        seat: &Seat,
        window: bool,
        ended: impl Future<Output = End>,
    ) -> End {
        let (note, notes) = mpsc::unbounded_channel();
        let end = tokio::select! {
            end = Teller::new(view, seat, window).tell(&mut self.out, notes) => end,
            end = listen(view, seat, &mut self.inbox, &note) => end,
            end = ended => end,
        };
        if seat.role() == Some(Role::Control) {
            // Nobody is there to look at it; whoever comes says so again.
            view.overlay().mirror(false);
        }
        end
    }

    /// Says why it ends, and closes it.
    pub async fn close(self, end: End) {
        let Self { mut out, mut inbox } = self;
        let closing = async {
            let close = match end {
                End::Gone => return Ok(()),
                End::Over => {
                    out.send(messages::ended()).await?;
                    Message::close_with(CloseCode::Normal, "the login is over")
                }
                End::Stopping => Message::close_with(CloseCode::Restart, "the service restarts"),
                End::Reopened => Message::close_with(CloseCode::Restart, "another browser was opened"),
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
