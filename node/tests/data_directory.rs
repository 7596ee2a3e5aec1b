//! The data directory: ours or empty is taken, anything else is refused and left alone.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use tally_node::replay::{DataDirectory, ReplayError};

fn message(result: Result<impl std::fmt::Debug, ReplayError>) -> String {
    let error = result.unwrap_err();
    assert!(matches!(error, ReplayError::Directory { .. }), "{error:?}");
    error.to_string()
}

/// Both ways to open a folder refuse it, name it and say what to do.
fn refused(root: &Path, reason: &str) {
    for text in [
        message(DataDirectory::open(root)),
        message(DataDirectory::existing(root)),
    ] {
        assert!(text.contains(root.to_str().unwrap()), "{text}");
        assert!(text.contains(reason), "{text}");
        assert!(text.contains("choose"), "{text}");
    }
}

#[test]
fn new_and_empty_folders_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    for root in [folder.path().join("new/below"), folder.path().join("empty")] {
        assert!(DataDirectory::existing(&root).unwrap().is_none());
        assert!(!root.exists(), "a look makes nothing");
        if root.ends_with("empty") {
            fs::create_dir(&root).unwrap();
            assert!(DataDirectory::existing(&root).unwrap().is_none());
            assert_eq!(fs::read_dir(&root).unwrap().count(), 0);
        }
        let data = DataDirectory::open(&root).unwrap();
        assert_eq!(data.keys(), root.join("keys"));
        assert!(DataDirectory::existing(&root).unwrap().is_some());
        fs::write(root.join("more"), "content").unwrap();
        DataDirectory::open(&root).unwrap();
    }
}

#[test]
fn foreign_folders_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("letter.txt"), "not yours").unwrap();
    refused(folder.path(), "not made by tally");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn other_versions_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let marker = folder.path().join("tally-data");
    let long = "9".repeat(1 << 20);
    let texts: [&[u8]; 5] = [b"2\n", b"1", b"1\n1", &[0xff, 0xfe], long.as_bytes()];
    for text in texts {
        fs::write(&marker, text).unwrap();
        refused(folder.path(), "version");
        assert!(fs::read(&marker).unwrap() == text);
    }
    let text = message(DataDirectory::open(folder.path()));
    assert!(text.len() < 400, "a long marker is not quoted whole");
}

/// Killed between making the marker and writing it: the folder is as good as empty.
#[test]
fn empty_marker() {
    let folder = tempfile::tempdir().unwrap();
    let marker = folder.path().join("tally-data");
    fs::write(&marker, "").unwrap();
    assert!(DataDirectory::existing(folder.path()).unwrap().is_none());
    DataDirectory::open(folder.path()).unwrap();
    assert!(!fs::read(&marker).unwrap().is_empty());
}

#[test]
fn no_folder_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "content").unwrap();
    refused(&file, "");
    refused(&file.join("below"), "");
    assert_eq!(fs::read_to_string(&file).unwrap(), "content");
}
