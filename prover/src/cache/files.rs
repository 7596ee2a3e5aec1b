//! Reading with a bound, writing durably.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use super::UNFINISHED;

use super::error::{CacheError, Damage, damaged, io};

/// Whether there is anything under this name.
pub(super) fn exists(path: &Path) -> Result<bool, CacheError> {
    path.try_exists().map_err(|e| io("look at", path, e))
}

/// The whole file, refused if it has more than `limit` bytes.
pub(super) fn read_bounded(path: &Path, limit: usize) -> Result<Vec<u8>, CacheError> {
    let file = File::open(path).map_err(|e| match e.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            damaged(path.to_path_buf(), Damage::Missing)
        }
        _ => io("open", path, e),
    })?;
    // Room for the whole file at once, and for the byte that would be too many.
    let length = file.metadata().map_err(|e| io("look at", path, e))?.len();
    let room = usize::try_from(length).unwrap_or(limit).min(limit);
    let mut bytes = Vec::with_capacity(room.saturating_add(1));
    file.take((limit as u64).saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|e| io("read", path, e))?;
    if bytes.len() > limit {
        return Err(damaged(path.to_path_buf(), Damage::TooLong { limit }));
    }
    Ok(bytes)
}

/// Writes a new file and waits until it is on the disk.
pub(super) fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), CacheError> {
    let write = || {
        let mut file = File::create_new(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|e| io("write", path, e))
}

/// Writes a file so that it appears whole or not at all, in place of what had its name.
pub(super) fn write_whole(path: &Path, parts: &[&[u8]]) -> Result<(), CacheError> {
    let write = || {
        let directory = path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempfile_in(directory)?;
        for part in parts {
            file.write_all(part)?;
        }
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|e| io("write", path, e))
}

/// Waits until the names in a directory are on the disk.
pub(super) fn sync_directory(path: &Path) -> Result<(), CacheError> {
    // Elsewhere directories can't be opened as files, and renames are journalled.
    if cfg!(unix) {
        File::open(path)
            .and_then(|directory| directory.sync_all())
            .map_err(|e| io("sync", path, e))?;
    }
    Ok(())
}

/// The names in a directory that don't begin with a dot, in order. Names that are not Unicode are
/// shown with replacement characters: they are never ours.
pub(super) fn visible_names(directory: &Path) -> Result<Vec<String>, CacheError> {
    let mut names = names(directory)?;
    names.retain(|name| !name.starts_with('.'));
    names.sort_unstable();
    Ok(names)
}

/// Removes the files and directories whose names begin with `prefix`.
pub(super) fn remove_prefixed(directory: &Path, prefix: &str) -> Result<(), CacheError> {
    for name in names(directory)? {
        if name.starts_with(prefix) {
            let path = directory.join(name);
            let removed = if path.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            match removed {
                // Somebody else was quicker.
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                other => other.map_err(|e| io("remove", &path, e))?,
            }
        }
    }
    Ok(())
}

fn names(directory: &Path) -> Result<Vec<String>, CacheError> {
    fs::read_dir(directory)
        .and_then(|entries| {
            entries
                .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                .collect()
        })
        .map_err(|e| io("list", directory, e))
}
