//! The decryption of an epoch's sum: frozen ciphertexts, good and bad shares, deadlines, posted values.

#![allow(clippy::unwrap_used, reason = "a test helper that fails the test")]

mod epoch_fixture;

use epoch_fixture::{Committee, at, seat_key};
use proptest::prelude::*;
use tally_circuits::elgamal::Ciphertext;
use tally_circuits::jubjub::{Point, Scalar};
use tally_circuits::refresh::LIMB_BITS;
use tally_exchange::epoch::opening::{
    MAX_POSITION_SUM, OpenedSums, OpeningRefusal, ShareDeadline, ShareFault, ShareRefusal,
    SumOpening,
};
use tally_exchange::epoch::rounds::RoundKey;
use tally_exchange::message::{ChainId, OpeningMessage, Symbol};
use tally_exchange::units::Time;
use tally_mpc::decryption::{DecryptionShare, share};

const EPOCH: u64 = 12;
const SHARE_TIME: u64 = 300;

/// Position and cash of a refreshed note.
type Note = (i64, i64);

struct Scene {
    committee: Committee,
    key: RoundKey,
}

impl Scene {
    fn new(seats: u8) -> Self {
        let committee = Committee::new(seats);
        let key = committee.joint_key();
        Self { committee, key }
    }

    /// The sum of the encryptions of `values`, with randomness that differs from column to column.
    fn encrypt(&self, values: &[i64], column: u64) -> Ciphertext {
        let each = (1_u64..).zip(values).map(|(number, value)| {
            let randomness = Scalar::from(number * 7_919 + column);
            Ciphertext::encrypt(*value, &randomness, self.key.key())
        });
        each.fold(Ciphertext::neutral(), |sum, one| sum + one)
    }

    /// The opening of these notes' sums, until second 300.
    fn opening(&self, notes: &[Note], with_cash: bool) -> SumOpening {
        let positions: Vec<i64> = notes.iter().map(|note| note.0).collect();
        let limb = |shift: u32| -> Vec<i64> {
            let offset = notes.iter().map(|note| note.1 + (1 << 47));
            offset
                .map(|cash| (cash >> shift) & ((1 << LIMB_BITS) - 1))
                .collect()
        };
        let cash =
            with_cash.then(|| [self.encrypt(&limb(0), 1), self.encrypt(&limb(LIMB_BITS), 2)]);
        let sums = (self.encrypt(&positions, 0), cash);
        let refreshed = u64::try_from(notes.len()).unwrap();
        SumOpening::begin(&self.key, EPOCH, sums, refreshed, at(SHARE_TIME))
    }

    fn share(&self, opening: &SumOpening, index: u32) -> DecryptionShare {
        let key_share = self.committee.key_share(&self.key, index);
        let ciphertexts = opening.ciphertexts();
        share(opening.context(), &key_share, self.key.joint(), ciphertexts).unwrap()
    }

    fn post(&self, opening: &mut SumOpening, indices: impl IntoIterator<Item = u32>, now: Time) {
        for index in indices {
            let share = self.share(opening, index);
            let seat = self.committee.seat(index);
            assert_eq!(opening.add_share(seat, &share, now), Ok(()));
        }
    }
}

fn values(position: i64, cash: Option<[i64; 2]>) -> OpeningMessage {
    OpeningMessage {
        chain: ChainId([7; 32]),
        market: Symbol::new("HEG7").unwrap(),
        epoch: EPOCH,
        position,
        cash,
    }
}

fn limb_sums(notes: &[Note]) -> [i64; 2] {
    let offset = |note: &Note| note.1 + (1 << 47);
    [
        notes
            .iter()
            .map(|note| offset(note) & ((1 << LIMB_BITS) - 1))
            .sum(),
        notes.iter().map(|note| offset(note) >> LIMB_BITS).sum(),
    ]
}

fn refused(refusal: ShareRefusal) -> Result<(), ShareFault> {
    Err(ShareFault::Refused(refusal))
}

const NOTES: [Note; 4] = [(5, -1_000), (-3, 70_000_000), (0, 0), (-9, -1)];

