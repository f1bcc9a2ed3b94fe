//! Chance that can be had again.

/// `SplitMix64`: what a seed gives is the same everywhere.
#[derive(Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// By `STAYLOGGED_SEED`, or else by chance.
    pub fn seeded() -> Self {
        let seed = std::env::var("STAYLOGGED_SEED").ok().map(|text| text.parse().expect("a number"));
        Self(seed.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0))
    }

    /// One of so many places.
    pub fn place(&mut self, among: usize) -> usize {
        usize::try_from(self.below(among as u64)).expect("less than `among`")
    }

    /// Less than that.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
