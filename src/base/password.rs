//! Hashes of passwords, which take time and memory on purpose.
//!
//! Argon2id with 19 MiB, 2 passes and 1 lane: the first of the equally strong settings of OWASP's Password Storage Cheat Sheet
//! (<https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html>). The hash says with which settings it was made.

use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::SaltString,
};

use super::random;

/// Memory for one hash, in KiB.
const MEMORY: u32 = 19 * 1_024;
/// Passes over it.
const PASSES: u32 = 2;
/// Lanes.
const LANES: u32 = 1;
/// How many bytes of salt there are, as RFC 9106 recommends.
const SALT_BYTES: usize = 16;

/// What a hash of ours begins with. One that begins otherwise was written by somebody else, and could ask for any amount of memory.
const SETTINGS: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

/// Hashes a password with a salt of its own. It takes tens of milliseconds and 19 MiB, so it is never called on a thread that answers
/// requests.
///
/// # Errors
/// If the system gives no randomness, with a sentence.
pub fn hash(password: &str) -> Result<String, String> {
    let chance = random::bytes().map_err(|error| format!("the system gives no randomness: {error}"))?;
    let salt = chance.get(..SALT_BYTES).unwrap_or(&chance);
    let salt = SaltString::encode_b64(salt).map_err(|error| format!("a salt is not taken: {error}"))?;
    let hashed = hasher()?.hash_password(password.as_bytes(), &salt);
    hashed.map(|hash| hash.to_string()).map_err(|error| format!("a password is not hashed: {error}"))
}

/// Whether this password has this hash. It takes as long as [`hash()`].
pub fn fits(password: &str, hash: &str) -> bool {
    if !hash.starts_with(SETTINGS) {
        return false;
    }
    let (Ok(hash), Ok(hasher)) = (PasswordHash::new(hash), hasher()) else { return false };
    hasher.verify_password(password.as_bytes(), &hash).is_ok()
}

fn hasher() -> Result<Argon2<'static>, String> {
    let settings = Params::new(MEMORY, PASSES, LANES, None);
    let settings = settings.map_err(|error| format!("the settings of Argon2 are not taken: {error}"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, settings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let (one, other) = (hash("nine purple hats sing").unwrap(), hash("nine purple hats sing").unwrap());
        assert_ne!(one, other, "each has a salt of its own");
        assert!(one.starts_with(SETTINGS), "{one}");
        assert!(fits("nine purple hats sing", &one) && fits("nine purple hats sing", &other));
        assert!(!fits("nine purple hats sang", &one) && !fits("", &one));
    }

    #[test]
    fn a_hash_that_asks_for_another_amount_of_memory_fits_nothing() {
        let greedy = hash("nine purple hats sing").unwrap().replace("m=19456", "m=4000000");
        assert!(!fits("nine purple hats sing", &greedy));
        assert!(
            !fits("nine purple hats sing", "") && !fits("nine purple hats sing", "$argon2id$v=19$m=19456,t=2,p=1$x")
        );
    }
}
