//! Sums of lists and doublings against the group law of the library.

use ark_bls12_381::{g1, g2};
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AdditiveGroup, AffineRepr, CurveGroup};
use ark_ff::Zero;
use proptest::prelude::*;

use super::super::batch::{BATCH, NEGATIVE, Scratch};
use super::super::engine::{Engine, Portable};
use super::super::lanes::Point;
use super::super::sums::{Lists, from_affine, sum_lists, to_affine};
use super::{awkward_points, random_points};

/// Sums lists of (index, negative) of `points`, both ways.
fn sums_agree<P: SWCurveConfig, E: Engine<P>>(points: &[Affine<P>], lists: &[Vec<(usize, bool)>]) {
    let table: Vec<Point<E::Stored>> = points
        .iter()
        .map(|p| from_affine(p).expect("no identity"))
        .collect();
    let reference = |(index, negative): &(usize, bool)| {
        u32::try_from(*index).expect("few points") | if *negative { NEGATIVE } else { 0 }
    };
    let mut entries: Vec<u32> = lists.iter().flatten().map(reference).collect();
    let mut lengths: Vec<u32> = lists
        .iter()
        .map(|l| u32::try_from(l.len()).expect("short lists"))
        .collect();
    let lists_of = Lists {
        entries: &mut entries,
        lengths: &mut lengths,
    };
    // A second use of the same memory must not remember the first.
    let mut scratch = Scratch::default();
    sum_lists::<P, E>(
        &table,
        Lists {
            entries: &mut [0, 0, NEGATIVE],
            lengths: &mut [3],
        },
        &mut scratch,
    );
    let got = sum_lists::<P, E>(&table, lists_of, &mut scratch);
    assert_eq!(got.len(), lists.len());
    for (list, got) in lists.iter().zip(got) {
        let signed = |(index, negative): &(usize, bool)| {
            if *negative {
                -points[*index]
            } else {
                points[*index]
            }
        };
        let expected: Projective<P> = list.iter().map(signed).sum();
        let got = got.map_or(Affine::zero(), |point| to_affine::<P, _>(&point));
        assert_eq!(got, expected.into_affine());
    }
}

fn awkward_lists_agree<P: SWCurveConfig, E: Engine<P>>() {
    let points: Vec<Affine<P>> = awkward_points(1)
        .into_iter()
        .filter(|p| !p.is_zero())
        .collect();
    let n = points.len();
    let mut lists = vec![vec![], vec![(0, false)], vec![(0, true)], vec![]];
    for i in 0..n {
        for j in 0..n {
            for negative in [false, true] {
                lists.push(vec![(i, false), (j, negative)]);
                lists.push(vec![(i, false), (j, negative), (i, true)]);
                lists.push(vec![(i, false), (i, true), (j, negative), (j, !negative)]);
            }
        }
    }
    // One point many times: doublings in every round. One and its opposite many times: everything cancels.
    for length in [1, 2, 3, 4, 5, 8, 31, 64, 100, 3_000] {
        lists.push(vec![(1, false); length]);
        lists.push((0..length).map(|i| (3, i % 2 == 0)).collect());
        lists.push((0..length).map(|i| (i % n, i % 3 == 0)).collect());
    }
    sums_agree::<P, E>(&points, &lists);
}

fn full_batches_agree<P: SWCurveConfig, E: Engine<P>>() {
    let points = random_points::<P>(400, 2);
    for entries in [2 * BATCH - 2, 2 * BATCH, 2 * BATCH + 2, 4 * BATCH + 3] {
        let list: Vec<(usize, bool)> = (0..entries)
            .map(|i| ((i * 7) % 400, (i / 400) % 2 == 1))
            .collect();
        let lists: Vec<Vec<(usize, bool)>> = list.chunks(39).map(<[_]>::to_vec).collect();
        sums_agree::<P, E>(&points, &lists);
        sums_agree::<P, E>(&points, &[list]);
    }
}

fn doublings_agree<P: SWCurveConfig, E: Engine<P>>() {
    for count in [0, 1, 7, 8, 9, E::DOUBLED] {
        let points = random_points::<P>(count, 3);
        for times in [0, 1, 2, 13] {
            let mut stored: Vec<Point<E::Stored>> = points
                .iter()
                .map(|p| from_affine(p).expect("no identity"))
                .collect();
            assert!(E::double_all(&mut stored, times));
            for (got, point) in stored.iter().zip(&points) {
                let mut expected = point.into_group();
                for _ in 0..times {
                    expected.double_in_place();
                }
                assert_eq!(to_affine::<P, _>(got), expected.into_affine());
            }
        }
    }
}

fn all_of<P: SWCurveConfig, E: Engine<P>>() {
    awkward_lists_agree::<P, E>();
    full_batches_agree::<P, E>();
    doublings_agree::<P, E>();
}

#[test]
fn portable_sums_agree_with_the_library() {
    all_of::<g1::Config, Portable>();
    all_of::<g2::Config, Portable>();
}

#[cfg(target_arch = "x86_64")]
#[test]
fn vector_sums_agree_with_the_library() {
    use super::super::engine::Vector;
    if super::can_test_vector() {
        all_of::<g1::Config, Vector>();
        all_of::<g2::Config, Vector>();
    }
}

/// A point of order two has no double: tables of it are refused, not wrong. (The curve has none; this one is not on it.)
#[test]
fn doubling_to_the_identity_is_refused() {
    use ark_bls12_381::Fq;
    let mut points = vec![Point {
        x: Fq::from(5u64),
        y: Fq::zero(),
    }];
    assert!(!<Portable as Engine<g1::Config>>::double_all(
        &mut points,
        1
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_lists_agree(lists in prop::collection::vec(prop::collection::vec((0usize..14, any::<bool>()), 0..40), 1..60)) {
        let points: Vec<Affine<g1::Config>> = awkward_points(5).into_iter().filter(|p| !p.is_zero()).collect();
        sums_agree::<g1::Config, Portable>(&points, &lists);
        #[cfg(target_arch = "x86_64")]
        if super::has_vector() {
            sums_agree::<g1::Config, super::super::engine::Vector>(&points, &lists);
        }
    }
}
