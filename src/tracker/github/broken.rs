//! What went wrong with a call, from what octocrab says of it.

use super::classify::{classify, failed};
use crate::{
    base::unreached::Unreached,
    model::{
        issue::Repository,
        tracker::error::{CallFault, TrackerError},
    },
};

/// What a call is for that signs in.
pub(super) const SIGNING_IN: &str = "signing in as the App";

/// Whether it is only that the answer was longer than we read.
pub(super) fn is_too_long(error: &TrackerError) -> bool {
    matches!(error, TrackerError::Unclear(call) if call.fault == CallFault::TooLong)
}

/// Whether the request may have arrived. It did not if its token was not minted or the connection was never made.
pub(super) fn broken(doing: &'static str, error: octocrab::Error) -> TrackerError {
    if matches!(error, octocrab::Error::GitHub { .. }) {
        return match unminted(error) {
            TrackerError::NotFound(call) => TrackerError::Unauthorized(call),
            error => error,
        };
    }
    if never_connected(&error) {
        return TrackerError::NotSent(failed(doing, unreachable(&error)));
    }
    TrackerError::Unclear(failed(doing, CallFault::Disconnected))
}

fn unreachable(error: &octocrab::Error) -> CallFault {
    CallFault::Unreachable(Unreached::of(error).unwrap_or(Unreached::Other))
}

fn never_connected(error: &octocrab::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let connecting = error.downcast_ref::<hyper_util::client::legacy::Error>();
        if connecting.is_some_and(hyper_util::client::legacy::Error::is_connect) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// If a token was not minted, nothing else was sent either.
pub(super) fn unminted(error: octocrab::Error) -> TrackerError {
    match error {
        octocrab::Error::GitHub { source, .. } => {
            let headers = source.headers.clone().unwrap_or_default();
            let body = serde_json::json!({ "message": source.message }).to_string();
            unsent(classify(SIGNING_IN, source.status_code, &headers, body.as_bytes()))
        }
        error => sign_in_failed(&error),
    }
}

pub(super) fn sign_in_failed(error: &octocrab::Error) -> TrackerError {
    let fault = if never_connected(error) { unreachable(error) } else { CallFault::SignInFailed(plain(error)) };
    TrackerError::NotSent(failed(SIGNING_IN, fault))
}

pub(super) fn not_installed(repository: &Repository) -> TrackerError {
    TrackerError::Unauthorized(failed(SIGNING_IN, CallFault::NotInstalled(repository.clone())))
}

/// What went wrong before the call itself was sent.
pub(super) fn unsent(error: TrackerError) -> TrackerError {
    match error {
        TrackerError::Unclear(call) => TrackerError::NotSent(call),
        other => other,
    }
}

/// octocrab's errors in one line, without their backtraces.
pub(super) fn plain(error: &octocrab::Error) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().chars().take(300).collect()
}
