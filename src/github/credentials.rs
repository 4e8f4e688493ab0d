//! As whom Heard acts on GitHub, and where.

use crate::base::{http::Origin, secret::Secret};

/// As whom we act, and where.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// `https://api.github.com`, or `https://HOST/api/v3` of an Enterprise Server.
    pub api_url: Origin,
    /// As whom.
    pub kind: SignIn,
}

/// The two ways of signing in.
#[derive(Clone, Debug)]
pub enum SignIn {
    /// A personal access token.
    Token(Secret),
    /// A GitHub App: its installation is looked up by repository.
    App {
        /// The App's numeric id.
        id: u64,
        /// Its private key, RSA in PEM form.
        private_key: Secret,
    },
}
