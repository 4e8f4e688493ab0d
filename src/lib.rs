//! Heard.

pub mod base;
pub mod github;
pub mod cli;
pub mod grouping;
pub mod helpdesk;
pub mod model;
pub mod settings;
pub mod grouping;
pub mod wording;
pub mod practice;
pub mod store;