#[test]
fn enough_shares_open_the_sums() {
    let scene = Scene::new(4);
    let mut opening = scene.opening(&NOTES, true);
    assert_eq!((opening.epoch(), opening.refreshed()), (EPOCH, 4));
    assert_eq!(opening.context().epoch, EPOCH);
    assert_eq!(opening.missing(), [10, 13, 16, 19]);
    scene.post(&mut opening, [3, 0], at(1));
    assert!(!opening.is_open());
    let good = values(-7, Some(limb_sums(&NOTES)));
    let early = Err(OpeningRefusal::TooFewShares {
        shares: 2,
        needed: 3,
    });
    assert_eq!(opening.check(&good), early);
    scene.post(&mut opening, [1], at(2));
    assert!(opening.is_open());
    assert_eq!(
        opening.check(&good),
        Ok(OpenedSums {
            position: -7,
            cash: Some(69_998_999)
        })
    );
    // The fourth share is owed all the same.
    assert_eq!(opening.missing(), [16]);
    assert_eq!(opening.advance(at(3), SHARE_TIME), None);
    scene.post(&mut opening, [2], at(4));
    let over = ShareDeadline::Over { offenders: vec![] };
    assert_eq!(opening.advance(at(5), SHARE_TIME), Some(over));
    assert_eq!(opening.completers(), [10, 13, 16, 19]);
    // It is over once; the values can still be posted.
    assert!(opening.is_closed());
    assert_eq!(opening.advance(at(9_999), SHARE_TIME), None);
    assert!(opening.check(&good).is_ok());
}

#[test]
fn any_shares_open_to_the_same_points() {
    let scene = Scene::new(5);
    let mut points = Vec::new();
    for left_out in 0..5 {
        let mut opening = scene.opening(&NOTES, true);
        let indices = (0..5).filter(|index| *index != left_out);
        scene.post(&mut opening, indices, at(1));
        points.push(opening.points().unwrap().to_vec());
    }
    let [low, high] = limb_sums(&NOTES);
    let expected: Vec<Point> = [-7, low, high].map(Point::of_integer).to_vec();
    assert!(points.iter().all(|points| *points == expected));
}

#[test]
fn wrong_values_are_refused() {
    let scene = Scene::new(3);
    let mut opening = scene.opening(&NOTES, true);
    scene.post(&mut opening, [0, 1, 2], at(1));
    let [low, high] = limb_sums(&NOTES);
    let check = |message: OpeningMessage| opening.check(&message).unwrap_err();
    assert_eq!(
        check(values(-6, Some([low, high]))),
        OpeningRefusal::Value(-6)
    );
    let moved = [low + (1 << LIMB_BITS), high - 1];
    assert_eq!(
        check(values(-7, Some(moved))),
        OpeningRefusal::Value(moved[0])
    );
    assert_eq!(
        check(values(-7, Some([low, high + 1]))),
        OpeningRefusal::Value(high + 1)
    );
    assert_eq!(check(values(-7, None)), OpeningRefusal::Cash);
    let other = OpeningMessage {
        epoch: EPOCH + 1,
        ..values(-7, Some([low, high]))
    };
    assert_eq!(
        check(other),
        OpeningRefusal::Epoch {
            given: EPOCH + 1,
            expected: EPOCH
        }
    );
    for position in [
        MAX_POSITION_SUM + 1,
        -MAX_POSITION_SUM - 1,
        i64::MIN,
        i64::MAX,
    ] {
        let message = values(position, Some([low, high]));
        assert_eq!(check(message), OpeningRefusal::Bounds(position));
    }
    for limb in [-1, (4 << LIMB_BITS) + 1, i64::MIN, i64::MAX] {
        assert_eq!(
            check(values(-7, Some([limb, high]))),
            OpeningRefusal::Bounds(limb)
        );
        assert_eq!(
            check(values(-7, Some([low, limb]))),
            OpeningRefusal::Bounds(limb)
        );
    }
    // The bounds themselves are only wrong.
    let most = 4 << LIMB_BITS;
    assert_eq!(
        check(values(MAX_POSITION_SUM, Some([low, high]))),
        OpeningRefusal::Value(MAX_POSITION_SUM)
    );
    assert_eq!(
        check(values(-7, Some([most, high]))),
        OpeningRefusal::Value(most)
    );
    let without = {
        let mut opening = scene.opening(&NOTES, false);
        scene.post(&mut opening, [0, 1, 2], at(1));
        opening
    };
    assert_eq!(
        without.check(&values(-7, Some([low, high]))),
        Err(OpeningRefusal::Cash)
    );
    assert_eq!(
        without.check(&values(-7, None)),
        Ok(OpenedSums {
            position: -7,
            cash: None
        })
    );
}

