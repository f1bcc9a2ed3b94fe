//! Tickets for the live view: a browser cannot put a key on a WebSocket, and a key in an address would be kept in logs.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::domain::{LinkId, LoginId, Timestamp, UserId};

/// How long a ticket waits to be used.
const VALID: Duration = Duration::from_secs(30);
/// More than this at once are not somebody's tabs: the oldest go.
const MOST: usize = 1000;

/// What whoever holds a ticket may do in the live view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// See and use.
    Control,
    /// See only.
    View,
}

/// For whom a ticket was given out, and what it opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// Whose login it is.
    pub user: UserId,
    /// What may be done there.
    pub mode: Mode,
    /// The link that it was asked for with; the view ends when that does.
    pub link: Option<LinkId>,
}

struct Ticket {
    hash: [u8; 32],
    login: LoginId,
    admission: Admission,
    expires_at: Timestamp,
}

/// The tickets that were given out and not used yet. In memory: after a restart a client asks for a new one.
#[derive(Default)]
pub struct Tickets(Mutex<Vec<Ticket>>);

impl Tickets {
    /// A new ticket for this login: what it is, and until when.
    #[must_use]
    pub fn issue(&self, login: &LoginId, admission: Admission, now: Timestamp) -> (String, Timestamp) {
        let ticket = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let expires_at = now.after(VALID);
        let entry = Ticket { hash: hash(&ticket), login: login.clone(), admission, expires_at };
        let mut tickets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.retain(|ticket| ticket.expires_at > now);
        if tickets.len() >= MOST {
            tickets.remove(0);
        }
        tickets.push(entry);
        (ticket, expires_at)
    }

    /// Uses a ticket up; what it opens, if it was one for this login and still good.
    #[must_use]
    pub fn redeem(&self, ticket: &str, login: &LoginId, now: Timestamp) -> Option<Admission> {
        let wanted = hash(ticket);
        let mut tickets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.retain(|ticket| ticket.expires_at > now);
        let place = tickets.iter().position(|ticket| bool::from(ticket.hash.ct_eq(&wanted)))?;
        let found = tickets.remove(place);
        (found.login == *login).then_some(found.admission)
    }
}

fn hash(ticket: &str) -> [u8; 32] {
    Sha256::digest(ticket.as_bytes()).into()
}

impl fmt::Debug for Tickets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tickets")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_opens_its_login_once_and_in_time() {
        let tickets = Tickets::default();
        let mine_to_use = Admission { user: UserId::default_user(), mode: Mode::Control, link: None };
        let (mine, other) = (LoginId::new(Uuid::from_u128(1)), LoginId::new(Uuid::from_u128(2)));
        let now = Timestamp(1_000);

        let (ticket, expires_at) = tickets.issue(&mine, mine_to_use.clone(), now);
        assert_eq!(expires_at, Timestamp(31_000));
        assert_eq!(tickets.redeem("another", &mine, now), None);
        assert_eq!(tickets.redeem(&ticket, &mine, now), Some(mine_to_use.clone()));
        assert_eq!(tickets.redeem(&ticket, &mine, now), None, "used up");

        let (ticket, _) = tickets.issue(&mine, mine_to_use.clone(), now);
        assert_eq!(tickets.redeem(&ticket, &other, now), None, "of another login");
        let (ticket, expires_at) = tickets.issue(&mine, mine_to_use.clone(), now);
        assert_eq!(tickets.redeem(&ticket, &mine, expires_at), None, "too late");
    }
}
