//! The picture: frames of the page in front, while somebody watches.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::{context::Shared, live_view::LiveView};

pub(super) fn start(shared: &Arc<Shared>) -> LiveView {
    let (input, _inputs) = mpsc::channel(64);
    LiveView::new(watch::Sender::new(None), shared.tabs.shown(), input)
}
