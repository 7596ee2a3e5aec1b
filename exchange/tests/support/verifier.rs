//! A verifier that knows the witnesses and runs the native relation.

use std::cell::RefCell;
use std::collections::BTreeMap;
use tally_circuits::act::{ActStatement, ActWitness, check};
use tally_circuits::field::Element;
use tally_exchange::message::{ActMessage, PROOF_BYTES};
use tally_exchange::ports::Verifier;

/// Length of the part of a proof that names what was proved; the rest is what a re-randomisation changes.
const TOKEN_BYTES: usize = 32;

/// Accepts a proof exactly if a witness was given for this very message and satisfies the statement which the state
/// machine worked out: what a Groth16 verifier does, without the pairing.
#[derive(Default)]
pub struct TestVerifier {
    witnesses: RefCell<BTreeMap<[u8; TOKEN_BYTES], ActWitness>>,
}

impl TestVerifier {
    /// A "proof" of `message` by `witness`; whether it convinces is seen when it is checked.
    pub fn prove(&self, message: &ActMessage, witness: ActWitness) -> [u8; PROOF_BYTES] {
        let token = message.context().to_bytes();
        self.witnesses.borrow_mut().insert(token, witness);
        let mut proof = [0x5a; PROOF_BYTES];
        proof[..TOKEN_BYTES].copy_from_slice(&token);
        proof
    }
}

/// Another proof of the same statement, as anyone can make from the first.
pub fn rerandomised(mut proof: [u8; PROOF_BYTES], seed: u8) -> [u8; PROOF_BYTES] {
    for byte in &mut proof[TOKEN_BYTES..] {
        *byte = byte.wrapping_add(seed);
    }
    proof
}

impl Verifier for TestVerifier {
    fn verify_act(&self, statement: &ActStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        assert_eq!(
            statement.check_parameters(),
            Ok(()),
            "the market states sound parameters"
        );
        let token = Element(statement.context).to_bytes();
        let witnesses = self.witnesses.borrow();
        let witness = witnesses
            .get(&token)
            .filter(|_| proof[..TOKEN_BYTES] == token);
        witness.is_some_and(|witness| check(statement, witness).is_ok())
    }
}
