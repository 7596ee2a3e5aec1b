//! Killing the process (signal 9) at any moment loses nothing that was acknowledged.

// Tests fail by panicking, and narrow small numbers that they made themselves.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::print_stdout
)]

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tally_ledger_adapter::embedded::{EmbeddedLog, Sequencer, SequencerOptions};
use tally_ledger_adapter::log::{Block, LogError, OrderedLog, TicketError, Tip, genesis_hash};

const GENESIS: &[u8] = b"kill";
/// Blocks that are appended at once.
const BATCH: u64 = 12;
const DIRECTORY: &str = "TALLY_TEST_KILL_DIRECTORY";
const MODE: &str = "TALLY_TEST_KILL_MODE";

/// Not a test of its own: the process that gets killed. Does nothing unless started by the tests below.
#[test]
fn child() {
    let (Ok(directory), Ok(mode)) = (env::var(DIRECTORY), env::var(MODE)) else {
        return;
    };
    let log = EmbeddedLog::open_or_create(directory, GENESIS).unwrap();
    match mode.as_str() {
        "commit" => commit_for_ever(&log),
        "append" => append_for_ever(&log),
        "sequence" => sequence_for_ever(log),
        "fill" => fill_the_disk(&log),
        other => panic!("unknown mode {other}"),
    }
}

fn acknowledge(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nACK {line}").unwrap();
    out.flush().unwrap();
}

/// Prints height and hash of every block once it is acknowledged.
fn commit_for_ever(log: &EmbeddedLog) {
    acknowledge("0 ready");
    for round in 0_u64.. {
        let time = log.tip().time + 1;
        let transactions = (0..round % 4).map(|index| vec![index as u8; 700]).collect();
        let height = log.tip().height + 1;
        let block = log
            .commit_with_outcome(time, transactions, &height.to_le_bytes())
            .unwrap();
        acknowledge(&format!("{} {}", block.height, hex::encode(block.hash())));
        if round % 5 == 4 {
            log.put_snapshot(height, &vec![height as u8; 20_000])
                .unwrap();
        }
    }
}

/// Blocks as another log would have made them: equal in every process.
fn made_above(tip: Tip, count: u64) -> Vec<(Block, Vec<u8>)> {
    let (mut parent, mut made) = (tip.hash, Vec::new());
    for height in tip.height + 1..=tip.height + count {
        let block = Block {
            height,
            time: height,
            parent,
            transactions: (0..height % 4)
                .map(|index| vec![index as u8; 700])
                .collect(),
        };
        parent = block.hash();
        made.push((block, height.to_le_bytes().to_vec()));
    }
    made
}

/// Takes up [`BATCH`] blocks at a time and prints height and hash of the newest once they are acknowledged.
fn append_for_ever(log: &EmbeddedLog) {
    acknowledge("0 ready");
    loop {
        log.append(&made_above(log.tip(), BATCH)).unwrap();
        let tip = log.tip();
        acknowledge(&format!("{} {}", tip.height, hex::encode(tip.hash)));
    }
}

/// Prints the position and the content of every transaction once its ticket is resolved.
fn sequence_for_ever(log: EmbeddedLog) {
    let log = Arc::new(log);
    let options = SequencerOptions {
        delay: Duration::from_micros(200),
        transactions: 16,
    };
    let mut now = log.tip().time;
    let sequencer = Sequencer::start(Arc::clone(&log), options, move || {
        now += 1;
        now
    });
    let _sequencer = sequencer.unwrap();
    acknowledge("0 ready");
    thread::scope(|scope| {
        for submitter in 0..4 {
            let log = &log;
            scope.spawn(move || {
                for round in 0.. {
                    let content = format!("{}-{submitter}-{round}", std::process::id());
                    let ticket = log.submit(content.clone().into_bytes()).unwrap();
                    let position = ticket.wait(Duration::from_secs(60)).unwrap();
                    acknowledge(&format!("{} {} {content}", position.height, position.index));
                }
            });
        }
    });
}

/// Commits until the disk refuses, and says what the log says then.
fn fill_the_disk(log: &EmbeddedLog) {
    let ticket = log.submit(vec![1]).unwrap();
    let error = loop {
        match log.commit(1, vec![vec![0; 100_000]]) {
            Ok(block) => acknowledge(&format!("{} {}", block.height, hex::encode(block.hash()))),
            Err(error) => break error,
        }
    };
    acknowledge(&format!("refused: {error}"));
    assert!(matches!(log.commit(1, vec![]), Err(LogError::Failed)));
    assert!(matches!(log.seal(1), Err(LogError::Failed)));
    assert!(matches!(log.submit(vec![]), Err(LogError::Failed)));
    assert!(matches!(log.put_outcome(1, b""), Err(LogError::Failed)));
    assert_eq!(ticket.wait(Duration::ZERO), Err(TicketError::Abandoned));
    let mut subscription = log.subscribe(log.tip().height);
    assert!(subscription.next(Duration::MAX).unwrap().is_some());
    assert!(matches!(
        subscription.next(Duration::MAX),
        Err(LogError::Failed)
    ));
    acknowledge("all as it should be");
}

fn spawn(directory: &Path, mode: &str) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(DIRECTORY, directory)
        .env(MODE, mode)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

