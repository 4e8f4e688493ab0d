//! Bodies under way: one deadline for each, and one budget of bytes for all that are kept.
//!
//! A body that is there at once costs nothing. One that has to be waited for takes one of a limited number of places, and
//! has [`limits::BODY_WITHIN`] to be whole; where no place is left, it has [`limits::BODY_HURRY`]. So half-sent bodies
//! end by themselves, the newest first, and signed deliveries never wait for them.

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_web::{
    Error, HttpMessage as _, ResponseError as _,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
    http::{ConnectionType, header},
    middleware::Next,
    web::{self, Bytes, BytesMut},
};
use futures::{Stream, StreamExt as _};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Sleep,
};

use super::problem::{Problem, ProblemType};
use crate::base::limits;

/// When a sender whose body did not come in time may come back.
const RETRY_AFTER: u64 = 10;

/// What bodies under way may take up, in this process.
pub struct Intake {
    places: Arc<Semaphore>,
    bytes: AtomicUsize,
}

impl Intake {
    /// Nothing is under way yet.
    pub fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(limits::BODIES_AWAITED)), bytes: AtomicUsize::new(0) }
    }
}

/// What one body takes of the budget. Dropping it gives the bytes back.
pub struct Charge {
    intake: web::Data<Intake>,
    held: usize,
    charged: usize,
}

impl Charge {
    /// A body of which nothing is kept yet.
    pub fn new(intake: &web::Data<Intake>) -> Self {
        Self { intake: web::Data::clone(intake), held: 0, charged: 0 }
    }

    /// Whether so many bytes more may be kept. The first of each body always may: small deliveries never wait for large ones.
    pub fn takes(&mut self, more: usize) -> bool {
        self.held += more;
        let wanted = self.held.saturating_sub(limits::BODY_FREE_BYTES).saturating_sub(self.charged);
        let fits = |under_way: usize| Some(under_way + wanted).filter(|sum| *sum <= limits::BODIES_BYTES);
        let taken = self.intake.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok();
        if taken {
            self.charged += wanted;
        } else {
            metrics::counter!("heard_bodies_cut_off_total", "why" => "budget").increment(1);
        }
        taken
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.intake.bytes.fetch_sub(self.charged, Ordering::Relaxed);
    }
}

/// What is kept of a body, in pieces of one size. One buffer that grows is copied again and again, and what it leaves behind
/// fits nobody else: 200 slow bodies took 340 MB of memory to keep 64 MiB.
#[derive(Default)]
pub struct Pieces(Vec<BytesMut>);

impl Pieces {
    /// How large a piece is at most. Most bodies are one.
    const BYTES: usize = limits::BODY_FREE_BYTES;

    /// Keeps more.
    pub fn push(&mut self, mut part: &[u8]) {
        while !part.is_empty() {
            let room = self.0.last().map_or(0, |last| Self::BYTES - last.len());
            if room == 0 {
                self.0.push(BytesMut::new());
                continue;
            }
            let (now, later) = part.split_at(part.len().min(room));
            self.0.last_mut().into_iter().for_each(|last| last.extend_from_slice(now));
            part = later;
        }
    }

    /// All of it.
    pub fn whole(mut self) -> Bytes {
        if self.0.len() < 2 {
            return self.0.pop().unwrap_or_default().freeze();
        }
        let mut whole = BytesMut::with_capacity(self.0.iter().map(BytesMut::len).sum());
        self.0.into_iter().for_each(|piece| whole.extend_from_slice(&piece));
        whole.freeze()
    }
}

/// Middleware: ends a body that does not come in time with 503, and closes every connection whose body was not read to its
/// end. Requests are taken as they are: a body that was compressed is refused, because nobody knows how large it will be.
pub async fn bodies(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // The doors of webhooks say first whether they exist at all, and then refuse it themselves.
    if is_encoded(request.headers()) && !request.path().starts_with("/hooks") {
        return Ok(request.into_response(encoded().error_response()));
    }
    let Some(intake) = request.app_data::<web::Data<Intake>>().cloned() else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let payload = request.take_payload();
    if matches!(payload, Payload::None) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let fate = Rc::new(Cell::new(Fate::UnderWay));
    let source = Rc::new(RefCell::new(payload));
    let body = AwaitedBody { source: Rc::clone(&source), intake, wait: None, fate: Rc::clone(&fate) };
    request.set_payload(Payload::Stream { payload: Box::pin(body) });
    let response = next.call(request).await?;
    Ok(match fate.get() {
        Fate::Whole => response.map_into_boxed_body(),
        Fate::UnderWay => response.map_body(|_, body| held(body.boxed(), source)),
        Fate::CutOff => {
            metrics::counter!("heard_bodies_cut_off_total", "why" => "deadline").increment(1);
            let mut answer = Problem::of(ProblemType::Busy).retry_after(RETRY_AFTER).error_response();
            answer.head_mut().set_connection_type(ConnectionType::Close);
            response.into_response(answer).map_body(|_, body| held(body, source))
        }
    })
}

