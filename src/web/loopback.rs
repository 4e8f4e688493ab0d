//! A page for one person, on this machine and nowhere else: a button that sends a form to another site, and the answer to the browser
//! that comes back from there.
//!
//! Its path is drawn by lot and stands in the terminal alone, so that nobody else on the machine gets the form. Whoever comes back has
//! to bring the state that the form gave away. Other names than this machine's are refused, so that no site can read the page through a
//! name of its own that leads here.

use std::{net::TcpListener, sync::Arc, time::Duration};

use actix_web::{
    App as Actix, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::{Method, header},
    web,
};
use askama::Template;
use serde::Deserialize;
use tokio::sync::{mpsc, oneshot};

use super::{assets, ui};
use crate::base::signature;

/// Where the browser comes back to.
const BACK: &str = "/back";
/// How long a browser may take to read the last page once the command goes on.
const LAST_PAGE: Duration = Duration::from_secs(2);

/// What the page shows and sends.
#[derive(Clone, Debug)]
pub struct LoopbackForm {
    /// Its heading.
    pub heading: String,
    /// What is going to happen, a paragraph each.
    pub sentences: Vec<String>,
    /// The origin that the form goes to, for the browser to hold the page to.
    pub site: String,
    /// The address that the form goes to.
    pub action: String,
    /// The one field: its name and its value.
    pub field: (&'static str, String),
    /// What the button says.
    pub button: String,
    /// What the browser has to bring back.
    pub state: String,
    /// The path of the page, without the slash before it.
    pub path: String,
}

/// What is shown to a browser that came back.
#[derive(Clone, Debug, Default)]
pub struct LoopbackAnswer {
    /// Its heading.
    pub heading: String,
    /// What happened, a paragraph each.
    pub sentences: Vec<String>,
    /// Where to go on: the words, and the address.
    pub next: Option<(String, String)>,
}

/// A browser that came back with the right state.
pub struct CameBack {
    /// What it brought.
    pub code: String,
    /// Where its answer goes.
    pub answer: oneshot::Sender<LoopbackAnswer>,
}

/// The running page.
pub struct LoopbackPage {
    came_back: mpsc::Receiver<CameBack>,
    handle: ServerHandle,
}

struct Served {
    form: LoopbackForm,
    /// The names of this machine at this port.
    hosts: [String; 2],
    came_back: mpsc::Sender<CameBack>,
}

#[derive(Deserialize)]
struct BackQuery {
    code: Option<String>,
    state: Option<String>,
}

#[derive(Template)]
#[template(path = "public/loopback.html")]
struct ShownLoopback<'p> {
    heading: &'p str,
    sentences: &'p [String],
    form: Option<&'p LoopbackForm>,
    next: Option<&'p (String, String)>,
}

impl LoopbackPage {
    /// The address that the other site sends the browser back to.
    pub fn back(address: &str) -> String {
        format!("{address}{BACK}")
    }

    /// Serves the page on a listener of this machine.
    ///
    /// # Errors
    /// The listener cannot be used.
    pub fn start(form: LoopbackForm, listener: TcpListener) -> std::io::Result<Self> {
        let at = listener.local_addr()?;
        let hosts = [at.to_string(), format!("localhost:{}", at.port())];
        let (sender, came_back) = mpsc::channel(1);
        let served = Arc::new(Served { form, hosts, came_back: sender });
        let server = HttpServer::new(move || {
            Actix::new()
                .app_data(web::Data::from(Arc::clone(&served)))
                .configure(assets::routes)
                .default_service(web::to(answer))
        });
        let server = server.workers(1).disable_signals().shutdown_timeout(LAST_PAGE.as_secs()).listen(listener)?.run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self { came_back, handle })
    }

    /// The next browser that comes back.
    pub async fn next(&mut self) -> Option<CameBack> {
        self.came_back.recv().await
    }

    /// Ends once the last browser has its page.
    pub async fn close(self) {
        self.handle.stop(true).await;
    }
}

async fn answer(request: HttpRequest, served: web::Data<Served>) -> HttpResponse {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !served.hosts.iter().any(|one| one == host) {
        return plain(HttpResponse::MisdirectedRequest(), "This page is for this machine only.");
    }
    let form = &served.form;
    let asked = request.path().trim_start_matches('/');
    match (request.method(), request.path()) {
        (&Method::GET, _) if signature::same(asked.as_bytes(), form.path.as_bytes()) => {
            let page =
                ShownLoopback { heading: &form.heading, sentences: &form.sentences, form: Some(form), next: None };
            held_to(&form.site, ui::page(&page))
        }
        (&Method::GET, BACK) => {
            let query = web::Query::<BackQuery>::from_query(request.query_string());
            let (code, state) = query.map(|query| (query.0.code, query.0.state)).unwrap_or_default();
            let state = state.unwrap_or_default();
            let code = code.filter(|code| !code.is_empty());
            match code.filter(|_| signature::same(state.as_bytes(), served.form.state.as_bytes())) {
                Some(code) => come_back(&served, code).await,
                None => {
                    plain(HttpResponse::BadRequest(), "This is not the answer to what this page asked. Begin again.")
                }
            }
        }
        _ => plain(HttpResponse::NotFound(), "There is nothing here."),
    }
}

async fn come_back(served: &Served, code: String) -> HttpResponse {
    let (sender, receiver) = oneshot::channel();
    let sent = served.came_back.send(CameBack { code, answer: sender }).await.is_ok();
    let shown = if sent { receiver.await.ok() } else { None };
    let shown = shown.unwrap_or_else(|| LoopbackAnswer {
        heading: "Look into the terminal".to_owned(),
        sentences: vec!["The command has ended, and says there what came of it.".to_owned()],
        next: None,
    });
    let page =
        ShownLoopback { heading: &shown.heading, sentences: &shown.sentences, form: None, next: shown.next.as_ref() };
    held_to("'none'", ui::page(&page))
}

fn plain(mut response: actix_web::HttpResponseBuilder, sentence: &'static str) -> HttpResponse {
    held_to("'none'", response.content_type("text/plain; charset=utf-8").body(sentence))
}

/// Lets a page send its form to one site only, and load nothing but our own styles.
fn held_to(site: &str, mut response: HttpResponse) -> HttpResponse {
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action {site}; base-uri 'none'; frame-ancestors 'none'"
    );
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy.as_str()),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        if let Ok(value) = header::HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    response
}
