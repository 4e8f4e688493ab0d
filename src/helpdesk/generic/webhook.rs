//! Checks who sent a delivery: by Standard Webhooks, or by the secret in the URL if the sender cannot sign.
//!
//! Standard Webhooks 1.0.0 (<https://www.standardwebhooks.com>) is HMAC-SHA256 over `id.timestamp.body`, in base64 after
//! `v1,`. There are several signatures while the sender changes its key. Svix sends the same in headers of its own.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_STANDARD,
};

use crate::{
    base::{
        clock::Time,
        limits,
        secret::Secret,
        signature::{Hash, hmac, same, sha256},
    },
    helpdesk::{Authentic, Forged, Incoming, Signing},
    model::delivery::Headers,
};

/// The length of a secret according to the specification.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// The minimum length of a secret in a URL; a shorter one could be guessed.
const PATH_SECRET_CHARACTERS: usize = 16;

/// How this connection's sender is authenticated.
pub(super) enum WebhookSender {
    /// By a signature with one of these secrets.
    Signs(Vec<Secret>),
    /// By the secret in the URL.
    KnowsThePath(Secret),
}

impl WebhookSender {
    /// # Errors
    /// What is wrong with the secrets in the settings, in a sentence.
    pub(super) fn new(webhook_secrets: Vec<Secret>, path_secret: Option<Secret>) -> Result<Self, String> {
        match (webhook_secrets.is_empty(), path_secret) {
            (false, None) => {
                let right = |secret: &Secret| key(secret).is_some_and(|key| SECRET_BYTES.contains(&key.len()));
                if webhook_secrets.iter().all(right) {
                    return Ok(Self::Signs(webhook_secrets));
                }
                Err("webhook_secret must be whsec_ and 24 to 64 bytes in base64, as in: echo whsec_$(openssl rand \
                     -base64 32)"
                    .to_owned())
            }
            (true, Some(secret)) if secret.expose().len() >= PATH_SECRET_CHARACTERS => Ok(Self::KnowsThePath(secret)),
            (true, Some(_)) => Err(format!("path_secret must have at least {PATH_SECRET_CHARACTERS} characters")),
            (true, None) => Err("webhook_secret is missing (or path_secret, for a sender that cannot sign)".to_owned()),
            (false, Some(_)) => Err("webhook_secret and path_secret exclude each other: a sender that can sign \
                                     needs no secret in its URL"
                .to_owned()),
        }
    }

    /// The same for [`About`](crate::helpdesk::About).
    pub(super) fn signing(&self) -> Signing {
        match self {
            Self::Signs(_) => Signing::TimestampedSignature,
            Self::KnowsThePath(_) => Signing::PathSecret,
        }
    }

    /// Checks who sent the request. `key` finds the delivery's id in the body, for a sender that does not sign.
    pub(super) fn verify(
        &self,
        request: &Incoming<'_>,
        now: Time,
        key: impl Fn(&[u8]) -> Option<String>,
    ) -> Result<Authentic, Forged> {
        match self {
            Self::Signs(secrets) => signed(secrets, request, now),
            Self::KnowsThePath(secret) => {
                let given = request.path_secret.filter(|given| !given.is_empty()).ok_or(Forged::Missing)?;
                if !same(given.as_bytes(), secret.expose().as_bytes()) {
                    return Err(Forged::Wrong);
                }
                Ok(Authentic::vouch(key(request.body), None, Headers::new(), request.body.clone()))
            }
        }
    }
}

fn signed(secrets: &[Secret], request: &Incoming<'_>, now: Time) -> Result<Authentic, Forged> {
    let standard = request.headers.iter().any(|(name, _)| name == "webhook-signature");
    let [id, timestamp, signature] = if standard {
        ["webhook-id", "webhook-timestamp", "webhook-signature"]
    } else {
        ["svix-id", "svix-timestamp", "svix-signature"]
    }
    .map(|name| request.header(name).filter(|value| !value.is_empty()).ok_or(Forged::Missing));
    let (id, timestamp, signature) = (id?, timestamp?, signature?);
    let parts: [&[u8]; 5] = [id.as_bytes(), b".", timestamp.as_bytes(), b".", request.body];
    let given: Vec<Vec<u8>> = signature
        .split(' ')
        .filter_map(|one| one.strip_prefix("v1,"))
        .filter_map(|one| BASE64_STANDARD.decode(one).ok())
        .collect();
    let known = secrets.iter().fold(false, |known, secret| {
        let ours = key(secret).map(|key| hmac(Hash::Sha256, &key, &parts)).unwrap_or_default();
        given.iter().fold(known, |known, given| known | same(&ours, given))
    });
    if !known {
        return Err(Forged::Wrong);
    }
    let at = timestamp.parse().map(Time::from_seconds).map_err(|_| Forged::Wrong)?;
    if now.since(at).max(at.since(now)) > limits::REPLAY_WINDOW {
        return Err(Forged::Stale);
    }
    Ok(Authentic::vouch(Some(id.to_owned()), Some(sha256(&parts)), Headers::new(), request.body.clone()))
}

/// The bytes of the key: base64 after `whsec_`, with or without padding.
fn key(secret: &Secret) -> Option<Vec<u8>> {
    const ANY_PADDING: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let text = secret.expose().trim();
    let encoded = text.strip_prefix("whsec_").unwrap_or(text);
    GeneralPurpose::new(&alphabet::STANDARD, ANY_PADDING).decode(encoded).ok()
}
