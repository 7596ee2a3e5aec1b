//! A market's folder outlives its node, however that ends.

use crate::support::*;
use std::fs;
use std::path::Path;
use tally_exchange::market::Market;
use tally_exchange::units::{Quantity, Side};
use tally_node::genesis::ChainGenesisError;
use tally_node::live::directory::{MarketFolder, MarketFolderError};
use tally_node::live::node::{Node, NodeError};
use tally_trader::request::OrderRequest;
use tempfile::TempDir;

#[test]
fn a_node_goes_on_from_snapshot_and_log() {
    let root = market_folder();
    let mut options = options();
    options.engine.snapshot_blocks = 2;
    let node = start(root.path(), &options);
    let mut trader = Trader::opened(&node, 1);
    let centre = trader.market(Market::centre);
    for quantity in 1..4 {
        let order = OrderRequest::limit(Side::Sell, Quantity(quantity), centre);
        trader.place(&proved(trader.order(order)));
    }
    let (tip, before) = (node.engine().tip(), state(&node));
    let snapshot = node.engine().snapshot_height();
    assert!(snapshot > 0);
    // Where it is dropped and not stopped, no last snapshot is written: there are blocks above the newest.
    drop(trader);
    drop(node);
    let again = start(root.path(), &options);
    assert_eq!((again.engine().tip(), state(&again)), (tip, before));
    // From there on, and not from the genesis.
    assert_eq!(again.engine().snapshot_height(), snapshot);
    Trader::opened(&again, 2);
    again.stop().unwrap();
}

/// The files as they are on the disk while the node runs: what a kill leaves.
#[test]
fn a_killed_node_goes_on() {
    let root = market_folder();
    let node = start(root.path(), &options());
    let trader = Trader::opened(&node, 1);
    trader.ask_for_cash();
    let (tip, before) = (node.engine().tip(), state(&node));
    let copied = TempDir::new().unwrap();
    copy(root.path(), copied.path());
    let again = start(copied.path(), &options());
    assert_eq!((again.engine().tip(), state(&again)), (tip, before));
    Trader::opened(&again, 2);
    assert!(again.engine().tip().height > tip.height);
    again.stop().unwrap();
    node.stop().unwrap();
}

#[test]
fn insecure_keys_need_a_word_and_a_folder_one_node() {
    let root = market_folder();
    let folder = MarketFolder::at(root.path());
    let mut careful = options();
    careful.insecure_keys = false;
    let error = Node::start(&folder, &careful).err().unwrap();
    assert!(matches!(
        error,
        NodeError::Folder(MarketFolderError::Insecure)
    ));
    assert!(error.to_string().contains("--insecure-keys"));
    let node = start(root.path(), &options());
    let error = Node::start(&folder, &options()).err().unwrap();
    assert!(error.to_string().contains("in use"), "{error}");
    node.stop().unwrap();
}

#[test]
fn a_genesis_or_ledger_of_another_version_says_so() {
    let root = market_folder();
    start(root.path(), &options()).stop().unwrap();
    set_ledger_version(&root.path().join("ledger/ledger.redb"), 2);
    let error = Node::start(&MarketFolder::at(root.path()), &options())
        .err()
        .unwrap();
    assert!(error.to_string().contains("ledger format 2"), "{error}");
    let path = root.path().join("genesis.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"format\": 1", "\"format\": 2")).unwrap();
    let error = Node::start(&MarketFolder::at(root.path()), &options())
        .err()
        .unwrap();
    let NodeError::Folder(MarketFolderError::Genesis { source, .. }) = &error else {
        panic!("{error}");
    };
    assert!(matches!(**source, ChainGenesisError::Format { found: 2 }));
    assert!(error.to_string().contains("format is 2"), "{error}");
}

fn set_ledger_version(path: &Path, version: u32) {
    const META: redb::TableDefinition<&str, &[u8]> = redb::TableDefinition::new("meta");
    let database = redb::Database::open(path).unwrap();
    let transaction = database.begin_write().unwrap();
    let bytes = version.to_le_bytes();
    transaction
        .open_table(META)
        .unwrap()
        .insert("version", &bytes[..])
        .unwrap();
    transaction.commit().unwrap();
}
