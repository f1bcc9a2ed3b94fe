//! How fast pictures go to one viewer, and how good they are: pure, with the time passed in.
//!
//! Each picture is told to have been painted. What is under way at once is bounded by how long that takes beyond the least
//! that it ever took: a network that is full answers late, and then fewer go, and after a while smaller ones.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

/// So many at once to begin with.
const BEGIN: usize = 4;
/// A far viewer on a good network needs this many to see every frame.
const MOST: usize = 24;
/// Later than this beyond the least: something is full.
const LATE: Duration = Duration::from_millis(120);
/// No later than this: there is room.
const PROMPT: Duration = Duration::from_millis(40);
/// After so many late ones the picture gets smaller; after so many prompt ones better again.
const LATES: u32 = 8;
const PROMPTS: u32 = 90;
/// One that was not told of in this time was lost with a line, or is never told of.
const FORGOTTEN: Duration = Duration::from_secs(2);
/// The quality of a JPEG, best first: text stays sharp with the first, and can be read with the last.
const QUALITIES: [u8; 3] = [65, 45, 30];

/// The pace of one viewer.
#[derive(Debug)]
pub struct Pace {
    under_way: VecDeque<(u32, Instant)>,
    window: usize,
    least: Option<Duration>,
    lates: u32,
    prompts: u32,
    level: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { under_way: VecDeque::new(), window: BEGIN, least: None, lates: 0, prompts: 0, level: 0 }
    }
}

impl Pace {
    /// Whether another picture may go now.
    pub fn may_send(&mut self, now: Instant) -> bool {
        while self.under_way.front().is_some_and(|(_, at)| now.duration_since(*at) > FORGOTTEN) {
            self.under_way.pop_front();
        }
        self.under_way.len() < self.window
    }

    /// When to ask again, while none may go.
    pub fn again_at(&self) -> Option<Instant> {
        self.under_way.front().map(|(_, at)| *at + FORGOTTEN)
    }

    /// One has gone.
    pub fn sent(&mut self, sequence: u32, now: Instant) {
        self.under_way.push_back((sequence, now));
    }

    /// One was painted, and with it all before it.
    pub fn seen(&mut self, sequence: u32, now: Instant) {
        let was_full = self.under_way.len() >= self.window;
        let mut at = None;
        while let Some((first, sent)) = self.under_way.front().copied() {
            if sequence.wrapping_sub(first) > u32::MAX / 2 {
                break;
            }
            at = Some(sent);
            self.under_way.pop_front();
        }
        let Some(took) = at.map(|at| now.duration_since(at)) else { return };
        let least = self.least.map_or(took, |least| least.min(took));
        // A line may become a longer one: the least is forgotten slowly.
        self.least = Some(least + least / 200);
        let late = took.saturating_sub(least);
        if late > LATE {
            self.window = (self.window * 3 / 4).max(1);
            self.prompts = 0;
            self.lates += 1;
            if self.lates >= LATES {
                self.level = (self.level + 1).min(QUALITIES.len() - 1);
                self.lates = 0;
            }
        } else if late < PROMPT {
            // A window that had to become small has not proven anything yet.
            if self.window >= BEGIN {
                self.lates = 0;
                self.prompts += 1;
            }
            if was_full {
                self.window = (self.window + 1).min(MOST);
            }
            if self.prompts >= PROMPTS {
                self.level = self.level.saturating_sub(1);
                self.prompts = 0;
            }
        }
    }

    /// How good the pictures are to be: the quality of a JPEG.
    #[must_use]
    pub fn quality(&self) -> u8 {
        QUALITIES[self.level]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a line that carries so many pictures a second, `delay` away; how many arrived, and the quality at the end.
    fn play(pace: &mut Pace, from: Instant, seconds: u64, per_second: u64, delay: Duration) -> (u32, u8) {
        let each = Duration::from_micros(1_000_000 / per_second);
        let (mut free, mut sequence, mut on_the_line) = (from, 0, VecDeque::new());
        for ms in 0..seconds * 1000 {
            let now = from + Duration::from_millis(ms);
            while on_the_line.front().is_some_and(|(_, at)| *at <= now) {
                let (seen, _) = on_the_line.pop_front().unwrap();
                pace.seen(seen, now);
            }
            // The page draws sixty times a second.
            if ms % 16 == 0 && pace.may_send(now) {
                sequence += 1;
                pace.sent(sequence, now);
                free = free.max(now) + each;
                on_the_line.push_back((sequence, free + delay));
            }
        }
        (sequence, pace.quality())
    }

    #[test]
    fn a_good_line_far_away_carries_every_frame() {
        let mut pace = Pace::default();
        let from = Instant::now();
        play(&mut pace, from, 5, 1000, Duration::from_millis(150));
        let (shown, quality) = play(&mut pace, from + Duration::from_secs(10), 10, 1000, Duration::from_millis(150));
        assert!(shown > 500, "{shown} of 625 frames in ten seconds");
        assert_eq!(quality, 65);
    }

    #[test]
    fn a_full_line_gets_fewer_and_smaller_ones_and_no_queue() {
        let mut pace = Pace::default();
        let from = Instant::now();
        let (shown, quality) = play(&mut pace, from, 20, 8, Duration::from_millis(40));
        assert!(shown <= 20 * 8 + 5, "{shown} frames over a line that carries 160");
        assert!(shown >= 120, "{shown} frames over a line that carries 160");
        assert!(quality < 65);
    }

    #[test]
    fn what_is_never_told_of_holds_nothing_up_for_ever() {
        let mut pace = Pace::default();
        let now = Instant::now();
        (0..4).for_each(|sequence| pace.sent(sequence, now));
        assert!(!pace.may_send(now + Duration::from_secs(1)));
        assert!(pace.may_send(now + Duration::from_secs(3)));
    }
}
