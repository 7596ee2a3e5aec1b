//! Poseidon as constraints: three a S-box, nothing for the linear layers.
//!
//! The lanes are linear combinations. Since the partial rounds use the sparse matrices of the
//! native permutation, a lane is a combination of the variables that left the last full round and
//! of one variable a partial round since, at most 5 + 60.
//!
//! Constraints: 3 * (8 * width + partial rounds), less 3 for every lane that is constant at the
//! first S-box: 240 for two inputs, 294 for three, 297 for four.

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::SynthesisError;

use super::{Builder, Linear};
use crate::poseidon::permutation::{HALF, Matrix, PartialRound};
use crate::poseidon::{Domain, Permutation, WIDTH_3, WIDTH_5};

/// The twin of [`crate::poseidon::hash2`].
pub(crate) fn hash2(
    builder: &mut Builder,
    domain: Domain,
    inputs: [&Linear; 2],
) -> Result<Linear, SynthesisError> {
    let capacity = Linear::constant(domain.constant(2));
    let [a, b] = inputs.map(Linear::clone);
    let [_, digest, _] = permute(builder, &WIDTH_3, [capacity, a, b])?;
    Ok(digest)
}

/// The twin of [`crate::poseidon::hash3`].
pub(crate) fn hash3(
    builder: &mut Builder,
    domain: Domain,
    inputs: [&Linear; 3],
) -> Result<Linear, SynthesisError> {
    let capacity = Linear::constant(domain.constant(3));
    let [a, b, c] = inputs.map(Linear::clone);
    let zero = Linear::constant(Fr::ZERO);
    let [_, digest, ..] = permute(builder, &WIDTH_5, [capacity, a, b, c, zero])?;
    Ok(digest)
}

/// The twin of [`crate::poseidon::hash4`].
pub(crate) fn hash4(
    builder: &mut Builder,
    domain: Domain,
    inputs: [&Linear; 4],
) -> Result<Linear, SynthesisError> {
    let capacity = Linear::constant(domain.constant(4));
    let [a, b, c, d] = inputs.map(Linear::clone);
    let [_, digest, ..] = permute(builder, &WIDTH_5, [capacity, a, b, c, d])?;
    Ok(digest)
}

fn permute<const T: usize>(
    builder: &mut Builder,
    instance: &Permutation<T>,
    mut state: [Linear; T],
) -> Result<[Linear; T], SynthesisError> {
    for (i, constants) in instance.first.iter().enumerate() {
        let matrix = if i + 1 == HALF {
            &instance.entry
        } else {
            &instance.mds
        };
        state = full_round(builder, &state, constants, matrix)?;
    }
    for round in &instance.partial {
        partial_round(builder, &mut state, round)?;
    }
    for constants in &instance.last {
        state = full_round(builder, &state, constants, &instance.mds)?;
    }
    Ok(state)
}

fn full_round<const T: usize>(
    builder: &mut Builder,
    state: &[Linear; T],
    constants: &[Fr; T],
    matrix: &Matrix<T>,
) -> Result<[Linear; T], SynthesisError> {
    let mut powers = Vec::with_capacity(T);
    for (lane, constant) in state.iter().zip(constants) {
        powers.push(s_box(builder, &lane.plus_constant(*constant))?);
    }
    Ok(std::array::from_fn(|i| inner(&matrix[i], &powers)))
}

fn partial_round<const T: usize>(
    builder: &mut Builder,
    state: &mut [Linear; T],
    round: &PartialRound<T>,
) -> Result<(), SynthesisError> {
    let power = s_box(builder, &state[0].plus_constant(round.constant))?;
    state[0] = power.clone();
    let first = inner(&round.row, state);
    for (lane, factor) in state.iter_mut().zip(&round.column).skip(1) {
        lane.add_scaled(*factor, &power);
    }
    state[0] = first;
    Ok(())
}

fn inner<const T: usize>(row: &[Fr; T], lanes: &[Linear]) -> Linear {
    let mut sum = Linear::constant(Fr::ZERO);
    for (factor, lane) in row.iter().zip(lanes) {
        sum.add_scaled(*factor, lane);
    }
    sum.merge();
    sum
}

/// x^5 as x * x, its square, and that times x. The last product takes x as its second factor:
/// x stands there already in the first, so x^4 stays out of the second factors altogether.
fn s_box(builder: &mut Builder, x: &Linear) -> Result<Linear, SynthesisError> {
    if x.is_constant() {
        let square = x.value.square();
        return Ok(Linear::constant(square.square() * x.value));
    }
    let square = builder.product(x, x)?;
    let fourth = builder.product(&square, &square)?;
    builder.product(&fourth, x)
}
