//! Small signed discrete logarithms, by baby steps and giant steps (D. Shanks, 1971).
//!
//! The baby steps, 0 to 2^17 times the generator, are a table that is made once in a process. Negation on an Edwards curve
//! keeps y, so that one entry stands for a number and its negative: a giant step is 2^18 + 1 wide, and 2^34 + 1 candidates
//! take at most 2^16 of them. Both kinds of steps are additions of one fixed point, normalised together by one inversion a
//! block.

use std::sync::OnceLock;

use ark_ec::{AffineRepr, CurveGroup};
use ark_ed_on_bls12_381::{EdwardsAffine, EdwardsProjective};
use tally_circuits::jubjub::Point;

use crate::decryption::matches;

/// Positions sum up to at most this in magnitude, contracts.
pub const SIGNED_BOUND: i64 = 1 << 33;

/// The widest range that is searched, in about a minute: the limbs of as many notes as a tree holds.
pub const WIDEST: u64 = 1 << 44;

/// The farthest from zero that a range may reach, so that no sum of steps overflows.
const FARTHEST: u64 = 1 << 62;

/// The largest baby step.
const BABY_STEPS: u32 = 1 << 17;

/// How far one giant step goes: the baby steps of both signs, and zero.
const STRIDE: i64 = 2 * (BABY_STEPS as i64) + 1;

/// How many steps are normalised together.
const BLOCK: usize = 1 << 10;

/// Why no logarithm was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogarithmError {
    /// The point is no multiple in the range.
    #[error(
        "point is no multiple of the generator from {low} to {high}; the ciphertexts hold values beyond their bounds"
    )]
    NotInRange {
        /// The least value tried.
        low: i64,
        /// The greatest value tried.
        high: i64,
    },
    /// The range is empty, too wide or too far out to be searched.
    #[error(
        "no range from {low} to {high} is searched; it has to be at most {WIDEST} wide, and within 2^62 of zero"
    )]
    NoRange {
        /// The least value.
        low: i64,
        /// The greatest value.
        high: i64,
    },
}

/// The integer whose multiple of the generator `point` is, at most [`SIGNED_BOUND`] in magnitude.
///
/// # Errors
/// [`LogarithmError::NotInRange`].
pub fn signed(point: Point) -> Result<i64, LogarithmError> {
    within(point, -SIGNED_BOUND, SIGNED_BOUND)
}

/// The integer from `low` to `high` whose multiple of the generator `point` is. Time grows with the width of the range.
///
/// # Errors
/// [`LogarithmError`].
pub fn within(point: Point, low: i64, high: i64) -> Result<i64, LogarithmError> {
    let in_bounds =
        low <= high && low.unsigned_abs() <= FARTHEST && high.unsigned_abs() <= FARTHEST;
    if !in_bounds || high.abs_diff(low) > WIDEST {
        return Err(LogarithmError::NoRange { low, high });
    }
    let table = BabySteps::get();
    // The first stride reaches from `low` on: its centre is all baby steps above. No overflow below 2^62 + 2^44.
    let mut centre = low + i64::from(BABY_STEPS);
    let mut rest = point.affine() - Point::of_integer(centre).affine();
    let step = -Point::of_integer(STRIDE).affine();
    while centre - i64::from(BABY_STEPS) <= high {
        for rest in block(&mut rest, step) {
            for candidate in table.candidates(rest, centre) {
                if (low..=high).contains(&candidate) && matches(point, candidate) {
                    return Ok(candidate);
                }
            }
            centre += STRIDE;
        }
    }
    Err(LogarithmError::NotInRange { low, high })
}

/// The baby steps, sorted by a part of their y coordinates.
struct BabySteps(Vec<(u64, u32)>);

