//! Logging in by hand: follow it, finish it, see and use its browser.

use std::{future::pending, sync::Arc};

use poem::{Request, web::websocket::WebSocket};
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::Tag;
use crate::{
    domain::{LinkMode, LoginId},
    http::{
        body::Needed,
        feed::{self, Feed, Wish},
        grants,
        live::{self, LiveAnswer},
        problem::Problem,
        shared::{By, Caller, Shared},
        sources::{LoginStream, OfLogin, OfUser, UserStream},
        tickets::{Admission, Mode},
        views,
    },
};

/// See [`Tag::Logins`].
#[derive(Debug)]
pub struct LoginsApi(pub(super) Arc<Shared>);

/// Waits until the link that a stream was opened with is ended: nothing more is told then.
async fn revoked(shared: Arc<Shared>, by: By) {
    let link = match by {
        By::Link(link) => Some(link.id),
        By::Server | By::Token { .. } => None,
    };
    grants::link_ended(&shared, link.as_ref()).await;
}

#[OpenApi(tag = "Tag::Logins")]
impl LoginsApi {
    /// Get a login
    #[oai(path = "/logins/:id", method = "get", operation_id = "getLogin")]
    async fn get_login(
        &self,
        caller: Caller,
        /// The login's id.
        id: Path<LoginId>,
    ) -> Result<Json<views::Login>, Problem> {
        let login = self.0.store.login(&caller.user, &id.0).await?;
        Ok(Json(login.ok_or_else(|| Problem::no("login", &id.0))?.into()))
    }

    /// "I Finished Login"
    ///
    /// Looks again whether the person is logged in. If so the session is verified once more on its own, sealed
    /// and saved: follow that on the event stream. If not, the event `login_not_detected` says what was looked for
    /// and what was seen, and the browser stays open.
    #[oai(path = "/logins/:id/finish", method = "post", operation_id = "finishLogin")]
    async fn finish_login(
        &self,
        caller: Caller,
        /// The login's id.
        id: Path<LoginId>,
    ) -> Result<Json<views::Login>, Problem> {
        Ok(Json(self.0.logins.finish(&caller.user, &id.0).await?.into()))
    }

    /// Cancel a login
    ///
    /// Closes its browser. A session that was saved before stays as it is. Cancelling a cancelled login is no error.
    #[oai(path = "/logins/:id/cancel", method = "post", operation_id = "cancelLogin")]
    async fn cancel_login(
        &self,
        caller: Caller,
        /// The login's id.
        id: Path<LoginId>,
    ) -> Result<Json<views::Login>, Problem> {
        Ok(Json(self.0.logins.cancel(&caller.user, &id.0).await?.into()))
    }

    /// Give a login more time
    ///
    /// Adds the provider's time-out for a login again, to what is left: once, while it waits for the person.
    #[oai(path = "/logins/:id/extend", method = "post", operation_id = "extendLogin")]
    async fn extend_login(
        &self,
        caller: Caller,
        /// The login's id.
        id: Path<LoginId>,
    ) -> Result<Json<views::Login>, Problem> {
        Ok(Json(self.0.logins.extend(&caller.user, &id.0).await?.into()))
    }

    /// Say that somebody is there
    ///
    /// Takes a warning of being idle back, as anything that is done in the live view does. Without a warning it counts as a
    /// sign of life all the same.
    #[oai(path = "/logins/:id/still-here", method = "post", operation_id = "stayInLogin")]
    async fn stay_in_login(
        &self,
        caller: Caller,
        /// The login's id.
        id: Path<LoginId>,
    ) -> Result<Json<views::Login>, Problem> {
        Ok(Json(self.0.logins.stay(&caller.user, &id.0).await?.into()))
    }

    /// Say whether another account is meant
    ///
    /// Answers the state `other_account`: the login works, but it is another account's than the one that is saved.
    /// With `replace` it is saved in place of that one, and that one's records are deleted. Without, the saved one stays, and the browser waits for the
    /// person to log in to it.
    #[oai(path = "/logins/:id/account", method = "post", operation_id = "answerAccount")]
    async fn answer_account(
        &self,
        caller: Caller,
        /// The login's id.
        id: Path<LoginId>,
        /// The answer.
        request: Needed<views::AccountRequest>,
    ) -> Result<Json<views::Login>, Problem> {
        Ok(Json(self.0.logins.answer_account(&caller.user, &id.0, request.0.replace).await?.into()))
    }

