//! Key generation: deadlines, exclusion, complaints, thresholds.

#![allow(clippy::unwrap_used, reason = "a test helper that fails the test")]

mod epoch_fixture;

use epoch_fixture::{
    COMPLAINT_TIME, Committee, DEALING_TIME, START, at, finished, seat_key, with_exchanged_shares,
};
use proptest::prelude::*;
use tally_exchange::epoch::rounds::{
    Advance, KeyRound, Progress, RoundFault, RoundKey, RoundPhase, RoundRefusal,
};
use tally_exchange::units::Time;
use tally_mpc::keygen::ParticipantsError;

fn refused(refusal: RoundRefusal) -> RoundFault {
    RoundFault::Refused(refusal)
}

fn running(offenders: &[u32]) -> Advance {
    Advance {
        offenders: offenders.to_vec(),
        progress: Progress::Running,
    }
}

/// The round in its complaint phase, which began at second 1: everybody has dealt.
fn complaining(committee: &Committee) -> KeyRound {
    let mut round = committee.round();
    let count = u32::try_from(committee.keys.len()).unwrap();
    committee.deal(&mut round, 0..count);
    assert_eq!(round.advance(at(1)), running(&[]));
    round
}

fn copy(round: &KeyRound) -> KeyRound {
    borsh::from_slice(&borsh::to_vec(round).unwrap()).unwrap()
}

#[test]
fn a_round_without_faults_makes_a_key_of_all() {
    let committee = Committee::new(4);
    let mut round = committee.round();
    assert_eq!((round.round(), round.seats()), (3, &[10, 13, 16, 19][..]));
    assert_eq!(round.advance(START), running(&[]));
    committee.deal(&mut round, 0..4);
    assert!(round.missing().is_empty());
    // Dealing ends early, complaints do not.
    assert_eq!(round.advance(at(5)), running(&[]));
    let until = at(5 + COMPLAINT_TIME);
    assert_eq!(round.phase(), RoundPhase::Complaining { until });
    assert_eq!(round.advance(Time(until.0 - 1)), running(&[]));
    let key = finished(round.advance(until).progress);
    assert_eq!(key.decryptors(), [10, 13, 16, 19]);
    assert_eq!(key.joint().dealers, [0, 1, 2, 3]);
    assert_eq!(key.key(), key.joint().key);
    assert!(key.excluded().is_empty() && key.can_open());
    assert_eq!(round.completers(), [10, 13, 16, 19]);
    // The shares add up to shares of the key.
    for index in 0..4 {
        assert_eq!(committee.key_share(&key, index).index(), index);
    }
    let bytes = borsh::to_vec(&key).unwrap();
    let restored: RoundKey = borsh::from_slice(&bytes).unwrap();
    assert_eq!((restored.digest(), &restored), (key.digest(), &key));
}

#[test]
fn a_round_needs_participants_with_keys_of_their_own() {
    let committee = Committee::new(3);
    let start = |members: &[_]| KeyRound::start(committee.context, members, START, 1, 1).err();
    assert_eq!(start(&[]), Some(ParticipantsError::None));
    // The order in which they are given does not matter.
    let mut members = committee.members();
    members.reverse();
    let round = KeyRound::start(
        committee.context,
        &members,
        START,
        DEALING_TIME,
        COMPLAINT_TIME,
    );
    assert_eq!(round, Ok(committee.round()));
    let key = seat_key(0).public();
    let twice = [(1, key), (2, key)];
    assert!(matches!(
        start(&twice),
        Some(ParticipantsError::SameKey { .. })
    ));
}

#[test]
fn who_does_not_deal_is_excluded_and_pays() {
    let committee = Committee::new(5);
    let mut round = committee.round();
    committee.deal(&mut round, [0, 2, 3, 4]);
    assert_eq!(round.advance(Time(at(DEALING_TIME).0 - 1)), running(&[]));
    assert_eq!(round.missing(), [13]);
    assert_eq!(round.advance(at(DEALING_TIME)), running(&[13]));
    // Once only.
    assert_eq!(round.advance(at(DEALING_TIME)), running(&[]));
    let key = finished(round.advance(at(DEALING_TIME + COMPLAINT_TIME)).progress);
    assert_eq!(key.joint().dealers, [0, 2, 3, 4]);
    assert_eq!(key.decryptors(), [10, 16, 19, 22]);
    assert_eq!(round.completers(), [10, 16, 19, 22]);
    // Five began, four of them have to decrypt: none may be missing any more, and one more exclusion ends the key.
    let mut key = key;
    assert!(key.can_open());
    key.exclude(13);
    key.exclude(99);
    assert!(key.can_open());
    key.exclude(22);
    assert!(!key.can_open());
}

