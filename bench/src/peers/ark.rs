//! ark-groth16: as its users call it, and from matrices that are kept.

use super::{PeerError, Prover, Task, Timed};
use crate::measure::timed;
use ark_bls12_381::{Bls12_381, Fr};
use ark_ff::UniformRand;
use ark_groth16::Groth16;
use ark_serialize::CanonicalSerialize;
use ark_snark::SNARK;
use rand::rngs::OsRng;
use std::hint::black_box;
use tally_prover::{InsecureOneParty, ProvingKey, Statement};

/// The library and its version, which the workspace pins.
const NAME: &str = "ark-groth16 0.6.0";

/// `Groth16::prove`: the whole of it.
pub(super) struct Whole<'a>(pub(super) &'a ProvingKey<InsecureOneParty>);

/// `create_proof_with_reduction_and_matrices`: from matrices and assignment.
pub(super) struct MatricesKept<'a>(pub(super) &'a ProvingKey<InsecureOneParty>);

impl<S: Statement> Prover<S> for Whole<'_> {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn prove(&self, task: Task<'_, S>) -> Result<Timed, PeerError> {
        let key = self.0.as_ark();
        let circuit = black_box(task.circuit);
        let (proof, took) = timed(|| Groth16::<Bls12_381>::prove(key, circuit, &mut OsRng));
        Ok((bytes(&proof?)?, took))
    }
}

impl<S: Statement> Prover<S> for MatricesKept<'_> {
    fn name(&self) -> String {
        format!("{NAME}, matrices kept")
    }

    fn prove(&self, task: Task<'_, S>) -> Result<Timed, PeerError> {
        let key = self.0.as_ark();
        let r1cs = self.0.r1cs();
        let assignment = black_box(task.assignment);
        let (proof, took) = timed(|| {
            let (r, s) = (Fr::rand(&mut OsRng), Fr::rand(&mut OsRng));
            Groth16::<Bls12_381>::create_proof_with_reduction_and_matrices(
                key,
                r,
                s,
                r1cs.matrices(),
                r1cs.num_public_inputs() + 1,
                r1cs.num_constraints(),
                assignment,
            )
        });
        Ok((bytes(&proof?)?, took))
    }
}

/// The encoding that all provers of this curve share.
fn bytes(proof: &ark_groth16::Proof<Bls12_381>) -> Result<Vec<u8>, PeerError> {
    let mut bytes = Vec::new();
    for result in [
        proof.a.serialize_compressed(&mut bytes),
        proof.b.serialize_compressed(&mut bytes),
        proof.c.serialize_compressed(&mut bytes),
    ] {
        result.map_err(|_| PeerError::Conversion {
            what: "a proof",
            library: NAME,
        })?;
    }
    Ok(bytes)
}
