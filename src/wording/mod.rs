//! Every word that a person outside will read, and what is taken out of text before it leaves.
//!
//! A customer's update ([`update`]) and their own page ([`page`]), an agent's internal note ([`note`]), an engineer's
//! issue ([`issue`]). Around them: one short quotation of what somebody wrote ([`quote`]), dates as people say them,
//! the operators' templates ([`templates`]), and redaction ([`redact`]).
//!
//! Everything here is a function of its arguments and of the texts in `templates/`: no clock, no network. Only the `shipped`
//! texts say that something is fixed or out, because only they are given a version (G5, truthful "shipped").

pub mod alike;
pub mod audit;
pub mod bounce;
pub mod doubt;
pub mod html;
pub mod issue;
pub mod language;
pub mod masked;
pub mod named;
pub mod note;
pub mod page;
pub mod page_key;
pub mod permit;
pub mod quote;
pub mod reason;
pub mod redact;
pub mod refusal;
pub mod reply;
pub mod spike;
pub mod templates;
pub mod together;
pub mod tongue;
pub mod undelivered;
pub mod update;
pub mod version;

mod blocks;
mod dates;
mod files;
mod pattern;
mod phrases;
mod text;
