//! Heard.

pub mod base;
pub mod cli;
pub mod grouping;
pub mod helpdesk;
pub mod model;
pub mod settings;
pub mod store;
