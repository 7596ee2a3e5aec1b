//! The reports that a reader opens: well-formed, escaped, complete, the same each time.

#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test may fail; sample data are small"
)]

mod markup;
mod samples;

use markup::Document;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tally_bench::report::{ReportError, write_bench, write_replay};
use tally_bench::results::BenchReport;
use tally_node::replay::{ReplayRecord, ReplayReport};

const BENCH_CSVS: [&str; 9] = [
    "proof_time.csv",
    "phases.csv",
    "scaling.csv",
    "peers.csv",
    "batch_verify.csv",
    "epoch_trader.csv",
    "epoch_node.csv",
    "burden.csv",
    "bands.csv",
];
const REPLAY_CSVS: [&str; 7] = [
    "price.csv",
    "price_marks.csv",
    "price_bands.csv",
    "price_epochs.csv",
    "depth.csv",
    "queue.csv",
    "classes.csv",
];

fn names(paths: &[PathBuf]) -> Vec<&str> {
    paths
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap())
        .collect()
}

fn read(dir: &Path, name: &str) -> String {
    std::fs::read_to_string(dir.join(name)).unwrap()
}

/// The page of a benchmark, checked to be well-formed.
fn bench_page(report: &BenchReport) -> (String, Document) {
    let dir = tempfile::tempdir().unwrap();
    write_bench(dir.path(), report).unwrap();
    let html = read(dir.path(), "report.html");
    let document = Document::read(&html);
    (html, document)
}

fn replay_page(report: &ReplayReport, record: &ReplayRecord) -> (String, Document) {
    let dir = tempfile::tempdir().unwrap();
    write_replay(dir.path(), &samples::provenance(), report, record).unwrap();
    let html = read(dir.path(), "report.html");
    let document = Document::read(&html);
    (html, document)
}

/// What must be true of every page.
fn check_page(html: &str, document: &Document, svgs: usize) {
    let count = |name: &str| document.elements.iter().filter(|e| *e == name).count();
    assert_eq!(count("svg"), svgs);
    assert_eq!(count("script") + count("link") + count("img"), 0);
    assert!(html.contains("name=\"viewport\""));
    // Nothing is fetched: no address but those of the SVG and XHTML name spaces.
    assert!(!html.contains("url(") && !html.contains("@import"));
    let schemes = html.matches("http").count();
    let name_spaces = html.matches("http://www.w3.org/").count();
    assert_eq!(schemes, name_spaces);
    let ids: Vec<&str> = document
        .attributes
        .iter()
        .filter(|(_, key, _)| key == "id")
        .map(|(_, _, value)| value.as_str())
        .collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len());
    for (element, key, value) in &document.attributes {
        if element == "svg" {
            assert!(key != "width" && key != "height", "a drawing has no size");
            for id in value.split(' ').filter(|_| key == "aria-labelledby") {
                assert!(ids.contains(&id), "{id}");
            }
        }
        if key == "href" {
            assert!(value.ends_with(".csv"), "{value}");
        }
        if element == "text" && key == "font-size" {
            // Of a drawing 2,080 wide on a phone whose page leaves it 336 pixels this is 11.
            assert!(value.parse::<f64>().unwrap() >= 67.9, "{value}");
        }
    }
    // Each figure names machine, command, date and commit.
    assert_eq!(count("figure"), html.matches("class=\"how\"").count());
    for figure in html.split("<figure ").skip(1) {
        for part in [
            "Sample processor &lt;x86&gt; &amp; &quot;friends&quot;",
            "tally bench --peers --report out",
            "2025-11-20",
            "0123456789ab",
        ] {
            assert!(figure.contains(part), "{part}");
        }
    }
    for wrong in ["NaN", "inf ", "null"] {
        assert!(!document.text.contains(wrong), "{wrong}");
    }
}

#[test]
fn a_benchmark_in_full() {
    // Left there for whoever wants to look at it.
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sample-bench");
    let report = samples::bench();
    let paths = write_bench(&dir, &report).unwrap();
    assert_eq!(names(&paths)[..9], BENCH_CSVS);
    assert_eq!(names(&paths)[9..], ["report.json", "report.html"]);
    let html = read(&dir, "report.html");
    check_page(&html, &Document::read(&html), 9);
    for text in ["79.8 ms", "5.04 ×", "INSECURE", "5,312", "1,234 MiB"] {
        assert!(html.contains(text), "{text}");
    }
    assert!(html.contains("&lt;nothing&gt; here was measured"));
    let json = read(&dir, "report.json");
    assert!(json == serde_json::to_string_pretty(&report).unwrap());
    // Numbers come back to the last digit or the one before: `serde_json` reads them fast by default.
    let again: BenchReport = serde_json::from_str(&json).unwrap();
    assert_eq!(again.provenance, report.provenance);
    assert_eq!(again.statements.len(), report.statements.len());
}

