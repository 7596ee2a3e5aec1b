//! Making keys.
//!
//! The trapdoor (alpha, beta, gamma, delta and the evaluation point) proves false statements. It is
//! overwritten here as far as we hold it, but the key generator keeps copies of its own on the stack and
//! the heap: that nobody kept it can't be shown, which is why [`InsecureOneParty`] says what it says.

use ark_bls12_381::{Bls12_381, Fr, G1Projective, G2Projective};
use ark_ec::PrimeGroup;
use ark_ff::{UniformRand, Zero};
use ark_groth16::Groth16;
use ark_relations::gr1cs::SynthesisError;
use rand::{CryptoRng, RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::keys::{KeyDecodeError, Keys, ProvingKey};
use crate::kind::{InsecureOneParty, KeyKind, SeededTest};
use crate::r1cs::{R1cs, R1csError};
use crate::statement::Statement;

/// Why no keys could be made. All of these are faults of the statement's circuit.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The constraint system is not usable.
    #[error(transparent)]
    R1cs(#[from] R1csError),
    /// The generator failed on the circuit.
    #[error("statement {statement}: key generation failed: {source}")]
    Generator {
        /// The statement.
        statement: &'static str,
        /// What the generator reported.
        source: SynthesisError,
    },
    /// The generator's key does not fit the constraint system.
    #[error("statement {statement}: the generated key does not fit the circuit: {source}")]
    Key {
        /// The statement.
        statement: &'static str,
        /// What does not fit.
        source: KeyDecodeError,
    },
}

/// Makes keys for `S` with one party's randomness: pass the operating system's generator.
///
/// Whoever runs this could keep the trapdoor and prove false statements: see [`InsecureOneParty`].
///
/// # Errors
/// If the statement's circuit is faulty.
pub fn one_party_setup<S: Statement>(
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Keys<InsecureOneParty>, SetupError> {
    generate::<S, InsecureOneParty>(R1cs::of::<S>()?, rng)
}

/// Makes the same keys for `S` every time from a seed, for tests. Everybody knows their trapdoor.
///
/// # Errors
/// If the statement's circuit is faulty.
pub fn seeded_test_setup<S: Statement>(seed: u64) -> Result<Keys<SeededTest>, SetupError> {
    generate::<S, SeededTest>(R1cs::of::<S>()?, &mut seeded_rng(S::NAME, seed))
}

/// The generator behind [`seeded_test_setup`].
pub(crate) fn seeded_rng(statement: &str, seed: u64) -> ChaCha20Rng {
    let mut hash = Sha256::new();
    hash.update(b"tally seeded test set-up 1");
    hash.update(seed.to_le_bytes());
    hash.update(statement.as_bytes());
    ChaCha20Rng::from_seed(hash.finalize().into())
}

/// Runs the generator over the standard generators of both groups.
pub(crate) fn generate<S: Statement, K: KeyKind>(
    r1cs: R1cs,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Keys<K>, SetupError> {
    let statement = S::NAME;
    let [alpha, beta, gamma, delta] = std::array::from_fn(|_| Zeroizing::new(non_zero(rng)));
    let key = Groth16::<Bls12_381>::generate_parameters_with_qap(
        S::blank(),
        *alpha,
        *beta,
        *gamma,
        *delta,
        G1Projective::generator(),
        G2Projective::generator(),
        rng,
    )
    .map_err(|source| SetupError::Generator { statement, source })?;
    ProvingKey::of_setup(key, r1cs).map_err(|source| SetupError::Key { statement, source })
}

/// A uniform element other than zero.
pub(crate) fn non_zero(rng: &mut (impl RngCore + CryptoRng)) -> Fr {
    loop {
        let element = Fr::rand(rng);
        if !element.is_zero() {
            return element;
        }
    }
}
