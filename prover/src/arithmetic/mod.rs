//! The prover's arithmetic: sums of multiples of points that are known beforehand.
//!
//! | module | what is in it |
//! |---|---|
//! | [`lanes`] | several field elements side by side: what an implementation offers |
//! | [`ifma`] | eight lanes on AVX-512 integer multiply-add |
//! | [`portable`] | one lane on the library's arithmetic |
//! | [`extension`] | the quadratic extension over any lanes: coordinates of G2 |
//! | [`batch`] | a batch of affine additions that share one inversion |
//! | [`sums`] | sums of many lists of points at once |
//! | [`doubling`] | doubling many points at once |
//! | [`engine`] | which implementation runs, chosen when the program runs |
//! | [`buckets`] | from scalars to lists: signed digits, buckets, weighted sums |
//! | [`scalar`] | eight lanes of the scalar field |
//! | [`transforms`] | Fourier transforms on them |
//! | [`raw`] | field elements as bytes |
//! | [`bases`] | fixed bases with tables of their multiples |

pub(crate) mod bases;
mod batch;
mod buckets;
#[cfg(target_arch = "x86_64")]
mod constants;
mod doubling;
pub(crate) mod engine;
#[cfg(target_arch = "x86_64")]
mod extension;
#[cfg(target_arch = "x86_64")]
mod ifma;
mod lanes;
mod portable;
mod raw;
#[cfg(target_arch = "x86_64")]
mod scalar;
mod sums;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
pub(crate) mod transforms;