/// Starts a child, kills it after a random time and returns what it acknowledged.
fn run_and_kill(
    directory: &Path,
    mode: &str,
    rng: &mut ChaCha8Rng,
    wait_until_ready: bool,
) -> Vec<String> {
    let mut child = spawn(directory, mode);
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while wait_until_ready && !line.starts_with("ACK") {
        line.clear();
        assert!(
            output.read_line(&mut line).unwrap() > 0,
            "the child ended before it was ready"
        );
    }
    let lifetime = Duration::from_micros(rng.gen_range(0..40_000));
    let reader = thread::spawn(move || {
        let mut lines = Vec::new();
        let mut line = String::new();
        // Only whole lines count: the child may have been killed inside one.
        while output.read_line(&mut line).unwrap() > 0 && line.ends_with('\n') {
            lines.extend(line.trim_end().strip_prefix("ACK ").map(str::to_owned));
            line.clear();
        }
        lines
    });
    thread::sleep(lifetime);
    child.kill().unwrap();
    child.wait().unwrap();
    let mut lines = reader.join().unwrap();
    lines.retain(|line| line != "0 ready");
    lines
}

#[test]
fn committed_blocks_survive_kills() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut acknowledged = Vec::new();
    let mut lives = 0;
    // A slow disk needs more lives than forty for as many blocks.
    while lives < 40 || acknowledged.len() <= 40 {
        lives += 1;
        assert!(lives < 400, "only {} blocks", acknowledged.len());
        acknowledged.extend(run_and_kill(&path, "commit", &mut rng, true));
        let log = EmbeddedLog::open(&path).unwrap();
        let tip = log.verify().unwrap();
        assert_eq!(tip, log.tip());
        // At most the block that was being made when the child was killed is there unacknowledged.
        assert!(tip.height >= acknowledged.len() as u64);
        for line in &acknowledged {
            let (height, hash) = line.split_once(' ').unwrap();
            let height = height.parse().unwrap();
            let block = log
                .block(height)
                .unwrap()
                .unwrap_or_else(|| panic!("block {height} is lost"));
            assert_eq!(
                hex::encode(block.hash()),
                hash,
                "block {height} has changed"
            );
            assert_eq!(
                log.outcome(height).unwrap(),
                Some(height.to_le_bytes().to_vec())
            );
        }
        if let Some(snapshot) = log.latest_snapshot().unwrap() {
            assert_eq!(snapshot.bytes, vec![snapshot.height as u8; 20_000]);
        }
    }
}

#[test]
fn appended_blocks_survive_kills_and_come_in_whole_batches() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut acknowledged = 0;
    for _ in 0..25 {
        run_and_kill(&path, "append", &mut rng, true)
            .iter()
            .filter_map(|line| line.split_once(' ')?.0.parse().ok())
            .for_each(|height: u64| acknowledged = acknowledged.max(height));
        let log = EmbeddedLog::open(&path).unwrap();
        let tip = log.verify().unwrap();
        assert!(tip.height >= acknowledged && tip.height.is_multiple_of(BATCH));
        assert_eq!(
            log.outcome(tip.height).unwrap(),
            (tip.height > 0).then(|| tip.height.to_le_bytes().to_vec())
        );
        let empty = Tip {
            height: 0,
            hash: genesis_hash(GENESIS),
            time: 0,
        };
        let origin = made_above(empty, tip.height);
        let newest = origin.last().map_or(empty.hash, |(block, _)| block.hash());
        assert_eq!(tip.hash, newest);
    }
    assert!(acknowledged > 40, "only {acknowledged} blocks");
}

#[test]
fn resolved_tickets_survive_kills() {
    let directory = tempfile::tempdir().unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut acknowledged = Vec::new();
    for _ in 0..20 {
        acknowledged.extend(run_and_kill(directory.path(), "sequence", &mut rng, true));
        let log = EmbeddedLog::open(directory.path()).unwrap();
        for line in &acknowledged {
            let fields: Vec<&str> = line.split(' ').collect();
            let block = log.block(fields[0].parse().unwrap()).unwrap().unwrap();
            let index: usize = fields[1].parse().unwrap();
            assert_eq!(block.transactions[index], fields[2].as_bytes(), "{line}");
        }
    }
    assert!(
        acknowledged.len() > 40,
        "only {} transactions were acknowledged",
        acknowledged.len()
    );
}

#[test]
fn a_killed_creation_can_be_repeated() {
    let directory = tempfile::tempdir().unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for round in 0..25 {
        let path = directory.path().join(round.to_string());
        run_and_kill(&path, "commit", &mut rng, false);
        let log = EmbeddedLog::open_or_create(&path, GENESIS).unwrap();
        let height = log.tip().height;
        log.commit(u64::MAX, vec![]).unwrap();
        assert_eq!(log.verify().unwrap().height, height + 1);
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_stops_the_log_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    drop(EmbeddedLog::create(directory.path(), GENESIS).unwrap());
    // A limit on the size of files stands in for the full disk; its signal is ignored, so that writes fail.
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 6000; exec \"$0\" \"$@\""])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(DIRECTORY, directory.path())
        .env(MODE, "fill")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("ACK "))
        .collect();
    assert!(
        output.status.success() && lines.contains(&"all as it should be"),
        "{text}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("refused: ") && line.contains("ledger.redb")),
        "{text}"
    );
    let log = EmbeddedLog::open(directory.path()).unwrap();
    let acknowledged = lines
        .iter()
        .filter_map(|line| line.split_once(' ')?.0.parse::<u64>().ok().zip(Some(line)));
    let mut count = 0;
    for (height, line) in acknowledged {
        let block = log.block(height).unwrap().unwrap();
        assert_eq!(format!("{height} {}", hex::encode(block.hash())), *line);
        count += 1;
    }
    assert!(count > 3, "{text}");
    // With room again, it goes on.
    log.commit(2, vec![vec![0; 100_000]]).unwrap();
}
