//! What people decide, each button in one place: in the console, through the API, on the command line, and by a command
//! in an issue. G8, a person's decision beats the machine's, until a person takes it back.

pub mod accounts;
pub mod audit_log;
pub mod commands;
pub mod erase;
pub mod export;
pub mod exports;
pub mod issues;
pub mod likely_members;
pub mod links;
pub mod milestones;
pub mod opt_outs;
pub mod organizations;
pub mod pauses;
pub mod releases;
pub mod retry;
pub mod same_text;
pub mod sessions;
pub mod several;
pub mod times;
pub mod tokens;
mod told_once;
pub mod topics;
pub mod triage;
pub mod updates;
