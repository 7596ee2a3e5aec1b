//! Attacks on shares and complaints.

use super::{CHEAT, tampered, verify};
use crate::Context;
use crate::keygen::complaint::complain_with;
use crate::keygen::share::pad;
use crate::keygen::{
    CheckedDealing, Complaint, ComplaintError, Participants, ShareError, Verdict, complain, judge,
    open_share, open_shares,
};
use crate::schnorr::ProofError;
use crate::test_support::{Market, add, order_eight, other_contexts, scalar};
use tally_circuits::jubjub::{Point, PointError};

/// A dealing of the cheat that everybody accepts, but whose share for participant 2 is wrong.
fn with_bad_share(market: &Market) -> CheckedDealing {
    let dealing = tampered(market, |_, _, shares| shares[2] = shares[3]);
    verify(market, CHEAT, &dealing).unwrap()
}

#[test]
fn a_share_is_opened_by_its_recipient_only() {
    let market = Market::new(7, 1);
    let dealing = market.dealing(0);
    let wrong = ShareError::DoesNotMatch { dealer: 0 };
    let open = |seat: usize, me| open_share(&market.context, &market.seats[seat], me, &dealing);
    assert!(open(2, 2).is_ok());
    // Another's share with one's own key, one's own share at another's place, an outsider.
    assert_eq!(open(3, 2).unwrap_err(), wrong);
    assert_eq!(open(2, 3).unwrap_err(), wrong);
    assert_eq!(
        open(2, 7).unwrap_err(),
        ShareError::NoSuchParticipant {
            dealer: 0,
            index: 7
        }
    );
    for other in other_contexts(&market.context) {
        assert_eq!(
            open_share(&other, &market.seats[2], 2, &dealing).unwrap_err(),
            wrong
        );
    }
}

#[test]
fn shares_under_swapped_names_convict_the_dealer() {
    let market = Market::new(7, 1);
    let dealing = tampered(&market, |_, _, shares| shares.swap(1, 4));
    let dealing = verify(&market, CHEAT, &dealing).unwrap();
    for me in 0..7 {
        let seat = &market.seats[me as usize];
        let opened = open_shares(&market.context, seat, me, [&dealing]).unwrap();
        let cheated = me == 1 || me == 4;
        assert_eq!(opened.at_fault, if cheated { vec![CHEAT] } else { vec![] });
        let complaint = complain(&market.context, seat, me, &dealing);
        let verdict = judge(
            &market.context,
            &market.participants,
            me,
            &dealing,
            &complaint,
        );
        let expected = if cheated {
            Verdict::DealerAtFault
        } else {
            Verdict::ComplaintFalse
        };
        assert_eq!(verdict, Ok(expected));
    }
}

#[test]
fn a_complaint_is_bound_to_context_complainer_and_dealer() {
    let market = Market::new(7, 1);
    let dealing = with_bad_share(&market);
    let complaint = complain(&market.context, &market.seats[2], 2, &dealing);
    let judge_as = |context: &Context, complainer, dealing: &CheckedDealing| {
        judge(
            context,
            &market.participants,
            complainer,
            dealing,
            &complaint,
        )
    };
    assert_eq!(
        judge_as(&market.context, 2, &dealing),
        Ok(Verdict::DealerAtFault)
    );
    let invalid = Err(ComplaintError::ComplaintInvalid(ProofError::DoesNotHold));
    for other in other_contexts(&market.context) {
        assert_eq!(judge_as(&other, 2, &dealing), invalid);
    }
    assert_eq!(judge_as(&market.context, 3, &dealing), invalid);
    let nobody = Err(ComplaintError::NoSuchParticipant { index: 7 });
    assert_eq!(judge_as(&market.context, 7, &dealing), nobody);
    // Against an honest dealer, under either name.
    let other = Err(ComplaintError::OtherDealer {
        named: CHEAT,
        dealer: 0,
    });
    assert_eq!(judge_as(&market.context, 2, &market.dealing(0)), other);
    let renamed = Complaint {
        dealer: 0,
        ..complaint
    };
    let honest = market.dealing(0);
    assert_eq!(
        judge(&market.context, &market.participants, 2, &honest, &renamed),
        invalid
    );
}

#[test]
fn a_complaint_with_a_forged_key_is_invalid() {
    // With a key of its own choice a complainer would make every share look wrong.
    let market = Market::new(7, 1);
    let dealing = market.dealing(0);
    let honest = complain(&market.context, &market.seats[2], 2, &dealing);
    let judge = |complaint: &Complaint| {
        judge(
            &market.context,
            &market.participants,
            2,
            &dealing,
            complaint,
        )
    };
    assert_eq!(judge(&honest), Ok(Verdict::ComplaintFalse));
    let invalid = Err(ComplaintError::ComplaintInvalid(ProofError::DoesNotHold));
    let with = |shared| Complaint { shared, ..honest };
    assert_eq!(judge(&with(Point::of_scalar(&scalar(5)).into())), invalid);
    assert_eq!(judge(&with(Point::identity().into())), invalid);
    assert_eq!(
        judge(&with(add(honest.shared, order_eight()))),
        Err(ComplaintError::Shared(PointError::NotInSubgroup))
    );
    // The same with a proof made over the forged key.
    let forged = complain_with(&market.context, &market.seats[2], 2, &dealing, |image| {
        *image = *image + Point::generator();
    });
    assert_eq!(judge(&forged), invalid);
    let mut wide = honest;
    wide.proof.response = [0xff; 32];
    let not_canonical = ComplaintError::ComplaintInvalid(ProofError::ResponseNotCanonical);
    assert_eq!(judge(&wide), Err(not_canonical));
}

#[test]
fn a_complaint_is_bound_to_the_numbers_too() {
    // The same keys under other numbers: the points alone would convince.
    let market = Market::new(7, 1);
    let dealing = with_bad_share(&market);
    let complaint = complain(&market.context, &market.seats[2], 2, &dealing);
    let invalid = Err(ComplaintError::ComplaintInvalid(ProofError::DoesNotHold));
    let mut keys = market.participants.keys().to_vec();
    keys.swap(2, 3);
    let permuted = Participants::new(keys).unwrap();
    assert_eq!(
        judge(&market.context, &permuted, 3, &dealing, &complaint),
        invalid
    );
    let mut bytes = borsh::to_vec(&dealing).unwrap();
    bytes[0] = 5;
    let renumbered: CheckedDealing = borsh::from_slice(&bytes).unwrap();
    let complaint = Complaint {
        dealer: 5,
        ..complaint
    };
    assert_eq!(
        judge(
            &market.context,
            &market.participants,
            2,
            &renumbered,
            &complaint
        ),
        invalid
    );
}

#[test]
fn no_two_shares_have_the_same_pad() {
    let market = Market::new(2, 1);
    let [key, other] = [market.seats[0].public(), market.seats[1].public()];
    let pad = |dealer, recipient, key, ephemeral, shared: Point| {
        *pad(
            &market.context,
            dealer,
            recipient,
            key,
            ephemeral,
            shared.affine(),
        )
    };
    let mut pads = vec![
        pad(0, 1, key, key, key),
        pad(2, 1, key, key, key),
        pad(0, 2, key, key, key),
        pad(0, 1, other, key, key),
        pad(0, 1, key, other, key),
        pad(0, 1, key, key, other),
    ];
    for other in other_contexts(&market.context) {
        pads.push(*crate::keygen::share::pad(
            &other,
            0,
            1,
            key,
            key,
            key.affine(),
        ));
    }
    pads.sort_unstable();
    pads.dedup();
    assert_eq!(pads.len(), 10);
}
