//! Heard.

pub mod base;
pub mod github;
pub mod helpdesk;
pub mod model;
pub mod store;
pub mod settings;
pub mod grouping;
pub mod wording;
pub mod practice;