#[test]
fn every_csv_has_its_header_and_rows() {
    let dir = tempfile::tempdir().unwrap();
    let report = samples::bench();
    write_bench(dir.path(), &report).unwrap();
    let expected = [60 + 30 + 30 + 3 * 10, 18, 6 + 3, 6, 11, 6, 6, 62, 27];
    for (name, rows) in BENCH_CSVS.iter().zip(expected) {
        check_csv(&read(dir.path(), name), rows);
    }
    let first = read(dir.path(), "proof_time.csv");
    let mut lines = first.lines();
    assert_eq!(lines.next(), Some("statement,cores,proof,prove_ms"));
    let value = format!("act,2,1,{}", report.statements[0].prove_ms[0]);
    assert_eq!(lines.next(), Some(&*value));
    let record = samples::record();
    write_replay(
        dir.path(),
        &samples::provenance(),
        &samples::replay(),
        &record,
    )
    .unwrap();
    let expected = [record.trades.len(), record.marks.len(), 3, 3, 560, 1_500, 4];
    for (name, rows) in REPLAY_CSVS.iter().zip(expected) {
        check_csv(&read(dir.path(), name), rows);
    }
    assert!(read(dir.path(), "price_bands.csv").contains("66.475"));
}

fn check_csv(csv: &str, rows: usize) {
    let mut lines = csv.lines();
    let header = lines.next().unwrap();
    assert!(!header.contains('"') && header.contains(','));
    let columns = header.split(',').count();
    let mut count = 0;
    for line in lines {
        assert_eq!(line.split(',').count(), columns, "{line}");
        count += 1;
    }
    assert_eq!(count, rows, "{header}");
}

#[test]
fn a_replayed_day_in_full() {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sample-replay");
    let record = samples::record();
    let paths = write_replay(&dir, &samples::provenance(), &samples::replay(), &record).unwrap();
    assert_eq!(names(&paths)[..7], REPLAY_CSVS);
    let html = read(&dir, "report.html");
    check_page(&html, &Document::read(&html), 4);
    let verdict = html.find("provable in real time").unwrap();
    assert!(
        verdict < html.find("<h2>").unwrap(),
        "the verdict is on top"
    );
    for text in [
        "✓ This market",
        "12.4",
        "3.25",
        "1.63 h",
        "122,000 proofs",
        "INSECURE",
        "&lt;angle&gt;",
    ] {
        assert!(html.contains(text), "{text}");
    }
    let json: serde_json::Value = serde_json::from_str(&read(&dir, "report.json")).unwrap();
    assert_eq!(json["machine"]["cores"], 2);
    assert_eq!(json["report"]["messages"], 2_000);
    let again: ReplayRecord = serde_json::from_value(json["record"].clone()).unwrap();
    assert!(again.bands == record.bands && again.trades == record.trades);
}

#[test]
fn a_market_that_is_not_provable_says_so() {
    let mut record = samples::record();
    record.verdict.provable_in_real_time = false;
    record.verdict.sentence = "This market is not provable in real time on this machine.".into();
    let (html, _) = replay_page(&samples::replay(), &record);
    assert!(html.contains("✗ This market is not provable"));
    // Resumed, with all proofs found on the ledger: nothing was measured, which is no verdict.
    record.verdict.proofs_per_second = 0.0;
    let (html, _) = replay_page(&samples::replay(), &record);
    assert!(html.contains("– This market is not provable"));
    let mut replay = samples::replay();
    replay.checks.cash_conserved = false;
    let (html, _) = replay_page(&replay, &record);
    assert!(html.contains("Not all checks"));
    assert!(html.contains("✗ does NOT hold"));
}

#[test]
fn nothing_measured_is_said() {
    let (html, document) = bench_page(&samples::empty_bench());
    check_page(&html, &document, 0);
    assert_eq!(html.matches("class=\"empty\"").count(), 9);
    assert!(html.contains("--peers does it") && html.contains("A shortened run"));
    let (html, document) = replay_page(&samples::replay(), &samples::empty_record());
    check_page(&html, &document, 0);
    assert!(html.contains("– No proof was made"));
    assert!(!html.contains("proofs a second, made"));
}

#[test]
fn one_sample_of_everything_is_drawn() {
    let mut report = samples::bench();
    report.statements.truncate(1);
    report.statements[0].prove_ms.truncate(1);
    report.statements[0].phases.truncate(1);
    report.batch_verify.truncate(1);
    report.scaling.truncate(1);
    report.peers.truncate(1);
    report.epochs.truncate(1);
    report.bands.truncate(1);
    report.burden.as_mut().unwrap().days.truncate(1);
    let (html, document) = bench_page(&report);
    check_page(&html, &document, 9);
    let mut record = samples::record();
    record.trades.truncate(1);
    record.marks.truncate(1);
    record.depth.truncate(1);
    record.queue.truncate(1);
    record.classes.truncate(1);
    let (html, document) = replay_page(&samples::replay(), &record);
    check_page(&html, &document, 4);
}

