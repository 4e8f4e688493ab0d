//! Which database it is, for people who look whether it is the right one, and why it cannot be opened.

use std::{
    path::{Path, absolute},
    str::FromStr as _,
};

use sqlx::postgres::PgConnectOptions;

use super::{StoreError, alone, connect::Engine, database::said};

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
                format!("PostgreSQL, {} at {}", options.get_database().unwrap_or("its default"), server(&options))
            });
            named.unwrap_or_else(|| "PostgreSQL".to_owned())
        }
        None => "a database of no known engine".to_owned(),
    }
}

/// Where the server is: its host and port, or its socket.
fn server(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

/// Where a database is named, for whoever has to look there.
#[derive(Clone, Copy, Debug)]
pub struct DatabasePlace<'p> {
    /// What people call the database: `the database`.
    pub what: &'p str,
    /// What names it: `the setting database`.
    pub by: &'p str,
    /// Its URL.
    pub url: &'p str,
}

/// Why a database cannot be opened, and what to do.
pub fn why_not_opened(place: DatabasePlace<'_>, error: &StoreError) -> String {
    let DatabasePlace { what, by, url } = place;
    let (file, postgres) = match Engine::of(url) {
        Some(Engine::Sqlite) => (alone::file(url).ok().flatten(), None),
        Some(Engine::Postgres) => (None, PgConnectOptions::from_str(url).ok()),
        None => (None, None),
    };
    let at = postgres.map(|options| format!(" at {}", server(&options))).unwrap_or_default();
    if error.is_out_of_reach() {
        return format!("{what}{at} does not answer; check that it runs, and what {by} says");
    }
    let why = match error {
        StoreError::Database(error) => said(error),
        other => other.to_string(),
    };
    let Some(file) = file else { return format!("{what}{at} cannot be opened: {why}; check what {by} says") };
    let file = absolute(&file).unwrap_or(file);
    match file.parent().filter(|folder| !folder.is_dir()) {
        Some(folder) => missing(what, by, folder),
        None => format!(
            "{what} {} cannot be opened: {why}; make the file and its folder writable for Heard, or check what {by} says",
            file.display()
        ),
    }
}

fn missing(what: &str, by: &str, folder: &Path) -> String {
    format!("{what} cannot be opened: there is no folder {}; make it, or check what {by} says", folder.display())
}
