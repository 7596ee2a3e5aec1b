//! `tally bench`: its words, its document, its report.

use crate::support::{Ran, Tree, data_with_keys, tally};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// What every report says of itself, of each statement, batch, prover and epoch.
const REPORT: [&str; 12] = [
    "machine",
    "commit",
    "command",
    "date",
    "profile",
    "quick",
    "statements",
    "batch_verify",
    "scaling",
    "peers",
    "epochs",
    "notes",
];
const STATEMENT: [&str; 17] = [
    "name",
    "constraints",
    "witnesses",
    "proving_key_bytes",
    "verifying_key_bytes",
    "table_bytes",
    "setup_ms",
    "load_ms",
    "first_prove_ms",
    "prove_ms_median",
    "prove_ms_p95",
    "prove_one_core_ms_median",
    "prove_ms",
    "prove_one_core_ms",
    "phases",
    "verify_ms",
    "verify_from_wire_ms",
];
const BATCH: [&str; 4] = [
    "size",
    "ms_per_proof",
    "ms_per_proof_from_wire",
    "ms_per_proof_one_bad",
];
const PEER: [&str; 6] = [
    "name",
    "statement",
    "prove_ms_median",
    "prove_ms_p10",
    "prove_ms_p90",
    "ratio_median",
];
const EPOCH: [&str; 8] = [
    "traders",
    "trader_ms",
    "refresh_ms",
    "share_ms",
    "key_generation_trader_ms",
    "node_ms",
    "key_generation_node_ms",
    "discrete_log_ms",
];

fn has_all(value: &Value, keys: &[&str]) {
    let fields = value.as_object().expect("an object");
    for key in keys {
        assert!(fields.contains_key(*key), "{key} missing in {value}");
    }
}

/// The rows of a list, each with all these fields, and the numbers among them above zero.
fn rows<'a>(report: &'a Value, list: &str, keys: &[&str]) -> &'a [Value] {
    let rows = report[list].as_array().expect("a list");
    for row in rows {
        has_all(row, keys);
        for (key, value) in row.as_object().unwrap() {
            let may_be_zero =
                ["table_bytes", "resident_mib", "public_inputs"].contains(&key.as_str());
            if let Some(number) = value.as_f64().filter(|_| !may_be_zero) {
                assert!(number > 0.0, "{key} in {row}");
            }
        }
    }
    rows
}

/// Checks that all went well; of the circumstances stderr may warn.
fn succeeded(ran: Ran) -> Ran {
    assert_eq!(ran.code, 0, "{ran:?}");
    let is_warning = |line: &str| line.starts_with("warning: ");
    assert!(ran.stderr.lines().all(is_warning), "{ran:?}");
    ran
}

#[test]
fn the_smallest_run_has_everything() {
    let data = data_with_keys();
    let folder = TempDir::new().unwrap();
    let report_folder = folder.path().join("a/report");
    let mut words = vec!["bench", "--quick", "--samples", "1", "--json", "--report"];
    words.push(report_folder.to_str().unwrap());
    if cfg!(feature = "peers") {
        words.push("--peers");
    }
    let ran = succeeded(tally(data.path(), &words));
    let report = ran.json();
    has_all(&report, &REPORT);
    assert_eq!(report["format"], 2);
    assert_eq!(report["quick"], true);
    has_all(
        &report["machine"],
        &["processor", "cores", "memory_mib", "system", "arithmetic"],
    );
    let command = report["command"].as_str().unwrap();
    assert!(
        command.starts_with("tally bench --quick --samples 1"),
        "{command}"
    );
    let notes = report["notes"].to_string();
    assert!(
        notes.contains("INSECURE") && notes.contains("trial"),
        "{notes}"
    );

    let statements = rows(&report, "statements", &STATEMENT);
    let names: Vec<&str> = statements
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["act", "refresh", "lapse"]);
    for statement in statements {
        let phases = statement["phases"].as_array().unwrap();
        assert!(phases.len() >= 4, "{statement}");
        assert_eq!(statement["prove_ms"].as_array().unwrap().len(), 1);
    }
    assert_eq!(rows(&report, "batch_verify", &BATCH).len(), 3);
    assert_eq!(
        rows(&report, "scaling", &["constraints", "prove_ms_median"]).len(),
        1
    );
    assert_eq!(rows(&report, "epochs", &EPOCH).len(), 1);
    let peers = rows(&report, "peers", &PEER);
    if cfg!(feature = "peers") {
        assert_eq!(peers.len(), 4);
        assert_eq!(
            (&peers[0]["name"], peers[0]["ratio_median"].as_f64()),
            (&"tally".into(), Some(1.0))
        );
    } else {
        assert!(peers.is_empty());
    }
    is_a_report(&report_folder, &report);
}

/// The folder has a page and the same document.
fn is_a_report(folder: &Path, printed: &Value) {
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(
        page.contains("<svg") && page.contains("tally bench"),
        "no page"
    );
    let json = fs::read(folder.join("report.json")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&json).unwrap(), *printed);
    let has_table = fs::read_dir(folder).unwrap().any(|entry| {
        let name = entry.unwrap().file_name();
        name.to_string_lossy().ends_with(".csv")
    });
    assert!(has_table);
}

#[test]
fn one_part_as_text() {
    let data = data_with_keys();
    let words = ["bench", "--quick", "--samples", "1", "--only", "batch"];
    let ran = succeeded(tally(data.path(), &words));
    for part in [
        "batches of Act proofs on one core",
        "from wire",
        "commit",
        "INSECURE",
    ] {
        assert!(
            ran.stdout.contains(part),
            "{part:?} missing in {}",
            ran.stdout
        );
    }
    for part in ["an epoch", "phases", "provers"] {
        assert!(
            !ran.stdout.contains(&format!("\n{part}")),
            "{part:?} in {}",
            ran.stdout
        );
    }
}

/// A call that is refused measures nothing and makes nothing.
fn refused(words: &[&str], parts: &[&str]) {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    tally(&data, &[&["bench"], words].concat()).refused(parts);
    assert!(!data.exists(), "{words:?} made {:?}", Tree::of(&data));
}

#[test]
fn words_that_make_no_sense() {
    for count in ["0", "-1", "many", "10001", ""] {
        refused(
            &["--samples", count],
            &["--samples", count, "from 1 to 10000"],
        );
    }
    refused(
        &["--only", "everything"],
        &["--only", "everything", "statements", "burden"],
    );
    refused(&["--report"], &["--report"]);
    refused(&["quickly"], &["quickly"]);
}

#[test]
fn a_report_needs_a_folder() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("mine");
    fs::write(&file, "mine").unwrap();
    for path in [file.clone(), file.join("below")] {
        let path = path.to_str().unwrap();
        refused(&["--report", path], &["--report", path, "folder"]);
    }
    assert_eq!(fs::read(&file).unwrap(), b"mine");
}

#[test]
fn without_the_feature_there_are_no_peers() {
    if cfg!(feature = "peers") {
        return;
    }
    for words in [&["--peers"][..], &["--only", "peers"]] {
        refused(words, &["--peers", "built without", "--features peers"]);
    }
}
