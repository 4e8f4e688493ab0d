//! The console: how support, product and engineering look at what customers asked for, and act on it.
//!
//! Pages are plain HTML with forms. After an action the reader is back where they were, and the page says what was done.
//! One script (`assets/web/console.js`) adds keys, and lists that follow what is typed; everything works without it.

mod account;
mod acts;
mod all_of_topic;
mod asked;
mod audit;
mod board;
mod columns;
mod connect;
mod connect_github;
mod connect_zendesk;
mod delivery;
mod entry;
mod exports;
mod first_steps;
mod health;
mod invitation;
mod login;
mod pauses;
mod people;
mod question;
mod reasons;
mod recipients;
mod refused;
mod review;
mod same_text;
mod search;
mod sending;
mod several;
pub(super) mod shell;
mod sign_on;
mod ticket;
mod tickets;
mod times;
mod topic;
mod track;
mod triage;
mod updates;
mod written_for;

use actix_web::{
    http::header,
    middleware::{DefaultHeaders, from_fn},
    web,
};

use super::{auth, guard};

/// Everything at `/`. The pages that need no session come first.
pub fn routes(config: &mut web::ServiceConfig) {
    config.configure(login::routes).configure(sign_on::routes).configure(invitation::routes).service(
        web::scope("")
            .configure(board::routes)
            .configure(topic::routes)
            .configure(recipients::routes)
            .configure(review::routes)
            .configure(search::routes)
            .configure(ticket::routes)
            .configure(tickets::routes)
            .configure(exports::routes)
            .configure(triage::routes)
            .configure(updates::routes)
            .configure(all_of_topic::routes)
            .configure(same_text::routes)
            .configure(times::routes)
            .configure(health::routes)
            .configure(delivery::routes)
            .configure(pauses::routes)
            .configure(several::routes)
            .configure(acts::routes)
            .configure(account::routes)
            .configure(people::routes)
            .configure(connect::routes)
            .configure(connect_zendesk::routes)
            .configure(connect_github::routes)
            .configure(audit::routes)
            .default_service(web::to(shell::nowhere))
            .wrap(DefaultHeaders::new().add((header::CONTENT_SECURITY_POLICY, guard::CONSOLE_POLICY)))
            .wrap(from_fn(auth::require_session)),
    );
}
