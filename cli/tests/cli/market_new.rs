//! Making a market, looking at it, and signing its settlements.

use crate::support::{Ran, Tree, data_with_keys, tally};
use std::fs;
use std::path::Path;
use tally_node::genesis::{ChainGenesis, read_key};
use tempfile::TempDir;

/// The words that make a market of these days in `directory`.
fn new<'a>(directory: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let day = ["--first-day", "2026-11-30", "--settlement", "80.5"];
    [
        &["market", "new", directory, "--insecure-keys"],
        &day[..],
        more,
    ]
    .concat()
}

/// A market made where keys are already, so that none have to be made.
fn made(more: &[&str]) -> (TempDir, Ran) {
    let folder = data_with_keys();
    let directory = folder.path().to_str().unwrap();
    let ran = tally(folder.path(), &new(directory, more)).succeeded();
    (folder, ran)
}

fn genesis(folder: &Path) -> ChainGenesis {
    let bytes = fs::read(folder.join("genesis.json")).unwrap();
    ChainGenesis::from_bytes(&bytes).unwrap()
}

/// A file that only its owner can read.
fn assert_secret(path: &Path) {
    read_key(path).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn with_a_cashier_made_here() {
    let more = ["--name", "trial", "--settlement", "HEG7=84.000", "--json"];
    let (folder, ran) = made(&more);
    let genesis = genesis(folder.path());
    let json = ran.json();
    assert_eq!(json["chain"], genesis.chain().to_string());
    assert_eq!(json["name"], "trial");
    assert_eq!(json["insecure"], true);
    let document = genesis.document();
    let months = document.markets.iter();
    let months: Vec<_> = months
        .map(|m| {
            (
                m.symbol.as_str(),
                m.first_session.as_str(),
                m.prior_settlement.as_str(),
            )
        })
        .collect();
    let expected = [
        ("HEZ6", "2026-11-30", "80.500"),
        ("HEG7", "2026-12-15", "84.000"),
    ];
    assert_eq!(months, expected);
    assert_secret(&folder.path().join("cashier.key"));
    let key = read_key(&folder.path().join("cashier.key")).unwrap();
    assert_eq!(
        document.cashier.key,
        hex::encode(key.verifying_key().to_bytes())
    );
    assert!(!folder.path().join("faucet.key").exists());
    // The keys are those of the folder.
    for key in &document.keys {
        let tree = Tree::of(&folder.path().join("keys"));
        let file = tree.file_in(&format!("{}-insecure", key.statement), ".pk");
        assert_eq!(fs::metadata(&file).unwrap().len(), key.proving_key.bytes);
        assert!(file.to_string_lossy().contains(&key.proving_key.sha256));
    }
    let listed = tally(
        folder.path(),
        &[
            "keys",
            "--json",
            "--data-dir",
            folder.path().to_str().unwrap(),
        ],
    );
    assert_eq!(listed.succeeded().json().as_array().unwrap().len(), 3);
}

#[test]
fn with_a_faucet_in_words() {
    let (folder, ran) = made(&["--faucet", "--months", "1", "--fund-seed", "50000"]);
    for part in [
        "FAUCET",
        "INSECURE",
        "HEZ6",
        "80.500",
        "faucet.key",
        "next: tally node --data-dir",
    ] {
        assert!(
            ran.stdout.contains(part),
            "{part:?} missing: {}",
            ran.stdout
        );
    }
    let genesis = genesis(folder.path());
    assert!(ran.stdout.contains(&genesis.chain().to_string()));
    assert_eq!(genesis.specification().fund_seed, 5_000_000);
    assert_eq!(genesis.document().markets.len(), 1);
    assert_secret(&folder.path().join("faucet.key"));
    assert!(!folder.path().join("cashier.key").exists());
    // Nothing is made over it.
    let directory = folder.path().to_str().unwrap();
    let before = Tree::of(folder.path());
    tally(folder.path(), &new(directory, &[])).refused(&["not empty", "name a new or empty one"]);
    assert!(Tree::of(folder.path()) == before);
}

/// Signers, a cashier elsewhere, and a specification of one's own; and what a signer then does.
#[test]
fn signers_and_their_signatures() {
    let scratch = TempDir::new().unwrap();
    let file = |name: &str| scratch.path().join(name).to_str().unwrap().to_owned();
    let words = |name: &str| {
        tally(
            scratch.path(),
            &["market", "signer-key", &file(name), "--json"],
        )
    };
    let keys: Vec<String> = ["a.key", "b.key"]
        .map(|name| {
            words(name).succeeded().json()["public_key"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .to_vec();
    assert_secret(&scratch.path().join("a.key"));
    words("a.key").refused(&["a.key", "there already"]);

    let specification = file("he.toml");
    fs::write(&specification, tally_exchange::specification::LEAN_HOGS).unwrap();
    let folder = data_with_keys();
    let directory = folder.path().to_str().unwrap();
    let market = [
        "market",
        "new",
        directory,
        "--insecure-keys",
        "--settlement",
        "66.15",
    ];
    let contract = [
        "--specification",
        &specification,
        "--first-day",
        "2017-02-14",
    ];
    let people = [
        "--signer",
        &keys[0],
        "--signer",
        &keys[1],
        "--cashier",
        &keys[0],
    ];
    tally(scratch.path(), &[&market[..], &contract, &people].concat()).succeeded();
    let genesis = genesis(folder.path());
    assert_eq!(genesis.document().settlement_signers.threshold, 2);
    assert_eq!(genesis.document().cashier.key, keys[0]);
    let symbols = genesis.document().markets.iter().map(|m| m.symbol.as_str());
    assert_eq!(symbols.collect::<Vec<_>>(), ["HEG7", "HEJ7"]);
    assert!(
        !Tree::of(folder.path())
            .names()
            .iter()
            .any(|name| name.ends_with("cashier.key"))
    );

    let genesis_file = folder.path().join("genesis.json");
    let genesis_file = genesis_file.to_str().unwrap();
    let sign = |key: &str, words: &[&str]| {
        let start = [
            "market",
            "sign-settlement",
            "--genesis",
            genesis_file,
            "--key",
            key,
        ];
        tally(scratch.path(), &[&start, words].concat())
    };
    let signed = sign(&file("b.key"), &["HEG7", "70.025", "--json"])
        .succeeded()
        .json();
    assert_eq!(signed["index"], 1);
    assert_eq!(signed["price"], "70.025");
    assert_eq!(signed["signature"].as_str().unwrap().len(), 128);
    let text = sign(&file("b.key"), &["HEG7", "70.025"]).succeeded().stdout;
    assert!(
        text.contains(signed["signature"].as_str().unwrap()),
        "{text}"
    );
    sign(&file("b.key"), &["HEK7", "70.025"]).refused(&["HEK7", "HEG7, HEJ7"]);
    sign(&file("b.key"), &["HEG7", "70.02"]).refused(&["70.02", "70.025"]);
    sign(&file("none.key"), &["HEG7", "70.025"]).refused(&["none.key"]);
    words("c.key").succeeded();
    sign(&file("c.key"), &["HEG7", "70.025"]).refused(&["2 settlement signers"]);
}

#[test]
fn contract_months_listed() {
    let (folder, _) = made(&[]);
    let genesis_file = folder.path().join("genesis.json");
    let genesis_file = genesis_file.to_str().unwrap();
    let list =
        |more: &[&str]| tally(folder.path(), &[&["market", "list"], more].concat()).succeeded();
    let embedded = list(&["--json"]).json();
    assert_eq!(embedded["markets"][0]["market"], "HEG7");
    assert_eq!(embedded["markets"][0]["sessions"], 30);
    assert_eq!(embedded["chain"], serde_json::Value::Null);
    let of_market = list(&["--json", "--genesis", genesis_file]).json();
    assert_eq!(
        of_market["chain"],
        genesis(folder.path()).chain().to_string()
    );
    assert_eq!(of_market["markets"][1]["first_session"], "2026-12-15");
    assert_eq!(of_market["markets"][1]["last_trading_day"], "2027-02-12");
    let text = list(&["--genesis", genesis_file]).stdout;
    assert!(text.contains("HEZ6") && text.contains("80.500"), "{text}");
    let shown = tally(
        folder.path(),
        &["market", "show", "HEZ6", "--genesis", genesis_file],
    );
    assert!(shown.succeeded().stdout.contains("2026-12-14T19:05:00Z"));
    fs::write(folder.path().join("other.json"), "{\"format\": 9}").unwrap();
    let other = folder.path().join("other.json");
    let words = ["market", "list", "--genesis", other.to_str().unwrap()];
    tally(folder.path(), &words).refused(&["other.json", "format is 9"]);
}

/// Whatever does not fit is said at once, and nothing is made.
fn refused(words: &[&str], parts: &[&str]) {
    let folder = TempDir::new().unwrap();
    let directory = folder.path().join("market");
    let start = ["market", "new", directory.to_str().unwrap()];
    tally(folder.path(), &[&start, words].concat()).refused(parts);
    assert!(
        !directory.exists(),
        "{words:?} made {:?}",
        Tree::of(&directory)
    );
}

/// As [`refused`], beside words that fit.
fn refused_beside(words: &[&str], parts: &[&str]) {
    let others = ["--insecure-keys", "--settlement", "80"];
    refused(&[&others[..], words].concat(), parts);
}

#[test]
fn without_consent_to_insecure_keys() {
    refused(
        &["--settlement", "80"],
        &["ceremony", "--insecure-keys", "not for money"],
    );
}

#[test]
fn days_and_months_that_do_not_fit() {
    for (day, parts) in [
        ("2026-11-28", &["2026-11-28", "weekend", "2026-11-30"][..]),
        ("2026-12-25", &["Christmas Day", "2026-12-28"]),
        ("2026-02-30", &["--first-day", "2026-02-30"]),
        ("tomorrow", &["--first-day", "YYYY-MM-DD"]),
        ("1999-01-04", &["1999-01-04", "2007"]),
    ] {
        refused_beside(&["--first-day", day], parts);
    }
    for months in ["0", "13", "-1", "two"] {
        refused_beside(&["--months", months], &["--months", "1 to 12"]);
    }
}

#[test]
fn prices_and_amounts_that_do_not_fit() {
    for (price, parts) in [
        ("80.01", &["--settlement 80.01", "80.000", "80.025"][..]),
        ("eighty", &["--settlement eighty", "decimal number"]),
        ("-", &["--settlement -", "decimal number"]),
        ("HEK9=80", &["HEK9", "choose one of"]),
    ] {
        refused(&["--insecure-keys", "--settlement", price], parts);
    }
    refused(&["--insecure-keys"], &["--settlement"]);
    refused_beside(&["--settlement", "81"], &["--settlement", "twice"]);
    for seed in ["-1", "1.5", "lots"] {
        refused_beside(&["--fund-seed", seed], &["--fund-seed", "dollars"]);
    }
    refused_beside(&["--fund-seed", "99999999999"], &["fund_seed"]);
}

#[test]
fn people_and_names_that_do_not_fit() {
    refused_beside(&["--cashier", "12"], &["cashier.key", "64 hexadecimal"]);
    let key = "12".repeat(32);
    refused_beside(&["--cashier", &key, "--faucet"], &["--cashier", "--faucet"]);
    refused_beside(&["--signer", "x"], &["settlement_signers.keys[0]"]);
    refused_beside(&["--threshold", "1"], &["--signer"]);
    refused_beside(&["--name", ""], &["name", "1 to 64"]);
    refused_beside(&["--specification", "none.toml"], &["none.toml"]);
}

#[test]
fn a_folder_with_something_in_it() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("letter"), "dear").unwrap();
    let directory = folder.path().to_str().unwrap();
    let before = Tree::of(folder.path());
    tally(folder.path(), &new(directory, &[])).refused(&["not empty", "letter"]);
    assert!(Tree::of(folder.path()) == before);
    let file = folder.path().join("letter");
    tally(folder.path(), &new(file.to_str().unwrap(), &[])).refused(&["letter"]);
}
