//! An embeddings endpoint on loopback, as the service that `OpenAI` describes, which fails as told.

use std::{
    collections::VecDeque,
    net::TcpListener,
    sync::{Arc, Mutex},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::{Value, json};

/// How it answers once, other than well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    /// With this status, and `Retry-After: 0`.
    Status(u16),
    /// With one embedding too few.
    OneTooFew,
    /// With something else.
    Nonsense,
}

/// What it was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub key: Option<String>,
    pub model: String,
    pub texts: Vec<String>,
}

#[derive(Debug, Default)]
struct State {
    next: VecDeque<Answer>,
    always: Option<Answer>,
    dimensions: usize,
    asked: Vec<Asked>,
}

/// The stand-in; it runs until the tests end.
#[derive(Clone)]
pub struct Endpoint {
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Endpoint {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1/embeddings", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State { dimensions: 16, ..State::default() }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async {
                let app = move || {
                    let state = Arc::clone(&shared);
                    let answers = move |request: HttpRequest, body: web::Json<Value>| {
                        let answer = answer(&state, &request, &body);
                        async move { answer }
                    };
                    App::new().route("/v1/embeddings", web::post().to(answers))
                };
                let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap();
                server.run().await.unwrap();
            });
        });
        Self { url, state }
    }

    /// Its next answers; the ones after them are well again.
    pub fn answers(&self, next: &[Answer]) {
        self.state.lock().unwrap().next.extend(next);
    }

    /// All its answers from now on; `None` is well again.
    pub fn always(&self, answer: Option<Answer>) {
        self.state.lock().unwrap().always = answer;
    }

    /// Vectors are as long as this from now on.
    pub fn dimensions(&self, dimensions: usize) {
        self.state.lock().unwrap().dimensions = dimensions;
    }

    /// Everything it was asked so far, and forgets it.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.state.lock().unwrap().asked)
    }
}

fn answer(state: &Mutex<State>, request: &HttpRequest, body: &Value) -> HttpResponse {
    let mut state = state.lock().unwrap();
    let texts: Vec<String> = serde_json::from_value(body["input"].clone()).unwrap();
    let key = request.headers().get("authorization").map(|key| key.to_str().unwrap().to_owned());
    state.asked.push(Asked { key, model: body["model"].as_str().unwrap().to_owned(), texts: texts.clone() });
    let how = state.next.pop_front().or(state.always);
    if let Some(Answer::Status(status)) = how {
        let status = actix_web::http::StatusCode::from_u16(status).unwrap();
        return HttpResponse::build(status).insert_header(("retry-after", "0")).json(json!({ "error": "as told" }));
    }
    if how == Some(Answer::Nonsense) {
        return HttpResponse::Ok().body("<html>");
    }
    let dimensions = state.dimensions;
    let mut rows: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| json!({ "object": "embedding", "index": index, "embedding": embedding(text, dimensions) }))
        .collect();
    // In another order than asked: whoever reads must go by the index.
    rows.reverse();
    if how == Some(Answer::OneTooFew) {
        rows.pop();
    }
    HttpResponse::Ok().json(json!({ "object": "list", "data": rows, "model": "another-name" }))
}

/// A vector in which each word has a dimension.
pub fn embedding(text: &str, dimensions: usize) -> Vec<f32> {
    let mut vector = vec![0.1; dimensions];
    for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        vector[word.bytes().map(usize::from).sum::<usize>() % dimensions] += 1.0;
    }
    vector
}
