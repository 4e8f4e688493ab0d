//! Where webhooks come in. The body is kept as the raw bytes that were sent; what it means is read later.
//!
//! In this order: unknown connection 404, body over the limit 413, missing, wrong or stale signature 401, cannot be
//! stored in time 503 with Retry-After, else 202 (docs/guarantees.md, G1).

use std::rc::Rc;

use actix_web::{
    HttpRequest, HttpResponse, Resource, ResponseError as _,
    http::header::{self, HeaderMap},
    web::{self, Bytes},
};
use futures::StreamExt as _;
use tokio::time::Instant;

use super::{
    intake::{self, Charge, Intake, Pieces},
    problem::{self, Problem, ProblemType},
};
use crate::{
    base::limits,
    flow::{
        App, Receipt,
        receive::{self, Refused},
    },
    model::delivery::{Forged, Headers},
};

/// When a sender may come back whose body was one too many, in seconds.
const RETRY_AFTER: u64 = 10;

/// `/hooks/...`
pub fn routes(app: &App, config: &mut web::ServiceConfig) {
    // A door that is there is found by comparing addresses. For any other, such as a connection that is none, a pattern is tried.
    for connection in app.connections.keys() {
        config.service(door(connection));
    }
    config
        .service(
            web::resource("/hooks/{connection}").route(web::post().to(signed)).default_service(web::to(only_posted)),
        )
        .service(
            web::resource("/hooks/{connection}/{secret}")
                .route(web::post().to(unsigned))
                .default_service(web::to(only_posted)),
        )
        // Whatever else begins like a webhook's address is a mistake that its sender has to hear of.
        .service(web::scope("/hooks").default_service(web::to(problem::nowhere)));
}

/// The door of one helpdesk, with nothing behind its name.
fn door(name: &str) -> Resource {
    let connection: Rc<str> = Rc::from(name);
    let post = move |app: web::Data<App>, request: HttpRequest, body: web::Payload| {
        let connection = Rc::clone(&connection);
        async move { take(&app, &request, &connection, None, body).await }
    };
    web::resource(format!("/hooks/{name}")).route(web::post().to(post)).default_service(web::to(only_posted))
}

async fn only_posted() -> HttpResponse {
    let mut answer = Problem::of(ProblemType::MethodNotAllowed).error_response();
    answer.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("POST"));
    answer
}

async fn signed(
    app: web::Data<App>,
    request: HttpRequest,
    connection: web::Path<String>,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let Some(tracker) = app.tracker_called(&connection) else {
        return take(&app, &request, &connection, None, body).await;
    };
    let headers = kept(request.headers());
    // A body of many megabytes is only kept for a sender who at least looks like the tracker.
    let keep = !matches!(tracker.verify(&headers, b""), Err(Forged::Missing));
    let (body, charge) = whole(body, tracker.about().webhook_bytes, keep, &request).await?;
    let begun = Instant::now();
    let taken = Box::pin(receive::from_tracker(&app, &connection, &headers, body)).await;
    drop(charge);
    paced(&taken, begun).await;
    answer(taken, &connection)
}

async fn unsigned(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let (connection, secret) = path.into_inner();
    take(&app, &request, &connection, Some(&secret), body).await
}

async fn take(
    app: &web::Data<App>,
    request: &HttpRequest,
    connection: &str,
    secret: Option<&str>,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    if !app.connections.contains_key(connection) {
        return Err(unknown(connection));
    }
    let (body, charge) = whole(body, limits::HELPDESK_BODY_BYTES, true, request).await?;
    // What comes after the body gets its room then: thousands may be waiting for theirs.
    let begun = Instant::now();
    let taken = Box::pin(receive::receive(app, connection, secret, kept(request.headers()), body)).await;
    drop(charge);
    paced(&taken, begun).await;
    answer(taken, connection)
}

/// Lets a sender whose delivery cannot be kept wait a little for its answer. Who hears 503 at once often sends the next at once,
/// and refusing takes the processor from those that could be kept.
async fn paced(taken: &Result<Receipt, Refused>, begun: Instant) {
    if matches!(taken, Err(Refused::Busy { .. })) {
        tokio::time::sleep_until(begun + limits::REFUSED_AFTER).await;
    }
}

fn unknown(connection: &str) -> Problem {
    Problem::saying(ProblemType::NotFound, format!("There is no connection {connection:?} in the settings."))
}

fn answer(taken: Result<Receipt, Refused>, connection: &str) -> Result<HttpResponse, Problem> {
    match taken {
        Ok(Receipt::Stored | Receipt::Known) => Ok(HttpResponse::Accepted().finish()),
        Err(Refused::UnknownConnection) => Err(unknown(connection)),
        Err(Refused::Forged(forged)) => Err(Problem::saying(ProblemType::Forged, format!("{forged}."))),
        Err(Refused::Busy { retry_after }) => {
            Err(Problem::of(ProblemType::Busy).retry_after(retry_after.as_secs().max(1)))
        }
    }
}

/// The whole body, unless it is larger than `limit`: then nothing of it is kept. Without `keep` it is only read to its end,
/// so that its sender hears the answer. The charge is for as long as the body is held.
async fn whole(
    mut body: web::Payload,
    limit: usize,
    keep: bool,
    request: &HttpRequest,
) -> Result<(Bytes, Option<Charge>), Problem> {
    let too_large = || Problem::saying(ProblemType::TooLarge, format!("At most {limit} bytes are taken."));
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()).and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    if intake::is_encoded(request.headers()) {
        return Err(intake::encoded());
    }
    let mut charge = request.app_data::<web::Data<Intake>>().map(Charge::new);
    let (mut pieces, mut length) = (Pieces::default(), 0);
    while let Some(part) = body.next().await {
        let part = part.map_err(|_| Problem::saying(ProblemType::Malformed, "The body ended before it was whole."))?;
        length += part.len();
        if length > limit {
            return Err(too_large());
        }
        if keep {
            if charge.as_mut().is_some_and(|charge| !charge.takes(part.len())) {
                return Err(Problem::of(ProblemType::Busy).retry_after(RETRY_AFTER));
            }
            pieces.push(&part);
        }
    }
    Ok((pieces.whole(), charge))
}

/// The headers as the vendors read them, names in lower case. A value that is no text stays, as one that matches nothing:
/// left out, it would hide that a header was sent twice.
fn kept(headers: &HeaderMap) -> Headers {
    let text = headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    text.collect()
}
