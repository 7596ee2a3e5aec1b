//! The addition law against the library's, on points of every order that the curve has.

use ark_bls12_381::Fr;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ed_on_bls12_381::{EdwardsAffine, EdwardsProjective};
use ark_ff::{AdditiveGroup, Field};

use super::Affine;
use crate::r1cs::Builder;
use crate::r1cs::testing::{Forger, System};

/// A point of order eight, and with it all of the small orders.
fn of_order_eight() -> EdwardsProjective {
    let order = crate::jubjub::Scalar::from(-1_i64);
    (1_u64..)
        .filter_map(|y| EdwardsAffine::get_point_from_y_unchecked(Fr::from(y), false))
        // The order of the subgroup, less one, and once more.
        .map(|point| point * order + point)
        .find(|point| *point + point + point + point != EdwardsProjective::ZERO)
        .inspect(|point| {
            assert_ne!(point.double().double(), EdwardsProjective::ZERO);
            assert_eq!(point.double().double().double(), EdwardsProjective::ZERO);
        })
        .unwrap()
}

/// Points of small order, of the subgroup, and sums of both.
fn points() -> Vec<EdwardsAffine> {
    let small: Vec<_> = std::iter::successors(Some(EdwardsProjective::ZERO), |point| {
        Some(*point + of_order_eight())
    })
    .take(8)
    .collect();
    let generator = EdwardsAffine::generator();
    let mut points = small.clone();
    for multiple in [1_i64, 2, -1, 77] {
        let point = generator * crate::jubjub::Scalar::from(multiple);
        points.push(point);
        points.push(point + small[3]);
    }
    points.iter().map(|point| point.into_affine()).collect()
}

/// The circuit of one sum or double of points that are witnesses, and the result.
fn system(p: EdwardsAffine, q: Option<EdwardsAffine>) -> (System, EdwardsAffine) {
    let mut result = None;
    let system = System::of(|system| {
        let mut builder = Builder::new(system);
        builder.clause("points");
        let mut point = |point: EdwardsAffine| {
            Ok(Affine {
                x: builder.public(point.x)?,
                y: builder.public(point.y)?,
            })
        };
        let (p, q) = (point(p)?, q.map(point).transpose()?);
        let sum = match q {
            Some(q) => p.plus(&mut builder, &q)?,
            None => p.double(&mut builder)?,
        };
        result = Some(EdwardsAffine::new_unchecked(sum.x.value, sum.y.value));
        Ok(builder.into_clauses())
    });
    (system, result.unwrap())
}

#[test]
fn sums_and_doubles_are_those_of_the_library() {
    let points = points();
    for p in &points {
        let (double, found) = system(*p, None);
        assert!(double.failing().is_empty());
        assert_eq!(found, (*p + p).into_affine());
        assert_eq!(double.rows(), 5);
        for q in &points {
            let (sum, found) = system(*p, Some(*q));
            assert!(sum.failing().is_empty());
            assert_eq!(found, (*p + q).into_affine());
            assert_eq!(sum.rows(), 6);
        }
    }
}

/// No denominator is zero, so that each coordinate has one value only.
#[test]
fn sums_and_doubles_have_one_value() {
    let points = points();
    for p in &points {
        for q in points.iter().map(|q| Some(*q)).chain([None]) {
            let (mut system, _) = system(*p, q);
            system.no_single_variable_can_change();
            assert!(Forger::new(system).structure.free.is_empty());
        }
    }
}

#[test]
fn a_prescribed_sum_is_enforced() {
    let [p, q] = [5_i64, 9].map(|k| EdwardsAffine::generator() * crate::jubjub::Scalar::from(k));
    let [p, q, sum] = [p, q, p + q].map(|point| Affine::from(&point.into_affine()));
    for (wrong, failing) in [([0, 0], 0), ([1, 0], 1), ([0, 1], 1), ([1, 1], 2)] {
        let [x, y] = wrong.map(|one: u64| Fr::from(one));
        let claimed = Affine {
            x: sum.x.plus_constant(x),
            y: sum.y.plus_constant(y),
        };
        let system = System::of(|system| {
            let mut builder = Builder::new(system);
            builder.clause("sum");
            p.enforce_sum(&mut builder, &q, &claimed)?;
            Ok(builder.into_clauses())
        });
        assert_eq!(system.failing().len(), failing);
    }
}

/// What the law rests on: -1 is a square and d is not, and d is the curve's.
#[test]
fn the_law_is_complete() {
    assert!((-Fr::ONE).legendre().is_qr());
    assert!(super::D.legendre().is_qnr());
    assert_eq!(super::D * Fr::from(10_241_u64), -Fr::from(10_240_u64));
    let generator = EdwardsAffine::generator();
    let (xx, yy) = (generator.x.square(), generator.y.square());
    assert_eq!(yy - xx, Fr::ONE + super::D * xx * yy);
}