#[test]
fn a_share_of_another_sum_is_an_offence() {
    let scene = Scene::new(4);
    let opening = scene.opening(&NOTES, true);
    // One note less; the same sums in another epoch; another seat's share; one part less; exchanged parts.
    let other_set = scene.share(&scene.opening(&NOTES[1..], true), 1);
    let other_epoch = {
        let frozen = opening.ciphertexts();
        let sums = (frozen[0], Some([frozen[1], frozen[2]]));
        let later = SumOpening::begin(&scene.key, EPOCH + 1, sums, 4, at(SHARE_TIME));
        scene.share(&later, 1)
    };
    let other_seat = scene.share(&opening, 2);
    let mut shorter = scene.share(&opening, 1);
    shorter.parts.pop();
    let mut exchanged = scene.share(&opening, 1);
    exchanged.parts.swap(0, 1);
    for wrong in [other_set, other_epoch, other_seat, shorter, exchanged] {
        let mut opening = opening.clone();
        assert_eq!(
            opening.add_share(13, &wrong, at(1)),
            Err(ShareFault::Offence)
        );
        assert_eq!(opening.missing(), [10, 16, 19]);
        let good = scene.share(&opening, 1);
        assert_eq!(
            opening.add_share(13, &good, at(1)),
            refused(ShareRefusal::Excluded(13))
        );
        // The other three are enough.
        scene.post(&mut opening, [0, 2, 3], at(2));
        assert!(opening.is_open());
        assert_eq!(opening.completers(), [10, 16, 19]);
        let over = ShareDeadline::Over { offenders: vec![] };
        assert_eq!(opening.advance(at(3), SHARE_TIME), Some(over));
    }
}

#[test]
fn doubled_foreign_and_late_shares_are_refused_without_harm() {
    let scene = Scene::new(4);
    let mut opening = scene.opening(&NOTES, false);
    let good = scene.share(&opening, 0);
    scene.post(&mut opening, [0], at(1));
    let before = opening.clone();
    assert_eq!(
        opening.add_share(10, &good, at(2)),
        refused(ShareRefusal::Twice(10))
    );
    // A second share is no offence, whatever it is: a copied transaction must not harm its seat.
    let other = scene.share(&opening, 1);
    assert_eq!(
        opening.add_share(10, &other, at(2)),
        refused(ShareRefusal::Twice(10))
    );
    assert_eq!(
        opening.add_share(11, &other, at(2)),
        refused(ShareRefusal::NotParticipant(11))
    );
    assert_eq!(
        opening.add_share(13, &other, at(SHARE_TIME)),
        refused(ShareRefusal::Closed)
    );
    assert_eq!(opening, before);
    let last = Time(at(SHARE_TIME).0 - 1);
    assert_eq!(opening.add_share(13, &other, last), Ok(()));
    assert_eq!(opening.seat_key(13), Some(seat_key(1).public()));
    assert_eq!(opening.seat_key(11), None);
}

#[test]
fn who_is_missing_at_the_deadline_pays_though_the_sum_is_open() {
    let scene = Scene::new(4);
    let mut opening = scene.opening(&NOTES, false);
    scene.post(&mut opening, [0, 1, 2], at(1));
    assert_eq!(
        opening.advance(Time(at(SHARE_TIME).0 - 1), SHARE_TIME),
        None
    );
    let over = ShareDeadline::Over {
        offenders: vec![19],
    };
    assert_eq!(opening.advance(at(SHARE_TIME), SHARE_TIME), Some(over));
    assert_eq!(opening.completers(), [10, 13, 16]);
    let late = scene.share(&opening, 3);
    assert_eq!(
        opening.add_share(19, &late, at(SHARE_TIME + 1)),
        refused(ShareRefusal::Closed)
    );
}

