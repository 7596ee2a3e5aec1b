//! The Poseidon permutation with sparse matrices in the partial rounds.
//!
//! A partial round applies the S-box to lane 0 alone, so every matrix diag(1, N) commutes with it.
//! Write the round's matrix as M = S * diag(1, N), with
//!
//! ```text
//!     M = | m  v |      S = | m  v N^-1 |
//!         | w  N |          | w    I    |
//! ```
//!
//! and move diag(1, N) back past the S-box into the round before, whose matrix becomes
//! diag(1, N) * M and is split in turn; the last one ends in the full round that precedes the
//! partial rounds. Likewise the round constants of lanes 1 and up pass the S-box and are carried
//! forward through the sparse matrices into the constants of the full round that follows. A partial
//! round then costs 2T - 1 products instead of T^2.

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};

use super::{FULL_ROUNDS, Parameters};

/// Full rounds on either side of the partial ones.
pub(crate) const HALF: usize = FULL_ROUNDS / 2;

/// A square matrix, by rows.
pub(crate) type Matrix<const T: usize> = [[Fr; T]; T];

/// One partial round: `lane 0 += constant`, S-box on lane 0, then the sparse matrix.
pub(crate) struct PartialRound<const T: usize> {
    /// Added to lane 0 before the S-box.
    pub constant: Fr,
    /// New lane 0 is the inner product of this row and the state.
    pub row: [Fr; T],
    /// New lane i, from 1 up, is lane i plus this times the old lane 0; entry 0 is unused.
    pub column: [Fr; T],
}

/// One instance, ready to use.
pub(crate) struct Permutation<const T: usize> {
    /// Constants of the full rounds before the partial ones.
    pub first: [[Fr; T]; HALF],
    /// Constants of the full rounds after them.
    pub last: [[Fr; T]; HALF],
    /// The matrix of every full round but the one before the partial rounds.
    pub mds: Matrix<T>,
    /// The matrix of the full round before the partial rounds.
    pub entry: Matrix<T>,
    /// The partial rounds.
    pub partial: Vec<PartialRound<T>>,
}

impl<const T: usize> Permutation<T> {
    /// Rewrites the plain parameters into the sparse form.
    pub fn new(parameters: &Parameters<T>) -> Self {
        let constants = &parameters.constants;
        let partial_rounds = constants.len() - FULL_ROUNDS;
        // Backwards: `moved` is the diag(1, N) that the following round has handed to this one.
        let mut moved = identity();
        let mut partial: Vec<PartialRound<T>> = Vec::with_capacity(partial_rounds);
        let mut shifted = Vec::with_capacity(partial_rounds);
        for round in (0..partial_rounds).rev() {
            let (row, column, next) = split(&product(&moved, &parameters.mds));
            moved = next;
            shifted.push(apply(&moved, &constants[HALF + round]));
            partial.push(PartialRound {
                constant: Fr::ZERO,
                row,
                column,
            });
        }
        partial.reverse();
        shifted.reverse();
        // Forwards: the constants of lanes 1 and up travel through the sparse matrices.
        let mut carried = [Fr::ZERO; T];
        for (round, constants) in partial.iter_mut().zip(&shifted) {
            let mut sum = add(&carried, constants);
            round.constant = sum[0];
            sum[0] = Fr::ZERO;
            carried = round.mix(&sum);
        }
        let mut last: [[Fr; T]; HALF] =
            std::array::from_fn(|i| constants[HALF + partial_rounds + i]);
        last[0] = add(&last[0], &carried);
        Self {
            first: std::array::from_fn(|i| constants[i]),
            last,
            mds: parameters.mds,
            entry: product(&moved, &parameters.mds),
            partial,
        }
    }

