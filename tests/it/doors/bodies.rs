//! Bodies that come slowly, never, too large or packed: they end by themselves, and nobody else waits for them. The full
//! measurement is `cargo bench --bench crowded`.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use super::zendesk;
use crate::{
    databases,
    world::{ADMIN, World},
};

/// Sends the head of a request and the beginning of its body, and holds the connection.
fn half_sent(world: &World, head: &str, begun: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(world.url().trim_start_matches("http://")).unwrap();
    write!(stream, "{head}\r\nhost: heard\r\n\r\n").unwrap();
    stream.write_all(begun).unwrap();
    stream
}

/// What is answered until the server closes the connection, and when that was.
fn until_closed(mut stream: TcpStream) -> (String, Duration) {
    let begun = Instant::now();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut answer = Vec::new();
    let ended = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let reset = |error: &std::io::Error| error.kind() == std::io::ErrorKind::ConnectionReset;
    assert!(ended.as_ref().is_ok() || ended.as_ref().is_err_and(reset), "it was never closed: {ended:?} {answer}");
    (answer, begun.elapsed())
}

/// An hour of a body costs the sender nothing, and us a connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_never_ends_is_ended() {
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let heads = [
        "POST /hooks/acme HTTP/1.1\r\ncontent-length: 1000000",
        "POST /hooks/acme HTTP/1.1\r\ntransfer-encoding: chunked",
        "POST /hooks/github HTTP/1.1\r\ncontent-length: 1000000",
        "POST /hooks/github HTTP/1.1\r\nx-hub-signature-256: sha256=00\r\ncontent-length: 1000000",
        "POST /login HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 9000",
        "POST /c/nobody HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 9000",
    ];
    let waiting = heads.map(|head| {
        let begun: &[u8] = if head.contains("chunked") { b"5\r\nhello\r\n" } else { b"token=x" };
        let stream = half_sent(&world, head, begun);
        std::thread::spawn(move || (head, until_closed(stream)))
    });
    for waiting in waiting {
        let (head, (answer, took)) = waiting.join().unwrap();
        assert!(answer.starts_with("HTTP/1.1 503 "), "{head}: {answer}");
        assert!(answer.to_lowercase().contains("retry-after: "), "{head}: {answer}");
        assert!(took < Duration::from_secs(8), "{head} took {took:?}");
    }
}

/// One byte a second is no way to stay for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_trickles_has_no_more_time() {
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let stream = half_sent(&world, "POST /hooks/acme HTTP/1.1\r\ncontent-length: 1000", b"{");
    let mut trickling = stream.try_clone().unwrap();
    std::thread::spawn(move || {
        while trickling.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    let (answer, took) = until_closed(stream);
    assert!(answer.starts_with("HTTP/1.1 503 ") || answer.is_empty(), "{answer}");
    assert!(took < Duration::from_secs(8), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_deliveries_are_taken_whatever_is_half_sent() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let head = "POST /hooks/acme HTTP/1.1\r\ncontent-length: 100000";
        // More at once than are waited for.
        let held: Vec<TcpStream> = (0..1_500).map(|_| half_sent(&world, head, b"{")).collect();
        let (now, mut slowest) = (world.clock.now(), Duration::ZERO);
        for nth in 0..50 {
            let body = format!(r#"{{"heard":1,"ticket_id":"{nth}"}}"#);
            let begun = Instant::now();
            let signed = zendesk(world.helpdesks_secret(), now, &body);
            assert_eq!(world.knocks("/hooks/acme", &signed, &body).await, 202);
            slowest = slowest.max(begun.elapsed());
        }
        assert!(slowest < Duration::from_secs(2), "{slowest:?}");
        let ended = held.into_iter().next_back().map(until_closed);
        assert!(ended.is_some_and(|(_, took)| took < Duration::from_secs(8)), "the newest end first");
    })
    .await;
}

/// The body need not be there with the head to be taken.
#[tokio::test(flavor = "multi_thread")]
async fn a_signed_body_may_come_in_pieces() {
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let (now, body) = (world.clock.now(), r#"{"heard":1,"ticket_id":"1"}"#);
    let signed = zendesk(world.helpdesks_secret(), now, body);
    let headers: Vec<String> = signed.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let head = format!(
        "POST /hooks/acme HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n{}",
        body.len(),
        headers.join("\r\n")
    );
    let (first, second) = body.as_bytes().split_at(9);
    let mut stream = half_sent(&world, &head, first);
    tokio::time::sleep(Duration::from_millis(300)).await;
    stream.write_all(second).unwrap();
    let (answer, _) = until_closed(stream);
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
}

/// Whoever looks whether a body says something holds no more of it than of one that is read.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_nobody_reads_is_not_gathered_without_end() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        for address in ["POST /api/v1/updates/0197a000-0000-7000-8000-000000000000/cancel", "GET /api/v1/updates"] {
            let head = format!("{address} HTTP/1.1\r\nauthorization: Bearer {ADMIN}\r\ncontent-length: 1000000000");
            let (answer, took) = until_closed(half_sent(&world, &head, b"  "));
            assert!(answer.starts_with("HTTP/1.1 400 "), "{address}: {answer}");
            assert!(took < Duration::from_secs(3), "{address} was waited for: {took:?}");
        }
    })
    .await;
}

/// 14 kB of gzip unpack to 15 MB, before anybody knows who sent them.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_unpacked_for_anybody() {
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    for encoding in ["gzip", "deflate", "br", "zstd", "identity, gzip", "GZIP", "x-unheard-of"] {
        for (path, kind) in [
            ("/login", "application/x-www-form-urlencoded"),
            ("/c/nobody", "application/x-www-form-urlencoded"),
            ("/api/v1/releases", "application/json"),
            ("/hooks/acme", "application/json"),
            ("/hooks/github", "application/json"),
        ] {
            let request = world.anonymous().post(format!("{}{path}", world.url())).header("content-type", kind);
            let answer = request.header("content-encoding", encoding).body("\x1f").send().await.unwrap();
            assert_eq!(answer.status(), 415, "{encoding} at {path}");
            assert_eq!(answer.headers()["x-content-type-options"], "nosniff", "{encoding} at {path}");
        }
    }
    let nowhere = world.anonymous().post(format!("{}/hooks/nobody", world.url())).header("content-encoding", "gzip");
    assert_eq!(nowhere.body("x").send().await.unwrap().status(), 404, "a door that is none says so first");
}
