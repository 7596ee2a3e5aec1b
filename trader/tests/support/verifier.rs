//! A stand-in for the proof system: a "proof" is a hash of the whole statement.
//!
//! The wallet has checked the relation natively when it built the message; what is left of a proof's work is to hold
//! for this very statement and no other, and that the hash does. Whatever the state machine states differently at
//! inclusion from what the wallet foresaw is refused, as with a real proof.

use sha2::{Digest, Sha256};
use tally_circuits::act::ActStatement;
use tally_circuits::field::Element;
use tally_exchange::message::{ActMessage, PROOF_BYTES, Transaction};
use tally_exchange::ports::Verifier;
use tally_trader::prepared::PreparedAct;

/// Accepts exactly [`proof_of`] the statement.
pub struct Bound;

impl Verifier for Bound {
    fn verify_act(&self, statement: &ActStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        assert_eq!(statement.check_parameters(), Ok(()));
        *proof == proof_of(statement)
    }
}

/// The stand-in's proof of a statement.
pub fn proof_of(statement: &ActStatement) -> [u8; PROOF_BYTES] {
    let mut hash = Sha256::new();
    for input in statement.public_inputs() {
        hash.update(Element(input).to_bytes());
    }
    let mut proof = [0xff; PROOF_BYTES];
    proof[..32].copy_from_slice(&hash.finalize());
    proof
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
        Transaction::Instruction(_) => panic!("an instruction carries no message"),
    }
}
