//! Several field elements side by side, worked on by one instruction stream.

use super::raw::Raw;

/// One coordinate of a point as it lies in memory.
pub(crate) trait Stored: Copy + Send + Sync + 'static {
    /// The same value as the library of fields and curves knows it.
    type Ark: Raw;
    /// Stands for this form in encoded tables. Never reused, never renumbered.
    const FORM: u32;

    /// Takes a value over.
    fn from_ark(value: &Self::Ark) -> Self;
    /// Gives it back.
    fn to_ark(&self) -> Self::Ark;
    /// This form's own representation, fully reduced, in the library's limbs: another element, for writing down only. No
    /// multiplication.
    fn to_raw(&self) -> Self::Ark;
    /// What [`to_raw`](Self::to_raw) gave. No multiplication.
    fn from_raw(raw: &Self::Ark) -> Self;
}

/// A point of a curve that is not the identity.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Point<S> {
    pub(crate) x: S,
    pub(crate) y: S,
}

/// [`COUNT`](Self::COUNT) independent elements of a field.
///
/// The elements are kept in a redundant form; what each operation accepts and yields is said in multiples of the
/// modulus p. "Raw" values may have limbs out of range and are good for subtractions only.
pub(crate) trait Lanes: Copy {
    /// How many elements; at most [`MOST`].
    const COUNT: usize;
    /// One of them in memory, below 2p.
    type Stored: Stored;

    /// One in every lane.
    fn one() -> Self;
    /// Asks the processor to bring a value near.
    fn prefetch<T>(_: &T) {}
    /// Loads `from(k)` into lane k.
    fn gather<'a>(from: impl Fn(usize) -> &'a Self::Stored) -> Self;
    /// Stores lane k to `put(k)`; values below 2p.
    fn scatter(&self, put: impl FnMut(usize, &Self::Stored));
    /// Sum; below 2^16 p if the sum of the bounds is.
    fn add(&self, other: &Self) -> Self;
    /// Difference; `other` below 64p, the result below `self` + 64p.
    fn sub(&self, other: &Self) -> Self;
    /// `self - b - c`; both below 64p, the result below `self` + 128p.
    fn sub_two(&self, b: &Self, c: &Self) -> Self;
    /// `self - b - c`, below 2p; `self` below 20p, `b` and `c` together below 100p, raw or not.
    fn sub_two_reduced(&self, b: &Self, c: &Self) -> Self;
    /// `self - b`, below 2p; `self` below 20p, `b` below 100p, raw or not.
    fn sub_reduced(&self, b: &Self) -> Self;
    /// Product; both below 2^16 p, the result below 20p.
    fn mul(&self, other: &Self) -> Self;
    /// Square; likewise.
    fn square(&self) -> Self;
    /// The lanes of `mask` negated; below 2p and raw if `self` is below 2p.
    fn neg_where(&self, mask: u8) -> Self;
    /// Inverse of each; `None` if one of them is zero.
    fn invert(&self) -> Option<Self>;
}

/// Most lanes that any implementation has.
pub(crate) const MOST: usize = 8;
