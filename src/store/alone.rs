//! That one process alone serves a SQLite file. A second one would take what the first is doing for left behind by a dead process (see
//! `store/liveness.rs`), and do it once more.
//!
//! What keeps it away is a lock of the operating system on an empty file beside the database. It goes however the process ends, so a
//! file that is left behind keeps nobody away, and no process is looked for by its number, which says nothing in another container. The
//! database itself is not locked so: closing a second handle of it would let go of SQLite's own locks
//! (<https://www.sqlite.org/howtocorrupt.html>, 2.2). Nobody deletes the file, because somebody else may be opening it just then.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    str::FromStr as _,
};

use sqlx::sqlite::SqliteConnectOptions;

use super::{Engine, Result, StoreError};

/// The right to serve a SQLite file. It ends when this is dropped.
#[derive(Debug)]
pub struct Alone {
    locked: File,
}

impl Drop for Alone {
    /// Closing the file is not enough: a program that this process is just starting has it open, too, for a moment.
    fn drop(&mut self) {
        let _ = self.locked.unlock();
    }
}

/// Takes the right to serve a database, which exists already. `None` where nobody is kept away: several may serve one PostgreSQL, and
/// nobody else sees what is in memory. Where the file system knows no locks, as some of networks do not, the log says so.
///
/// # Errors
/// When another process has it, or the file beside the database cannot be opened.
pub fn begin(url: &str) -> Result<Option<Alone>> {
    let Some(database) = file(url)? else { return Ok(None) };
    if is_mounted_by_itself(&database) {
        tracing::warn!(
            "{} is mounted by itself, so what SQLite and Heard write beside it goes with the container, and a second Heard on this \
             database would not be noticed; mount its folder",
            database.display()
        );
    }
    let beside = beside(&database);
    let locked = open(&beside)
        .map_err(|error| StoreError::NoLock { path: beside.display().to_string(), why: error.to_string() })?;
    match locked.try_lock() {
        Ok(()) => Ok(Some(Alone { locked })),
        Err(TryLockError::WouldBlock) => Err(StoreError::Served(database.display().to_string())),
        Err(TryLockError::Error(error)) => {
            tracing::warn!(
                %error,
                "{} cannot be locked, so a second Heard on this database would not be noticed; keep it on a local disk",
                beside.display()
            );
            Ok(None)
        }
    }
}

/// The file of a SQLite database, under the one name that it has wherever it is linked from.
///
/// # Errors
/// The address cannot be read.
pub fn file(url: &str) -> Result<Option<PathBuf>> {
    if Engine::of(url) != Some(Engine::Sqlite) || url.contains(":memory:") || url.contains("mode=memory") {
        return Ok(None);
    }
    let options = SqliteConnectOptions::from_str(url)?;
    let named: &Path = options.get_filename();
    if named.as_os_str().is_empty() {
        return Ok(None);
    }
    Ok(Some(named.canonicalize().unwrap_or_else(|_| named.to_path_buf())))
}

/// Whether a file is on another device than its folder, as one that is mounted into a container by itself. What stands beside it there
/// is in the container's own layer.
#[cfg(unix)]
fn is_mounted_by_itself(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let device = |path: &Path| std::fs::metadata(path).ok().map(|found| found.dev());
    device(file).is_some_and(|of_file| file.parent().and_then(device).is_some_and(|of_folder| of_folder != of_file))
}

#[cfg(not(unix))]
fn is_mounted_by_itself(_: &Path) -> bool {
    false
}

/// `heard.db.lock` for `heard.db`.
fn beside(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    PathBuf::from(path)
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_has_the_right_and_a_file_that_was_left_behind_keeps_nobody_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heard.db");
        std::fs::write(&path, "").unwrap();
        let url = format!("sqlite:{}", path.display());
        let first = begin(&url).unwrap();
        assert!(first.is_some());
        let refused = begin(&url).unwrap_err();
        assert!(matches!(refused, StoreError::Served(_)), "{refused}");
        drop(first);
        assert!(beside(&path).exists());
        assert!(begin(&url).unwrap().is_some());
    }

    #[test]
    fn where_several_may_serve_or_nobody_else_can_there_is_nothing_to_lock() {
        for url in ["postgres://heard@127.0.0.1/heard", "sqlite::memory:", "sqlite:heard.db?mode=memory"] {
            assert!(begin(url).unwrap().is_none(), "{url}");
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_said() {
        let refused = begin("sqlite:/nowhere-at-all/heard.db").unwrap_err();
        assert!(
            matches!(&refused, StoreError::NoLock { path, .. } if path == "/nowhere-at-all/heard.db.lock"),
            "{refused}"
        );
    }
}