    /// Follow a login
    ///
    /// Server-sent events. A fresh stream begins with a `snapshot`; then each event has the login's version as its
    /// `id`, without gaps. A client that comes back with `Last-Event-ID` gets exactly what it has missed. The stream
    /// ends when the login does; coming back after that is answered with 204. With `Accept: application/json` the
    /// events so far are answered as a list.
    #[oai(path = "/logins/:id/events", method = "get", operation_id = "followLogin")]
    async fn follow_login(
        &self,
        caller: Caller,
        request: &Request,
        /// The login's id.
        id: Path<LoginId>,
        /// Resume after this event; for clients that cannot send the header `Last-Event-ID`.
        #[oai(name = "lastEventId")]
        last_event_id: Query<Option<String>>,
        /// Only the events after this one; for the JSON form.
        #[oai(validator(minimum(value = "0")))]
        after: Query<Option<i64>>,
    ) -> Result<Feed<LoginStream>, Problem> {
        let wish = Wish::of(request, last_event_id.0.as_deref(), after.0);
        let source = OfLogin::find(&self.0, &caller.user, &id.0).await?;
        feed::open(source, wish, self.0.shutdown.clone(), revoked(Arc::clone(&self.0), caller.by)).await
    }

    /// Follow everything of a user
    ///
    /// Server-sent events of the user's logins, connections and runs: what keeps the cards true. A fresh stream begins
    /// with a `snapshot` of all integrations; then each event has an `id` that rises without gaps. A client that comes
    /// back with `Last-Event-ID` gets exactly what it has missed, or a new snapshot where that is no longer known. With
    /// `Accept: application/json` the events so far are answered as a list.
    #[oai(path = "/events", method = "get", operation_id = "followUser")]
    async fn follow_user(
        &self,
        caller: Caller,
        request: &Request,
        /// Resume after this event; for clients that cannot send the header `Last-Event-ID`.
        #[oai(name = "lastEventId")]
        last_event_id: Query<Option<String>>,
        /// Only the events after this one; for the JSON form.
        #[oai(validator(minimum(value = "0")))]
        after: Query<Option<i64>>,
    ) -> Result<Feed<UserStream>, Problem> {
        let wish = Wish::of(request, last_event_id.0.as_deref(), after.0);
        let source = OfUser { shared: Arc::clone(&self.0), user: caller.user };
        feed::open(source, wish, self.0.shutdown.clone(), pending()).await
    }

    /// Get a ticket for the live view
    ///
    /// It opens one WebSocket, once, within thirty seconds. A browser cannot put an access key on a WebSocket.
    #[oai(path = "/logins/:id/live-ticket", method = "post", operation_id = "createLiveTicket")]
    async fn create_live_ticket(
        &self,
        caller: Caller,
        /// The login's id.
        id: Path<LoginId>,
    ) -> Result<Json<views::LiveTicket>, Problem> {
        let (mode, link) = match caller.by {
            By::Server | By::Token { .. } => (Mode::Control, None),
            By::Link(link) => {
                let mode = match link.mode {
                    LinkMode::Control => Mode::Control,
                    LinkMode::View => Mode::View,
                };
                (mode, Some(link.id))
            }
        };
        let admission = Admission { user: caller.user, mode, link };
        live::ticket(&self.0, &id.0, admission).await.map(Json)
    }

