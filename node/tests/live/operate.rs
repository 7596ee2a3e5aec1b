//! Backup, restore, and a verification that nothing false passes.

use crate::support::*;
use std::fs;
use std::path::Path;
use tally_exchange::market::Market;
use tally_exchange::units::{Quantity, Side};
use tally_ledger_adapter::embedded::EmbeddedLog;
use tally_ledger_adapter::log::OrderedLog;
use tally_node::live::directory::MarketFolder;
use tally_node::live::operate::{OperateError, backup, restore, verify};
use tally_node::replica::Replica;
use tally_node::verifier::Recorded;
use tally_trader::request::OrderRequest;
use tempfile::TempDir;

/// A market with a note and an order, its node stopped.
fn used_folder() -> TempDir {
    let root = market_folder();
    let node = start(root.path(), &options());
    let mut trader = Trader::opened(&node, 1);
    let centre = trader.market(Market::centre);
    let order = OrderRequest::limit(Side::Buy, Quantity(1), centre);
    trader.place(&proved(trader.order(order)));
    node.stop().unwrap();
    root
}

#[test]
fn a_backup_becomes_the_same_market() {
    let root = used_folder();
    let place = TempDir::new().unwrap();
    let (copy, back) = (place.path().join("copy"), place.path().join("back"));
    let folder = MarketFolder::at(root.path());
    let mut heights = Vec::new();
    let original = verify(&folder, &mut |at| heights.push((at.height, at.of))).unwrap();
    assert_eq!(original.proofs, 2);
    assert_eq!((original.unrecorded, original.snapshots), (0, 1));
    assert!(original.insecure_keys);
    assert_eq!(heights.len() as u64, original.height);
    assert_eq!(heights.last(), Some(&(original.height, original.height)));
    let copied = backup(&folder, &copy).unwrap();
    assert_eq!(
        (copied.height, copied.hash),
        (original.height, original.hash)
    );
    assert_secret(&copy.join("faucet.key"));
    let restored = restore(&MarketFolder::at(&copy), &back, &mut |_| ()).unwrap();
    assert_eq!(restored.checkpoint_text(), original.checkpoint_text());
    assert_eq!(restored.state, original.state);
    assert_secret(&back.join("faucet.key"));
    let node = start(&back, &options());
    let last = node.engine().tip().hash;
    assert_eq!(
        node.engine().replica().checkpoint(&last),
        original.checkpoint
    );
    Trader::opened(&node, 2);
    node.stop().unwrap();
    // Nothing is written over.
    let error = backup(&folder, &copy).unwrap_err();
    assert!(matches!(error, OperateError::NotEmpty { .. }), "{error}");
    let error = restore(&MarketFolder::at(&copy), &back, &mut |_| ()).unwrap_err();
    assert!(matches!(error, OperateError::NotEmpty { .. }), "{error}");
}

#[cfg(unix)]
fn assert_secret(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(not(unix))]
fn assert_secret(path: &Path) {
    assert!(fs::exists(path).unwrap());
}

#[test]
fn a_running_node_keeps_its_folder() {
    let root = market_folder();
    let node = start(root.path(), &options());
    let place = TempDir::new().unwrap();
    let folder = MarketFolder::at(root.path());
    let target = place.path().join("copy");
    let error = backup(&folder, &target).unwrap_err();
    assert!(matches!(error, OperateError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("stop the node"), "{error}");
    assert!(!target.exists());
    let error = verify(&folder, &mut |_| ()).unwrap_err();
    assert!(matches!(error, OperateError::InUse { .. }), "{error}");
    assert!(!error.is_failed_check());
    node.stop().unwrap();
}

#[test]
fn a_market_that_never_ran_can_be_kept_too() {
    let root = market_folder();
    let place = TempDir::new().unwrap();
    let copy = place.path().join("copy");
    backup(&MarketFolder::at(root.path()), &copy).unwrap();
    let verified = verify(&MarketFolder::at(&copy), &mut |_| ()).unwrap();
    assert_eq!((verified.height, verified.proofs), (0, 0));
}

/// Somebody with the node's disk adds a block whose proof is false, and the state that taking it leads to.
#[test]
fn a_false_proof_on_record_is_found() {
    let root = used_folder();
    let folder = MarketFolder::at(root.path());
    let genesis = folder.genesis().unwrap();
    let node = start(root.path(), &options());
    let trader = Trader::new(&node, 9);
    trader.ask_for_cash();
    let forged = entry(
        trader
            .open()
            .with_proof([1; tally_exchange::message::PROOF_BYTES]),
    );
    drop(trader);
    node.stop().unwrap();
    let log = EmbeddedLog::open(folder.ledger()).unwrap();
    let mut replica: Replica = genesis.replica().unwrap();
    let own = Recorded::own_copy();
    for height in 1..=log.tip().height {
        let block = log.block(height).unwrap().unwrap();
        replica.execute(&block, &own).unwrap();
    }
    let block = log.commit(log.tip().time, vec![forged]).unwrap();
    let outcome = replica.execute(&block, &own).unwrap();
    log.put_outcome(block.height, &outcome.state_hash.0)
        .unwrap();
    log.put_snapshot(block.height, &replica.snapshot()).unwrap();
    drop(log);
    // A node trusts its own record. A verification does not.
    start(root.path(), &options()).stop().unwrap();
    let error = verify(&folder, &mut |_| ()).unwrap_err();
    assert!(
        matches!(error, OperateError::StateDiffers { height, .. } if height == block.height),
        "{error}"
    );
    assert!(error.is_failed_check());
    assert!(error.to_string().contains("restore a backup"));
}

/// A snapshot with another height has the same state hash, and is another state all the same.
#[test]
fn a_snapshot_of_another_block_is_found() {
    let root = used_folder();
    let folder = MarketFolder::at(root.path());
    let genesis = folder.genesis().unwrap();
    let log = EmbeddedLog::open(folder.ledger()).unwrap();
    let tip = log.tip();
    let block = log.commit(tip.time, Vec::new()).unwrap();
    let snapshot = log.latest_snapshot().unwrap().unwrap();
    let mut replica = genesis.restore(&snapshot.bytes, None).unwrap();
    let outcome = replica.execute(&block, &Recorded::own_copy()).unwrap();
    log.put_outcome(block.height, &outcome.state_hash.0)
        .unwrap();
    log.put_snapshot(block.height, &snapshot.bytes).unwrap();
    drop(log);
    let error = verify(&folder, &mut |_| ()).unwrap_err();
    assert!(
        matches!(error, OperateError::Snapshot { height } if height == block.height),
        "{error}"
    );
}
