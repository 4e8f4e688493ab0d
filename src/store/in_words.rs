//! Which database it is, for people who look whether it is the right one.

use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;

use super::{alone, connect::Engine};

/// Which database a URL names, for people: its engine and where it is, without who signs in to it.
pub fn in_words(url: &str) -> String {
    match Engine::of(url) {
        Some(Engine::Sqlite) => {
            let file = alone::file(url).ok().flatten();
            file.map_or_else(|| "SQLite in memory".to_owned(), |file| format!("SQLite, {}", file.display()))
        }
        Some(Engine::Postgres) => {
            let options = PgConnectOptions::from_str(url).ok();
            let named = options.map(|options| {
                format!("PostgreSQL, {} at {}", options.get_database().unwrap_or("its default"), options.get_host())
            });
            named.unwrap_or_else(|| "PostgreSQL".to_owned())
        }
        None => "a database of no known engine".to_owned(),
    }
}
