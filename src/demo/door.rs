//! The SSO's door: password, one-time code, trusted device. What the pages around it look like is somebody else's matter.

use super::{
    modes::SecondFactor,
    site::{Changing, Site},
};

/// What comes of a password.
pub(super) enum AfterPassword {
    Wrong,
    /// Too many wrong tries: for so many seconds.
    Blocked(u64),
    /// A code is awaited; this is what the browser has of it.
    CodeAwaited(String),
    /// The ticket.
    SignedIn(String),
}

/// What comes of a one-time code.
pub(super) enum AfterCode {
    Wrong,
    Blocked(u64),
    /// No password was given before, or too long ago.
    NotAwaited,
    SignedIn {
        ticket: String,
        /// The device, which is known from now on.
        device: Option<String>,
    },
}

impl Site {
    /// A password, from a browser with this device cookie and user agent.
    pub fn give_password(&self, (username, password): (&str, &str), device: &str, agent: &str) -> AfterPassword {
        let changing = &mut *self.changing();
        if let Some(seconds) = changing.sign_ins.locked_for() {
            return AfterPassword::Blocked(seconds);
        }
        if !username.trim().eq_ignore_ascii_case(&self.account.email) || password != self.account.password {
            return changing.wrong_try().map_or(AfterPassword::Wrong, AfterPassword::Blocked);
        }
        let Changing { sign_ins, modes, .. } = changing;
        if modes.second_factor == SecondFactor::None || sign_ins.device_is_trusted(device) {
            return AfterPassword::SignedIn(sign_ins.ticket(agent, modes));
        }
        let mail_to = (modes.second_factor == SecondFactor::Email).then_some(self.account.email.as_str());
        AfterPassword::CodeAwaited(sign_ins.begin_second_step(mail_to))
    }

    /// The code, from a browser that has given the password before.
    pub fn give_code(&self, step: &str, code: &str, remember: bool, agent: &str) -> AfterCode {
        let changing = &mut *self.changing();
        if let Some(seconds) = changing.sign_ins.locked_for() {
            return AfterCode::Blocked(seconds);
        }
        if !changing.sign_ins.awaits_second_step(step) {
            return AfterCode::NotAwaited;
        }
        let is_right = match changing.sign_ins.mailed_code(step) {
            Some(mailed) => mailed == code.trim(),
            None => self.totp_is_right(code),
        };
        if !is_right {
            return changing.wrong_try().map_or(AfterCode::Wrong, AfterCode::Blocked);
        }
        let Changing { sign_ins, modes, .. } = changing;
        sign_ins.end_second_step(step);
        let ticket = sign_ins.ticket(agent, modes);
        AfterCode::SignedIn { ticket, device: remember.then(|| sign_ins.trust_device(agent, modes)) }
    }
}

impl Changing {
    /// One more wrong try; for how many seconds the account is blocked by it.
    fn wrong_try(&mut self) -> Option<u64> {
        self.sign_ins.wrong_try(self.modes.lock_seconds);
        self.sign_ins.locked_for()
    }
}
