//! Chance that repeats itself: what a seed drew once, it draws again. `HEARD_SEED` draws something else.

/// A number of the environment.
pub fn number(name: &str) -> Option<u64> {
    std::env::var_os(name)?.to_str()?.parse().ok()
}

/// A stream of numbers that its seed determines (`SplitMix64`).
pub struct Chance {
    seed: u64,
    state: u64,
}

impl Chance {
    /// From the environment's seed, or from this one. It is printed, so that a failed test can be played again.
    pub fn seeded(usual: u64) -> Self {
        let seed = number("HEARD_SEED").unwrap_or(usual);
        eprintln!("HEARD_SEED={seed}");
        Self { seed, state: seed }
    }

    /// From this seed and no other.
    pub const fn of(seed: u64) -> Self {
        Self { seed, state: seed }
    }

    /// What it began with.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }

    /// Puts a list into another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            let chosen = usize::try_from(self.below(last as u64 + 1)).expect("it is below a length");
            list.swap(last, chosen);
        }
    }
}
