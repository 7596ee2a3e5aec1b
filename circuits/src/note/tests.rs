use super::*;
use ark_ff::Field;
use proptest::prelude::*;

fn note_of(amounts: [i128; 6], rho: Fr) -> Note {
    amounts::to_note(&amounts, rho).unwrap()
}

pub(crate) fn in_range() -> impl Strategy<Value = [i128; 6]> {
    NoteField::ALL.map(|field| {
        prop_oneof![
            field.lowest()..=field.highest(),
            Just(field.lowest()),
            Just(field.highest()),
        ]
    })
}

#[test]
fn ranges_are_half_open() {
    assert_eq!(NoteField::Cash.lowest(), -(1 << 47));
    assert_eq!(NoteField::Cash.highest(), (1 << 47) - 1);
    assert_eq!(NoteField::Position.lowest(), -(1 << 23));
    assert_eq!(NoteField::Position.highest(), (1 << 23) - 1);
    assert_eq!(NoteField::BuyQuantity.lowest(), 0);
    assert_eq!(NoteField::BuyQuantity.highest(), (1 << 24) - 1);
    let bits: u32 = NoteField::ALL.iter().map(|field| field.bits()).sum();
    assert_eq!(bits, 216);
}

#[test]
fn each_field_that_leaves_its_range_is_named() {
    for (i, field) in NoteField::ALL.into_iter().enumerate() {
        for amount in [field.lowest() - 1, field.highest() + 1] {
            let mut amounts = [0; 6];
            amounts[i] = amount;
            let error = NoteRangeError { field };
            assert_eq!(amounts::check(&amounts), Err(error));
            assert!(amounts::to_note(&amounts, Fr::ZERO).is_err());
            // One step beyond by deltas from the last amount in range.
            let mut at = [0; 6];
            at[i] = amount.clamp(field.lowest(), field.highest());
            let mut steps = [0; 6];
            steps[i] = if amount < 0 { -1 } else { 1 };
            let note = note_of(at, Fr::ZERO);
            let deltas = deltas_of(steps);
            assert_eq!(note.apply(&deltas, Fr::ZERO), Err(error));
        }
    }
}

fn deltas_of(steps: [i64; 6]) -> Deltas {
    Deltas {
        cash: steps[0],
        position: steps[1],
        buy_quantity: steps[2],
        buy_cost: steps[3],
        sell_quantity: steps[4],
        sell_cost: steps[5],
    }
}

#[test]
fn deltas_do_not_overflow() {
    let most = deltas_of([i64::MAX; 6]);
    assert_eq!(most.checked_add(&most), None);
    let least = deltas_of([i64::MIN; 6]);
    assert_eq!(most.checked_add(&least), Some(deltas_of([-1; 6])));
    assert!(Note::opening().apply(&most, Fr::ZERO).is_err());
    assert!(Note::opening().apply(&least, Fr::ZERO).is_err());
}

#[test]
fn a_decoded_note_is_in_range() {
    let mut note = Note::opening();
    note.buy_quantity = 1 << 24;
    let bytes = borsh::to_vec(&note).unwrap();
    assert!(borsh::from_slice::<Note>(&bytes).is_err());
}

#[test]
fn the_lineage_of_a_key_starts_at_zero_and_is_its_own() {
    let key = |n: u64| NullifierKey::from_element(Fr::from(n));
    let markets = [
        market_element(&[1; 32], "HEG"),
        market_element(&[1; 32], "HEJ"),
    ];
    let mut seen = Vec::new();
    for market in markets {
        for owner in [key(1), key(2)] {
            let first = Note::opening().nullifier(market, &owner);
            seen.extend([first, nullifier(market, &owner, first), tag(&owner, first)]);
        }
    }
    for i in 0..seen.len() {
        assert!(!seen[..i].contains(&seen[i]));
    }
    assert_ne!(markets[0], market_element(&[2; 32], "HEG"));
}

#[test]
fn a_key_round_trips_and_hides() {
    let key = NullifierKey::from_uniform_bytes(&[0xab; 64]);
    let bytes = key.to_bytes();
    assert_eq!(NullifierKey::from_bytes(&bytes), Ok(key.clone()));
    assert!(NullifierKey::from_bytes(&[0xff; 32]).is_err());
    assert_eq!(format!("{key:?}"), "NullifierKey(secret)");
    assert_eq!(format!("{:?}", Note::opening()), "Note(private)");
}

proptest! {
    /// In range, packing is injective: read back field by field.
    #[test]
    fn packing_can_be_read_back(amounts in in_range()) {
        let packed = field::to_bytes(&note_of(amounts, Fr::ZERO).pack());
        let mut start = 0;
        for (one, amount) in NoteField::ALL.into_iter().zip(amounts) {
            let mut raised = 0_i128;
            for i in 0..one.bits() {
                let bit = start + i;
                let set = packed[bit as usize / 8] >> (bit % 8) & 1;
                raised |= i128::from(set) << i;
            }
            prop_assert_eq!(raised - one.offset(), amount);
            start += one.bits();
        }
        prop_assert!(packed[27..].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn notes_round_trip(amounts in in_range(), rho in any::<u64>()) {
        let note = note_of(amounts, Fr::from(rho));
        let bytes = borsh::to_vec(&note).unwrap();
        prop_assert_eq!(bytes.len(), 8 + 4 + 4 + 8 + 4 + 8 + 32);
        prop_assert_eq!(borsh::from_slice::<Note>(&bytes).unwrap(), note);
        let mut longer = bytes.clone();
        longer.push(0);
        prop_assert!(borsh::from_slice::<Note>(&longer).is_err());
        prop_assert!(borsh::from_slice::<Note>(&bytes[1..]).is_err());
    }

    #[test]
    fn deltas_lead_from_one_note_to_another(from in in_range(), to in in_range()) {
        let mut steps = [0_i64; 6];
        for (step, (from, to)) in steps.iter_mut().zip(from.iter().zip(&to)) {
            *step = i64::try_from(to - from).unwrap();
        }
        let after = note_of(from, Fr::ZERO).apply(&deltas_of(steps), Fr::ONE).unwrap();
        prop_assert!(after == note_of(to, Fr::ONE));
    }

    /// Every field, the key, the market and rho count.
    #[test]
    fn commitments_differ(amounts in in_range(), which in 0..9_usize) {
        let key = NullifierKey::from_element(Fr::from(5_u64));
        let note = note_of(amounts, Fr::ONE);
        let before = note.commitment(Fr::ONE, &key);
        prop_assert_eq!(before, note.clone().commitment(Fr::ONE, &key));
        let mut other = amounts;
        let (mut rho, mut market, mut owner) = (Fr::ONE, Fr::ONE, key.clone());
        match which {
            6 => rho = Fr::ZERO,
            7 => market = Fr::ZERO,
            8 => owner = NullifierKey::from_element(Fr::from(6_u64)),
            _ => {
                let room = other[which] < NoteField::ALL[which].highest();
                other[which] += if room { 1 } else { -1 };
            }
        }
        prop_assert_ne!(before, note_of(other, rho).commitment(market, &owner));
    }
}
