//! Heard closes the loop between customers and the people who build a product.
//!
//! The way of one complaint is the best way in: [`flow`] holds its steps in order, one file each. What every layer may
//! know of the others is written in ARCHITECTURE.md and checked by `tests/it/tidy.rs`.

pub mod base;
pub mod cli;
pub mod flow;
pub mod helpdesk;
pub mod model;
pub mod settings;
pub mod shipping;
pub mod store;
pub mod tracker;
pub mod web;
pub mod wording;
