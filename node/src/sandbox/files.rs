//! Files of a sandbox's folder.

use super::error::SandboxError;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Longest file that is read whole, bytes.
const MOST_BYTES: u64 = 1 << 20;

/// Makes an error of what the system says about a file.
pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> SandboxError + use<> {
    let path = path.to_owned();
    move |source| SandboxError::Io {
        path: path.clone(),
        source,
    }
}

/// A small file; none if it is not there.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, SandboxError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(MOST_BYTES)
        .read_to_end(&mut bytes)
        .map_err(at(path))?;
    Ok(Some(bytes))
}

/// Writes a file that only its owner may read, completely or not at all.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), SandboxError> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".new");
    let unfinished = PathBuf::from(unfinished);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished).map_err(at(&unfinished))?;
    file.write_all(bytes).map_err(at(&unfinished))?;
    file.sync_all().map_err(at(&unfinished))?;
    fs::rename(&unfinished, path).map_err(at(path))
}

/// Puts all files of a folder into another that does not exist yet: as links where the system can, else as copies.
pub(super) fn link_folder(from: &Path, to: &Path) -> Result<(), SandboxError> {
    let name = to.file_name().unwrap_or_default();
    let mut hidden = std::ffi::OsString::from(".taking-");
    hidden.push(name);
    let unfinished = to.with_file_name(hidden);
    if unfinished.exists() {
        // Left by a start that was killed.
        fs::remove_dir_all(&unfinished).map_err(at(&unfinished))?;
    }
    fs::create_dir_all(&unfinished).map_err(at(&unfinished))?;
    for entry in fs::read_dir(from).map_err(at(from))? {
        let entry = entry.map_err(at(from))?;
        let (source, target) = (entry.path(), unfinished.join(entry.file_name()));
        if !entry.file_type().map_err(at(&source))?.is_file() {
            continue;
        }
        if fs::hard_link(&source, &target).is_err() {
            fs::copy(&source, &target).map_err(at(&target))?;
        }
    }
    fs::rename(&unfinished, to).map_err(at(to))
}
