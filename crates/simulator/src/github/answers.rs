//! Answers that several of GitHub's routes share: refusals, and lists in pages.

use serde_json::{Value, json};

use crate::message::{Request, Response};

/// The default size of a page.
const PAGE: usize = 30;
/// The largest size of a page.
const PAGE_LIMIT: usize = 100;

/// GitHub's 401.
pub(super) fn bad_credentials() -> Response {
    Response::json(
        401,
        &json!({"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401"}),
    )
}

/// GitHub's 404, for what does not exist or is not visible.
pub(super) fn not_found() -> Response {
    Response::json(
        404,
        &json!({"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}),
    )
}

/// GitHub's 422.
pub(super) fn invalid(resource: &str, field: &str, code: &str) -> Response {
    let body = json!({
        "message": "Validation Failed",
        "errors": [{"resource": resource, "field": field, "code": code}],
        "documentation_url": "https://docs.github.com/rest",
        "status": "422",
    });
    Response::json(422, &body)
}

/// The number and the size of the page that is asked for.
pub(super) fn page_of(request: &Request) -> (usize, usize) {
    let size = request.parameter_number("per_page").unwrap_or(PAGE).clamp(1, PAGE_LIMIT);
    let page = request.parameter_number("page").unwrap_or(1).max(1);
    (page, size)
}

/// One page of a list, with `Link` headers to the others.
pub(super) fn paged(base: &str, request: &Request, list: Vec<Value>) -> Response {
    let total = list.len();
    let (page, size) = page_of(request);
    let shown: Vec<Value> = list.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
    with_links(Response::json(200, &Value::Array(shown)), base, request, total)
}

/// Adds the `Link` header to one page of a list of `total` entries.
pub(super) fn with_links(answer: Response, base: &str, request: &Request, total: usize) -> Response {
    let (page, size) = page_of(request);
    let last = total.div_ceil(size).max(1);
    let address = |page: usize| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(request.query.iter().filter(|(name, _)| name != "page"));
        query.append_pair("page", &page.to_string());
        format!("<{base}{}?{}>", request.path, query.finish())
    };
    let mut links = Vec::new();
    if page > 1 {
        links.push(format!("{}; rel=\"prev\"", address(page - 1)));
        links.push(format!("{}; rel=\"first\"", address(1)));
    }
    if page < last {
        links.push(format!("{}; rel=\"next\"", address(page.saturating_add(1))));
        links.push(format!("{}; rel=\"last\"", address(last)));
    }
    if links.is_empty() { answer } else { answer.header("link", links.join(", ")) }
}
