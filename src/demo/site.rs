//! What the marketplace's hosts share: their addresses, the accounts, the switches, who is signed in, the request log.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};

use super::{
    accounts::{Accounts, DemoAccount, Who},
    log::RequestLog,
    modes::{HalfDead, Modes},
    neighbours::Neighbours,
    products::{Catalogue, Row},
    sign_in::{SignIns, Standing},
};
use crate::domain::{Clock, Timestamp};

/// The client that the market application is at the SSO.
pub(super) const CLIENT_ID: &str = "demo-market";

/// What changes while the marketplace runs.
pub(super) struct Changing {
    pub modes: Modes,
    pub sign_ins: SignIns,
    pub log: RequestLog,
    pub neighbours: Neighbours,
    /// How many products have come since the start, before all others.
    pub inserted: u32,
    /// The page of the list that the server draws that was shown last.
    pub last_page: usize,
}

impl Changing {
    fn new(clock: &Clock) -> Self {
        let (modes, sign_ins, log) = (Modes::default(), SignIns::new(clock.clone()), RequestLog::default());
        Self { modes, sign_ins, log, neighbours: Neighbours::default(), inserted: 0, last_page: 1 }
    }
}

/// A catalogue of that many products, with or without repeats.
type Kept = (usize, bool, Arc<Vec<Row>>);

/// What all host names share.
pub(super) struct Site {
    pub port: u16,
    pub control_port: u16,
    pub accounts: Accounts,
    /// What time it is here.
    pub clock: Clock,
    /// By how much the control plane has moved it, in milliseconds.
    moved: Arc<AtomicI64>,
    started: Instant,
    changing: Mutex<Changing>,
    /// Who was signed in at the last snapshot. No reset forgets it.
    snapshot: Mutex<Option<SignIns>>,
    /// The catalogue that was asked for last.
    catalogue: Mutex<Option<Kept>>,
}

impl Site {
    pub fn new(port: u16, control_port: u16, handed_in: Clock) -> Self {
        let moved = Arc::new(AtomicI64::new(0));
        let ahead = Arc::clone(&moved);
        let clock = Clock::from_fn(move || Timestamp(handed_in.now().0.saturating_add(ahead.load(Ordering::Relaxed))));
        let changing = Mutex::new(Changing::new(&clock));
        Self {
            port,
            control_port,
            accounts: Accounts::default(),
            clock,
            moved,
            started: Instant::now(),
            changing,
            snapshot: Mutex::default(),
            catalogue: Mutex::default(),
        }
    }

    /// Everything as at the start.
    pub fn reset(&self) {
        self.moved.store(0, Ordering::Relaxed);
        *self.changing() = Changing::new(&self.clock);
    }

    /// Keeps who is signed in now, for [`Site::restore_sign_ins`].
    pub fn keep_sign_ins(&self) {
        let now = self.changing().sign_ins.clone();
        *self.snapshot.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    /// Whoever was signed in at the snapshot is so again, and nobody else is. False where there is none.
    pub fn restore_sign_ins(&self) -> bool {
        let kept = self.snapshot.lock().unwrap_or_else(PoisonError::into_inner).clone();
        kept.map(|sign_ins| self.changing().sign_ins = sign_ins).is_some()
    }

    /// Moves the marketplace's clock, on top of the one that was handed in.
    pub fn move_clock(&self, by_seconds: i64) {
        self.moved.fetch_add(by_seconds.saturating_mul(1000), Ordering::Relaxed);
    }

    /// By how many seconds the control plane has moved the clock.
    pub fn moved_seconds(&self) -> i64 {
        self.moved.load(Ordering::Relaxed) / 1000
    }

    /// Seconds since 1970, here.
    pub fn now_seconds(&self) -> u64 {
        unix_ms(&self.clock) / 1000
    }

    /// Everything that changes. Never held across an await.
    pub fn changing(&self) -> MutexGuard<'_, Changing> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn modes(&self) -> Modes {
        self.changing().modes.clone()
    }

    /// How an SSO ticket stands.
    pub fn ticket_standing(&self, ticket: &str) -> Standing {
        let changing = self.changing();
        match changing.sign_ins.ticket_standing(ticket) {
            Standing::Good(_) if changing.modes.half_dead == HalfDead::Ticket => Standing::Expired,
            standing => standing,
        }
    }

    /// How an access token stands.
    pub fn token_standing(&self, token: &str) -> Standing {
        let changing = self.changing();
        match changing.sign_ins.token_standing(token) {
            Standing::Good(_) if changing.modes.half_dead == HalfDead::Token => Standing::Expired,
            standing => standing,
        }
    }

    /// Of that account, all that is to be known.
    pub fn account(&self, who: Who) -> &DemoAccount {
        self.accounts.get(who)
    }

    /// What is for sale now, as far as that account is shown it.
    pub fn catalogue(&self, who: Who) -> Catalogue {
        let (count, repeats, inserted) = {
            let changing = self.changing();
            (changing.modes.products, changing.modes.repeats, changing.inserted)
        };
        let mut kept = self.catalogue.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = match &*kept {
            Some((of, with, rows)) if (*of, *with) == (count, repeats) => Arc::clone(rows),
            _ => {
                let rows = Arc::new(super::products::rows(count, repeats));
                *kept = Some((count, repeats, Arc::clone(&rows)));
                rows
            }
        };
        Catalogue::new(rows, inserted, who.sees_only())
    }

    /// What a guest is shown of it.
    pub fn guests_catalogue(&self) -> Catalogue {
        let modes = self.modes();
        let rows = super::products::rows(modes.guest_products.min(modes.products), false);
        Catalogue::new(Arc::new(rows), 0, None)
    }

    /// A page of products was shown that is not the last: something new may come before all others now.
    pub fn shown_a_page(&self) {
        let changing = &mut *self.changing();
        if changing.modes.insert_next > 0 {
            changing.modes.insert_next -= 1;
            changing.inserted += 1;
        }
    }

    /// `http://app.demo.localhost:<port>`
    pub fn app(&self) -> String {
        format!("http://app.demo.localhost:{}", self.port)
    }

    /// `http://sso.demo.localhost:<port>`
    pub fn sso(&self) -> String {
        format!("http://sso.demo.localhost:{}", self.port)
    }

    /// `http://api-market.demo.localhost:<port>`
    pub fn api(&self) -> String {
        format!("http://api-market.demo.localhost:{}", self.port)
    }

    /// `http://accounts.idp.localhost:<port>`
    pub fn idp(&self) -> String {
        format!("http://accounts.idp.localhost:{}", self.port)
    }

    /// Where the SSO sends people back to.
    pub fn callback(&self) -> String {
        format!("{}/callback", self.app())
    }

    /// The key in the application's localStorage, as oidc-client names it.
    pub fn storage_key(&self) -> String {
        format!("oidc.user:{}/oidc:{CLIENT_ID}", self.sso())
    }

    /// The current one-time code of that account, and for how many seconds it is shown.
    pub fn totp_now(&self, who: Who) -> (String, u64) {
        self.accounts.totp_at(who, self.now_seconds())
    }

    /// Whether it is the current code, or the one before or after it.
    pub fn totp_is_right(&self, who: Who, code: &str) -> bool {
        self.accounts.totp_is_right(who, code, self.now_seconds())
    }

    pub fn ms_since_start(&self) -> u128 {
        self.started.elapsed().as_millis()
    }
}

/// Milliseconds since 1970.
pub(super) fn unix_ms(clock: &Clock) -> u64 {
    u64::try_from(clock.now().0).unwrap_or_default()
}
