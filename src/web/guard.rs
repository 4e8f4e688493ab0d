//! What holds for every request: the headers that browsers need to be told, the log, and who may post a form.

use std::time::Instant;

use actix_web::{
    Error, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use url::Url;

use crate::flow::App;

/// What no page of ours lacks: no styles and no pictures but our own; and no site may show our pages in a frame.
macro_rules! policy {
    ($more:literal) => {
        concat!(
            "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; ",
            $more,
            "frame-ancestors 'none'"
        )
    };
}
/// No scripts at all.
const POLICY: &str = policy!("");
/// The console's one file of a script, which may ask our own pages. Nothing inside of a page is run.
pub const CONSOLE_POLICY: &str = policy!("script-src 'self'; connect-src 'self'; ");

/// The console's policy for the one page whose form goes to another site: to this origin, and to no third one.
fn policy_with_form_to(site: &str) -> String {
    CONSOLE_POLICY.replace("form-action 'self';", &format!("form-action 'self' {site};"))
}

/// Lets a page's form lead to this origin. It says from where it comes, but not from which page: a form that comes from nowhere is
/// refused by some sites.
pub fn lets_form_lead_to(page: &mut HttpResponse, site: &str) {
    let Ok(policy) = HeaderValue::from_str(&policy_with_form_to(site)) else { return };
    page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    page.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
}

/// What every answer says.
static USUAL: [(HeaderName, HeaderValue); 6] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// The headers of every answer. A handler that set one of them itself keeps its own.
pub async fn headers(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let by_https = request
        .app_data::<web::Data<App>>()
        .is_some_and(|app| app.settings.public_url.as_str().starts_with("https://"));
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    if by_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    for (name, value) in &USUAL {
        if !headers.contains_key(name) {
            headers.insert(name.clone(), value.clone());
        }
    }
    Ok(response)
}

/// Asked so often that a log line for each would hide the others.
const QUIET: [&str; 5] = ["/hooks/", "/healthz", "/readyz", "/metrics", "/assets/"];

/// One line for each request: method, the pattern of its route, status and time. Never a path, a query, a header or a body:
/// a path may hold a customer's link or a sender's secret, however it is spelled.
pub async fn log(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let method = named(request.method());
    let begun = Instant::now();
    let response = next.call(request).await?;
    let status = response.status().as_u16();
    let spent = begun.elapsed();
    let route = route(response.request().match_pattern());
    let millis = u64::try_from(spent.as_millis()).unwrap_or(u64::MAX);
    if status >= 500 {
        tracing::warn!(method, route, status, millis, "Answered {method} {route} with {status}");
    } else if QUIET.iter().any(|quiet| route.starts_with(quiet)) {
        tracing::debug!(method, route, status, millis, "Answered {method} {route} with {status}");
    } else {
        tracing::info!(method, route, status, millis, "Answered {method} {route} with {status}");
    }
    metrics::histogram!("heard_http_request_seconds", "route" => route, "status" => status.to_string())
        .record(spent.as_secs_f64());
    Ok(response)
}

/// What a route is called. The doors of all helpdesks are one.
fn route(pattern: Option<String>) -> String {
    match pattern {
        Some(pattern) if pattern.starts_with("/hooks/") && !pattern.contains('{') => "/hooks/{connection}".to_owned(),
        Some(pattern) => pattern,
        None => "none".to_owned(),
    }
}

/// A method by its name; one that a sender made up has none.
fn named(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "another method",
    }
}

/// Whether a browser says that one of our own pages sent this request; requests that change nothing always may.
///
/// Browsers say so in `Sec-Fetch-Site`; those from before it, in `Origin`. A client that says neither is no browser, and
/// has no cookie that somebody else's page could borrow.
///
/// `home` is where people reach us by the settings. What a request says of its host could have been written by anybody.
pub fn may_change(method: &Method, headers: &HeaderMap, home: &str) -> bool {
    if method.is_safe() {
        return true;
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let origin_of = |text: &str| Url::parse(text).ok().map(|url| url.origin()).filter(url::Origin::is_tuple);
    origin.to_str().ok().and_then(origin_of).is_some_and(|from| Some(from) == origin_of(home))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_to_one_other_site_where_a_page_says_so() {
        let policy = policy_with_form_to("https://github.com");
        assert!(
            policy.contains("; form-action 'self' https://github.com; base-uri 'none'; script-src 'self';"),
            "{policy}"
        );
        assert!(CONSOLE_POLICY.contains("; form-action 'self'; "));
    }

    #[test]
    fn a_route_is_called_by_its_pattern() {
        let called = |pattern: &str| route(Some(pattern.to_owned()));
        assert_eq!(called("/hooks/acme"), "/hooks/{connection}");
        assert_eq!(called("/hooks/{connection}"), "/hooks/{connection}");
        assert_eq!(called("/hooks/{connection}/{secret}"), "/hooks/{connection}/{secret}");
        assert_eq!(called("/topics/{id}"), "/topics/{id}");
        assert_eq!(route(None), "none");
    }

    #[test]
    fn only_our_own_pages_may_post() {
        let said = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            may_change(&Method::POST, &headers, "https://heard.test/")
        };
        assert!(said(&[("sec-fetch-site", "same-origin")]));
        assert!(!said(&[("sec-fetch-site", "cross-site")]));
        assert!(!said(&[("sec-fetch-site", "same-site"), ("origin", "https://heard.test")]));
        assert!(said(&[("origin", "https://heard.test")]));
        assert!(!said(&[("origin", "https://evil.test")]));
        assert!(!said(&[("origin", "null")]));
        assert!(!said(&[("origin", "http://heard.test")]), "another scheme is another site");
        assert!(!said(&[("origin", "https://heard.test:8443")]));
        assert!(said(&[("origin", "https://heard.test:443")]));
        assert!(!said(&[("origin", "https://evil.test"), ("host", "evil.test"), ("x-forwarded-host", "evil.test")]));
        assert!(said(&[]));
        assert!(may_change(&Method::GET, &HeaderMap::new(), "https://heard.test"));
    }
}
