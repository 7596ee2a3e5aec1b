//! Every fast path against the library's own arithmetic.

mod field;
mod multiples;
mod points;

use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{Field, UniformRand};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use super::engine::has_vector;

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// Whether the vector unit can be tested; says so if not.
fn can_test_vector() -> bool {
    if !has_vector() {
        println!(
            "SKIPPED: this processor has no AVX-512 IFMA, so only the portable arithmetic is tested"
        );
    }
    has_vector()
}

/// Distinct points of the group, none the identity.
fn random_points<P: SWCurveConfig>(count: usize, seed: u64) -> Vec<Affine<P>> {
    let mut rng = rng(seed);
    let points: Vec<Projective<P>> = (0..count).map(|_| Projective::rand(&mut rng)).collect();
    Projective::normalize_batch(&points)
}

/// Points that trip formulas: repeated ones, opposite ones, doubles of each other, and the identity.
fn awkward_points<P: SWCurveConfig>(seed: u64) -> Vec<Affine<P>> {
    let [a, b, c] = random_points::<P>(3, seed)[..] else {
        unreachable!("three were asked for")
    };
    let double = |point: Affine<P>| (point + point).into_affine();
    let generator = Affine::<P>::generator();
    vec![
        a,
        a,
        -a,
        b,
        double(a),
        -double(a),
        Affine::zero(),
        generator,
        -generator,
        a,
        c,
        Affine::zero(),
        -c,
        c,
        (a + b).into_affine(),
        b,
    ]
}

/// Field elements at the edges.
fn awkward_elements<F: Field>(seed: u64) -> Vec<F> {
    let mut rng = rng(seed);
    let mut values = vec![F::ZERO, F::ONE, -F::ONE, F::from(2u64), -F::from(2u64)];
    let mut power = F::ONE;
    for bit in 0..400 {
        power.double_in_place();
        if bit % 13 == 0 || bit % 52 == 51 || bit % 52 == 50 {
            values.extend([power, -power, power - F::ONE]);
        }
    }
    values.extend((0..64).map(|_| F::rand(&mut rng)));
    values
}
