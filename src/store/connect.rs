//! Opens the database: from a URL in the settings to pools with our limits, migrated.

use std::{path::Path, str::FromStr, time::Duration};

use sqlx::{
    Connection as _,
    migrate::MigrateError,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Database, Result, StoreError};

/// Which engine a database URL names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// `sqlite:PATH`
    Sqlite,
    /// `postgres://...`
    Postgres,
}

impl Engine {
    /// Reads the engine from the URL. `None` if it is neither.
    pub fn of(url: &str) -> Option<Self> {
        if url.starts_with("sqlite:") {
            Some(Self::Sqlite)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Some(Self::Postgres)
        } else {
            None
        }
    }
}

/// Less than the time in which a delivery must be stored (G1, a 2xx means kept).
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// Connections to PostgreSQL for each process.
const POSTGRES_CONNECTIONS: u32 = 16;
/// Those of a process that few ask, such as the demo: what is prepared on each is prepared less often.
const FEW_POSTGRES_CONNECTIONS: u32 = 10;
/// How many statements each connection keeps prepared. Taking over and grouping a ticket alone has some 140: with the library's 100,
/// each of them would be forgotten just before it is needed again, and be prepared anew for every ticket.
const STATEMENTS_KEPT: usize = 400;
/// Readers on SQLite.
const SQLITE_READERS: u32 = 4;

impl Database {
    /// Opens the database. It migrates nothing: see [`migrate`].
    ///
    /// # Errors
    /// When the URL is not understood or the database cannot be reached.
    pub async fn open(url: &str) -> Result<Self> {
        Self::open_with(url, POSTGRES_CONNECTIONS).await
    }

    /// The same for a process that few ask.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub async fn open_for_few(url: &str) -> Result<Self> {
        Self::open_with(url, FEW_POSTGRES_CONNECTIONS).await
    }

    async fn open_with(url: &str, connections: u32) -> Result<Self> {
        match Engine::of(url) {
            Some(Engine::Sqlite) => open_sqlite(url).await,
            Some(Engine::Postgres) => {
                let options = PgConnectOptions::from_str(url)?
                    .application_name("heard")
                    .statement_cache_capacity(STATEMENTS_KEPT);
                let pool = PgPoolOptions::new()
                    .max_connections(connections)
                    .acquire_timeout(ACQUIRE_TIMEOUT)
                    // PostgreSQL notices at each start that tables which are looked for are there already: no line of the log.
                    .after_connect(|connection, _| {
                        Box::pin(async move {
                            sqlx::query("SET client_min_messages = warning").execute(connection).await.map(|_| ())
                        })
                    })
                    .connect_with(options)
                    .await?;
                Ok(Self::Postgres(pool))
            }
            None => Err(StoreError::Corrupt("a database is sqlite:PATH or postgres://USER@HOST/NAME".to_owned())),
        }
    }
}

/// Makes the database's file readable by its owner only, whether it is new or was there: it holds customers' words and keys of
/// ours. SQLite gives new files beside it the same rights. If it cannot be created, opening it says why.
#[cfg(unix)]
fn keep_private(file: &Path) {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    let _ = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    for beside in ["", "-wal", "-shm"] {
        let mut path = file.as_os_str().to_owned();
        path.push(beside);
        let Ok(found) = std::fs::metadata(&path) else { continue };
        let (mode, own) = (found.permissions().mode(), found.permissions().mode() & 0o7700);
        if mode & 0o7777 == own {
            continue;
        }
        match std::fs::set_permissions(&path, std::fs::Permissions::from_mode(own)) {
            Ok(()) => tracing::warn!("Others could read {}; from now on only its owner can", path.display()),
            Err(error) => tracing::warn!(%error, "Others can read {}; take the right from them", path.display()),
        }
    }
}

#[cfg(not(unix))]
fn keep_private(_: &Path) {}

async fn open_sqlite(url: &str) -> Result<Database> {
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5))
        .foreign_keys(true)
        .pragma("cache_size", "-4096")
        // What is deleted is overwritten, so whoever was forgotten does not stand in free pages of the file or of a copy of it.
        .pragma("secure_delete", "ON")
        .statement_cache_capacity(STATEMENTS_KEPT)
        .optimize_on_close(true, 400);
    if !options.get_filename().as_os_str().is_empty() && !url.contains(":memory:") {
        keep_private(options.get_filename());
    }
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // It is tested as it is given back, and nothing comes between: to ask once more would be another errand to its thread, each time.
        .test_before_acquire(false)
        // Where the disk is full, SQLite takes the transaction back by itself, and sqlx goes on counting it: nothing could begin on
        // that connection any more (transact-rs/sqlx#3932). So it is given up for a new one.
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        .connect_with(options.clone())
        .await?;
    let read = SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .connect_lazy_with(options.read_only(true));
    Ok(Database::Sqlite { write, read })
}

/// Migrates the tables to this version, River's first and then ours. Safe to run from several processes.
///
/// # Errors
/// When the database refuses or was migrated by a newer version.
pub async fn migrate(database: &Database) -> Result<()> {
    let refused = |error: MigrateError| match error {
        MigrateError::VersionMissing(version) => StoreError::Newer(version),
        MigrateError::VersionMismatch(version) => StoreError::OfAnotherBuild(version),
        other => StoreError::Database(sqlx::Error::Migrate(Box::new(other))),
    };
    match database {
        Database::Sqlite { write, .. } => {
            riverqueue::migrate::SqliteMigrator::new(write.clone())
                .migrate_up()
                .await
                .map_err(|error| StoreError::Corrupt(format!("the queue's tables could not be made: {error}")))?;
            sqlx::migrate!("migrations/sqlite").run(write).await.map_err(refused)
        }
        Database::Postgres(pool) => {
            riverqueue::migrate::PostgresMigrator::new(pool.clone())
                .migrate_up()
                .await
                .map_err(|error| StoreError::Corrupt(format!("the queue's tables could not be made: {error}")))?;
            sqlx::migrate!("migrations/postgres").run(pool).await.map_err(refused)
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, sqlite::SqliteConnection};

    #[tokio::test]
    async fn sqlite_is_built_as_cargos_settings_say() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let options: Vec<String> =
            sqlx::query_scalar("PRAGMA compile_options").fetch_all(&mut connection).await.unwrap();
        let has = |option: &str| options.iter().any(|one| one == option);
        // Cargo gives its settings to the compiler, too.
        let settings: Vec<&str> = option_env!("LIBSQLITE3_FLAGS").unwrap_or_default().split(' ').collect();
        for set in settings.iter().filter_map(|setting| setting.strip_prefix("-DSQLITE_")) {
            assert!(has(set), "{set}: {options:?}");
        }
        assert!(settings.len() > 1, "they are read");
        assert!(!has("ENABLE_MEMORY_MANAGEMENT"), "{options:?}");
    }
}
