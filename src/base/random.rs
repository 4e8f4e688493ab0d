//! Randomness for tokens and keys that nobody may guess.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

/// 256 random bits from the operating system.
///
/// # Errors
/// If the operating system gives none, which only happens if `/dev/urandom` and `getrandom` are both forbidden.
pub fn bytes() -> Result<[u8; 32], getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// 256 random bits as 43 characters that are safe in a URL.
///
/// # Errors
/// As [`bytes()`].
pub fn token() -> Result<String, getrandom::Error> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes()?))
}
