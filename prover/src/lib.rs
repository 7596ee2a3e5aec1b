//! Proving keys, proving, and single and batch verification for the statements of Tally.
//!
//! The proof system is Groth16 over BLS12-381 (<https://eprint.iacr.org/2016/260>): 192 bytes a proof,
//! three pairings' worth of work to verify one, whatever the statement.
//!
//! | module | what is in it |
//! |---|---|
//! | [`kind`] | where a key comes from, in its type: an insecure key can't pass for a ceremony key |
//! | [`statement`] | what can be proven: the name, the circuit, the number of public inputs |
//! | [`r1cs`] | a statement's constraint matrices and their digest |
//! | [`keys`] | proving and verifying keys and their encodings |
//! | [`setup`] | making keys: one party with fresh randomness, or a seed in tests |
//! | [`cache`] | keys on disk under a content hash: made once, checked at every load |
//! | [`proof`] | the 192-byte proof, checked when decoded |
//! | [`mod@prove`] | making a proof |
//! | [`phases`] | where the time of a proof goes |
//! | [`mod@verify`] | checking one |
//! | [`batch`] | checking many at once, naming the bad ones |
//!
//! ```no_run
//! use ark_bls12_381::Fr;
//! use rand::rngs::OsRng;
//! use tally_prover::{Act, KeyCache, Statement, prove, verify, verify_batch};
//!
//! # fn example(
//! #     circuit: <Act as Statement>::Circuit,
//! #     public_inputs: &[Fr],
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! let keys = KeyCache::open("keys")?.load_or_create::<Act>()?;
//! let proof = prove(&keys.proving, circuit, &mut OsRng)?;
//! verify(&keys.verifying, public_inputs, &proof)?;
//! verify_batch(&keys.verifying, &[(public_inputs, &proof)], &mut OsRng)?;
//! # Ok(())
//! # }
//! ```
//!
//! **Proofs are malleable**: anyone can turn a valid proof into another valid proof of the same public
//! inputs. Nothing may be identified by its proof bytes; replay is stopped by the nullifier.

mod arithmetic;
pub mod batch;
pub mod cache;
mod engine;
#[cfg(feature = "test-fixtures")]
pub mod fixtures;
mod group;
pub mod keys;
pub mod kind;
mod pairing;
pub mod phases;
pub mod proof;
pub mod prove;
pub mod r1cs;
pub mod setup;
pub mod statement;
pub mod verify;

pub use batch::{
    BatchCost, BatchError, WireBatchError, verify_batch, verify_batch_from_wire,
    verify_batch_measured,
};
pub use cache::{CacheError, ExpectedFile, ExpectedKeys, KeyCache, KeyFiles, KeyInfo};
pub use engine::arithmetic_name;
#[cfg(feature = "test-fixtures")]
pub use fixtures::{act_test_keys, lapse_test_keys, refresh_test_keys};
pub use keys::{KeyDecodeError, Keys, ProvingKey, VerifyingKey};
pub use kind::{Ceremony, InsecureOneParty, KeyKind, Kind, LocalKind, SeededTest};
pub use phases::Phases;
pub use proof::{Proof, ProofDecodeError};
pub use prove::{ProveError, assign, prove, prove_measured};
pub use r1cs::{CircuitDigest, R1cs, R1csError};
pub use setup::{SetupError, one_party_setup, seeded_test_setup};
pub use statement::{Act, Lapse, Refresh, Statement};
pub use verify::{VerifyError, verify};
