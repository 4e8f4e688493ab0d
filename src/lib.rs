//! Heard.

pub mod base;
pub mod helpdesk;
pub mod model;
pub mod store;
pub mod settings;
pub mod grouping;
