//! Heard's doors: webhooks, the API, the console, and the customer's own page, over HTTP.
//!
//! Nothing here decides anything. A handler reads what it shows from the store, and writes only through [`crate::flow`];
//! the console's sessions are the one thing that is the web's own. Every page works without a script. Only the console has
//! one, in a file of its own: the content security policy allows neither inline scripts nor inline styles.
//!
//! Who may come in: a webhook by its signature (G9), the API by a bearer token, the console by a session that a password or the
//! admin token was exchanged for, and a customer by the link that was sent to them. What they may do then says their role: see
//! `may`. Everything else is answered 404.

pub mod api;
mod assets;
mod auth;
mod caller;
mod console;
mod customer_page;
mod download;
mod guard;
mod guesses;
mod hooks;
mod intake;
pub mod loopback;
mod may;
mod problem;
mod refusal;
mod server;
mod status;
mod ui;

pub use api::{openapi_json, openapi_yaml};
pub use server::{Web, serve, serve_metrics};
pub use status::Metrics;