#[test]
fn late_doubled_and_foreign_dealings_are_refused_without_harm() {
    let committee = Committee::new(4);
    let mut round = committee.round();
    let dealing = committee.dealing(&round, 0);
    committee.deal(&mut round, [0]);
    let before = round.clone();
    assert_eq!(
        round.deal(10, &dealing, START),
        Err(refused(RoundRefusal::Twice))
    );
    // A second dealing that is wrong is no offence either: the first one counts.
    let other = committee.dealing(&round, 1);
    assert_eq!(
        round.deal(10, &other, START),
        Err(refused(RoundRefusal::Twice))
    );
    let nobody = RoundRefusal::NotParticipant(11);
    assert_eq!(round.deal(11, &other, START), Err(refused(nobody)));
    let late = round.deal(13, &other, at(DEALING_TIME));
    assert_eq!(late, Err(refused(RoundRefusal::Phase)));
    assert_eq!(round, before);
    assert_eq!(round.deal(13, &other, Time(at(DEALING_TIME).0 - 1)), Ok(()));
    committee.deal(&mut round, [2]);
    round.advance(at(DEALING_TIME));
    let after = committee.dealing(&round, 3);
    assert_eq!(
        round.deal(19, &after, at(DEALING_TIME)),
        Err(refused(RoundRefusal::Phase))
    );
}

#[test]
fn a_wrong_dealing_excludes_its_dealer() {
    let committee = Committee::new(4);
    let mut round = committee.round();
    let good = committee.dealing(&round, 1);
    // Another's dealing, one for another round, and a share changed after the proof.
    let mut changed = good.clone();
    changed.shares.swap(0, 2);
    let other_round = {
        let mut other = Committee::new(4);
        other.context.round += 1;
        other.dealing(&other.round(), 1)
    };
    for wrong in [committee.dealing(&round, 2), changed, other_round] {
        let mut round = copy(&round);
        assert_eq!(round.deal(13, &wrong, START), Err(RoundFault::Offence));
        assert_eq!(round.excluded().iter().copied().collect::<Vec<_>>(), [1]);
        // There is no second try.
        let again = round.deal(13, &good, START);
        assert_eq!(again, Err(refused(RoundRefusal::Excluded(13))));
        assert_eq!(round.missing(), [10, 16, 19]);
    }
    assert_eq!(round.deal(13, &good, START), Ok(()));
}

#[test]
fn a_true_complaint_excludes_the_dealer() {
    let committee = Committee::new(4);
    let mut round = with_exchanged_shares(&complaining(&committee), 3, 0, 2);
    let complaint = committee.complaint(&round, 0, 3);
    assert_eq!(round.complain(10, &complaint, at(2)), Ok(19));
    // The dealing is gone: the other victim has nothing left to complain about.
    let mut before = with_exchanged_shares(&complaining(&committee), 3, 0, 2);
    let second = committee.complaint(&before, 2, 3);
    let gone = round.complain(16, &second, at(2));
    assert_eq!(gone, Err(refused(RoundRefusal::NoDealing(3))));
    assert_eq!(before.complain(16, &second, at(2)), Ok(19));
    let key = finished(round.advance(at(1 + COMPLAINT_TIME)).progress);
    assert_eq!(key.joint().dealers, [0, 1, 2]);
    assert_eq!(key.decryptors(), [10, 13, 16]);
    assert_eq!(committee.key_share(&key, 0).index(), 0);
}

#[test]
fn a_false_complaint_excludes_the_complainer_and_its_dealing() {
    let committee = Committee::new(4);
    let mut round = complaining(&committee);
    let complaint = committee.complaint(&round, 0, 3);
    assert_eq!(
        round.complain(10, &complaint, at(2)),
        Err(RoundFault::Offence)
    );
    assert!(round.dealings().contains(3) && !round.dealings().contains(0));
    let again = round.complain(10, &complaint, at(2));
    assert_eq!(again, Err(refused(RoundRefusal::Excluded(10))));
    let key = finished(round.advance(at(1 + COMPLAINT_TIME)).progress);
    assert_eq!(key.joint().dealers, [1, 2, 3]);
    assert_eq!(key.decryptors(), [13, 16, 19]);
    // The others' shares still add up.
    assert_eq!(committee.key_share(&key, 3).index(), 3);
}