    /// See and use a login's browser
    ///
    /// A WebSocket. Offer two subprotocols: `staylogged.live.v2` and `ticket.` followed by a ticket of
    /// `POST /logins/{id}/live-ticket`; the server selects the first. Coordinates are CSS pixels of the page's view.
    ///
    /// **First**, the client says `{"type":"hello","viewer":"<uuid>","device":"computer"}`: `viewer` is made once
    /// and kept over reconnects, `device` is `computer` or `phone`. The server answers
    /// `{"type":"welcome","heard":16,"role":"control","window":false}`; `window`: the browser is on a screen that somebody sits
    /// at, and keeps its size. One viewer has `control`; another one that may have it is `waiting`; one
    /// that came with a link to look is `view`. `{"type":"role","role":"…"}` tells when that changes.
    ///
    /// **From the server**
    ///
    /// - Binary messages are pictures of the tab in front, the newest only: a slow viewer skips some. A header of 16
    ///   bytes, big endian: version (u8, 2), kind (u8, 1), width and height of the page's view (u16 each), pixels of the
    ///   picture per CSS pixel times 100 (u16), tab id (u32), sequence (u32). The rest is a JPEG. Each is to be answered by
    ///   `{"type":"seen","sequence":258}` once it is painted: that sets the pace.
    /// - `{"type":"tabs","open":[{"id":1,"url":"…","title":"…","icon":"data:…"}],"front":1,"canGoBack":true,"canGoForward":false,"most":8}`
    /// - `{"type":"heard","n":17}`: inputs up to this one were taken. `{"type":"alive"}` where nothing else is said for some
    ///   seconds.
    /// - `{"type":"knock","viewer":"…","device":"phone"}`: another viewer asks for control, until
    ///   `{"type":"knock_over","viewer":"…"}`.
    /// - What the picture does not show, to the one in control: `cursor`, `focus` (the page's field that has it), `picker` and
    ///   `picker_over` (a list or a date to pick from), `dialog` and `dialog_over`, `auth` and `auth_over` (a name and a
    ///   password for the site itself), `files` and `files_over`, `copied`, `menu`, `notice`, `site` (an error in place of a
    ///   site), `form` (the form in front, as far as it can be mirrored). What waits for an answer has an `id`.
    /// - `{"type":"ended"}` when the login is over; then the server closes with 1000.
    ///
    /// **Close codes.** 1000: the login is over. 1012: the service restarts, or the login goes on in another browser (after
    /// "Log in as …"); come back with a new ticket. 4400: a message was
    /// not of this protocol. 4409: this viewer has opened another socket. 4410: the link that this view was opened with
    /// was ended. 4429: as many look on as may.
    ///
    /// **From the client** (text messages, up to 64 KiB)
    ///
    /// - `{"type":"input","n":17,"input":{…}}`: something for the tab in front. `n` rises by one with each, from 1, also over
    ///   reconnects: what was not `heard` is sent again, and nothing is done twice. An input is one of
    ///     - `{"type":"mouse","action":"pressed","x":10,"y":20,"button":"left","clickCount":1,"modifiers":0}`; actions
    ///       `pressed`, `released`, `moved`, `wheel` (with `deltaX`, `deltaY`)
    ///     - `{"type":"key","action":"down","key":"a","code":"KeyA","modifiers":0}`; actions `down`, `up`; a printable key
    ///       that goes down enters its character. Modifiers: 1 Alt, 2 Ctrl, 4 Meta, 8 Shift
    ///     - `{"type":"text","text":"…"}` for paste, input methods and phone keyboards;
    ///       `{"type":"composition","text":"…","start":1,"end":1}` for what an input method shows before
    ///     - `{"type":"touch","action":"start","points":[{"x":10,"y":20,"id":0}]}`; actions `start`, `move`, `end`, `cancel`
    ///     - `{"type":"edit","action":"copy"}`; actions `copy`, `cut`, `paste` (with `text`), `select_all`
    ///     - `{"type":"navigate","action":"reload"}`; actions `back`, `forward`, `reload`
    ///     - `{"type":"page","action":"select","id":2}`; actions `select`, `close`
    ///     - `{"type":"resize","width":900,"height":600,"scale":2,"touch":false}`
    ///     - answers: `{"type":"pick","id":5,"values":["2"]}` (places in the list), `{"type":"pick","id":6,"value":"2026-12-24"}`,
    ///       `{"type":"dialog","id":7,"accept":true,"text":"…"}`, `{"type":"credentials","id":8,"username":"…","password":"…"}`,
    ///       `{"type":"files","id":9,"files":[{"name":"a.png","mime":"image/png","size":123}]}`; `"cancelled":true`, or no files,
    ///       for none
    ///     - on the mirrored form: `{"type":"fill","form":3,"field":1,"text":"…"}` (or `checked`, `values`),
    ///       `{"type":"press","form":3,"button":1}`, `{"type":"focus","form":3,"field":1}`
    /// - `{"type":"simple","on":true}`: forms are wanted; `{"type":"knock"}`; `{"type":"admit","viewer":"…","yes":true}`
    /// - Binary messages are pieces of the files that were offered: the id of the answer and the place of the file in it (u32
    ///   each, big endian), then up to 32 KiB. All files of an answer together have at most 8 MiB, and are at most ten.
    #[oai(path = "/logins/:id/live", method = "get", operation_id = "viewLogin")]
    #[expect(clippy::unused_async, reason = "poem-openapi takes async operations only")]
    async fn view_login(
        &self,
        request: &Request,
        /// The login's id.
        id: Path<LoginId>,
        socket: poem::Result<WebSocket>,
    ) -> Result<LiveAnswer, Problem> {
        live::open(&self.0, request, id.0, socket)
    }
}
