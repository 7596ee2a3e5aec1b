//! Transactions from anywhere: decoded in bounded time, canonically, or refused.

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use support::{MIDDLE, TestExchange, buy, sell};
use tally_circuits::field::Element;
use tally_exchange::message::{
    Account, ActMessage, ActTransaction, Action, ChainId, Claim, DecodeError, Instruction,
    MAX_TRANSACTION_BYTES, OrderChange, OrderTerms, PROOF_BYTES, RecordClaim, Rest, Symbol,
    Transaction,
};
use tally_exchange::receipt::Receipt;
use tally_exchange::units::{OrderId, Price, Quantity, Side, TimeInForce};

fn bytes<const N: usize>() -> impl Strategy<Value = [u8; N]> {
    vec(any::<u8>(), N).prop_map(|bytes| bytes.try_into().expect("as many as asked for"))
}

fn element() -> impl Strategy<Value = Element> {
    prop_oneof![
        Just(Element::ZERO),
        any::<u64>().prop_map(|n| Element(-ark_bls12_381::Fr::from(n)))
    ]
}

fn symbol() -> impl Strategy<Value = Symbol> {
    "[A-Z0-9]{2,8}".prop_map(|text| Symbol::new(&text).expect("a symbol"))
}

fn terms() -> impl Strategy<Value = OrderTerms> {
    use TimeInForce::{Day, Fok, Ioc};
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    let time_in_force = prop_oneof![Just(Day), Just(Ioc), Just(Fok)];
    (
        side,
        any::<i32>(),
        any::<u32>(),
        time_in_force,
        any::<bool>(),
        bytes(),
    )
        .prop_map(
            |(side, limit, quantity, time_in_force, post_only, cancel_key)| OrderTerms {
                side,
                limit: Price(limit),
                quantity: Quantity(quantity),
                time_in_force,
                post_only,
                cancel_key,
            },
        )
}

fn claim() -> impl Strategy<Value = Claim> {
    let rest = prop_oneof![Just(Rest::Close), Just(Rest::Move)];
    let record = (any::<u64>(), any::<u32>(), rest).prop_map(|(order, fills, rest)| RecordClaim {
        order: OrderId(order),
        fills,
        rest,
    });
    (element(), vec(record, 0..20)).prop_map(|(tag, records)| Claim { tag, records })
}

fn action() -> impl Strategy<Value = Action> {
    let account = || bytes().prop_map(Account);
    prop_oneof![
        (account(), any::<u64>()).prop_map(|(account, amount)| Action::Open { account, amount }),
        (account(), any::<u64>()).prop_map(|(account, amount)| Action::Deposit { account, amount }),
        (account(), any::<u64>()).prop_map(|(payee, amount)| Action::Withdraw { payee, amount }),
        (
            prop::option::of(claim()),
            prop::option::of(element()),
            vec(terms(), 0..20)
        )
            .prop_map(|(claim, tag, orders)| Action::Trade { claim, tag, orders }),
    ]
}

fn transaction() -> impl Strategy<Value = Transaction> {
    let heights = (any::<u64>(), any::<u64>());
    let message = (
        bytes(),
        symbol(),
        heights,
        element(),
        element(),
        element(),
        action(),
    )
        .prop_map(
            |(chain, market, (epoch, expiry), root, nullifier, new_commitment, action)| {
                ActMessage {
                    chain: ChainId(chain),
                    market,
                    epoch,
                    expiry,
                    root,
                    nullifier,
                    new_commitment,
                    action,
                }
            },
        );
    let act = (message, bytes::<PROOF_BYTES>(), prop::option::of(bytes())).prop_map(
        |(message, proof, cash_signature)| {
            Transaction::Act(Box::new(ActTransaction {
                message,
                proof,
                cash_signature,
            }))
        },
    );
    let change = prop_oneof![
        Just(OrderChange::Cancel),
        any::<u32>().prop_map(|total| OrderChange::Reduce(Quantity(total)))
    ];
    let instruction = (bytes(), symbol(), any::<u64>(), change, bytes()).prop_map(
        |(chain, market, order, change, signature)| {
            let (chain, order) = (ChainId(chain), OrderId(order));
            Transaction::Instruction(Instruction {
                chain,
                market,
                order,
                change,
                signature,
            })
        },
    );
    prop_oneof![3 => act, 1 => instruction]
}