#[test]
fn complaints_that_show_nothing_change_nothing() {
    let committee = Committee::new(4);
    let mut round = complaining(&committee);
    let before = round.clone();
    let good = committee.complaint(&round, 0, 3);
    let mut of_another = committee.complaint(&round, 1, 3);
    // Another complainer's opened key; another dealer named; nobody named; the own dealing.
    assert_eq!(
        round.complain(10, &of_another, at(2)),
        Err(refused(RoundRefusal::Proof))
    );
    of_another.dealer = 2;
    assert_eq!(
        round.complain(10, &of_another, at(2)),
        Err(refused(RoundRefusal::Proof))
    );
    for dealer in [4, u32::MAX, 0] {
        let complaint = tally_mpc::keygen::Complaint { dealer, ..good };
        let refusal = refused(RoundRefusal::NoDealing(dealer));
        assert_eq!(round.complain(10, &complaint, at(2)), Err(refusal));
    }
    let nobody = round.complain(12, &good, at(2));
    assert_eq!(nobody, Err(refused(RoundRefusal::NotParticipant(12))));
    assert_eq!(round, before);
}

#[test]
fn complaints_have_their_time() {
    let committee = Committee::new(4);
    let mut round = committee.round();
    committee.deal(&mut round, 0..4);
    let round_before = with_exchanged_shares(&round, 3, 0, 2);
    let complaint = committee.complaint(&round_before, 0, 3);
    let early = copy(&round_before).complain(10, &complaint, at(2));
    assert_eq!(early, Err(refused(RoundRefusal::Phase)));
    // The time to complain runs from the block that notices the end of the dealings, a gap of hours later too.
    let mut round = round_before;
    round.advance(at(50_000));
    let last = Time(at(50_000 + COMPLAINT_TIME).0 - 1);
    let late = copy(&round).complain(10, &complaint, at(50_000 + COMPLAINT_TIME));
    assert_eq!(late, Err(refused(RoundRefusal::Phase)));
    assert_eq!(round.complain(10, &complaint, last), Ok(19));
}

#[test]
fn a_round_fails_below_the_threshold() {
    let committee = Committee::new(4);
    // Three of four are needed.
    let mut round = committee.round();
    committee.deal(&mut round, [1, 2]);
    let ended = round.advance(at(DEALING_TIME));
    assert_eq!(ended.offenders, [10, 19]);
    assert_eq!(ended.progress, Progress::Failed);
    assert_eq!(round.completers(), [13, 16]);
    // By complaints as well, at once and not only at their end.
    let mut round = with_exchanged_shares(&complaining(&committee), 3, 0, 2);
    let mut second = with_exchanged_shares(&round, 2, 0, 1);
    for dealer in [2, 3] {
        let complaint = committee.complaint(&second, 0, dealer);
        assert!(second.complain(10, &complaint, at(2)).is_ok());
    }
    assert_eq!(second.advance(at(3)).progress, Progress::Failed);
    round.exclude(10);
    round.exclude(13);
    assert_eq!(
        round.advance(at(1 + COMPLAINT_TIME)).progress,
        Progress::Failed
    );
}

#[test]
fn a_seat_slashed_elsewhere_owes_nothing() {
    let committee = Committee::new(4);
    let mut round = committee.round();
    committee.deal(&mut round, [0, 1, 2]);
    round.exclude(19);
    // Nobody is missing: the dealings end early.
    assert_eq!(round.advance(at(1)), running(&[]));
    assert!(matches!(round.phase(), RoundPhase::Complaining { .. }));
    let key = finished(round.advance(at(1 + COMPLAINT_TIME)).progress);
    assert_eq!(key.decryptors(), [10, 13, 16]);
}

#[test]
fn the_digest_stands_for_the_whole_round() {
    let committee = Committee::new(4);
    let mut round = committee.round();
    let mut digests = vec![round.digest()];
    committee.deal(&mut round, [0]);
    digests.push(round.digest());
    committee.deal(&mut round, [1, 2, 3]);
    digests.push(round.digest());
    digests.push(with_exchanged_shares(&round, 1, 0, 2).digest());
    round.advance(at(1));
    digests.push(round.digest());
    let complaint = committee.complaint(&round, 0, 3);
    let _ = round.complain(10, &complaint, at(2));
    digests.push(round.digest());
    round.exclude(13);
    digests.push(round.digest());
    for (index, digest) in digests.iter().enumerate() {
        assert!(!digests[..index].contains(digest), "{index}");
    }
    assert_eq!(copy(&round).digest(), round.digest());
    assert_eq!(copy(&round), round);
}

/// What a participant does in a random round.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Conduct {
    Honest,
    Silent,
    WrongDealing,
    WrongShares,
    FalseComplaint,
}

