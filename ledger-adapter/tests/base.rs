//! A log that begins at a block in the middle of a chain.

#![allow(clippy::unwrap_used)]

use tally_ledger_adapter::embedded::{EmbeddedLog, LogOptions};
use tally_ledger_adapter::log::{Block, OrderedLog};

fn chain(folder: &std::path::Path) -> Vec<Block> {
    let log = EmbeddedLog::create(folder, b"genesis").unwrap();
    (1..=5)
        .map(|time| {
            log.commit(time, vec![vec![u8::try_from(time).unwrap()]])
                .unwrap()
        })
        .collect()
}

#[test]
fn it_holds_what_comes_from_its_base_on() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = chain(&folder.path().join("whole"));
    let path = folder.path().join("part");
    let log =
        EmbeddedLog::create_from(&path, b"genesis", &blocks[2], LogOptions::default()).unwrap();
    assert_eq!((log.base(), log.tip().height), (3, 3));
    assert_eq!(log.tip().hash, blocks[2].hash());
    // What does not stand on the base is refused, what does is taken.
    assert!(log.append(&[(blocks[4].clone(), Vec::new())]).is_err());
    let rest: Vec<_> = blocks[3..]
        .iter()
        .map(|block| (block.clone(), vec![7]))
        .collect();
    log.append(&rest).unwrap();
    log.put_snapshot(3, b"state").unwrap();
    assert_eq!(log.block(2).unwrap(), None);
    assert_eq!(log.block(3).unwrap().as_ref(), Some(&blocks[2]));
    assert_eq!(log.verify().unwrap().height, 5);
    let copy = folder.path().join("copy");
    log.backup(&copy).unwrap();
    drop(log);
    for path in [path, copy] {
        let log = EmbeddedLog::open(&path).unwrap();
        assert_eq!((log.base(), log.tip().hash), (3, blocks[4].hash()));
        assert_eq!(log.block(4).unwrap().as_ref(), Some(&blocks[3]));
        assert_eq!(log.latest_snapshot().unwrap().unwrap().bytes, b"state");
    }
    let whole = EmbeddedLog::open(folder.path().join("whole")).unwrap();
    assert_eq!(whole.base(), 1);
}