    /// Permutes `state`.
    pub fn permute(&self, state: &mut [Fr; T]) {
        for (i, constants) in self.first.iter().enumerate() {
            let matrix = if i + 1 == HALF {
                &self.entry
            } else {
                &self.mds
            };
            full_round(state, constants, matrix);
        }
        for round in &self.partial {
            state[0] = s_box(state[0] + round.constant);
            *state = round.mix(state);
        }
        for constants in &self.last {
            full_round(state, constants, &self.mds);
        }
    }
}

impl<const T: usize> PartialRound<T> {
    /// The sparse matrix times `state`.
    fn mix(&self, state: &[Fr; T]) -> [Fr; T] {
        let mut out = *state;
        out[0] = inner(&self.row, state);
        for (lane, factor) in out.iter_mut().zip(&self.column).skip(1) {
            *lane += *factor * state[0];
        }
        out
    }
}

/// x^5.
fn s_box(x: Fr) -> Fr {
    x.square().square() * x
}

fn full_round<const T: usize>(state: &mut [Fr; T], constants: &[Fr; T], matrix: &Matrix<T>) {
    for (lane, constant) in state.iter_mut().zip(constants) {
        *lane = s_box(*lane + constant);
    }
    *state = apply(matrix, state);
}

fn inner<const T: usize>(a: &[Fr; T], b: &[Fr; T]) -> Fr {
    a.iter().zip(b).map(|(a, b)| *a * b).sum()
}

fn add<const T: usize>(a: &[Fr; T], b: &[Fr; T]) -> [Fr; T] {
    std::array::from_fn(|i| a[i] + b[i])
}

fn apply<const T: usize>(matrix: &Matrix<T>, vector: &[Fr; T]) -> [Fr; T] {
    std::array::from_fn(|i| inner(&matrix[i], vector))
}

fn product<const T: usize>(a: &Matrix<T>, b: &Matrix<T>) -> Matrix<T> {
    std::array::from_fn(|i| std::array::from_fn(|j| (0..T).map(|k| a[i][k] * b[k][j]).sum()))
}

fn identity<const T: usize>() -> Matrix<T> {
    std::array::from_fn(|i| std::array::from_fn(|j| if i == j { Fr::ONE } else { Fr::ZERO }))
}

/// Splits a matrix into the row and column of the sparse factor and the factor diag(1, N).
fn split<const T: usize>(matrix: &Matrix<T>) -> ([Fr; T], [Fr; T], Matrix<T>) {
    let mut diagonal = *matrix;
    diagonal[0] = [Fr::ZERO; T];
    for row in &mut diagonal {
        row[0] = Fr::ZERO;
    }
    diagonal[0][0] = Fr::ONE;
    let inverse = inverse(&diagonal);
    // diag(1, N)^-1 leaves the corner alone: (m, v) becomes (m, v N^-1).
    let row = std::array::from_fn(|j| (0..T).map(|k| matrix[0][k] * inverse[k][j]).sum());
    let column = std::array::from_fn(|i| if i == 0 { Fr::ZERO } else { matrix[i][0] });
    (row, column, diagonal)
}

/// Gauss-Jordan elimination.
///
/// Called for the fixed matrices of the two instances only. Were one of them singular, the result
/// would be wrong and the known answers of the tests would fail.
fn inverse<const T: usize>(matrix: &Matrix<T>) -> Matrix<T> {
    let mut left = *matrix;
    let mut right = identity::<T>();
    for column in 0..T {
        let pivot = (column..T)
            .find(|row| left[*row][column] != Fr::ZERO)
            .unwrap_or(column);
        left.swap(column, pivot);
        right.swap(column, pivot);
        let scale = left[column][column].inverse().unwrap_or(Fr::ZERO);
        for j in 0..T {
            left[column][j] *= scale;
            right[column][j] *= scale;
        }
        let (left_pivot, right_pivot) = (left[column], right[column]);
        for row in (0..T).filter(|row| *row != column) {
            let factor = left[row][column];
            for j in 0..T {
                left[row][j] -= factor * left_pivot[j];
                right[row][j] -= factor * right_pivot[j];
            }
        }
    }
    right
}
