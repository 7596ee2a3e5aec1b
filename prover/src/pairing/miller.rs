//! The Miller loop of many pairs at once.

use ark_bls12_381::{Fq, Fq2, Fq12, G1Projective, G2Affine};
use ark_ff::{Field, Zero};

use super::inverse::invert_all;
use super::line::{Evaluation, FixedLines, Walk, loop_bits};
use super::tower::{Fp2, Fp12, Line};

/// The product of the Miller loops of all pairs, with the squarings shared; one without pairs.
///
/// Its final exponentiation is the product of the pairings. All points must be of prime order, those of
/// G2 not the identity; a pair whose point of G1 is the identity counts for nothing, as it should.
pub(crate) fn miller_loop(
    pairs: &[(G1Projective, G2Affine)],
    fixed: &[(G1Projective, &FixedLines)],
) -> Fq12 {
    let points = pairs.iter().map(|pair| &pair.0);
    let evaluations = evaluations(points.chain(fixed.iter().map(|pair| &pair.0)));
    let (at_pairs, at_fixed) = evaluations.split_at(pairs.len());

    let one = Fp2::from(Fq2::ONE);
    let walks = at_pairs.iter().zip(pairs);
    let mut walks: Vec<Walk<Fq>> = walks
        .filter_map(|(at, (_, point))| {
            at.map(|at| Walk::new([point.x.into(), point.y.into()], one, at))
        })
        .collect();
    let fixed = at_fixed.iter().zip(fixed);
    let fixed: Vec<(Evaluation<Fq>, &FixedLines)> = fixed
        .filter_map(|(at, (_, lines))| at.map(|at| (at, *lines)))
        .collect();

    let mut f = Fp12::from(Fq12::ONE);
    let mut position = 0;
    for (index, bit) in loop_bits().enumerate() {
        if index > 0 {
            f = f.square();
        }
        f = multiply_lines(f, &mut walks, Walk::double);
        f = multiply_fixed(f, &fixed, position);
        position += 1;
        if bit {
            f = multiply_lines(f, &mut walks, Walk::add);
            f = multiply_fixed(f, &fixed, position);
            position += 1;
        }
    }
    // The curve's parameter is negative.
    let f = Fq12::from(f);
    Fq12::new(f.c0, -f.c1)
}

/// Points of G1 as lines need them, all with one inversion; none for the identity.
fn evaluations<'a>(
    points: impl Iterator<Item = &'a G1Projective> + Clone,
) -> Vec<Option<Evaluation<Fq>>> {
    // There is no point with y = 0 in the group: it would be of order two.
    let mut inverses: Vec<Fq> = points.clone().map(|point| point.y).collect();
    invert_all(&mut inverses);
    let evaluation = |(point, inverse): (&G1Projective, Fq)| {
        // In Jacobian coordinates x/y = (X/Z²)/(Y/Z³) = X·Z/Y and 1/y = Z³/Y.
        let z_over_y = point.z * inverse;
        (!point.is_zero()).then(|| Evaluation {
            inverse_y: point.z.square() * z_over_y,
            x_over_y: point.x * z_over_y,
        })
    };
    points.zip(inverses).map(evaluation).collect()
}

fn multiply_lines(
    mut f: Fp12<Fq>,
    walks: &mut [Walk<Fq>],
    step: impl Fn(&mut Walk<Fq>) -> Line<Fq>,
) -> Fp12<Fq> {
    for pair in walks.chunks_mut(2) {
        f = match pair {
            [first, second] => f.times_pair(step(first).times(step(second))),
            [single] => f.times_line(step(single)),
            _ => f,
        };
    }
    f
}

fn multiply_fixed(
    f: Fp12<Fq>,
    fixed: &[(Evaluation<Fq>, &FixedLines)],
    position: usize,
) -> Fp12<Fq> {
    fixed.iter().fold(f, |f, (at, lines)| {
        f.times_monic(at.monic(lines.as_slice()[position]), Fq::ONE)
    })
}
