//! Files and folders that don't fit: an error that names the place and the remedy, and nothing is changed.

use crate::kill::killed_at;
use crate::support::{SMALL, Tree, data_with_keys, tally};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn small_replay() -> Vec<&'static str> {
    [&["replay"], &SMALL[..]].concat()
}

/// Refused by every command that looks into the data directory, which stays as it is.
fn refused_everywhere(data: &Path, around: &Path, parts: &[&str]) {
    let before = Tree::of(around);
    let path = data.to_str().unwrap();
    for words in [
        small_replay(),
        vec!["keys"],
        vec!["keys", "--make"],
        vec!["keys", "--json"],
        vec!["epoch"],
        vec!["epoch", "--json"],
    ] {
        tally(data, &words).refused(&[&[path], parts].concat());
        assert_eq!(Tree::of(around), before, "{words:?}");
    }
}

#[test]
fn folder_of_somebody_else() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("letter.txt"), "not yours").unwrap();
    fs::create_dir(folder.path().join("keys")).unwrap();
    let parts = [
        "data directory",
        "not made by tally",
        "choose an empty or new folder",
    ];
    refused_everywhere(folder.path(), folder.path(), &parts);
}

#[test]
fn folder_of_another_version() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("tally-data"), "17\n").unwrap();
    let parts = ["data directory", "version \"17\"", "choose another folder"];
    refused_everywhere(folder.path(), folder.path(), &parts);
}

/// Below a regular file nobody can make a folder, whatever his rights.
#[test]
fn folder_that_cannot_be_made() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "content").unwrap();
    let parts = ["data directory", "choose a folder that you may write to"];
    refused_everywhere(&file.join("below"), folder.path(), &parts);
    refused_everywhere(&file, folder.path(), &parts);
}

/// `--data-dir` goes before the environment.
#[test]
fn option_before_environment() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "content").unwrap();
    let words = ["keys", "--data-dir", file.to_str().unwrap()];
    tally(folder.path(), &words).refused(&[file.to_str().unwrap()]);
}

#[test]
fn damaged_keys() {
    let data = data_with_keys();
    let sound = Tree::of(data.path());
    for (statement, ending) in [
        ("/act-", ".pk"),
        ("/refresh-", ".vk"),
        ("/lapse-", "manifest.json"),
    ] {
        let file = sound.file_in(statement, ending);
        let whole = fs::read(&file).unwrap();
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        let mut longer = whole.clone();
        longer.push(0);
        for bytes in [&flipped[..], &whole[..whole.len() / 2], &[], &longer] {
            fs::write(&file, bytes).unwrap();
            let before = Tree::of(data.path());
            let name = file.parent().unwrap().to_str().unwrap();
            tally(data.path(), &small_replay()).refused(&[name, "damaged", "delete"]);
            assert_eq!(Tree::of(data.path()), before);
        }
        fs::remove_file(&file).unwrap();
        tally(data.path(), &small_replay()).refused(&["missing", "delete"]);
        fs::write(&file, &whole).unwrap();
    }
    assert_eq!(Tree::of(data.path()), sound);
}

/// What `tally keys` can't read it names.
#[test]
fn keys_that_are_none() {
    let data = data_with_keys();
    fs::write(data.path().join("keys/letter.txt"), "no keys").unwrap();
    let before = Tree::of(data.path());
    tally(data.path(), &["keys"]).refused(&["letter.txt", "not a set of keys", "move it out"]);
    tally(data.path(), &["keys", "--json"]).refused(&["letter.txt"]);
    assert_eq!(Tree::of(data.path()), before);
}

/// A replay that was begun and whose ledger was damaged since.
#[test]
fn damaged_ledger() {
    let data = data_with_keys();
    assert!(killed_at(data.path(), 1).is_none());
    let file = Tree::of(data.path()).file("ledger.redb");
    let whole = fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    // Inside the header of the file.
    flipped[1] ^= 0xff;
    for bytes in [
        &flipped[..],
        &whole[..whole.len() / 2],
        &whole[..10],
        b"no ledger",
        &[],
    ] {
        fs::write(&file, bytes).unwrap();
        let parts = ["ledger", "damaged", "start a new ledger"];
        let ran = tally(data.path(), &small_replay()).refused(&parts);
        assert!(!ran.stderr.contains("panicked"), "{ran:?}");
    }
}
