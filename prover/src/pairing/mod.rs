//! Pairings as a verifier needs them: many at once, some with points that are known beforehand.
//!
//! `ark-ec` computes pairings for every curve of the family from prepared points, 20 kB each. Here, for
//! BLS12-381 alone:
//!
//! - a point's lines are multiplied in as they are found, two at a time ([`tower`]);
//! - the squarings are shared by all pairs of a loop ([`miller`]);
//! - the lines of a key's own points are kept with leading coefficient one ([`line::FixedLines`]);
//! - the final exponentiation squares compressed elements ([`exponent`]).
//!
//! The results are exactly those of `ark-ec`, up to factors that the final exponentiation removes, and
//! are tested against them. All inputs are public: nothing here runs in constant time.

mod base;
mod exponent;
mod inverse;
mod line;
mod miller;
#[cfg(test)]
mod tests;
mod tower;

pub(crate) use exponent::final_exponentiation;
pub(crate) use inverse::invert_all;
pub(crate) use line::FixedLines;
pub(crate) use miller::miller_loop;
