//! Lanes against single elements.

use ark_ff::{AdditiveGroup, Field};

use super::super::lanes::{Lanes, Stored};
use super::super::portable::Single;
use super::awkward_elements;
use ark_bls12_381::{Fq, Fq2};

/// The lanes' values.
fn values<L: Lanes>(lanes: &L) -> Vec<<L::Stored as Stored>::Ark> {
    let mut values = Vec::new();
    lanes.scatter(|lane, value| {
        assert_eq!(lane, values.len(), "lanes come in order");
        values.push(value.to_ark());
    });
    assert_eq!(values.len(), L::COUNT);
    values
}

/// Compares every operation on every pair of awkward values, `L::COUNT` pairs at a time.
fn operations_agree<L: Lanes>() {
    type Ark<L> = <<L as Lanes>::Stored as Stored>::Ark;
    let all: Vec<Ark<L>> = awkward_elements(1);
    let stored: Vec<L::Stored> = all.iter().map(L::Stored::from_ark).collect();
    let count = all.len();
    let one = L::one();
    assert!(values(&one).iter().all(|value| *value == Ark::<L>::ONE));
    // Values leave the lanes by a multiplication with one, which also brings them into range.
    let agree = |name: &str, lanes: &L, expected: &dyn Fn(usize) -> Ark<L>| {
        for (lane, got) in values(&lanes.mul(&one)).into_iter().enumerate() {
            assert_eq!(got, expected(lane), "{name}, lane {lane}");
        }
    };
    for start in 0..count {
        for shift in [0, 1, 7, 50, count / 2] {
            let at = |lane: usize| (start + lane) % count;
            let other = |lane: usize| (start + shift + 3 * lane) % count;
            let third = |lane: usize| (start + 2 * shift + 5 * lane + 1) % count;
            let a = L::gather(|lane| &stored[at(lane)]);
            let b = L::gather(|lane| &stored[other(lane)]);
            let c = L::gather(|lane| &stored[third(lane)]);
            let (x, y, z) = (|l| all[at(l)], |l| all[other(l)], |l| all[third(l)]);
            agree("a", &a, &x);
            agree("a + b", &a.add(&b), &|l| x(l) + y(l));
            agree("a - b", &a.sub(&b), &|l| x(l) - y(l));
            agree("a - b - c", &a.sub_two(&b, &c), &|l| x(l) - y(l) - z(l));
            agree("a·b", &a.mul(&b), &|l| x(l) * y(l));
            agree("a²", &a.square(), &|l| x(l).square());
            let product = a.mul(&b);
            agree("ab - c", &product.sub_reduced(&c), &|l| x(l) * y(l) - z(l));
            let reduced = product.sub_two_reduced(&c, &a);
            agree("ab - c - a", &reduced, &|l| x(l) * y(l) - z(l) - x(l));
            // As in a chain of additions: what was reduced is subtracted again, and raw values are.
            let chain = reduced.sub(&product).mul(&c.neg_where(0b0101_0101).sub(&b));
            agree("chain", &chain, &|l| {
                let signed = if l % 2 == 0 { -z(l) } else { z(l) };
                (x(l) * y(l) - z(l) - x(l) - x(l) * y(l)) * (signed - y(l))
            });
        }
    }
}

/// Lazy sums at the edge of what multiplication takes.
fn large_multiples_multiply<L: Lanes>() {
    type Ark<L> = <<L as Lanes>::Stored as Stored>::Ark;
    let all: Vec<Ark<L>> = awkward_elements(2);
    let stored: Vec<L::Stored> = all.iter().map(L::Stored::from_ark).collect();
    for start in 0..all.len() {
        let index = |lane: usize| (start + lane) % all.len();
        let mut sum = L::gather(|lane| &stored[index(lane)]);
        for _ in 0..15 {
            sum = sum.add(&sum);
        }
        for (lane, got) in values(&sum.mul(&sum).mul(&L::one()))
            .into_iter()
            .enumerate()
        {
            let expected = all[index(lane)] * Ark::<L>::from(1u64 << 15);
            assert_eq!(got, expected.square());
        }
    }
}

fn inverses_agree<L: Lanes>() {
    type Ark<L> = <<L as Lanes>::Stored as Stored>::Ark;
    let zero = Ark::<L>::ZERO;
    let all: Vec<Ark<L>> = awkward_elements::<Ark<L>>(3)
        .into_iter()
        .filter(|v| *v != zero)
        .collect();
    let mut stored: Vec<L::Stored> = all.iter().map(L::Stored::from_ark).collect();
    for start in 0..all.len() {
        let index = |lane: usize| (start + lane) % all.len();
        let lanes = L::gather(|lane| &stored[index(lane)]);
        let inverse = lanes.invert().expect("no lane is zero");
        for (lane, got) in values(&inverse.mul(&lanes)).into_iter().enumerate() {
            assert_eq!(got, Ark::<L>::ONE, "lane {lane}");
        }
    }
    // A zero in any lane, also one that is the modulus or a multiple of it in the lanes' form.
    stored.push(L::Stored::from_ark(&zero));
    for zero_lane in 0..L::COUNT {
        let pick = |lane: usize| {
            &stored[if lane == zero_lane {
                stored.len() - 1
            } else {
                lane
            }]
        };
        let lanes = L::gather(pick);
        assert!(lanes.invert().is_none());
        let hidden = lanes.sub(&lanes).mul(&L::one());
        assert!(hidden.invert().is_none());
        let difference = lanes
            .add(&lanes)
            .sub(&lanes)
            .sub_two(&lanes, &L::gather(|_| &stored[stored.len() - 1]));
        assert!(difference.mul(&L::one()).invert().is_none());
    }
}

fn all_of<L: Lanes>() {
    operations_agree::<L>();
    large_multiples_multiply::<L>();
    inverses_agree::<L>();
}

#[test]
fn portable_lanes_agree_with_the_library() {
    all_of::<Single<Fq>>();
    all_of::<Single<Fq2>>();
}

#[cfg(target_arch = "x86_64")]
#[test]
fn vector_lanes_agree_with_the_library() {
    use super::super::extension::Quadratic;
    use super::super::ifma::Eight;
    if super::can_test_vector() {
        all_of::<Eight>();
        all_of::<Quadratic<Eight>>();
    }
}

/// Every value that memory may hold: below 2p, not only below p.
#[cfg(target_arch = "x86_64")]
#[test]
fn stored_values_may_exceed_the_modulus() {
    use super::super::ifma::{Eight, Limbs};
    if !super::can_test_vector() {
        return;
    }
    for value in awkward_elements::<Fq>(4) {
        let stored = Limbs::from_ark(&value);
        let raised = stored.plus_modulus();
        assert_eq!(raised.to_ark(), value);
        let lanes = Eight::gather(|lane| if lane % 2 == 0 { &stored } else { &raised });
        for got in values(&lanes.mul(&lanes)) {
            assert_eq!(got, value.square());
        }
        for got in values(&lanes.sub(&Eight::gather(|_| &raised)).mul(&Eight::one())) {
            assert_eq!(got, Fq::ZERO);
        }
    }
}
