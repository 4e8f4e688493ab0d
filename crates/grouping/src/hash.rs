//! A small hash that is the same on every machine and in every version, because learned weights and stored fingerprints
//! depend on it.

/// FNV-1a with 64 bits. The standard library's hashers promise no stable result.
/// <http://www.isthe.com/chongo/tech/comp/fnv/>
pub(crate) struct Fnv(pub(crate) u64);

impl Fnv {
    pub(crate) const PRIME: u64 = 0x0000_0100_0000_01b3;

    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().chain(&[0]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(Self::PRIME);
        }
    }
}

/// The hash of several strings.
pub(crate) fn hash_of(parts: &[&str]) -> u64 {
    let mut hash = Fnv::new();
    for part in parts {
        hash.write(part.as_bytes());
    }
    hash.0
}
