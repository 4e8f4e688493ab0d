//! HMACs and hashes, and their comparison in constant time. Each vendor's own file says which bytes are signed with which
//! key.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The hash function under the HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// HMAC-SHA256.
    Sha256,
    /// HMAC-SHA1, only for vendors that offer nothing better.
    Sha1,
}

/// HMAC over the parts, concatenated.
pub fn hmac(hash: Hash, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    fn run<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        // HMAC takes a key of any length (RFC 2104), so this cannot fail. An empty result would match no signature.
        let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else {
            return Vec::new();
        };
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().to_vec()
    }
    match hash {
        Hash::Sha256 => run::<Hmac<Sha256>>(key, parts),
        Hash::Sha1 => run::<Hmac<Sha1>>(key, parts),
    }
}

/// Whether two byte strings are equal, in time that does not depend on where they differ. An empty string equals nothing, so
/// that a missing signature never matches.
pub fn same(left: &[u8], right: &[u8]) -> bool {
    use subtle::ConstantTimeEq;
    !left.is_empty() && bool::from(left.ct_eq(right))
}

/// SHA-256 of the parts, concatenated.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231 test case 2, RFC 2202 test case 2.
    #[test]
    fn the_published_vectors_hold() {
        let parts: [&[u8]; 2] = [b"what do ya want ", b"for nothing?"];
        assert_eq!(
            hex::encode(hmac(Hash::Sha256, b"Jefe", &parts)),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(hex::encode(hmac(Hash::Sha1, b"Jefe", &parts)), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    }

    #[test]
    fn nothing_matches_an_empty_signature() {
        assert!(!same(b"", b""));
        assert!(same(b"a", b"a"));
        assert!(!same(b"a", b"ab"));
    }
}
