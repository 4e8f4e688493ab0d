//! Where webhooks come in. The body is kept as the raw bytes that were sent; what it means is read later.
//!
//! In this order: unknown connection 404, body over the limit 413, missing, wrong or stale signature 401, cannot be
//! stored in time 503 with Retry-After, else 202 (docs/guarantees.md, G1).

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::HeaderMap,
    web::{self, Bytes, BytesMut},
};
use futures::StreamExt as _;

use super::problem::{Problem, ProblemType};
use crate::{
    base::limits,
    flow::{
        App, Receipt,
        receive::{self, Refused},
    },
    model::delivery::Headers,
};

/// `/hooks/...`
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/hooks/{connection}", web::post().to(signed))
        .route("/hooks/{connection}/{secret}", web::post().to(unsigned));
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
    let body = whole(body, tracker.about().webhook_bytes, &request).await?;
    answer(receive::from_tracker(&app, &connection, &kept(request.headers()), body).await, &connection)
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
    let body = whole(body, limits::HELPDESK_BODY_BYTES, request).await?;
    answer(receive::receive(app, connection, secret, kept(request.headers()), body).await, connection)
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

/// The whole body, unless it is larger than `limit`: then nothing of it is kept.
async fn whole(mut body: web::Payload, limit: usize, request: &HttpRequest) -> Result<Bytes, Problem> {
    let too_large = || Problem::saying(ProblemType::TooLarge, format!("At most {limit} bytes are taken."));
    let announced = request.headers().get(actix_web::http::header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()).and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let mut whole = BytesMut::with_capacity(announced.unwrap_or(0).min(limit));
    while let Some(part) = body.next().await {
        let part = part.map_err(|_| Problem::saying(ProblemType::Malformed, "The body ended before it was whole."))?;
        if whole.len() + part.len() > limit {
            return Err(too_large());
        }
        whole.extend_from_slice(&part);
    }
    Ok(whole.freeze())
}

/// The headers as the vendors read them: names in lower case, values that are text.
fn kept(headers: &HeaderMap) -> Headers {
    let text =
        headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    text.collect()
}
