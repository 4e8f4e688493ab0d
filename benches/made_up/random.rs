//! Pseudo-random numbers that are the same for the same beginning, on every machine and for ever.

/// A small generator of pseudo-random numbers (`SplitMix64`).
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below a limit; zero where the limit is.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// Whether something happens that happens so often in a hundred.
    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// A number from zero to below one.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are kept")]
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A rank from zero on, used in proportion to one over itself.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "small and positive"
    )]
    pub fn zipf(&mut self, ranks: u64) -> u64 {
        ((ranks as f64).powf(self.share()) as u64).saturating_sub(1).min(ranks - 1)
    }

    /// One of these.
    pub fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.get(usize::try_from(self.below(of.len() as u64)).unwrap_or(0)).copied().unwrap_or_default()
    }
}
