//! Who sent it: HMAC-SHA256 over the raw body, compared in constant time (G1, a 2xx means kept; G9, no secret, no
//! route).
//!
//! The older `X-Hub-Signature` (SHA-1) is never looked at. No honest sender repeats a header.

use crate::{
    base::{
        secret::Secret,
        signature::{self, Hash},
    },
    model::delivery::{Forged, Headers},
    tracker::VerifiedWebhook,
};

/// The header that names what happened, and the only one that is kept.
const EVENT: &str = "x-github-event";

/// What happened, from the headers that [`verify`] kept. Empty if it is missing, which no reader knows.
pub fn event(headers: &Headers) -> &str {
    headers.iter().find(|(name, _)| name == EVENT).map_or("", |(_, event)| event.as_str())
}

/// Checks a request against every secret of ours. There are two while one is being replaced.
///
/// # Errors
/// [`Forged`]. An empty secret signs nothing.
pub fn verify(headers: &Headers, body: &[u8], secrets: &[Secret]) -> Result<VerifiedWebhook, Forged> {
    let signature = only(headers, "x-hub-signature-256").map_err(|()| Forged::Wrong)?.ok_or(Forged::Missing)?;
    let signature = signature.trim().strip_prefix("sha256=").ok_or(Forged::Wrong)?;
    let signature = hex::decode(signature).map_err(|_| Forged::Wrong)?;
    // Every secret is tried, so the time does not tell which one matched.
    let mut genuine = false;
    let usable = || secrets.iter().filter(|secret| !secret.expose().is_empty());
    for secret in usable() {
        let expected = signature::hmac(Hash::Sha256, secret.expose().as_bytes(), &[body]);
        genuine |= signature::same(&expected, &signature);
    }
    if usable().next().is_none() {
        return Err(Forged::Missing);
    }
    if !genuine {
        return Err(Forged::Wrong);
    }
    let single = |name: &str| only(headers, name).map_err(|()| Forged::Wrong);
    let event = single(EVENT)?.unwrap_or_default().to_owned();
    Ok(VerifiedWebhook {
        // It is not signed, so it is only used in addition to `signed`.
        key: single("x-github-delivery")?.filter(|id| !id.is_empty() && id.len() <= 200).map(str::to_owned),
        signed: signature::sha256(&[body]),
        headers: vec![(EVENT.to_owned(), event)],
    })
}

/// The header that signs a body as GitHub does.
pub fn signed(secret: &Secret, body: &[u8]) -> [(&'static str, String); 1] {
    let signature = signature::hmac(Hash::Sha256, secret.expose().as_bytes(), &[body]);
    [("x-hub-signature-256", format!("sha256={}", hex::encode(signature)))]
}

/// A header's only value. An error if there are several.
fn only<'h>(headers: &'h Headers, name: &str) -> Result<Option<&'h str>, ()> {
    let mut values = headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
    let first = values.next();
    if values.next().is_some() { Err(()) } else { Ok(first) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example on GitHub's own page about validating deliveries.
    const BODY: &[u8] = b"Hello, World!";
    const SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    fn secret() -> Secret {
        Secret::new("It's a Secret to Everybody")
    }

    fn headers(pairs: &[(&str, &str)]) -> Headers {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn githubs_published_example_is_believed() {
        let sent = headers(&[
            ("x-hub-signature-256", SIGNATURE),
            ("x-github-event", "issues"),
            ("x-github-delivery", "72d3162e"),
        ]);
        let verified = verify(&sent, BODY, &[secret()]).unwrap();
        assert_eq!((event(&verified.headers), verified.key.as_deref()), ("issues", Some("72d3162e")));
        assert_eq!(verified.signed, signature::sha256(&[BODY]));
    }

    #[test]
    fn both_secrets_are_good_while_one_is_rotated() {
        let sent = headers(&[("X-Hub-Signature-256", SIGNATURE)]);
        assert!(verify(&sent, BODY, &[Secret::new("new"), secret()]).is_ok());
        assert_eq!(verify(&sent, BODY, &[Secret::new("new")]), Err(Forged::Wrong));
    }

    #[test]
    fn nothing_else_is_believed() {
        let refused = [
            (headers(&[]), Forged::Missing),
            (headers(&[("x-hub-signature", "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59")]), Forged::Missing),
            (headers(&[("x-hub-signature-256", "")]), Forged::Wrong),
            (headers(&[("x-hub-signature-256", "sha256=")]), Forged::Wrong),
            (headers(&[("x-hub-signature-256", "sha256=zz")]), Forged::Wrong),
            (headers(&[("x-hub-signature-256", &SIGNATURE[..SIGNATURE.len() - 2])]), Forged::Wrong),
            (headers(&[("x-hub-signature-256", SIGNATURE), ("x-hub-signature-256", SIGNATURE)]), Forged::Wrong),
        ];
        for (sent, why) in refused {
            assert_eq!(verify(&sent, BODY, &[secret()]), Err(why), "{sent:?}");
        }
        let sent = headers(&[("x-hub-signature-256", SIGNATURE)]);
        assert_eq!(verify(&sent, b"Hello, World?", &[secret()]), Err(Forged::Wrong));
    }

    #[test]
    fn without_a_secret_there_is_no_way_in() {
        let empty = hex::encode(signature::hmac(Hash::Sha256, b"", &[BODY]));
        let sent = headers(&[("x-hub-signature-256", &format!("sha256={empty}"))]);
        assert_eq!(verify(&sent, BODY, &[]), Err(Forged::Missing));
        assert_eq!(verify(&sent, BODY, &[Secret::new("")]), Err(Forged::Missing));
    }
}
