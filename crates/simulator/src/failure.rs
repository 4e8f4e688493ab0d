//! What can go wrong with a request.

use std::time::Duration;

/// What goes wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// This status, without the effect.
    Status(u16),
    /// This status with `Retry-After` in seconds, without the effect. A caller who comes back sooner is recorded.
    RetryAfter(u16, u32),
    /// The request is carried out at once and its webhooks leave. The right answer comes this much later.
    Slow(Duration),
    /// The request is carried out at once and its webhooks leave. The right answer comes with `Faults::let_go`.
    Held,
    /// The request is carried out, and the connection dropped before the first byte of the answer.
    ResponseLost,
    /// The request is carried out, and the connection breaks in the middle of the answer's body.
    ResponseCut,
    /// The request is carried out, but the answer has this status.
    EffectThenStatus(u16),
    /// The connection is dropped without the effect.
    Reset,
    /// There is never an answer, and no effect.
    NeverAnswers,
    /// 200 with this JSON, without the effect.
    Says(String),
    /// 200 with a page of HTML instead of JSON, without the effect.
    Garbage,
}
