//! Points as a verifier meets them: decoding them, multiplying them by public scalars.
//!
//! Scalars and points are public here: nothing runs in constant time.

mod decode;
mod input_table;
mod multiples;
mod power;
mod root;
#[cfg(test)]
mod tests;

pub(crate) use decode::{DecodePointError, decode_g1, decode_g2};
pub(crate) use input_table::InputTable;
pub(crate) use multiples::{OddMultiples, combine};
pub(crate) use power::Power;