fn conduct() -> impl Strategy<Value = Conduct> {
    prop_oneof![
        5 => Just(Conduct::Honest),
        1 => Just(Conduct::Silent),
        1 => Just(Conduct::WrongDealing),
        1 => Just(Conduct::WrongShares),
        1 => Just(Conduct::FalseComplaint),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the others do, no honest seat is excluded or slashed, and every other one is.
    #[test]
    fn the_honest_are_safe_and_the_others_pay(conducts in prop::collection::vec(conduct(), 3..8)) {
        let committee = Committee::new(u8::try_from(conducts.len()).unwrap());
        let indices: Vec<u32> = (0..u32::try_from(conducts.len()).unwrap()).collect();
        let conduct = |index: u32| conducts[index as usize];
        let mut round = committee.round();
        let mut slashed = Vec::new();
        for &index in &indices {
            let seat = committee.seat(index);
            match conduct(index) {
                Conduct::Silent => {}
                Conduct::WrongDealing => {
                    let other = (index + 1) % u32::try_from(indices.len()).unwrap();
                    let dealing = committee.dealing(&round, other);
                    prop_assert_eq!(round.deal(seat, &dealing, START), Err(RoundFault::Offence));
                    slashed.push(seat);
                }
                _ => committee.deal(&mut round, [index]),
            }
        }
        let ended = round.advance(at(DEALING_TIME));
        slashed.extend(ended.offenders);
        // The two victims of each wrong dealing are its neighbours.
        let count = indices.len();
        for &index in indices.iter().filter(|index| conduct(**index) == Conduct::WrongShares) {
            let dealer = index as usize;
            round = with_exchanged_shares(&round, index, (dealer + 1) % count, (dealer + 2) % count);
        }
        let failed_early = ended.progress == Progress::Failed;
        if !failed_early {
            for &complainer in &indices {
                for &dealer in &indices {
                    if round.dealings().get(dealer).is_none() || dealer == complainer { continue; }
                    let distance = (complainer as usize + count - dealer as usize) % count;
                    let is_victim = conduct(dealer) == Conduct::WrongShares && (1..=2).contains(&distance);
                    let complains = match conduct(complainer) {
                        Conduct::FalseComplaint => !is_victim,
                        Conduct::Honest | Conduct::WrongShares => is_victim,
                        Conduct::Silent | Conduct::WrongDealing => false,
                    };
                    if !complains { continue; }
                    let complaint = committee.complaint(&round, complainer, dealer);
                    match round.complain(committee.seat(complainer), &complaint, at(DEALING_TIME + 1)) {
                        Ok(seat) => {
                            prop_assert_eq!(seat, committee.seat(dealer));
                            prop_assert_eq!(conduct(dealer), Conduct::WrongShares);
                            slashed.push(seat);
                        }
                        Err(RoundFault::Offence) => {
                            prop_assert_eq!(conduct(complainer), Conduct::FalseComplaint);
                            slashed.push(committee.seat(complainer));
                        }
                        // Somebody who was excluded in the meantime.
                        Err(RoundFault::Refused(refusal)) => prop_assert!(matches!(refusal, RoundRefusal::Excluded(_))),
                    }
                }
            }
        }
        let progress = round.advance(at(DEALING_TIME + COMPLAINT_TIME)).progress;
        let honest: Vec<u32> = indices.iter().filter(|index| conduct(**index) == Conduct::Honest).map(|index| committee.seat(*index)).collect();
        prop_assert!(honest.iter().all(|seat| !slashed.contains(seat)), "{:?}", slashed);
        let threshold = tally_mpc::threshold(count);
        if honest.len() >= threshold {
            prop_assert!(!failed_early);
        }
        slashed.sort_unstable();
        let distinct = slashed.len();
        slashed.dedup();
        prop_assert_eq!(slashed.len(), distinct, "nobody is slashed twice");
        match progress {
            Progress::Done(key) => {
                let decryptors = key.decryptors();
                prop_assert!(decryptors.len() >= threshold);
                prop_assert!(honest.iter().all(|seat| decryptors.contains(seat)));
                prop_assert!(decryptors.iter().all(|seat| !slashed.contains(seat)));
                for &index in indices.iter().filter(|index| conduct(**index) == Conduct::Honest) {
                    prop_assert_eq!(committee.key_share(&key, index).index(), index);
                }
            }
            Progress::Failed => prop_assert!(count - distinct < threshold),
            Progress::Running => prop_assert!(false, "the round is over"),
        }
    }
}