/// Whatever is accepted must encode to the very same bytes.
fn assert_canonical(bytes: &[u8]) {
    if let Ok(transaction) = Transaction::from_bytes(bytes) {
        assert_eq!(transaction.to_bytes(), bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_encoded_is_decoded(transaction in transaction()) {
        let bytes = transaction.to_bytes();
        prop_assert!(bytes.len() <= MAX_TRANSACTION_BYTES);
        prop_assert_eq!(Transaction::from_bytes(&bytes), Ok(transaction));
    }

    #[test]
    fn every_truncation_and_extension_is_refused(transaction in transaction(), more in vec(any::<u8>(), 1..40)) {
        let mut bytes = transaction.to_bytes();
        for length in 0..bytes.len() {
            prop_assert_eq!(Transaction::from_bytes(&bytes[..length]), Err(DecodeError::Malformed));
        }
        bytes.extend(more);
        prop_assert_eq!(Transaction::from_bytes(&bytes), Err(DecodeError::Malformed));
    }

    #[test]
    fn every_flipped_byte_is_refused_or_means_something_else(transaction in transaction(), mask in 1_u8..) {
        let mut bytes = transaction.to_bytes();
        for place in 0..bytes.len() {
            bytes[place] ^= mask;
            if let Ok(other) = Transaction::from_bytes(&bytes) {
                prop_assert_eq!(&other.to_bytes(), &bytes);
                prop_assert!(other != transaction);
            }
            bytes[place] ^= mask;
        }
    }

    #[test]
    fn random_bytes_are_refused_or_canonical(
        bytes in vec(any::<u8>(), 0..MAX_TRANSACTION_BYTES + 64),
        kind in 0_u8..3,
    ) {
        assert_canonical(&bytes);
        // Past the version and the kind, where chance alone seldom leads.
        assert_canonical(&[&[1, kind], &bytes[..]].concat());
    }

    #[test]
    fn spliced_transactions_are_refused_or_canonical(
        one in transaction(),
        other in transaction(),
        cut in any::<prop::sample::Index>(),
    ) {
        let (one, other) = (one.to_bytes(), other.to_bytes());
        let cut = cut.index(one.len().min(other.len()));
        assert_canonical(&[&one[..cut], &other[cut..]].concat());
    }
}

#[test]
fn lengths_that_promise_more_than_there_is_cost_nothing() {
    let message = |action| ActMessage {
        chain: ChainId([0; 32]),
        market: Symbol::new("HEG7").expect("a symbol"),
        epoch: 0,
        expiry: 0,
        root: Element::ZERO,
        nullifier: Element::ZERO,
        new_commitment: Element::ZERO,
        action,
    };
    let claim = Some(Claim {
        tag: Element::ZERO,
        records: vec![],
    });
    let action = Action::Trade {
        claim,
        tag: None,
        orders: vec![],
    };
    let act = ActTransaction {
        message: message(action),
        proof: [0; PROOF_BYTES],
        cash_signature: None,
    };
    let bytes = Transaction::Act(Box::new(act)).to_bytes();
    // From the end: no signature, the proof, the number of orders, no tag, the number of records.
    let orders = bytes.len() - 1 - PROOF_BYTES - 4;
    let records = orders - 1 - 4;
    for place in [orders, records] {
        for count in [1, 17, 0xffff, u32::MAX] {
            let mut bytes = bytes.clone();
            bytes[place..place + 4].copy_from_slice(&u32::to_le_bytes(count));
            bytes.resize(MAX_TRANSACTION_BYTES.min(bytes.len()), 0);
            assert_eq!(Transaction::from_bytes(&bytes), Err(DecodeError::Malformed));
        }
    }
}

#[test]
fn nothing_longer_than_the_limit_is_parsed() {
    for length in [MAX_TRANSACTION_BYTES + 1, 1 << 20] {
        assert_eq!(
            Transaction::from_bytes(&vec![1; length]),
            Err(DecodeError::TooLong(length))
        );
    }
    assert_eq!(
        Transaction::from_bytes(&[1; MAX_TRANSACTION_BYTES]),
        Err(DecodeError::Malformed)
    );
}

#[test]
fn another_version_is_refused_by_its_number() {
    for version in (0..=255).filter(|version| *version != 1) {
        assert_eq!(
            Transaction::from_bytes(&[version]),
            Err(DecodeError::Version(version))
        );
    }
    assert_eq!(Transaction::from_bytes(&[]), Err(DecodeError::Malformed));
}

#[test]
fn the_largest_message_fits() {
    let mut exchange = TestExchange::open_for_trading();
    let mut trader = exchange.trader(1_000_000_000);
    let orders = [buy(MIDDLE, 3); 16];
    let ids = exchange.post(&mut trader, &orders);
    let action = exchange.claiming(&trader, &ids, Rest::Close, &orders);
    let mut act = exchange.prepare(&trader, action).act;
    act.cash_signature = Some([9; 64]);
    let length = Transaction::Act(Box::new(act)).to_bytes().len();
    assert!(length < MAX_TRANSACTION_BYTES / 2, "{length} bytes");
}

/// Feeds a market every transaction that differs from a good one in one bit. Only another proof of the same message,
/// which anyone can make, is as good as the first.
#[test]
fn a_market_refuses_every_flipped_bit_outside_the_part_of_a_proof_that_anyone_can_change() {
    let mut exchange = TestExchange::open_for_trading();
    let mut trader = exchange.trader(100_000_000);
    let ids = exchange.post(&mut trader, &[sell(MIDDLE, 3), sell(MIDDLE + 1, 3)]);
    exchange.post_one(&mut trader, buy(MIDDLE, 1));
    let action = exchange.claiming(&trader, &ids, Rest::Move, &[buy(MIDDLE - 1, 2)]);
    let act = exchange.prepare(&trader, action).act;
    let good = Transaction::Act(Box::new(act)).to_bytes();
    let before = (
        exchange.market.clone(),
        exchange.market.state_hash(),
        exchange.cash.clone(),
    );
    // The proof stands before the absent signature; its first 32 bytes name what is proved.
    let malleable = good.len() - 1 - (PROOF_BYTES - 32)..good.len() - 1;
    for place in 0..good.len() {
        for bit in 0..8 {
            let mut bytes = good.clone();
            bytes[place] ^= 1 << bit;
            let receipt = exchange.apply_bytes(&bytes);
            let is_accepted = matches!(receipt, Receipt::Act(_));
            assert_eq!(
                is_accepted,
                malleable.contains(&place),
                "byte {place}, bit {bit}: {receipt:?}"
            );
            if is_accepted {
                exchange.market = before.0.clone();
            }
            assert_eq!(exchange.market.state_hash(), before.1);
            assert!(exchange.cash == before.2);
        }
    }
    assert!(matches!(exchange.apply_bytes(&good), Receipt::Act(_)));
}
