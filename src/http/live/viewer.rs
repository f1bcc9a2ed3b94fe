//! One viewer at a login's live view.

use poem::web::websocket::WebSocketStream;

use super::socket::{End, ViewerSocket};
use crate::{
    domain::{LoginId, UserId},
    http::{
        grants,
        shared::Shared,
        tickets::{Admission, Mode},
    },
    login::LiveView,
    store::StoreError,
};

/// Shows a login's browser to one viewer until either is gone.
pub async fn show(shared: &Shared, admission: &Admission, id: &LoginId, socket: WebSocketStream) {
    let mut socket = ViewerSocket::new(socket);
    let end = tokio::select! {
        () = shared.shutdown.cancelled() => stopping(shared, &admission.user, id).await,
        end = over(shared, &admission.user, id) => end,
        () = grants::link_ended(shared, admission.link.as_ref()) => End::LinkEnded,
        end = watch(shared, admission, id, &mut socket) => end,
    };
    socket.close(end).await;
}

/// Logins end before the service stops: whoever was about to be told of that is told it, not that the service restarts.
async fn stopping(shared: &Shared, user: &UserId, id: &LoginId) -> End {
    match is_over(shared, user, id).await {
        Ok(true) => End::Over,
        Ok(false) | Err(_) => End::Stopping,
    }
}

async fn is_over(shared: &Shared, user: &UserId, id: &LoginId) -> Result<bool, StoreError> {
    Ok(shared.store.login(user, id).await?.is_none_or(|login| login.state.is_over()))
}

/// Waits for the login's end.
async fn over(shared: &Shared, user: &UserId, id: &LoginId) -> End {
    let mut bell = shared.store.bells().login(id);
    loop {
        bell.mark_unchanged();
        match is_over(shared, user, id).await {
            Ok(true) => return End::Over,
            Ok(false) => {}
            // The next ring asks again; the view itself needs no store.
            Err(error) => tracing::warn!(login.id = %id, %error, "could not see whether a login is over"),
        }
        if bell.changed().await.is_err() {
            return End::Stopping;
        }
    }
}

async fn watch(shared: &Shared, admission: &Admission, id: &LoginId, socket: &mut ViewerSocket) -> End {
    let (viewer, device) = match socket.hello().await {
        Ok(hello) => hello,
        Err(end) => return end,
    };
    let may_control = admission.mode == Mode::Control;
    let Some(seat) = shared.seats.sit(id, &viewer, device, may_control) else { return End::Full };
    let Ok(view) = shared.logins.live_view(&admission.user, id).await else {
        // Its browser never came, or is another instance's: the login's own end is told elsewhere.
        return std::future::pending().await;
    };
    let login = shared.store.login(&admission.user, id).await;
    let window = login.is_ok_and(|login| login.is_some_and(|login| login.window));
    socket.attend(&view, &seat, window, reopened(shared, admission, id, &view)).await
}

/// Waits until the login's browser has ended and another one is there in its place.
async fn reopened(shared: &Shared, admission: &Admission, id: &LoginId, view: &LiveView) -> End {
    view.ended().await;
    if shared.logins.live_view(&admission.user, id).await.is_err() {
        // The login's own end is told elsewhere.
        std::future::pending::<()>().await;
    }
    End::Reopened
}
