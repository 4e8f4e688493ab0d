//! A helpdesk without a name on loopback: it sends what a test says and keeps what Heard writes.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, http::StatusCode, web};
use serde_json::{Value, json};

/// What Heard wrote there.
#[derive(Clone, Debug)]
pub struct Written {
    /// `replies`, `notes` or `openings`.
    pub kind: String,
    /// In which ticket.
    pub ticket: String,
    /// The request's body.
    pub body: Value,
}

#[derive(Debug, Default)]
struct State {
    written: Vec<Written>,
    reads: Value,
    answer: Option<u16>,
}

/// The helpdesk; it runs until the tests end.
#[derive(Clone)]
pub struct Desk {
    /// Its address.
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Desk {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async {
                let app = move || {
                    let [writing, reading, listing] = [(); 3].map(|()| Arc::clone(&shared));
                    let writes = move |request: HttpRequest, body: web::Json<Value>| {
                        let answer = write(&writing, &request, body.into_inner());
                        async move { answer }
                    };
                    let reads = move || {
                        let answer = HttpResponse::Ok().json(&reading.lock().unwrap().reads);
                        async move { answer }
                    };
                    let lists = move |path: web::Path<(String, String)>| {
                        let answer = HttpResponse::Ok().json(&listing.lock().unwrap().reads[&path.1]);
                        async move { answer }
                    };
                    let me = async || HttpResponse::Ok().json(json!({"id": "99", "name": "Heard"}));
                    App::new()
                        .route("/me", web::get().to(me))
                        .route("/tickets/{ticket}/{kind}", web::post().to(writes))
                        .route("/tickets/{ticket}/{kind}", web::get().to(lists))
                        .route("/tickets/{ticket}", web::get().to(reads))
                };
                let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap();
                server.run().await.unwrap();
            });
        });
        Self { url, state }
    }

    /// Whoever reads a ticket from now on gets this, and whoever reads a list of it what this has under the list's name.
    pub fn shows(&self, ticket: Value) {
        self.state.lock().unwrap().reads = ticket;
    }

    /// It takes what is written, and answers with this status from now on.
    pub fn answers(&self, status: Option<u16>) {
        self.state.lock().unwrap().answer = status;
    }

    /// The replies that were written so far, and where.
    pub fn replies(&self) -> Vec<Written> {
        self.written("replies")
    }

    /// The notes that were written so far, and where.
    pub fn notes(&self) -> Vec<Written> {
        self.written("notes")
    }

    /// How often tickets were opened again.
    pub fn openings(&self) -> Vec<Written> {
        self.written("openings")
    }

    /// How much was written before the reply in a ticket.
    pub fn written_before_the_reply_in(&self, ticket: &str) -> usize {
        let state = self.state.lock().unwrap();
        state.written.iter().position(|one| one.kind == "replies" && one.ticket == ticket).expect("it has a reply")
    }

    fn written(&self, kind: &str) -> Vec<Written> {
        self.state.lock().unwrap().written.iter().filter(|one| one.kind == kind).cloned().collect()
    }
}

fn write(state: &Mutex<State>, request: &HttpRequest, body: Value) -> HttpResponse {
    let mut state = state.lock().unwrap();
    let part = |name: &str| request.match_info().get(name).unwrap().to_owned();
    state.written.push(Written { kind: part("kind"), ticket: part("ticket"), body });
    let id = format!("w{}", state.written.len());
    match state.answer {
        Some(status) => HttpResponse::build(StatusCode::from_u16(status).unwrap()).json(json!({"error": "as told"})),
        None => HttpResponse::Created().json(json!({ "id": id })),
    }
}
