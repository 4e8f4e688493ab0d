//! What holds for every request: the headers that browsers need to be told, the log, and who may post a form.

use std::time::Instant;

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
};

/// No scripts, no styles and no pictures but our own; and no site may show our pages in a frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// The headers of every answer. A handler that set one of them itself keeps its own.
pub async fn headers(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    Ok(response)
}

/// Asked so often that a log line for each would hide the others.
const QUIET: [&str; 5] = ["/hooks/", "/healthz", "/readyz", "/metrics", "/assets/"];

/// One line for each request: method, path, status and time. Never a query, a header or a body; secrets in a path
/// are blotted out.
pub async fn log(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let method = request.method().clone();
    let path = blotted(request.path());
    let begun = Instant::now();
    let response = next.call(request).await?;
    let status = response.status().as_u16();
    let spent = begun.elapsed();
    let route = response.request().match_pattern().unwrap_or_else(|| "none".to_owned());
    metrics::histogram!("heard_http_request_seconds", "route" => route, "status" => status.to_string())
        .record(spent.as_secs_f64());
    let millis = u64::try_from(spent.as_millis()).unwrap_or(u64::MAX);
    if status >= 500 {
        tracing::warn!(%method, path, status, millis, "Answered {method} {path} with {status}");
    } else if QUIET.iter().any(|quiet| path.starts_with(quiet)) {
        tracing::debug!(%method, path, status, millis, "Answered {method} {path} with {status}");
    } else {
        tracing::info!(%method, path, status, millis, "Answered {method} {path} with {status}");
    }
    Ok(response)
}

/// A path without what is secret in it: the customer's link, and the secret of senders that cannot sign.
pub fn blotted(path: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    // The path begins with a slash, so the first part is empty.
    let from = match parts.get(1) {
        Some(&"c") => 2,
        Some(&"hooks") => 3,
        _ => usize::MAX,
    };
    for part in parts.iter_mut().skip(from).filter(|part| !part.is_empty()) {
        *part = "***";
    }
    parts.join("/")
}

/// Whether a browser says that one of our own pages sent this request; requests that change nothing always may.
///
/// Browsers say so in `Sec-Fetch-Site`; those from before it, in `Origin`. A client that says neither is no browser, and
/// has no cookie that somebody else's page could borrow.
pub fn may_change(method: &Method, headers: &HeaderMap, host: &str) -> bool {
    if method.is_safe() {
        return true;
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    match headers.get(header::ORIGIN).map(HeaderValue::to_str) {
        None => true,
        Some(Ok(origin)) => origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host)),
        Some(Err(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_in_a_path_are_blotted_out() {
        for (path, logged) in [
            ("/c/abc123", "/c/***"),
            ("/c/abc123/confirm", "/c/***/***"),
            ("/hooks/acme", "/hooks/acme"),
            ("/hooks/acme/s3cret", "/hooks/acme/***"),
            ("/hooks/acme/s3cret/more", "/hooks/acme/***/***"),
            ("/topics/1", "/topics/1"),
            ("/", "/"),
        ] {
            assert_eq!(blotted(path), logged);
        }
    }

    #[test]
    fn only_our_own_pages_may_post() {
        let said = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            may_change(&Method::POST, &headers, "heard.test")
        };
        assert!(said(&[("sec-fetch-site", "same-origin")]));
        assert!(!said(&[("sec-fetch-site", "cross-site")]));
        assert!(!said(&[("sec-fetch-site", "same-site"), ("origin", "https://heard.test")]));
        assert!(said(&[("origin", "https://heard.test")]));
        assert!(!said(&[("origin", "https://evil.test")]));
        assert!(!said(&[("origin", "null")]));
        assert!(said(&[]));
        assert!(may_change(&Method::GET, &HeaderMap::new(), "heard.test"));
    }
}
