//! The sender of webhooks: one HTTP/1.1 POST per connection, to loopback addresses only.
//!
//! It is deliberately not the product's own client: the simulators must not share what they test.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::{Host, Url};

/// Longer responses are cut off. Only the head matters.
const ANSWER_LIMIT_BYTES: u64 = 64 * 1024;

/// The response to a POST.
pub(super) struct Posted {
    pub(super) status: u16,
    pub(super) retry_after_s: Option<u64>,
}

/// Sends one POST and waits for the response.
///
/// # Errors
/// Says why there was no response: not loopback, refused, reset, timed out, unreadable.
pub(super) async fn post(
    url: &str,
    headers: &[(String, String)],
    body: &[u8],
    timeout: Duration,
) -> Result<Posted, String> {
    tokio::time::timeout(timeout, exchange(url, headers, body))
        .await
        .map_err(|_| format!("timed out after {} ms", timeout.as_millis()))?
}

async fn exchange(url: &str, headers: &[(String, String)], body: &[u8]) -> Result<Posted, String> {
    let url = Url::parse(url).map_err(|error| format!("not a URL: {error}"))?;
    let port = url.port_or_known_default().unwrap_or(80);
    let host = match url.host() {
        Some(Host::Ipv4(address)) if address.is_loopback() => address.to_string(),
        Some(Host::Ipv6(address)) if address.is_loopback() => address.to_string(),
        Some(Host::Domain("localhost")) => "127.0.0.1".to_owned(),
        _ => return Err(format!("{url} is not loopback, and simulators talk to nothing else")),
    };
    if url.scheme() != "http" {
        return Err(format!("{url} is not plain HTTP"));
    }
    let mut stream = TcpStream::connect((host.as_str(), port)).await.map_err(|error| error.to_string())?;
    let mut head = format!("POST {} HTTP/1.1\r\nhost: {host}:{port}\r\nconnection: close\r\n", target(&url));
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.extend(["content-length: ", &body.len().to_string(), "\r\n\r\n"]);
    stream.write_all(head.as_bytes()).await.map_err(|error| error.to_string())?;
    stream.write_all(body).await.map_err(|error| error.to_string())?;
    let mut answer = Vec::new();
    let read = stream.take(ANSWER_LIMIT_BYTES).read_to_end(&mut answer).await;
    parse(&answer).ok_or_else(|| read.map_or_else(|error| error.to_string(), |_| "no HTTP answer".to_owned()))
}

fn target(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

fn parse(answer: &[u8]) -> Option<Posted> {
    let text = String::from_utf8_lossy(answer);
    let (head, _) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let retry_after_s = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))
        .and_then(|(_, value)| value.trim().parse().ok());
    Some(Posted { status, retry_after_s })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_and_the_wait_are_read_from_the_head() {
        let posted = parse(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\n\r\nbody").unwrap();
        assert_eq!((posted.status, posted.retry_after_s), (503, Some(7)));
        assert!(parse(b"garbage").is_none());
    }

    #[tokio::test]
    async fn nothing_but_loopback_is_spoken_to() {
        for url in ["http://192.0.2.1/hook", "http://example.com/", "https://127.0.0.1/", "no url"] {
            assert!(post(url, &[], b"", Duration::from_secs(1)).await.is_err(), "{url}");
        }
    }
}
