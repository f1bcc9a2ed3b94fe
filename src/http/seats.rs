//! Who sits at which live view: one has control, others see. Another device takes over only when the one in control says yes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use super::live::{Device, Role};
use crate::domain::LoginId;

/// The control is kept for a viewer whose line was lost.
const KEPT: Duration = Duration::from_secs(10);

/// What was taken of a viewer's inputs is known for as long as a login may last.
const REMEMBERED: Duration = Duration::from_hours(1);

/// More viewers than this of one login are not its person's devices.
const MOST: usize = 16;

/// The live views that are open, across all logins of this process.
#[derive(Debug, Default)]
pub struct Seats {
    tables: Mutex<HashMap<LoginId, Arc<Table>>>,
}

/// One login's viewers.
#[derive(Debug)]
struct Table {
    now: Mutex<Now>,
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Now {
    holder: Option<String>,
    /// When the holder's line was lost, while it is.
    lost_at: Option<Instant>,
    viewers: HashMap<String, Viewer>,
}

#[derive(Debug)]
struct Viewer {
    device: Device,
    /// Which of its sockets counts: the newest; none while it has none.
    socket: Option<u64>,
    sockets: u64,
    knocks: bool,
    /// The last input that was taken.
    heard: u64,
}

impl Seats {
    /// Takes a seat. None: there is no more room at this table.
    pub fn sit(&self, login: &LoginId, viewer: &str, device: Device, may_control: bool) -> Option<Seat> {
        let table = {
            let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
            tables.retain(|_, table| Arc::strong_count(table) > 1 || table.is_kept());
            Arc::clone(tables.entry(login.clone()).or_default())
        };
        let socket = {
            let mut now = table.now();
            if !now.viewers.contains_key(viewer) && now.viewers.len() >= MOST {
                now.viewers.retain(|_, viewer| viewer.socket.is_some());
                if now.viewers.len() >= MOST {
                    return None;
                }
            }
            let fresh = Viewer { device, socket: None, sockets: 0, knocks: false, heard: 0 };
            let seated = now.viewers.entry(viewer.to_owned()).or_insert(fresh);
            seated.sockets += 1;
            seated.socket = Some(seated.sockets);
            let socket = seated.sockets;
            if may_control && now.is_free(viewer, Instant::now()) {
                now.give(viewer);
            }
            socket
        };
        table.changed();
        Some(Seat { table, viewer: viewer.to_owned(), socket, may_control })
    }
}

impl Default for Table {
    fn default() -> Self {
        Self { now: Mutex::default(), changes: watch::Sender::new(0) }
    }
}

impl Table {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Somebody may still come back to it.
    fn is_kept(&self) -> bool {
        self.now().lost_at.is_some_and(|at| at.elapsed() < REMEMBERED)
    }
}

impl Now {
    /// Whether this viewer may have the control without asking.
    fn is_free(&self, viewer: &str, at: Instant) -> bool {
        match &self.holder {
            None => true,
            Some(holder) if holder == viewer => true,
            Some(_) => self.lost_at.is_some_and(|lost| at.duration_since(lost) >= KEPT),
        }
    }

    fn give(&mut self, viewer: &str) {
        self.holder = Some(viewer.to_owned());
        self.lost_at = None;
        if let Some(viewer) = self.viewers.get_mut(viewer) {
            viewer.knocks = false;
        }
    }
}

/// A viewer's seat, left when dropped.
#[derive(Debug)]
pub struct Seat {
    table: Arc<Table>,
    viewer: String,
    socket: u64,
    may_control: bool,
}

impl Seat {
    /// Changes whenever a role or a wish does.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.table.changes.subscribe()
    }

    /// What this viewer may do now. None: it has opened another socket since, and this one is over.
    pub fn role(&self) -> Option<Role> {
        let now = self.table.now();
        if now.viewers.get(&self.viewer).and_then(|viewer| viewer.socket) != Some(self.socket) {
            return None;
        }
        Some(if !self.may_control {
            Role::View
        } else if now.holder.as_ref() == Some(&self.viewer) {
            Role::Control
        } else {
            Role::Waiting
        })
    }

    /// When a wish for control may be granted without an answer; none: it has to be answered.
    pub fn free_at(&self) -> Option<Instant> {
        let now = self.table.now();
        let knocks = now.viewers.get(&self.viewer).is_some_and(|viewer| viewer.knocks);
        now.lost_at.filter(|_| knocks).map(|lost| lost + KEPT)
    }

    /// Whether this viewer's wish for control waits for an answer.
    pub fn knocks(&self) -> bool {
        self.table.now().viewers.get(&self.viewer).is_some_and(|viewer| viewer.knocks)
    }

    /// Its name.
    pub fn viewer(&self) -> &str {
        &self.viewer
    }

