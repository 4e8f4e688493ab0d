//! What goes wrong, as the API says it: RFC 9457, with a `type` that never changes.
//!
//! When the cause is ours, such as the database, it is logged here once and never sent.

use std::fmt;

use actix_web::{HttpRequest, HttpResponse, ResponseError, http::StatusCode, http::header};
use serde::Serialize;
use utoipa::ToSchema;

use super::refusal;
use crate::{flow, store::StoreError};

/// The kinds of problems, each with its `type`, status and title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemType {
    /// What was asked for does not exist, or nothing lives at this address.
    NotFound,
    /// No token, or not the right one.
    Unauthorized,
    /// The caller is known, and may not do this.
    Forbidden,
    /// The address is right and the method is not.
    MethodNotAllowed,
    /// The request cannot be read: a field is not what the API's description says of it.
    Malformed,
    /// The request can be read, and what it says cannot be done, or its fields do not go together.
    Refused,
    /// The body is larger than is read.
    TooLarge,
    /// The body was compressed.
    Encoded,
    /// The signature is missing, wrong or stale.
    Forged,
    /// Too many wrong tokens.
    TooMany,
    /// Come back later.
    Busy,
    /// Something of ours failed.
    Internal,
}

impl ProblemType {
    /// Every kind, for the documentation.
    pub const ALL: [Self; 12] = [
        Self::NotFound,
        Self::Unauthorized,
        Self::Forbidden,
        Self::MethodNotAllowed,
        Self::Malformed,
        Self::Refused,
        Self::TooLarge,
        Self::Encoded,
        Self::Forged,
        Self::TooMany,
        Self::Busy,
        Self::Internal,
    ];

    /// The `type`, which programs may rely on.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::NotFound => "urn:heard:problem:not-found",
            Self::Unauthorized => "urn:heard:problem:unauthorized",
            Self::Forbidden => "urn:heard:problem:forbidden",
            Self::MethodNotAllowed => "urn:heard:problem:method-not-allowed",
            Self::Malformed => "urn:heard:problem:malformed",
            Self::Refused => "urn:heard:problem:refused",
            Self::TooLarge => "urn:heard:problem:too-large",
            Self::Encoded => "urn:heard:problem:encoded",
            Self::TooMany => "urn:heard:problem:too-many",
            Self::Forged => "urn:heard:problem:forged",
            Self::Busy => "urn:heard:problem:busy",
            Self::Internal => "urn:heard:problem:internal",
        }
    }

    /// The title, the same for every problem of this kind.
    pub const fn title(self) -> &'static str {
        match self {
            Self::NotFound => "There is no such thing",
            Self::Unauthorized => "A valid bearer token is needed",
            Self::Forbidden => "This is not for your role",
            Self::MethodNotAllowed => "This address has other methods",
            Self::Malformed => "The request cannot be read",
            Self::Refused => "This cannot be done",
            Self::TooLarge => "The body is too large",
            Self::Encoded => "Bodies are taken as they are",
            Self::TooMany => "Too many wrong tokens",
            Self::Forged => "The signature does not hold",
            Self::Busy => "Not just now",
            Self::Internal => "Something of ours failed",
        }
    }

    /// The status.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Unauthorized | Self::Forged => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Refused => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Encoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// A problem, as it is sent.
#[derive(Clone, Debug)]
pub struct Problem {
    class: ProblemType,
    uri: &'static str,
    detail: Option<String>,
    retry_after: Option<u64>,
}

/// A problem's body (RFC 9457, `application/problem+json`).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Which kind of problem; never changes.
    #[serde(rename = "type")]
    #[schema(example = "urn:heard:problem:not-found")]
    kind: &'static str,
    /// The kind in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What happened this time, with what, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    detail: Option<String>,
}

impl Problem {
    /// A problem that needs no detail.
    pub fn of(problem_type: ProblemType) -> Self {
        Self { class: problem_type, uri: problem_type.uri(), detail: None, retry_after: None }
    }

    /// A problem with what happened this time.
    pub fn saying(problem_type: ProblemType, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::of(problem_type) }
    }

    /// The sender may come back after this many seconds.
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail.as_deref().unwrap_or(self.class.title()))
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.class.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.class.status());
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        if self.class == ProblemType::Unauthorized {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        let body = ProblemBody {
            kind: self.uri,
            title: self.class.title(),
            status: self.class.status().as_u16(),
            detail: self.detail.clone(),
        };
        response.content_type("application/problem+json").body(serde_json::to_vec(&body).unwrap_or_default())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_momentary() {
            tracing::warn!(%error, "The store had to give way under a request");
            let sentence = "The database could not do this just now. Try again in a moment.";
            return Self::saying(ProblemType::Busy, sentence).retry_after(1);
        }
        tracing::error!(%error, "The store failed under a request");
        Self::of(ProblemType::Internal)
    }
}

impl From<flow::Error> for Problem {
    fn from(error: flow::Error) -> Self {
        match error {
            flow::Error::NotFound(missing) => Self::saying(ProblemType::NotFound, missing.to_string()),
            flow::Error::Refused(refused) => {
                Self { uri: refusal::uri(&refused), ..Self::saying(ProblemType::Refused, refused.to_string()) }
            }
            flow::Error::Store(error) => error.into(),
        }
    }
}

/// Nothing lives at this address.
pub async fn nowhere(_: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(Problem::of(ProblemType::NotFound))
}

/// A body, a form or a query that does not fit, with the reason, which names fields and never values.
pub fn unreadable<E: fmt::Display>(error: E, _: &HttpRequest) -> actix_web::Error {
    Problem::saying(ProblemType::Malformed, error.to_string()).into()
}
