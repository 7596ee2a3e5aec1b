//! A stand-in for the proof system: a "proof" is a hash of the whole statement.
//!
//! The wallet has checked the relation natively when it built the message; what is left of a proof's work is to hold
//! for this very statement and no other, and that the hash does. Whatever the state machine states differently at
//! inclusion from what the wallet foresaw is refused, as with a real proof.

use ark_bls12_381::Fr;
use sha2::{Digest, Sha256};
use tally_circuits::act::ActStatement;
use tally_circuits::field::Element;
use tally_circuits::lapse::LapseStatement;
use tally_circuits::refresh::RefreshStatement;
use tally_exchange::message::{ActMessage, PROOF_BYTES, Transaction};
use tally_exchange::ports::Verifier;
use tally_trader::prepared::{Prepared, PreparedAct};

/// Accepts exactly [`proof_of`] the statement.
pub struct Bound;

impl Verifier for Bound {
    fn verify_act(&self, statement: &ActStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        assert_eq!(statement.check_parameters(), Ok(()));
        *proof == proof_of(statement)
    }

    fn verify_refresh(&self, statement: &RefreshStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        assert!(statement.check_parameters().is_ok());
        *proof == proof_of_refresh(statement)
    }

    fn verify_lapse(&self, statement: &LapseStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        assert!(statement.check_parameters().is_ok());
        *proof == proof_of_lapse(statement)
    }
}

/// The stand-in's proof of a statement.
pub fn proof_of(statement: &ActStatement) -> [u8; PROOF_BYTES] {
    hash_of(&statement.public_inputs())
}

/// The stand-in's proof of a Refresh.
pub fn proof_of_refresh(statement: &RefreshStatement) -> [u8; PROOF_BYTES] {
    hash_of(&statement.public_inputs())
}

/// The stand-in's proof of a Lapse.
pub fn proof_of_lapse(statement: &LapseStatement) -> [u8; PROOF_BYTES] {
    hash_of(&statement.public_inputs())
}

fn hash_of(inputs: &[Fr]) -> [u8; PROOF_BYTES] {
    let mut hash = Sha256::new();
    for input in inputs {
        hash.update(Element(*input).to_bytes());
    }
    let mut proof = [0xff; PROOF_BYTES];
    proof[..32].copy_from_slice(&hash.finalize());
    proof
}

/// The transaction of any prepared message.
pub fn sent_any(prepared: Prepared) -> Transaction {
    match prepared {
        Prepared::Act(act) => sent(*act),
        Prepared::Refresh(refresh) => {
            let proof = proof_of_refresh(&refresh.statement);
            refresh.with_proof(proof)
        }
        Prepared::Lapse(lapse) => {
            let proof = proof_of_lapse(&lapse.statement);
            lapse.with_proof(proof)
        }
        Prepared::Ready(transaction) => *transaction,
    }
}

/// The transaction of a prepared Act.
pub fn sent(prepared: PreparedAct) -> Transaction {
    let proof = proof_of(&prepared.statement);
    prepared.with_proof(proof)
}

/// The message of a transaction that is an Act.
pub fn message(transaction: &Transaction) -> &ActMessage {
    match transaction {
        Transaction::Act(act) => &act.message,
        other => panic!("no Act: {other:?}"),
    }
}