/// Whether the sender says that the body has to be unpacked first.
pub fn is_encoded(headers: &header::HeaderMap) -> bool {
    headers.get_all(header::CONTENT_ENCODING).any(|encoding| {
        let encoding = encoding.as_bytes().trim_ascii();
        !encoding.is_empty() && !encoding.eq_ignore_ascii_case(b"identity")
    })
}

/// Bodies are taken as they are.
pub fn encoded() -> Problem {
    Problem::saying(ProblemType::Encoded, "Send the body without Content-Encoding.")
}

#[derive(Clone, Copy)]
enum Fate {
    UnderWay,
    Whole,
    CutOff,
}

/// A request's body with its deadline.
struct AwaitedBody {
    source: Rc<RefCell<Payload>>,
    intake: web::Data<Intake>,
    /// The deadline, and the place if there was one, from the first time that the body was waited for.
    wait: Option<(Pin<Box<Sleep>>, Option<OwnedSemaphorePermit>)>,
    fate: Rc<Cell<Fate>>,
}

impl Stream for AwaitedBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if matches!(this.fate.get(), Fate::CutOff) {
            return Poll::Ready(None);
        }
        let polled = this.source.borrow_mut().poll_next_unpin(context);
        if let Poll::Ready(None) = polled {
            this.fate.set(Fate::Whole);
            return polled;
        }
        if polled.is_pending() && this.wait.is_none() {
            let place = Arc::clone(&this.intake.places).try_acquire_owned().ok();
            let within: Duration = if place.is_some() { limits::BODY_WITHIN } else { limits::BODY_HURRY };
            this.wait = Some((Box::pin(tokio::time::sleep(within)), place));
        }
        if let Some((deadline, _)) = &mut this.wait
            && deadline.as_mut().poll(context).is_ready()
        {
            this.fate.set(Fate::CutOff);
            return Poll::Ready(Some(Err(PayloadError::Incomplete(None))));
        }
        polled
    }
}

/// An answer that holds the request's body until it is sent. The server closes a connection whose body is still held, and
/// would read one that was dropped for as long as it is sent.
fn held(body: BoxBody, request: Rc<RefCell<Payload>>) -> BoxBody {
    BoxBody::new(HeldBody { body, _request: request })
}

struct HeldBody {
    body: BoxBody,
    _request: Rc<RefCell<Payload>>,
}

impl MessageBody for HeldBody {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let part = ready!(Pin::new(&mut self.get_mut().body).poll_next(context));
        Poll::Ready(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_bodies_share_a_budget_and_small_ones_need_none() {
        let intake = web::Data::new(Intake::new());
        let mut large: Vec<Charge> = Vec::new();
        while large.len() < 10_000 {
            let mut charge = Charge::new(&intake);
            if !charge.takes(1024 * 1024) {
                break;
            }
            large.push(charge);
        }
        assert!((32..=34).contains(&large.len()), "{}", large.len());
        assert!(Charge::new(&intake).takes(limits::BODY_FREE_BYTES), "a small one is taken all the same");
        assert!(!Charge::new(&intake).takes(1024 * 1024));
        large.pop();
        assert!(Charge::new(&intake).takes(1024 * 1024), "what has gone makes room");
    }

    #[test]
    fn a_body_is_the_same_however_it_comes() {
        let body: Vec<u8> = (0..200_000_u32).map(|nth| nth.to_le_bytes()[nth as usize % 3]).collect();
        for length in [0, 1, 2_000, Pieces::BYTES, Pieces::BYTES + 1, body.len()] {
            for part in [1, 1_000, Pieces::BYTES, 131_072] {
                let mut pieces = Pieces::default();
                body[..length].chunks(part).for_each(|part| pieces.push(part));
                assert!(pieces.0.iter().all(|piece| (1..=Pieces::BYTES).contains(&piece.len())));
                assert!(pieces.whole() == body[..length], "{length} in parts of {part}");
            }
        }
    }

    #[test]
    fn identity_is_no_encoding() {
        let said = |value: &'static str| {
            let mut headers = header::HeaderMap::new();
            headers.insert(header::CONTENT_ENCODING, header::HeaderValue::from_static(value));
            is_encoded(&headers)
        };
        for packed in ["gzip", "br", "deflate", "zstd", "x-gzip", "identity, gzip"] {
            assert!(said(packed), "{packed}");
        }
        assert!(!said("identity") && !said("Identity ") && !said(""));
        assert!(!is_encoded(&header::HeaderMap::new()));
    }
}
