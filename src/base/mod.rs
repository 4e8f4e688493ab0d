//! The foundation: time, secrets, signatures, outgoing HTTP. Nothing here knows what Heard is for.

pub mod characters;
pub mod clock;
pub mod http;
pub mod json;
pub mod limits;
pub mod members;
pub mod metric;
pub mod mistake;
pub mod network;
pub mod password;
pub mod random;
pub mod secret;
pub mod signature;
pub mod telemetry;
pub mod unreached;
