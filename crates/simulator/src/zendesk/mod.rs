//! A simulated helpdesk that speaks Zendesk's API, so that the adapter for Zendesk itself is exercised.
//!
//! People act through the methods of [`Zendesk`], the product through HTTP. Both change the same state, and every change
//! sends the webhooks that Zendesk would send, also for what the product did itself.
//! Shapes follow Zendesk's OpenAPI description of its Support API.

mod actions;
mod answers;
mod change;
mod comment;
mod drafts;
mod instance;
mod lists;
mod options;
mod organization;
mod people;
mod routes;
mod rules;
mod state;
mod ticket;
mod ticket_api;
mod trouble;
mod user;
mod webhook;
mod webhook_api;
mod webhooks;

pub use comment::TicketComment;
pub use drafts::{NewCustomer, NewTicket};
pub use instance::Zendesk;
pub use options::{WebhookMode, ZendeskOptions};
pub use ticket::Ticket;
