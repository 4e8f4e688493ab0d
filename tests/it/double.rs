//! A server that answers by a function of the request: it stands in for a tracker, rightly and wrongly, over real HTTP.

use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev::ServerHandle, http::StatusCode, web};
use serde_json::{Value, json};

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    /// Path and query.
    pub path: String,
    pub authorization: String,
}

/// Status, headers and body.
pub type Answer = (u16, Vec<(&'static str, String)>, Value);

/// A server that answers by a function of the request, and remembers every request.
pub struct Double {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    handle: ServerHandle,
}

impl Double {
    pub fn start(answer: impl Fn(&Seen, &str) -> Answer + Send + Sync + 'static) -> Self {
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

    /// The requests of this method whose path begins so.
    pub fn seen(&self, method: &str, path: &str) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|seen| seen.method == method && seen.path.starts_with(path)).cloned().collect()
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// Success.
pub fn ok(body: Value) -> Answer {
    (200, Vec::new(), body)
}

/// There is no such thing.
pub fn missing() -> Answer {
    (404, Vec::new(), json!({ "message": "Not Found" }))
}