#[test]
fn too_few_shares_extend_the_deadline_once() {
    let scene = Scene::new(4);
    let mut opening = scene.opening(&NOTES, false);
    let frozen = opening.ciphertexts().to_vec();
    scene.post(&mut opening, [0, 1], at(1));
    // Blocks are late: the second deadline runs from the block that notices the first.
    let extended = ShareDeadline::Extended {
        offenders: vec![16, 19],
    };
    assert_eq!(opening.advance(at(400), SHARE_TIME), Some(extended));
    assert!(opening.is_extended());
    assert_eq!(opening.until(), at(400 + SHARE_TIME));
    assert_eq!(opening.ciphertexts(), frozen);
    // Who was late may still open the sum, but gets no reward.
    scene.post(&mut opening, [3], at(500));
    assert!(opening.is_open());
    assert_eq!(opening.completers(), [10, 13]);
    assert_eq!(opening.advance(at(600), SHARE_TIME), None);
    // Who is missing still was slashed before.
    let over = ShareDeadline::Over { offenders: vec![] };
    assert_eq!(opening.advance(at(700), SHARE_TIME), Some(over));
    assert_eq!(opening.completers(), [10, 13]);
}

#[test]
fn too_few_shares_at_the_second_deadline_leave_the_sum_pending() {
    let scene = Scene::new(4);
    let mut opening = scene.opening(&NOTES, false);
    scene.post(&mut opening, [0], at(1));
    let extended = ShareDeadline::Extended {
        offenders: vec![13, 16, 19],
    };
    assert_eq!(opening.advance(at(SHARE_TIME), SHARE_TIME), Some(extended));
    scene.post(&mut opening, [2], at(SHARE_TIME + 1));
    assert_eq!(opening.advance(at(2 * SHARE_TIME - 1), SHARE_TIME), None);
    let pending = ShareDeadline::Pending { offenders: vec![] };
    assert_eq!(
        opening.advance(at(2 * SHARE_TIME), SHARE_TIME),
        Some(pending)
    );
    assert_eq!(opening.completers(), [10]);
    assert_eq!(opening.points(), None);
    let share = scene.share(&opening, 3);
    assert_eq!(
        opening.add_share(19, &share, at(2 * SHARE_TIME)),
        refused(ShareRefusal::Closed)
    );
    assert_eq!(opening.advance(at(9_999), SHARE_TIME), None);
}

#[test]
fn nobody_waits_for_seats_that_are_gone() {
    let scene = Scene::new(4);
    let mut opening = scene.opening(&NOTES, false);
    let wrong = scene.share(&opening, 3);
    for seat in [10, 13] {
        assert_eq!(
            opening.add_share(seat, &wrong, at(1)),
            Err(ShareFault::Offence)
        );
    }
    scene.post(&mut opening, [2], at(1));
    let pending = ShareDeadline::Pending {
        offenders: vec![19],
    };
    assert_eq!(opening.advance(at(SHARE_TIME), SHARE_TIME), Some(pending));
}

#[test]
fn a_seat_slashed_elsewhere_owes_no_share_and_its_share_counts() {
    let scene = Scene::new(4);
    let mut opening = scene.opening(&NOTES, false);
    scene.post(&mut opening, [0, 1], at(1));
    opening.exclude(10);
    opening.exclude(19);
    opening.exclude(99);
    assert_eq!(opening.missing(), [16]);
    scene.post(&mut opening, [2], at(2));
    assert!(opening.is_open());
    assert_eq!(opening.completers(), [13, 16]);
}

#[test]
fn an_excluded_dealer_posts_no_share() {
    let mut scene = Scene::new(4);
    scene.key.exclude(13);
    let mut opening = scene.opening(&NOTES, false);
    assert_eq!(opening.missing(), [10, 16, 19]);
    let share = scene.share(&opening, 1);
    assert_eq!(
        opening.add_share(13, &share, at(1)),
        refused(ShareRefusal::Excluded(13))
    );
}

#[test]
fn the_sum_of_no_note_is_open_at_once() {
    let scene = Scene::new(3);
    for with_cash in [false, true] {
        let mut opening = scene.opening(&[], with_cash);
        assert!(opening.is_open() && opening.is_closed());
        assert_eq!(opening.advance(at(9_999), SHARE_TIME), None);
        let cash = with_cash.then_some([0, 0]);
        let sums = OpenedSums {
            position: 0,
            cash: with_cash.then_some(0),
        };
        assert_eq!(opening.check(&values(0, cash)), Ok(sums));
        assert!(opening.check(&values(1, cash)).is_err());
    }
}

