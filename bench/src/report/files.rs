//! Files of a report: each is replaced in one step, none is ever half there.

use super::error::ReportError;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A file of a report before it is written.
pub(super) struct File {
    /// Its name within the folder.
    pub(super) name: String,
    /// What is in it.
    pub(super) bytes: Vec<u8>,
}

impl File {
    /// A file.
    pub(super) fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.into(),
        }
    }
}

/// Writes the files in order and returns where they are. The folder is made if it is not there; other files in it are
/// left alone.
///
/// # Errors
/// [`ReportError`] if the folder is a file, or a folder or file can't be written.
pub(super) fn write_all(dir: &Path, files: &[File]) -> Result<Vec<PathBuf>, ReportError> {
    make_folder(dir)?;
    files.iter().map(|file| write(dir, file)).collect()
}

fn make_folder(dir: &Path) -> Result<(), ReportError> {
    let not_a_folder = || ReportError::NotAFolder {
        path: dir.to_owned(),
    };
    if dir.exists() && !dir.is_dir() {
        return Err(not_a_folder());
    }
    fs::create_dir_all(dir).map_err(|source| match source.kind() {
        ErrorKind::AlreadyExists => not_a_folder(),
        _ => ReportError::Folder {
            path: dir.to_owned(),
            source,
        },
    })
}

fn write(dir: &Path, file: &File) -> Result<PathBuf, ReportError> {
    let path = dir.join(&file.name);
    match replace(dir, &path, &file.bytes) {
        Ok(()) => Ok(path),
        Err(source) => Err(ReportError::Write { path, source }),
    }
}

/// Writes under a name of its own and renames: a reader sees the old file or the new one.
fn replace(dir: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tally-report-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any other new file: for whom the user's mask allows it, a report being no secret.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let name = |entry: std::io::Result<fs::DirEntry>| {
            entry.unwrap().file_name().into_string().unwrap()
        };
        let mut names: Vec<String> = fs::read_dir(dir).unwrap().map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn files_are_replaced_and_others_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("a/b");
        let paths = write_all(&folder, &[File::new("x.csv", "1"), File::new("y.csv", "2")]);
        assert_eq!(paths.unwrap(), [folder.join("x.csv"), folder.join("y.csv")]);
        fs::write(folder.join("own.txt"), "mine").unwrap();
        write_all(&folder, &[File::new("x.csv", "3")]).unwrap();
        assert_eq!(fs::read(folder.join("x.csv")).unwrap(), b"3");
        assert_eq!(fs::read(folder.join("own.txt")).unwrap(), b"mine");
        assert_eq!(names(&folder), ["own.txt", "x.csv", "y.csv"]);
    }

    #[test]
    fn a_reader_of_the_old_file_keeps_it() {
        use std::io::Read;
        let dir = tempfile::tempdir().unwrap();
        write_all(dir.path(), &[File::new("x", "old")]).unwrap();
        let mut reader = fs::File::open(dir.path().join("x")).unwrap();
        write_all(dir.path(), &[File::new("x", "new")]).unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "old");
    }

    #[test]
    fn a_file_is_no_folder() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "mine").unwrap();
        for path in [file.clone(), file.join("below")] {
            let error = write_all(&path, &[File::new("x", "1")]).unwrap_err();
            let text = error.to_string();
            assert!(text.contains("file"), "{text}");
        }
        assert!(matches!(
            write_all(&file, &[]),
            Err(ReportError::NotAFolder { .. })
        ));
        assert_eq!(fs::read(&file).unwrap(), b"mine");
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("x")).unwrap();
        let error = write_all(dir.path(), &[File::new("x", "1")]).unwrap_err();
        assert!(matches!(error, ReportError::Write { .. }), "{error}");
        assert_eq!(names(dir.path()), ["x"]);
    }
}
