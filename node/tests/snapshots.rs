//! A replica is taken up again as it was, or not at all.

#![allow(clippy::unwrap_used)]

mod common;

use common::genesis::document;
use common::trial::{Trial, Unproven};
use tally_exchange::market::StateHash;
use tally_exchange::units::Price;
use tally_node::genesis::{ChainGenesis, ReplicaSnapshotError};
use tally_node::replica::Replica;

/// A snapshot whose checksum is right, whatever its body.
fn sealed(body: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let sum = Sha256::new_with_prefix(b"tally/replica/snapshot/1").chain_update(body);
    [&[1], &sum.finalize()[..], body].concat()
}

fn restored(trial: &Trial) -> Replica {
    let bytes = trial.replica.snapshot();
    let expected = trial.replica.state_hash();
    let replica = trial.genesis.restore(&bytes, Some(expected)).unwrap();
    assert_eq!(replica.state_hash(), expected);
    assert_eq!(replica.height(), trial.replica.height());
    assert_eq!(replica.accounts(), trial.replica.accounts());
    assert_eq!(replica.snapshot(), bytes);
    replica
}

/// At several places of its first day and with its second day begun, a chain goes on from its snapshot as it does without.
#[test]
fn taken_up_and_going_on() {
    let mut trial = Trial::opened();
    let mut copies = vec![restored(&trial)];
    let opened = trial.blocks.len();
    trial.first_day();
    assert_eq!(trial.market().epoch(), 2, "the day was revalidated");
    assert!(trial.market().contracts_traded() >= 6);
    copies.push(restored(&trial));
    let after_first_day = trial.blocks.len();
    let open = trial.market().session().open;
    trial.go_to(open.minus_seconds(1));
    trial.go_to(open.plus_seconds(60));
    trial.trade(1, Price(2_646));

    for (mut copy, from) in copies.into_iter().zip([opened, after_first_day]) {
        for block in &trial.blocks[from..] {
            copy.execute(block, &Unproven).unwrap();
        }
        assert_eq!(copy.state_hash(), trial.replica.state_hash());
    }
    // In the middle of everything, with orders in the book.
    restored(&trial);
}

/// The state before the first block, without any `expected`.
#[test]
fn before_the_first_block() {
    let genesis = ChainGenesis::new(document()).unwrap();
    let replica = genesis.replica().unwrap();
    let copy = genesis.restore(&replica.snapshot(), None).unwrap();
    assert_eq!(copy.state_hash(), replica.state_hash());
}

#[test]
fn of_something_else() {
    let trial = Trial::opened();
    let bytes = trial.replica.snapshot();
    let other = StateHash([9; 32]);
    let error = trial.genesis.restore(&bytes, Some(other)).err().unwrap();
    assert!(matches!(error, ReplicaSnapshotError::StateHash { .. }));
    let mut salted = document();
    salted.salt = "11".repeat(32);
    let elsewhere = ChainGenesis::new(salted).unwrap();
    let error = elsewhere.restore(&bytes, None).err().unwrap();
    assert!(matches!(error, ReplicaSnapshotError::Chain { .. }));
    let mut newer = bytes;
    newer[0] = 2;
    let error = trial.genesis.restore(&newer, None).err().unwrap();
    assert!(matches!(error, ReplicaSnapshotError::Version { found: 2 }));
}

/// Cut short, made longer or with a byte changed anywhere, it is refused by its checksum.
#[test]
fn damaged() {
    let trial = Trial::opened();
    let bytes = trial.replica.snapshot();
    let refused = |bytes: &[u8]| trial.genesis.restore(bytes, None).err().unwrap();
    for place in (0..bytes.len()).step_by(bytes.len() / 61) {
        refused(&bytes[..place]);
        let mut changed = bytes.clone();
        changed[place] ^= 0x10;
        refused(&changed);
    }
    for bad in [&[][..], &[1], &[1; 32], &[&bytes[..], &[0]].concat()] {
        let error = refused(bad);
        assert!(matches!(error, ReplicaSnapshotError::Damaged), "{error}");
    }
}

/// Somebody who makes the checksum anew changes the state, which its hash shows, or nothing that restores.
#[test]
fn altered_with_care() {
    let trial = Trial::opened();
    let bytes = trial.replica.snapshot();
    let (body, expected) = (&bytes[33..], trial.replica.state_hash());
    assert_eq!(sealed(body), bytes);
    let restore = |body: &[u8]| trial.genesis.restore(&sealed(body), Some(expected));
    for place in (0..body.len()).step_by(7).chain(0..200) {
        let mut changed = body.to_vec();
        changed[place] ^= 0x01;
        assert!(restore(&changed).is_err(), "byte {place}");
    }
    for length in (0..body.len()).step_by(97) {
        assert!(restore(&body[..length]).is_err(), "{length} bytes");
    }
    // A number of markets, and a length, beyond what is there.
    for place in [32, 32 + 4 + 8 + 80] {
        let mut changed = body.to_vec();
        changed[place..place + 4].fill(0xff);
        assert!(restore(&changed).is_err());
    }
}
