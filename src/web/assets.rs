//! The stylesheet, the icons and the console's script, inside the binary. Their addresses carry their hash, so browsers may keep
//! them as long as they like.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use rust_embed::RustEmbed;

use super::problem::{Problem, ProblemType};

#[derive(RustEmbed)]
#[folder = "assets/web/"]
struct Assets;

/// `/assets/...`
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/assets/{name}", web::get().to(asset)).route("/favicon.ico", web::get().to(favicon));
}

/// The address of one of our files, with its hash.
pub fn url(name: &str) -> String {
    let version = Assets::get(name).map(|file| version(&file)).unwrap_or_default();
    format!("/assets/{name}?v={version}")
}

fn version(file: &rust_embed::EmbeddedFile) -> String {
    hex::encode(&file.metadata.sha256_hash()[..6])
}

async fn favicon(request: HttpRequest) -> Result<HttpResponse, Problem> {
    answer(&request, "favicon.svg")
}

async fn asset(request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse, Problem> {
    answer(&request, &name)
}

fn answer(request: &HttpRequest, name: &str) -> Result<HttpResponse, Problem> {
    let file = Assets::get(name).ok_or(Problem::of(ProblemType::NotFound))?;
    let tag = format!("\"{}\"", version(&file));
    let known = request.headers().get(header::IF_NONE_MATCH).is_some_and(|held| held.as_bytes() == tag.as_bytes());
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::ETAG, tag));
    response.insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"));
    if known {
        return Ok(response.finish());
    }
    let kind = match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    Ok(response.content_type(kind).body(file.data.into_owned()))
}
