use super::*;
use crate::test_support::{add, context, order_eight, other_contexts, seat_key};
use ark_ff::{BigInteger, PrimeField};
use proptest::prelude::*;

/// The same residue with the order added: not canonical, but equal modulo the order.
fn plus_order(bytes: &[u8; 32]) -> [u8; 32] {
    let mut sum = scalar_from_bytes(bytes).unwrap().into_bigint();
    assert!(!sum.add_with_carry(&Scalar::MODULUS));
    sum.to_bytes_le().try_into().unwrap()
}

#[test]
fn a_signature_is_made_again_and_no_other_message_shares_its_nonce() {
    let key = seat_key(1);
    let signature = key.sign(&context(), b"message");
    assert_eq!(signature, key.sign(&context(), b"message"));
    assert_eq!(
        verify(key.public(), &context(), b"message", &signature),
        Ok(())
    );
    let nonce = |signature: &Signature| {
        let (challenge, response) = scalars_of(signature).unwrap();
        response - challenge * key.secret
    };
    assert_ne!(nonce(&signature), nonce(&key.sign(&context(), b"massage")));
    assert_ne!(
        nonce(&signature),
        nonce(&key.sign(&other_contexts(&context())[2], b"message"))
    );
}

#[test]
fn a_signature_holds_in_its_context_only() {
    let key = seat_key(1);
    let signature = key.sign(&context(), b"message");
    let possession = key.prove_possession(&context(), b"bond");
    for other in other_contexts(&context()) {
        let refused = Err(ProofError::DoesNotHold);
        assert_eq!(
            verify(key.public(), &other, b"message", &signature),
            refused
        );
        let refused = Err(ProofError::DoesNotHold);
        assert_eq!(
            verify_possession(key.public().into(), &other, b"bond", &possession),
            refused
        );
    }
}

#[test]
fn a_signature_holds_for_its_message_and_key_only() {
    let key = seat_key(1);
    let signature = key.sign(&context(), b"message");
    let refused = Err(ProofError::DoesNotHold);
    assert_eq!(
        verify(key.public(), &context(), b"message ", &signature),
        refused
    );
    assert_eq!(
        verify(seat_key(2).public(), &context(), b"message", &signature),
        refused
    );
}

#[test]
fn a_signature_is_not_carried_over_to_a_related_key() {
    // With the key left out of the challenge, z + c * d would sign under X + d * G.
    let key = seat_key(1);
    let signature = key.sign(&context(), b"message");
    let difference = Scalar::from(7_u64);
    let (challenge, response) = scalars_of(&signature).unwrap();
    let carried = proof_of(&challenge, &(response + challenge * difference));
    let related = key.public() + Point::of_scalar(&difference);
    let refused = Err(ProofError::DoesNotHold);
    assert_eq!(verify(related, &context(), b"message", &carried), refused);
}

#[test]
fn a_possession_is_bound_to_its_registration_and_is_no_signature() {
    let key = seat_key(1);
    let public = CurvePoint::from(key.public());
    let possession = key.prove_possession(&context(), b"bond");
    assert_eq!(
        verify_possession(public, &context(), b"bond", &possession),
        Ok(key.public())
    );
    let refused = Err(ProofError::DoesNotHold);
    assert_eq!(
        verify_possession(public, &context(), b"copy", &possession),
        refused
    );
    assert_eq!(
        verify(key.public(), &context(), b"bond", &possession),
        Err(ProofError::DoesNotHold)
    );
    let signature = key.sign(&context(), b"bond");
    assert_eq!(
        verify_possession(public, &context(), b"bond", &signature),
        refused
    );
}

#[test]
fn a_key_outside_the_subgroup_is_refused() {
    let key = seat_key(1);
    let possession = key.prove_possession(&context(), b"bond");
    let shifted = add(key.public().into(), order_eight());
    assert_eq!(
        verify_possession(shifted, &context(), b"bond", &possession),
        Err(ProofError::Key(PointError::NotInSubgroup))
    );
}

#[test]
fn nobody_signs_under_the_neutral_element() {
    // Under the neutral element every response is the logarithm of its own commitment.
    let forge = |domain| {
        let mut transcript = statement(domain, &context(), Point::identity(), b"message");
        let response = Scalar::from(5_u64);
        transcript.point(b"commitment", Point::of_scalar(&response));
        proof_of(&transcript.challenge(b"challenge"), &response)
    };
    let refused = ProofError::Key(PointError::Identity);
    let forged = forge(SIGNATURE);
    let transcript = statement(SIGNATURE, &context(), Point::identity(), b"message");
    assert_eq!(
        check(transcript, Point::identity(), &forged),
        Ok(()),
        "the forgery is a good one"
    );
    assert_eq!(
        verify(Point::identity(), &context(), b"message", &forged),
        Err(refused)
    );
    let forged = forge(POSSESSION);
    let public = Point::identity().into();
    assert_eq!(
        verify_possession(public, &context(), b"message", &forged),
        Err(refused)
    );
}

#[test]
fn scalars_have_one_encoding() {
    let key = seat_key(1);
    let signature = key.sign(&context(), b"message");
    let challenge = Signature {
        challenge: plus_order(&signature.challenge),
        ..signature
    };
    let response = Signature {
        response: plus_order(&signature.response),
        ..signature
    };
    let verify = |signature| verify(key.public(), &context(), b"message", signature);
    assert_eq!(verify(&challenge), Err(ProofError::ChallengeNotCanonical));
    assert_eq!(verify(&response), Err(ProofError::ResponseNotCanonical));
    let bytes = borsh::to_vec(&signature).unwrap();
    assert_eq!(bytes.len(), 64);
    assert_eq!(borsh::from_slice::<Signature>(&bytes).unwrap(), signature);
    assert!(borsh::from_slice::<Signature>(&[bytes, vec![0]].concat()).is_err());
}

#[test]
fn the_secret_is_neither_zero_nor_printed() {
    assert_eq!(
        SeatKey::from_uniform_bytes(&[0; 64]).unwrap_err(),
        ZeroSecret
    );
    let key = seat_key(1);
    let text = format!("{key:?}");
    let secret = scalar_to_bytes(&key.secret);
    assert!(text.contains("public"));
    assert!(!text.contains(&key.secret.to_string()));
    assert!(
        !text.contains(
            &secret
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        )
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bit_of_a_signature_is_free(bit in 0_usize..512, message in any::<[u8; 40]>()) {
        let key = seat_key(1);
        let mut signature = key.sign(&context(), &message);
        prop_assert_eq!(verify(key.public(), &context(), &message, &signature), Ok(()));
        let half = if bit < 256 { &mut signature.challenge } else { &mut signature.response };
        half[bit % 256 / 8] ^= 1 << (bit % 8);
        prop_assert!(verify(key.public(), &context(), &message, &signature).is_err());
    }
}
