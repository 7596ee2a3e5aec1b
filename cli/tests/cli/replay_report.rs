//! `tally replay --report`.

use crate::support::{SMALL, Tree, tally};
use serde_json::Value;
use std::fs;
use tempfile::TempDir;

fn dry<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["replay", "--dry-run"], &SMALL[..], more].concat()
}

#[test]
fn a_report_of_a_dry_run() {
    let folder = TempDir::new().unwrap();
    let report = folder.path().join("made").join("report");
    let place = report.to_str().unwrap();
    let text = tally(folder.path(), &dry(&["--report", place]))
        .succeeded()
        .stdout;
    for file in ["report.html", "report.json"] {
        let path = report.join(file);
        assert!(path.exists());
        assert!(text.contains(path.to_str().unwrap()), "{text}");
    }
    let page = fs::read_to_string(report.join("report.html")).unwrap();
    assert!(page.contains("<svg") && page.contains("HEG7"));
    assert!(page.contains("No proof was made"), "a dry run says so");
    let json: Value =
        serde_json::from_slice(&fs::read(report.join("report.json")).unwrap()).unwrap();
    assert_eq!(json["record"]["dry_run"], true);
    assert_eq!(json["record"]["day"], "2017-01-03");
    assert!(
        json["command"]
            .as_str()
            .unwrap()
            .starts_with("tally replay --dry-run")
    );
    assert!(!json["record"]["bands"].as_array().unwrap().is_empty());
}

/// With `--json` stdout is the document alone.
#[test]
fn json_and_a_report() {
    let folder = TempDir::new().unwrap();
    let report = folder.path().join("report");
    let ran = tally(
        folder.path(),
        &dry(&["--json", "--report", report.to_str().unwrap()]),
    );
    assert_eq!(ran.succeeded().json()["dry_run"], true);
    assert!(report.join("report.html").exists());
}

/// A report's place that is none is refused before anything is done.
#[test]
fn no_place_for_a_report() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "content").unwrap();
    let data = folder.path().join("data");
    let before = Tree::of(folder.path());
    for place in [file.clone(), file.join("below")] {
        let place = place.to_str().unwrap();
        let proved = [&["replay"], &SMALL[..], &["--report", place]].concat();
        for words in [dry(&["--report", place]), proved] {
            tally(&data, &words).refused(&["--report", place, "name another"]);
            assert_eq!(Tree::of(folder.path()), before, "{words:?}");
        }
    }
}