    /// Asks for control; gets it at once where nobody has it.
    pub fn knock(&self) {
        {
            let mut now = self.table.now();
            if !self.may_control || now.holder.as_ref() == Some(&self.viewer) {
                return;
            }
            if now.is_free(&self.viewer, Instant::now()) {
                now.give(&self.viewer);
            } else if let Some(viewer) = now.viewers.get_mut(&self.viewer) {
                viewer.knocks = true;
            }
        }
        self.table.changed();
    }

    /// Answers a wish for control. Only the one in control may.
    pub fn admit(&self, viewer: &str, yes: bool) {
        {
            let mut now = self.table.now();
            if now.holder.as_ref() != Some(&self.viewer) {
                return;
            }
            let Some(asking) = now.viewers.get_mut(viewer).filter(|viewer| viewer.knocks) else { return };
            asking.knocks = false;
            if yes && asking.socket.is_some() {
                now.give(viewer);
            }
        }
        self.table.changed();
    }

    /// Who asks for control.
    pub fn knocking(&self) -> Vec<(String, Device)> {
        let now = self.table.now();
        let asking = now.viewers.iter().filter(|(_, viewer)| viewer.knocks && viewer.socket.is_some());
        asking.map(|(id, viewer)| (id.clone(), viewer.device)).collect()
    }

    /// The last input of this viewer that was taken.
    pub fn heard(&self) -> u64 {
        self.table.now().viewers.get(&self.viewer).map_or(0, |viewer| viewer.heard)
    }

    /// Whether an input is to be taken: it is the next one, and this viewer has control. Then it counts as taken.
    pub fn take(&self, n: u64) -> bool {
        let mut now = self.table.now();
        let controls = now.holder.as_ref() == Some(&self.viewer);
        let Some(viewer) = now.viewers.get_mut(&self.viewer) else { return false };
        if viewer.socket != Some(self.socket) || n <= viewer.heard {
            return false;
        }
        // Without control it is dropped, and must not come again either.
        viewer.heard = n;
        controls
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        {
            let mut now = self.table.now();
            let Some(viewer) = now.viewers.get_mut(&self.viewer) else { return };
            if viewer.socket != Some(self.socket) {
                return;
            }
            viewer.socket = None;
            viewer.knocks = false;
            if now.holder.as_ref() == Some(&self.viewer) {
                now.lost_at = Some(Instant::now());
            }
        }
        self.table.changed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn sit(seats: &Seats, viewer: &str) -> Seat {
        let login = LoginId::new(Uuid::from_u128(1));
        seats.sit(&login, viewer, Device::Computer, true).unwrap()
    }

    #[test]
    fn another_device_takes_over_only_by_a_yes() {
        let seats = Seats::default();
        let (first, second) = (sit(&seats, "a"), sit(&seats, "b"));
        assert_eq!((first.role(), second.role()), (Some(Role::Control), Some(Role::Waiting)));
        assert!(first.take(1) && !second.take(1));
        second.knock();
        assert_eq!(first.knocking(), [("b".to_owned(), Device::Computer)]);
        second.admit("b", true);
        assert_eq!(second.role(), Some(Role::Waiting), "nobody admits oneself");
        first.admit("b", false);
        assert_eq!((second.role(), first.knocking().len()), (Some(Role::Waiting), 0));
        second.knock();
        first.admit("b", true);
        assert_eq!((first.role(), second.role()), (Some(Role::Waiting), Some(Role::Control)));
    }

    #[test]
    fn a_lost_line_keeps_its_control_and_its_count() {
        let seats = Seats::default();
        let first = sit(&seats, "a");
        assert!(first.take(1) && first.take(2) && !first.take(2));
        drop(first);
        let other = sit(&seats, "b");
        other.knock();
        assert_eq!(other.role(), Some(Role::Waiting));
        assert!(other.free_at().is_some());
        let again = sit(&seats, "a");
        assert_eq!((again.role(), again.heard(), other.free_at()), (Some(Role::Control), 2, None));
        assert!(!again.take(2) && again.take(3));
    }

    #[test]
    fn the_newest_socket_of_a_viewer_counts() {
        let seats = Seats::default();
        let old = sit(&seats, "a");
        let new = sit(&seats, "a");
        assert_eq!((old.role(), new.role()), (None, Some(Role::Control)));
        assert!(!old.take(1));
        drop(old);
        assert_eq!(new.role(), Some(Role::Control));
    }

    #[test]
    fn a_viewer_that_stays_away_leaves_the_control_to_who_asked() {
        let seats = Seats::default();
        let first = sit(&seats, "a");
        let other = sit(&seats, "b");
        drop(first);
        other.table.now().lost_at = Instant::now().checked_sub(KEPT);
        other.knock();
        assert_eq!(other.role(), Some(Role::Control));
    }
}
