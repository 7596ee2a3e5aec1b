//! Doubling many points at once, with shared inversions: how tables of multiples are made.

use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::SWCurveConfig;

use super::lanes::{Lanes, Point, Stored};
use super::sums::{from_affine, to_affine};

/// Points that share an inversion, in vectors.
pub(super) const VECTORS: usize = 64;

/// Doubles every point `times` times; `false` if that leads to the identity, which no point of odd order does.
///
/// At most [`VECTORS`] times as many points as there are lanes.
#[inline(always)]
pub(super) fn double_all<P, L>(points: &mut [Point<L::Stored>], times: u32) -> bool
where
    P: SWCurveConfig,
    L: Lanes,
    L::Stored: Stored<Ark = P::BaseField>,
{
    let Some(last) = points.last().copied() else {
        return true;
    };
    let mut vectors = Vec::with_capacity(points.len().div_ceil(L::COUNT));
    for chunk in points.chunks(L::COUNT) {
        let point = |lane: usize| chunk.get(lane).unwrap_or(&last);
        vectors.push((
            L::gather(|lane| &point(lane).x),
            L::gather(|lane| &point(lane).y),
        ));
    }
    let mut products = Vec::with_capacity(vectors.len());
    for _ in 0..times {
        products.clear();
        let mut product = L::one();
        for (_, y) in &vectors {
            products.push(product);
            product = product.mul(&y.add(y));
        }
        let Some(mut inverse) = product.invert() else {
            return double_one_by_one::<P, _>(points, times);
        };
        for ((x, y), product) in vectors.iter_mut().zip(&products).rev() {
            let over = inverse.mul(product);
            inverse = inverse.mul(&y.add(y));
            let square = x.square();
            let slope = square.add(&square).add(&square).mul(&over);
            let x3 = slope.square().sub_two_reduced(x, x);
            *y = slope.mul(&x.sub(&x3)).sub_reduced(y);
            *x = x3;
        }
    }
    for (chunk, (x, y)) in points.chunks_mut(L::COUNT).zip(&vectors) {
        let mut put = |lane: usize, set: &mut dyn FnMut(&mut Point<L::Stored>)| {
            if let Some(point) = chunk.get_mut(lane) {
                set(point);
            }
        };
        x.scatter(|lane, x| put(lane, &mut |point| point.x = *x));
        y.scatter(|lane, y| put(lane, &mut |point| point.y = *y));
    }
    true
}

/// By the library's formulas.
#[cold]
fn double_one_by_one<P, S>(points: &mut [Point<S>], times: u32) -> bool
where
    P: SWCurveConfig,
    S: Stored<Ark = P::BaseField>,
{
    for point in points {
        let mut group = to_affine::<P, _>(point).into_group();
        for _ in 0..times {
            group += group;
        }
        match from_affine::<P, _>(&group.into()) {
            Some(multiple) => *point = multiple,
            None => return false,
        }
    }
    true
}
