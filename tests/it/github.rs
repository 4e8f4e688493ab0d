//! The GitHub client against a server that answers as GitHub does, rightly and wrongly, over real HTTP.

mod fixes;
mod signing_in;
mod writing;

use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev::ServerHandle, http::StatusCode, web};
use heard::{
    base::{http::Origin, secret::Secret},
    github::{Credentials, Github, NewIssue, SignIn},
    model::issue::Repository,
};
use serde_json::{Value, json};

/// A throw-away key, made for this test and used nowhere else.
const APP_KEY: &str = include_str!("github/app.pem");

/// One request as it arrived.
#[derive(Clone, Debug)]
struct Seen {
    method: String,
    /// Path and query.
    path: String,
    authorization: String,
}

type Answer = (u16, Vec<(&'static str, String)>, Value);

/// A server that answers by a function of the request, and remembers every request.
struct Double {
    url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    handle: ServerHandle,
}

impl Double {
    fn start(answer: impl Fn(&Seen, &str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (answer, remembered, base) = (Arc::new(answer), seen.clone(), url.clone());
        let server = HttpServer::new(move || {
            let (answer, remembered, base) = (answer.clone(), remembered.clone(), base.clone());
            App::new().default_service(web::to(move |request: HttpRequest| {
                let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
                let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
                let authorization = header("authorization").unwrap_or_default().to_owned();
                let one = Seen { method: request.method().to_string(), path, authorization };
                remembered.lock().unwrap().push(one.clone());
                let (status, headers, body) = answer(&one, &base);
                let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap());
                for (name, value) in headers {
                    response.insert_header((name, value));
                }
                let response = response.json(body);
                async move { response }
            }))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { url, seen, handle }
    }

    fn token(&self) -> Github {
        client(&self.url, SignIn::Token(Secret::new("tok")))
    }

    fn app(&self) -> Github {
        client(&self.url, SignIn::App { id: 12345, private_key: Secret::new(APP_KEY) })
    }

    /// The requests of this method whose path begins so.
    fn seen(&self, method: &str, path: &str) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|seen| seen.method == method && seen.path.starts_with(path)).cloned().collect()
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

fn client(url: &str, kind: SignIn) -> Github {
    Github::new(Credentials { api_url: Origin::parse(url).unwrap(), kind }).unwrap()
}

fn product() -> Repository {
    Repository::parse("acme/product").unwrap()
}

fn new_issue() -> NewIssue {
    NewIssue { title: "Export fails".into(), body: "3 customers".into(), labels: vec!["heard".into()] }
}

fn issue(number: i64, body: &str) -> Value {
    json!({
        "id": 70 + number, "node_id": "I_7", "number": number, "title": "Export fails", "body": body, "state": "open",
        "html_url": format!("https://github.test/acme/product/issues/{number}"), "user": null, "labels": [{"name": "bug"}],
        "created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-01T10:00:00Z", "a_field_of_next_year": {"x": 1},
    })
}

fn ok(body: Value) -> Answer {
    (200, Vec::new(), body)
}

fn missing() -> Answer {
    (404, Vec::new(), json!({ "message": "Not Found" }))
}

/// What every GitHub App needs before it can do anything.
fn signing_in(seen: &Seen, token: &str) -> Option<Answer> {
    if seen.path.ends_with("/installation") {
        return Some(ok(json!({ "id": 100, "account": null, "permissions": { "issues": "write" } })));
    }
    let minting = seen.path == "/app/installations/100/access_tokens";
    minting
        .then(|| (201, Vec::new(), json!({ "token": token, "permissions": {}, "expires_at": "2099-01-01T00:00:00Z" })))
}
