//! Fixed bases with tables of their multiples.

use std::sync::atomic::{AtomicBool, Ordering};

use ark_bls12_381::Fr;
use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ff::{AdditiveGroup, PrimeField};
use rayon::prelude::*;

use super::batch::POOL;
pub(crate) use super::buckets::Shape;
use super::buckets::multiply;
use super::engine::Engine;
use super::lanes::{Point, Stored};
use super::raw::Raw;
use super::sums::{from_affine, to_affine};

/// Bytes before the points of an encoded table: form of the coordinates, bits and sets of the shape, 4 bytes each, and the
/// number of bases in 8.
const HEADER_BYTES: usize = 20;
/// Points that one task encodes or decodes.
const CHUNK: usize = 1_024;

/// Bases that are known beforehand, each with some of its multiples by powers of two.
pub(crate) struct FixedBases<P: SWCurveConfig, E: Engine<P>> {
    shape: Shape,
    /// Positions of the bases that are not the identity.
    kept: Vec<u32>,
    /// For each kept base its levels, one after the other.
    table: Vec<Point<E::Stored>>,
}

impl<P, E> FixedBases<P, E>
where
    P: SWCurveConfig<ScalarField = Fr>,
    P::BaseField: Raw,
    E: Engine<P>,
{
    /// Bytes of a point in the encoding.
    const ENCODED_BYTES: usize = 2 * P::BaseField::BYTES;
    /// Bytes of one multiple of one base.
    pub(crate) const POINT_BYTES: usize = size_of::<Point<E::Stored>>();

    /// Makes the tables; `None` if a base is of even order, or if there are too many.
    pub(crate) fn new(bases: &[Affine<P>], shape: Shape) -> Option<Self> {
        let mut made = Self::empty(bases, shape)?;
        let rows: Option<Vec<Vec<Point<E::Stored>>>> = made
            .kept
            .par_chunks(E::DOUBLED)
            .map(|chunk| multiples::<P, E>(chunk.iter().map(|i| &bases[*i as usize]), shape))
            .collect();
        made.table = rows?.concat();
        Some(made)
    }

    /// The bases that count, without their multiples; `None` if there are too many.
    fn empty(bases: &[Affine<P>], shape: Shape) -> Option<Self> {
        let kept: Vec<u32> = (0..u32::try_from(bases.len()).ok()?)
            .filter(|index| !bases[*index as usize].is_zero())
            .collect();
        let levels = shape.levels() as usize;
        if kept.len().checked_mul(levels)? >= POOL as usize {
            return None;
        }
        let table = Vec::new();
        Some(Self { shape, kept, table })
    }

    /// The sum of each scalar times its base; as many scalars as there were bases.
    pub(crate) fn multiply(&self, scalars: &[Fr]) -> Projective<P> {
        let scalars: Vec<_> = self
            .kept
            .par_iter()
            .with_min_len(512)
            .map(|index| scalars[*index as usize].into_bigint())
            .collect();
        let scalars = zeroize::Zeroizing::new(scalars);
        multiply::<P, E>(self.shape, &self.table, &scalars)
    }

    /// Appends the table: shape, number of bases, then for each base its multiples, x before y.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.header());
        let encoded: Vec<Vec<u8>> = self
            .table
            .par_chunks(CHUNK)
            .map(|points| {
                let mut out = Vec::with_capacity(points.len() * Self::ENCODED_BYTES);
                for point in points {
                    point.x.to_raw().write(&mut out);
                    point.y.to_raw().write(&mut out);
                }
                out
            })
            .collect();
        for bytes in encoded {
            out.extend_from_slice(&bytes);
        }
    }

    /// Takes an encoded table of these bases and this shape from the front of `bytes`; `None` if it is not one.
    ///
    /// The first multiple of each base is compared with the base. The others are not made again: that is what the
    /// encoding is for.
    pub(crate) fn decode(bases: &[Affine<P>], shape: Shape, bytes: &mut &[u8]) -> Option<Self> {
        let mut decoded = Self::empty(bases, shape)?;
        let points = decoded.kept.len() * shape.levels() as usize;
        let (header, rest) = bytes.split_at_checked(HEADER_BYTES)?;
        let (encoded, rest) = rest.split_at_checked(points.checked_mul(Self::ENCODED_BYTES)?)?;
        if header != decoded.header() {
            return None;
        }
        decoded.table = read_all::<P, E::Stored>(encoded)?;
        let firsts = decoded.table.par_chunks_exact(shape.levels() as usize);
        let same = |(index, multiples): (&u32, &[Point<E::Stored>])| {
            to_affine::<P, _>(&multiples[0]) == bases[*index as usize]
        };
        if !decoded.kept.par_iter().zip(firsts).all(same) {
            return None;
        }
        *bytes = rest;
        Some(decoded)
    }

    fn header(&self) -> [u8; HEADER_BYTES] {
        let mut header = [0; HEADER_BYTES];
        header[..4].copy_from_slice(&E::Stored::FORM.to_le_bytes());
        header[4..8].copy_from_slice(&self.shape.bits.to_le_bytes());
        header[8..12].copy_from_slice(&self.shape.sets.to_le_bytes());
        header[12..].copy_from_slice(&(self.kept.len() as u64).to_le_bytes());
        header
    }

    /// Bytes of the tables.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.table.as_slice()) + size_of_val(self.kept.as_slice())
    }
}

/// Encoded points; `None` if a coordinate is not below the modulus.
fn read_all<P, S>(encoded: &[u8]) -> Option<Vec<Point<S>>>
where
    P: SWCurveConfig,
    P::BaseField: Raw,
    S: Stored<Ark = P::BaseField>,
{
    let size = P::BaseField::BYTES;
    let read = |bytes: &[u8]| P::BaseField::read(bytes).map(|raw| S::from_raw(&raw));
    // Written in place: to collect options would move every point twice more.
    let is_whole = AtomicBool::new(true);
    let zero = S::from_raw(&P::BaseField::ZERO);
    let coordinate = |bytes: &[u8]| {
        read(bytes).unwrap_or_else(|| {
            is_whole.store(false, Ordering::Relaxed);
            zero
        })
    };
    let mut points = Vec::new();
    encoded
        .par_chunks_exact(2 * size)
        .with_min_len(CHUNK)
        .map(|bytes| Point {
            x: coordinate(&bytes[..size]),
            y: coordinate(&bytes[size..]),
        })
        .collect_into_vec(&mut points);
    is_whole.into_inner().then_some(points)
}

/// The levels of some bases, base by base.
fn multiples<'a, P, E>(
    bases: impl Iterator<Item = &'a Affine<P>>,
    shape: Shape,
) -> Option<Vec<Point<E::Stored>>>
where
    P: SWCurveConfig,
    E: Engine<P>,
{
    let mut level: Vec<Point<E::Stored>> = bases.map(from_affine).collect::<Option<_>>()?;
    let (count, levels) = (level.len(), shape.levels() as usize);
    let Some(first) = level.first().copied() else {
        return Some(Vec::new());
    };
    let mut table = vec![first; count * levels];
    for number in 0..levels {
        if number > 0 && !E::double_all(&mut level, shape.bits * shape.sets) {
            return None;
        }
        for (base, point) in level.iter().enumerate() {
            table[base * levels + number] = *point;
        }
    }
    Some(table)
}
