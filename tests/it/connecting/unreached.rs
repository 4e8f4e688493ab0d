//! `heard check` where the other side cannot be reached: it says why, so that nobody has to guess between DNS, TLS, a proxy and a
//! firewall.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
};

use super::{Office, no_secret, text};

/// Somebody who reads a little of each connection and answers the same.
fn answering(words: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let Ok(mut connection) = connection else { return };
            // All of it: what is left unread makes the end of the connection a break, and the answer is lost.
            let mut heard = vec![0; 16_384];
            if connection.read(&mut heard).is_ok_and(|count| count > 0) {
                // Whoever hangs up early has seen enough.
                let _ = connection.write_all(words.as_bytes());
            }
        }
    });
    address
}

impl Office {
    /// What `heard check` says where the helpdesk and GitHub are at these addresses.
    fn checked_at(&self, helpdesk: &str, github: &str, proxy: Option<&str>) -> String {
        let settings = format!(
            "public_url = \"{}\"\n[grouping]\nmodel = \"none\"\n[github]\napi_url = \"{github}\"\ntoken = \"env:TOKEN\"\n\
             [[repositories]]\nname = \"acme/product\"\ndefault = true\n\
             [[connections]]\nname = \"acme\"\nhelpdesk = \"zendesk\"\nurl = \"{helpdesk}\"\nuser = \"heard@acme.test\"\n\
             token = \"env:TOKEN\"\nwebhook_secret = \"env:SECRET\"\n",
            self.url
        );
        fs::write(self.path("heard.toml"), settings).unwrap();
        let mut command = self.heard(&["check"]);
        command.env("TOKEN", "zendesk-token").env("SECRET", "zendesk-webhook-secret");
        if let Some(proxy) = proxy {
            command.env("HTTPS_PROXY", format!("http://{proxy}"));
        }
        let output = command.output().unwrap();
        let shown = text(&output.stdout);
        no_secret(&shown);
        assert_eq!(output.status.code(), Some(1), "{shown}{}", text(&output.stderr));
        shown
    }
}

/// The lines about one thing.
fn about<'a>(shown: &'a str, what: &str) -> Vec<&'a str> {
    shown.lines().filter(|line| line.starts_with(&format!("WRONG  {what}: "))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_reached_is_said_with_its_cause() {
    let office = Office::new();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let no_tls = answering("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    // A label of more than 63 letters is no name, so nobody outside is asked for it.
    let no_name = format!("http://{}.test", "a".repeat(64));
    let cases = [
        (format!("https://{nobody}"), "the connection was refused"),
        (format!("https://{no_tls}"), "what answers there does not speak TLS"),
        (no_name, "DNS knows no address for that name"),
    ];
    for (url, cause) in cases {
        let shown = office.checked_at(&url, &url, None);
        for what in ["github", "connection acme"] {
            let lines = about(&shown, what);
            assert!(lines.iter().any(|line| line.contains(cause)), "{what} at {url}: {shown}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_in_the_way_is_named() {
    let office = Office::new();
    let asks = answering("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    let refuses = answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let github = format!("https://{nobody}");
    for (proxy, cause) in [
        (&asks, "the proxy wants a password"),
        (&refuses, "the proxy did not let it through"),
        (&nobody, "the proxy itself could not be reached"),
    ] {
        let shown = office.checked_at("https://acme.zendesk.test", &github, Some(proxy));
        let lines = about(&shown, "connection acme");
        assert!(lines.iter().any(|line| line.contains(cause)), "{shown}");
    }
}
