//! The nouns of Heard and their rules. No input or output happens here.

mod words;

pub mod api_token;
pub mod attempt;
pub mod audit;
pub mod command;
pub mod commit;
pub mod connection;
pub mod currency;
pub mod customer;
pub mod decision;
pub mod delivery;
pub mod fix;
pub mod id;
pub mod impact;
pub mod issue;
pub mod key;
pub mod milestone;
pub mod outbox;
pub mod pause;
pub mod person;
pub mod progress;
pub mod ranking;
pub mod recipient;
pub mod refusal;
pub mod release;
pub mod reopening;
pub mod role;
pub mod score;
pub mod search;
pub mod spike;
pub mod standing;
pub mod ticket;
pub mod tie;
pub mod topic;
pub mod tracker;
pub mod update;