impl BabySteps {
    /// The table, made at the first call.
    fn get() -> &'static Self {
        static TABLE: OnceLock<BabySteps> = OnceLock::new();
        TABLE.get_or_init(Self::new)
    }

    fn new() -> Self {
        let mut next = EdwardsProjective::from(EdwardsAffine::zero());
        let mut steps = Vec::with_capacity(BABY_STEPS as usize + BLOCK);
        while steps.len() <= BABY_STEPS as usize {
            let points = block(&mut next, EdwardsAffine::generator());
            steps.extend(points.into_iter().map(key_of));
        }
        let mut steps: Vec<(u64, u32)> = steps.into_iter().zip(0..=BABY_STEPS).collect();
        steps.sort_unstable();
        Self(steps)
    }

    /// The integers around `centre` that the point may stand for: `centre` plus its own logarithm. A key is a part of a
    /// coordinate, and the sign is open, so that each has to be tried.
    fn candidates(&self, rest: EdwardsAffine, centre: i64) -> impl Iterator<Item = i64> {
        let key = key_of(rest);
        let from = self.0.partition_point(|&(other, _)| other < key);
        self.0[from..]
            .iter()
            .take_while(move |&&(other, _)| other == key)
            .flat_map(move |&(_, step)| [centre + i64::from(step), centre - i64::from(step)])
    }
}

/// What the table is sorted by: the lowest limb of the y coordinate as it is stored, the same for a point and its negative.
fn key_of(point: EdwardsAffine) -> u64 {
    point.y.0.0[0]
}

/// [`BLOCK`] points from `next` on, each `step` after the one before.
fn block(next: &mut EdwardsProjective, step: EdwardsAffine) -> Vec<EdwardsAffine> {
    let mut points = Vec::with_capacity(BLOCK);
    for _ in 0..BLOCK {
        points.push(*next);
        *next += step;
    }
    EdwardsProjective::normalize_batch(&points)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_edges_of_the_bounds_are_found() {
        for value in [
            0,
            1,
            -1,
            SIGNED_BOUND,
            -SIGNED_BOUND,
            STRIDE,
            -STRIDE,
            STRIDE / 2 + 1,
        ] {
            assert_eq!(signed(Point::of_integer(value)), Ok(value));
        }
        let high = 2 * SIGNED_BOUND;
        for value in [0, 1, high, high - 1, STRIDE / 2, STRIDE / 2 + 1] {
            assert_eq!(within(Point::of_integer(value), 0, high), Ok(value));
        }
    }

    #[test]
    fn beyond_the_bounds_nothing_is_found() {
        for value in [SIGNED_BOUND + 1, -SIGNED_BOUND - 1] {
            let (low, high) = (-SIGNED_BOUND, SIGNED_BOUND);
            let nothing = Err(LogarithmError::NotInRange { low, high });
            assert_eq!(signed(Point::of_integer(value)), nothing);
        }
        let (low, high) = (0, 2 * SIGNED_BOUND);
        for value in [low - 1, high + 1] {
            let nothing = Err(LogarithmError::NotInRange { low, high });
            assert_eq!(within(Point::of_integer(value), low, high), nothing);
        }
    }

    #[test]
    fn ranges_are_bounded() {
        let far = 1 << 62;
        assert_eq!(
            within(Point::of_integer(far - 3), far - 5, far),
            Ok(far - 3)
        );
        assert_eq!(
            within(Point::of_integer(3 - far), -far, 5 - far),
            Ok(3 - far)
        );
        let wide = i64::try_from(WIDEST).unwrap() + 1;
        for (low, high) in [
            (1, 0),
            (0, wide),
            (far, far + 1),
            (i64::MIN, i64::MAX),
            (i64::MIN, i64::MIN),
        ] {
            let refused = Err(LogarithmError::NoRange { low, high });
            assert_eq!(within(Point::identity(), low, high), refused);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn every_value_in_a_range_is_found(value in -SIGNED_BOUND..=SIGNED_BOUND, around in 0_i64..1_000_000) {
            let point = Point::of_integer(value);
            prop_assert_eq!(signed(point), Ok(value));
            prop_assert_eq!(within(point, value - around, value + around), Ok(value));
            prop_assert!(within(point, value + 1, value + around + 1).is_err());
            prop_assert!(within(point, value - around - 1, value - 1).is_err());
        }
    }
}
