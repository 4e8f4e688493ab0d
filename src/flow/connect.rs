//! Connecting a helpdesk or GitHub: makes there what Heard needs, and writes it into the settings. `heard connect` and the console's
//! pages ask for the same steps: what is there is looked at first, what will be done is shown, and nothing is done before somebody
//! agrees.
//!
//! The order of what is done is such that whatever was done when it ended in the middle is found by the next run. Errors are
//! sentences for whoever administers Heard; none of them has a secret in it.

mod account;
mod admin_token;
pub mod by_page;
pub mod copied;
pub mod fields;
pub mod github;
pub mod given;
pub mod held;
pub mod kept_files;
pub mod overview;
pub mod settings_file;
pub mod shown;
pub mod trying;
pub mod zendesk;
