//! A verifier that knows the witnesses and runs the native relations.

use std::cell::RefCell;
use std::collections::BTreeMap;
use tally_circuits::act::{self, ActStatement, ActWitness};
use tally_circuits::field::Element;
use tally_circuits::lapse::{self, LapseStatement, LapseWitness};
use tally_circuits::refresh::{self, RefreshStatement, RefreshWitness};
use tally_exchange::message::{ActMessage, LapseMessage, PROOF_BYTES, RefreshMessage};
use tally_exchange::ports::Verifier;

/// Length of the part of a proof that names what was proved; the rest is what a re-randomisation changes.
const TOKEN_BYTES: usize = 32;

type Token = [u8; TOKEN_BYTES];

/// Accepts a proof exactly if a witness was given for this very message and satisfies the statement which the state
/// machine worked out: what a Groth16 verifier does, without the pairing.
#[derive(Default)]
pub struct TestVerifier {
    acts: RefCell<BTreeMap<Token, ActWitness>>,
    refreshes: RefCell<BTreeMap<Token, RefreshWitness>>,
    lapses: RefCell<BTreeMap<Token, LapseWitness>>,
    /// Messages whose proof is accepted whatever it says: somebody knows the trapdoor of the set-up.
    forged: RefCell<Vec<Token>>,
}

fn proof_of(token: Token) -> [u8; PROOF_BYTES] {
    let mut proof = [0x5a; PROOF_BYTES];
    proof[..TOKEN_BYTES].copy_from_slice(&token);
    proof
}

fn names(proof: &[u8; PROOF_BYTES], context: ark_bls12_381::Fr) -> Option<Token> {
    let token = Element(context).to_bytes();
    (proof[..TOKEN_BYTES] == token).then_some(token)
}

impl TestVerifier {
    /// A "proof" of `message` by `witness`; whether it convinces is seen when it is checked.
    pub fn prove(&self, message: &ActMessage, witness: ActWitness) -> [u8; PROOF_BYTES] {
        let token = message.context().to_bytes();
        self.acts.borrow_mut().insert(token, witness);
        proof_of(token)
    }

    /// As [`TestVerifier::prove`], for a Refresh.
    pub fn prove_refresh(
        &self,
        message: &RefreshMessage,
        witness: RefreshWitness,
    ) -> [u8; PROOF_BYTES] {
        let token = message.context().to_bytes();
        self.refreshes.borrow_mut().insert(token, witness);
        proof_of(token)
    }

    /// As [`TestVerifier::prove`], for a Lapse.
    pub fn prove_lapse(&self, message: &LapseMessage, witness: LapseWitness) -> [u8; PROOF_BYTES] {
        let token = message.context().to_bytes();
        self.lapses.borrow_mut().insert(token, witness);
        proof_of(token)
    }

    /// A proof of anything.
    pub fn forge(&self, context: Element) -> [u8; PROOF_BYTES] {
        let token = context.to_bytes();
        self.forged.borrow_mut().push(token);
        proof_of(token)
    }

    fn is_forged(&self, token: &Token) -> bool {
        self.forged.borrow().contains(token)
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
        names(proof, statement.context).is_some_and(|token| {
            let witnesses = self.acts.borrow();
            let witness = witnesses.get(&token);
            self.is_forged(&token) || witness.is_some_and(|w| act::check(statement, w).is_ok())
        })
    }

    fn verify_refresh(&self, statement: &RefreshStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        assert_eq!(
            statement.terms.check(),
            Ok(()),
            "the market states sound terms"
        );
        names(proof, statement.context).is_some_and(|token| {
            let witnesses = self.refreshes.borrow();
            let witness = witnesses.get(&token);
            self.is_forged(&token) || witness.is_some_and(|w| refresh::check(statement, w).is_ok())
        })
    }

    fn verify_lapse(&self, statement: &LapseStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        assert_eq!(
            statement.terms.check(),
            Ok(()),
            "the market states sound terms"
        );
        names(proof, statement.context).is_some_and(|token| {
            let witnesses = self.lapses.borrow();
            let witness = witnesses.get(&token);
            self.is_forged(&token) || witness.is_some_and(|w| lapse::check(statement, w).is_ok())
        })
    }
}
