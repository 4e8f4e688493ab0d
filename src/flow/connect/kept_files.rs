//! Files that are there whole or not at all, and the folder of secrets beside the settings.
//!
//! A secret stands in a file of its own, which the settings name as `file:PATH`. So every command finds it by the settings alone:
//! nothing has to be loaded before `heard serve`, and no child process and no listing of processes has it.

use std::{
    fs::{self, DirBuilder, Permissions},
    io::{ErrorKind, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, chown},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use crate::base::secret::Secret;

/// The folder of secrets, beside the settings.
const FOLDER: &str = "heard-secrets";
/// The rights of a file that says nothing secret, where there was none.
const PLAIN: u32 = 0o644;

/// Writes a file in place of the one that is there, which keeps its rights and its owner.
///
/// # Errors
/// It cannot be written. Then the old one is there as it was.
pub fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let before = fs::metadata(&path).ok();
    let mode = before.as_ref().map_or(PLAIN, |before| before.permissions().mode());
    put(&path, text, mode, before.as_ref())
}

fn put(path: &Path, text: &str, mode: u32, owned_as: Option<&fs::Metadata>) -> anyhow::Result<()> {
    let written = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder_of(path))?;
        file.write_all(text.as_bytes())?;
        if let Some(owner) = owned_as {
            // Only root may give files away. Whoever else runs this owns what they write.
            let _ = chown(file.path(), Some(owner.uid()), Some(owner.gid()));
        }
        file.as_file().set_permissions(Permissions::from_mode(mode))?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    written().with_context(|| format!("{} cannot be written", path.display()))
}

/// The folder of a file.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Why nothing can be kept beside these settings, if nothing can be: a read-only container, a folder of somebody else's, or a file that
/// is mounted by itself, so that what is written beside it goes with the container. A file is made, and is gone at once.
pub fn unwritable(settings: &Path) -> Option<String> {
    let real = fs::canonicalize(settings).unwrap_or_else(|_| settings.to_owned());
    let device = |path: &Path| fs::metadata(path).ok().map(|found| found.dev());
    if device(&real).is_some_and(|of_file| device(folder_of(&real)) != Some(of_file)) {
        return Some(format!("{} is mounted by itself", real.display()));
    }
    let beside = folder_of(settings);
    let secrets = beside.join(FOLDER);
    // Where the folder of secrets is not there yet, it is made beside the settings.
    let folders = [folder_of(&real), if secrets.exists() { secrets.as_path() } else { beside }];
    folders.into_iter().map(|folder| (folder, tempfile::NamedTempFile::new_in(folder))).find_map(|(folder, made)| {
        let error = made.err()?;
        Some(format!("nothing can be written into {}: {}", folder.display(), error.kind()))
    })
}

/// Refuses to go on where nothing can be kept beside these settings: what was made elsewhere by then would be there for nothing.
///
/// # Errors
/// Nothing can be.
pub fn must_be_writable(settings: &Path) -> anyhow::Result<()> {
    match unwritable(settings) {
        Some(why) => {
            bail!("{why}, and nothing was done: run it where the settings can be written, and as who owns them")
        }
        None => Ok(()),
    }
}

/// A secret, in a file of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFile {
    settings: PathBuf,
    name: String,
}

impl SecretFile {
    /// The file of this name, beside these settings.
    pub fn new(settings: &Path, name: &str) -> Self {
        Self { settings: settings.to_owned(), name: name.to_owned() }
    }

    /// Its path from the folder of the settings.
    pub fn path(&self) -> String {
        format!("{FOLDER}/{}", self.name)
    }

    /// As the settings name it.
    pub fn reference(&self) -> String {
        format!("file:{}", self.path())
    }

    /// The secret, if it is there.
    pub fn read(&self) -> Option<Secret> {
        let text = fs::read_to_string(folder_of(&self.settings).join(self.path())).ok()?;
        let text = text.trim();
        (!text.is_empty()).then(|| Secret::new(text))
    }

    /// Writes the secret so that only the owner of the settings reads it. The folder is kept out of Git.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, secret: &Secret) -> anyhow::Result<()> {
        let owner = fs::metadata(&self.settings).ok();
        let folder = folder_of(&self.settings).join(FOLDER);
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => {
                if let Some(owner) = &owner {
                    // As above.
                    let _ = chown(&folder, Some(owner.uid()), Some(owner.gid()));
                }
                put(&folder.join(".gitignore"), "*\n", PLAIN, owner.as_ref())?;
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("{} cannot be made", folder.display())),
        }
        put(&folder.join(&self.name), &format!("{}\n", secret.expose().trim_end()), 0o600, owner.as_ref())
    }

    /// Takes the file away. One that is not there is fine.
    ///
    /// # Errors
    /// It cannot be taken away.
    pub fn remove(&self) -> anyhow::Result<()> {
        let path = folder_of(&self.settings).join(self.path());
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("{} cannot be taken away", path.display()))
            }
            _ => Ok(()),
        }
    }
}
