//! `tally node` on a market's folder.

use crate::support::{Ran, command, data_with_keys, tally};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use tally_exchange::specification::LEAN_HOGS;
use tally_node::genesis::{
    CashierKind, ChainGenesis, GENESIS_FORMAT, GenesisCashier, GenesisClock, GenesisDocument,
    GenesisKey, GenesisMarket, GenesisSigners,
};
use tally_prover::KeyCache;
use tempfile::TempDir;

/// A public key of RFC 8032: nobody here signs with it.
const CASHIER: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

fn market_folder() -> TempDir {
    let root = data_with_keys();
    let infos: Vec<_> = KeyCache::open(root.path().join("keys"))
        .unwrap()
        .list()
        .unwrap()
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let key = |name: &str| {
        let info = infos.iter().find(|info| info.manifest.statement == name);
        GenesisKey::of(info.unwrap())
    };
    let document = GenesisDocument {
        format: GENESIS_FORMAT,
        name: "cli test".to_owned(),
        salt: "11".repeat(32),
        clock: GenesisClock::Sandbox {
            start_microseconds: 1_483_000_000_000_000,
            speed: 1,
        },
        specification: LEAN_HOGS.to_owned(),
        markets: vec![GenesisMarket {
            symbol: "HEG7".to_owned(),
            first_session: "2017-01-03".to_owned(),
            prior_settlement: "66.150".to_owned(),
            after_limit_settlement: false,
        }],
        settlement_signers: GenesisSigners::default(),
        cashier: GenesisCashier {
            key: CASHIER.to_owned(),
            kind: CashierKind::Key,
        },
        keys: ["act", "refresh", "lapse"].map(key).to_vec(),
    };
    let genesis = ChainGenesis::new(document).unwrap();
    fs::write(root.path().join("genesis.json"), genesis.to_bytes()).unwrap();
    root
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs a node until it has said that it runs, tells it to end, and returns what it left.
#[cfg(unix)]
fn run_and_end(root: &Path, more: &[&str]) -> Ran {
    let mut arguments = vec!["node", "--data-dir", text(root), "--listen", "127.0.0.1:0"];
    arguments.extend(more);
    let mut child = command(root, &arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let id = child.id().to_string();
    let told = Command::new("kill").args(["-TERM", &id]).status().unwrap();
    assert!(told.success());
    let mut ran = Ran::from(child.wait_with_output().unwrap());
    std::io::Read::read_to_string(&mut stdout, &mut line).unwrap();
    ran.stdout = line;
    ran
}

#[cfg(unix)]
#[test]
fn a_node_runs_until_it_is_told_to_end() {
    let root = market_folder();
    let ran = run_and_end(root.path(), &["--insecure-keys"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stdout.starts_with("node 127.0.0.1:") && ran.stdout.contains("INSECURE"),
        "{ran:?}"
    );
    assert_eq!(ran.stdout.lines().count(), 1, "{ran:?}");
    assert!(ran.stderr.contains("blocks made"), "{ran:?}");
    let ran = run_and_end(
        root.path(),
        &["--insecure-keys", "--json", "--metrics", "127.0.0.1:0"],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    let started = ran.json();
    assert_eq!(started["insecure_keys"], true);
    assert!(started["height"].is_u64() && started["chain"].is_string());
    for address in ["address", "metrics"] {
        assert!(
            started[address].as_str().unwrap().starts_with("127.0.0.1:"),
            "{ran:?}"
        );
    }

    let place = TempDir::new().unwrap();
    let (copy, back) = (place.path().join("copy"), place.path().join("back"));
    tally(
        root.path(),
        &["node", "backup", text(root.path()), text(&copy)],
    )
    .succeeded();
    let restored = tally(
        root.path(),
        &["node", "restore", text(&copy), text(&back), "--json"],
    );
    let verified = tally(root.path(), &["node", "verify", text(&back), "--json"]);
    let (restored, verified) = (restored.succeeded().json(), verified.succeeded().json());
    assert_eq!(restored["checkpoint"], verified["checkpoint"]);
    let checkpoint = verified["checkpoint"].as_str().unwrap();
    assert!(
        checkpoint.starts_with(&format!("{}:", verified["height"])),
        "{checkpoint}"
    );
    let shown = tally(root.path(), &["node", "verify", text(&back)]).succeeded();
    assert!(
        shown.stdout.contains(checkpoint) && shown.stdout.contains("INSECURE"),
        "{shown:?}"
    );
}

#[test]
fn calls_that_do_not_fit() {
    let root = market_folder();
    let folder = text(root.path());
    tally(root.path(), &["node", "--data-dir", folder]).refused(&["INSECURE", "--insecure-keys"]);
    tally(root.path(), &["node"]).refused(&["--data-dir"]);
    tally(
        root.path(),
        &["node", "--data-dir", folder, "--interval-ms", "0"],
    )
    .refused(&["--interval-ms", "from 1 to"]);
    for connections in ["0", "-1", "many", "65537"] {
        tally(
            root.path(),
            &["node", "--data-dir", folder, "--connections", connections],
        )
        .refused(&["--connections", connections, "from 1 to 65536"]);
    }
    tally(
        root.path(),
        &["node", "--data-dir", folder, "--listen", "example.org:1"],
    )
    .refused(&["--listen"]);
    let nowhere = root.path().join("nowhere");
    tally(root.path(), &["node", "verify", text(&nowhere)]).refused(&["holds no market"]);
    tally(root.path(), &["node", "backup", folder, folder]).refused(&["is not empty"]);
    let genesis = root.path().join("genesis.json");
    let written = fs::read_to_string(&genesis).unwrap();
    fs::write(&genesis, written.replace("\"format\": 1", "\"format\": 9")).unwrap();
    tally(root.path(), &["node", "verify", folder]).refused(&["format is 9", "use the program"]);
}

/// The ledger's pages are overwritten: what is found is a failed check, and not a slip of whoever calls.
#[cfg(unix)]
#[test]
fn a_damaged_ledger_is_a_failed_check() {
    let root = market_folder();
    run_and_end(root.path(), &["--insecure-keys"]);
    let ledger = root.path().join("ledger/ledger.redb");
    let mut bytes = fs::read(&ledger).unwrap();
    let length = bytes.len();
    bytes[length / 4..].fill(0x5a);
    fs::write(&ledger, bytes).unwrap();
    let ran = tally(root.path(), &["node", "verify", text(root.path())]);
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(
        ran.stderr.contains("damaged") && ran.stderr.contains("restore"),
        "{ran:?}"
    );
}