#[test]
fn extreme_values_are_drawn_within_the_page() {
    for value in [0.0, 1e9, -1.0, 1e300, f64::MIN_POSITIVE, f64::NAN] {
        let mut report = samples::bench();
        for statement in &mut report.statements {
            statement.prove_ms_median = value;
            statement.prove_ms[0] = value;
            statement.phases[0].ms_median = value;
        }
        report.batch_verify[3].ms_per_proof = value;
        report.scaling[1].prove_ms_median = value;
        report.scaling[0].constraints = 0;
        report.peers[1].prove_ms_median = value;
        report.epochs[2].node_ms = value;
        report.burden.as_mut().unwrap().days[5].tally_s = value;
        report.bands[0].margin_cents = i64::MAX;
        report.bands[0].intraday_epochs = u32::MAX;
        report.bands[1].half_width = 0;
        let (html, document) = bench_page(&report);
        assert_eq!(html.matches("<svg").count(), 9);
        check_places(&document);
        let mut record = samples::record();
        record.queue[3].delay_ms = value;
        record.queue[4].waiting = u64::MAX;
        record.depth[0].bid_depth = u64::MAX;
        record.depth[1].best_ask = Some(i64::MAX);
        record.trades[0].price = i64::MIN;
        record.marks[0].at_us = i64::MIN;
        record.bands[0].from_us = i64::MAX;
        record.classes[0].most_s = value;
        record.classes[1].traders = u32::MAX;
        let (html, document) = replay_page(&samples::replay(), &record);
        assert_eq!(html.matches("<svg").count(), 4);
        check_places(&document);
    }
}

/// Every place is on the page, or at most a stroke's width beyond its edge.
fn check_places(document: &Document) {
    for (_, key, value) in &document.attributes {
        if ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy"].contains(&key.as_str()) {
            let place: f64 = value.parse().unwrap();
            assert!((-40.0..=4_000.0).contains(&place), "{key} {value}");
        }
        if key == "points" {
            for number in value.split([',', ' ']).filter(|number| !number.is_empty()) {
                let place: f64 = number.parse().unwrap();
                assert!((-40.0..=4_000.0).contains(&place), "{value}");
            }
        }
        if ["width", "height", "r"].contains(&key.as_str()) {
            assert!(value.parse::<f64>().unwrap() >= 0.0, "{key} {value}");
        }
    }
}

#[test]
fn outside_text_can_not_break_out() {
    let evil = "</svg></style><script>alert('1')</script>&\"\u{0}\u{7}]]>";
    let mut report = samples::bench();
    report.provenance.machine.system = evil.to_owned();
    report.provenance.command = evil.to_owned();
    report.statements[0].name = evil.to_owned();
    report.statements[0].phases[0].name = evil.to_owned();
    report.scaling[0].circuit = evil.to_owned();
    report.peers[0].name = evil.to_owned();
    report.notes = vec![evil.to_owned()];
    let (_, document) = bench_page(&report);
    assert!(!document.elements.contains(&"script".to_owned()));
    let mut record = samples::record();
    record.market = evil.to_owned();
    record.queue_basis = evil.to_owned();
    record.classes[0].class = evil.to_owned();
    record.epochs[0].trigger = evil.to_owned();
    record.verdict.sentence = evil.to_owned();
    let (_, document) = replay_page(&samples::replay(), &record);
    assert!(!document.elements.contains(&"script".to_owned()));
}

#[test]
fn the_same_data_make_the_same_bytes() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for dir in [&first, &second] {
        write_bench(&dir.path().join("bench"), &samples::bench()).unwrap();
        let record = samples::record();
        let dir = dir.path().join("replay");
        write_replay(&dir, &samples::provenance(), &samples::replay(), &record).unwrap();
    }
    for (folder, csvs) in [("bench", &BENCH_CSVS[..]), ("replay", &REPLAY_CSVS[..])] {
        for name in csvs.iter().chain(&["report.json", "report.html"]) {
            let (a, b) = (first.path().join(folder), second.path().join(folder));
            assert!(read(&a, name) == read(&b, name), "{folder}/{name}");
        }
    }
}

#[test]
fn a_new_report_replaces_an_old_one_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("notes.txt"), "mine").unwrap();
    write_bench(dir.path(), &samples::bench()).unwrap();
    write_bench(dir.path(), &samples::empty_bench()).unwrap();
    assert_eq!(read(dir.path(), "notes.txt"), "mine");
    assert_eq!(read(dir.path(), "peers.csv").lines().count(), 1);
    let count = std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(count, BENCH_CSVS.len() + 3, "nothing temporary is left");
}

#[test]
fn a_file_is_refused_as_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("report");
    std::fs::write(&file, "mine").unwrap();
    let error = write_bench(&file, &samples::bench()).unwrap_err();
    assert!(matches!(error, ReportError::NotAFolder { .. }));
    assert!(error.to_string().ends_with("name another one"), "{error}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}