#[test]
fn a_note_without_randomness_hides_itself_only() {
    // Its owner used no randomness: alone it is open at once, with others it is as hidden as they are.
    let scene = Scene::new(3);
    let plain = Ciphertext::encrypt(9, &Scalar::from(0_u64), scene.key.key());
    let alone = SumOpening::begin(&scene.key, EPOCH, (plain, None), 1, at(SHARE_TIME));
    assert!(alone.check(&values(9, None)).is_ok());
    let sum = (plain + scene.encrypt(&[2], 0), None);
    let mut together = SumOpening::begin(&scene.key, EPOCH, sum, 2, at(SHARE_TIME));
    assert!(!together.is_open());
    scene.post(&mut together, [0, 1, 2], at(1));
    assert!(together.check(&values(11, None)).is_ok());
}

#[test]
fn one_plain_sum_beside_hidden_ones_is_opened_with_them() {
    // The position's randomness cancels, the limbs' does not: a base is the neutral element.
    let scene = Scene::new(3);
    let position = Ciphertext::encrypt(4, &Scalar::from(0_u64), scene.key.key());
    let cash = [scene.encrypt(&[5], 1), scene.encrypt(&[6], 2)];
    let mut opening =
        SumOpening::begin(&scene.key, EPOCH, (position, Some(cash)), 1, at(SHARE_TIME));
    assert!(!opening.is_open());
    scene.post(&mut opening, [0, 1, 2], at(1));
    assert!(opening.check(&values(4, Some([5, 6]))).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Any notes, any conduct of the seats: the sum opens exactly if enough are honest, to the right values, and exactly
    /// the others are missing or excluded. The state survives its encoding at every step.
    #[test]
    fn the_sum_opens_if_enough_are_honest(
        notes in prop::collection::vec((-8_388_607..8_388_607_i64, -(1_i64 << 47) + 1..1 << 47), 1..6),
        conducts in prop::collection::vec(prop_oneof![4 => Just(0_u8), 1 => Just(1), 1 => Just(2)], 3..7),
        with_cash in any::<bool>(),
    ) {
        let scene = Scene::new(u8::try_from(conducts.len()).unwrap());
        let mut opening = scene.opening(&notes, with_cash);
        let (mut honest, mut silent) = (Vec::new(), Vec::new());
        for (index, conduct) in (0_u32..).zip(&conducts) {
            let seat = scene.committee.seat(index);
            let share = scene.share(&opening, index);
            match conduct {
                0 => {
                    prop_assert_eq!(opening.add_share(seat, &share, at(1)), Ok(()));
                    honest.push(seat);
                }
                1 => silent.push(seat),
                _ => {
                    let mut wrong = share;
                    wrong.parts[0] = Point::of_integer(i64::from(index) + 1).into();
                    prop_assert_eq!(opening.add_share(seat, &wrong, at(1)), Err(ShareFault::Offence));
                }
            }
            let bytes = borsh::to_vec(&opening).unwrap();
            let restored: SumOpening = borsh::from_slice(&bytes).unwrap();
            prop_assert_eq!(&restored, &opening);
            opening = restored;
        }
        let enough = honest.len() >= tally_mpc::threshold(conducts.len());
        prop_assert_eq!(opening.is_open(), enough);
        prop_assert_eq!(opening.missing(), silent.clone());
        prop_assert_eq!(opening.completers(), honest.clone());
        prop_assert_eq!(opening.share_count(), honest.len());
        let position: i64 = notes.iter().map(|note| note.0).sum();
        let message = values(position, with_cash.then(|| limb_sums(&notes)));
        if enough {
            let cash: i128 = notes.iter().map(|note| i128::from(note.1)).sum();
            let sums = OpenedSums { position, cash: with_cash.then_some(cash) };
            prop_assert_eq!(opening.check(&message), Ok(sums));
            let other = OpeningMessage { position: position + 1, ..message };
            prop_assert!(opening.check(&other).is_err());
        } else {
            prop_assert!(opening.check(&message).is_err());
        }
        let reachable = honest.len() + silent.len() >= tally_mpc::threshold(conducts.len());
        let deadline = opening.advance(at(SHARE_TIME), SHARE_TIME).unwrap();
        let expected = match (enough, reachable) {
            (true, _) => ShareDeadline::Over { offenders: silent },
            (false, true) => ShareDeadline::Extended { offenders: silent },
            (false, false) => ShareDeadline::Pending { offenders: silent },
        };
        prop_assert_eq!(deadline, expected);
    }
}
