//! Who sits at which live view.

use tokio::sync::broadcast;

/// How many ends of links may wait to be heard; a view that misses one asks for all.
const WAITING: usize = 64;

/// The live views that are open, across all logins of this process.
#[derive(Debug)]
pub struct Seats {
    ended_links: broadcast::Sender<String>,
}

impl Default for Seats {
    fn default() -> Self {
        Self { ended_links: broadcast::Sender::new(WAITING) }
    }
}

impl Seats {
    /// Closes every live view that was opened with this link.
    pub fn end_link(&self, link: &str) {
        let _ = self.ended_links.send(link.to_owned());
    }

    /// Comes back when the link has ended; never, for a view that was opened without one.
    pub async fn link_ended(&self, link: Option<&str>) {
        let Some(link) = link else { return std::future::pending().await };
        let mut ended = self.ended_links.subscribe();
        loop {
            match ended.recv().await {
                Ok(one) if one == link => return,
                Ok(_) => {}
                // It may have been among those that were missed: the holder can open it again if it was not.
                Err(_) => return,
            }
        }
    }
}
