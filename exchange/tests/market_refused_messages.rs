//! Messages that are malformed, for elsewhere, late, replayed, doubled, forged or altered: refused, and nothing changes.

mod support;

use support::exchange::genesis;
use support::trader::Draft;
use support::verifier::rerandomised;
use support::{MIDDLE, TestExchange, TestTrader, buy};
use tally_circuits::field::Element;
use tally_circuits::note::{Note, tag};
use tally_exchange::message::{Action, ChainId, MAX_TRANSACTION_BYTES, Symbol, Transaction};
use tally_exchange::receipt::Receipt;
use tally_exchange::refusal::Refusal;

const CASH: i64 = 10_000_000;

fn element(value: u64) -> Element {
    Element(value.into())
}

/// A market in continuous trading with one trader.
fn market() -> (TestExchange, TestTrader) {
    let mut exchange = TestExchange::open_for_trading();
    let trader = exchange.trader(CASH);
    (exchange, trader)
}

/// Proves a message that was changed before the proof was made, and has it refused.
fn refuse_forged(change: impl Fn(&mut Draft), refusal: &Refusal) {
    let (mut exchange, trader) = market();
    let action = exchange.posting(&trader, &[buy(MIDDLE, 2)]);
    let mut draft = exchange.draft(&trader, action);
    change(&mut draft);
    let act = exchange.seal(draft);
    exchange.refuse_act(&act, refusal);
}

#[test]
fn the_message_that_the_forgers_change_is_accepted_unchanged() {
    let (mut exchange, mut trader) = market();
    exchange.post_one(&mut trader, buy(MIDDLE, 2));
    assert_eq!(trader.note.buy_quantity, 2);
}

#[test]
fn malformed_bytes() {
    let (mut exchange, trader) = market();
    let action = exchange.posting(&trader, &[buy(MIDDLE, 2)]);
    let prepared = exchange.prepare(&trader, action);
    let bytes = Transaction::Act(Box::new(prepared.act)).to_bytes();
    let mut trailing = bytes.clone();
    trailing.push(0);
    let version = [&[9], &bytes[1..]].concat();
    let long = vec![1; MAX_TRANSACTION_BYTES + 1];
    for bytes in [
        &[][..],
        &[1],
        &bytes[..bytes.len() - 1],
        &trailing,
        &version,
        &long,
    ] {
        let before = exchange.market.snapshot();
        assert_eq!(
            exchange.apply_bytes(bytes),
            Receipt::Refused(Refusal::Malformed)
        );
        assert!(before == exchange.market.snapshot());
    }
    assert!(matches!(exchange.apply_bytes(&bytes), Receipt::Act(_)));
}

#[test]
fn for_another_chain() {
    refuse_forged(
        |draft| draft.message.chain = ChainId::of_genesis(b"other"),
        &Refusal::Chain,
    );
}

#[test]
fn for_another_market() {
    let other = Symbol::new("HEJ7").expect("a symbol");
    refuse_forged(|draft| draft.message.market = other, &Refusal::Market);
}

#[test]
fn for_another_epoch() {
    refuse_forged(
        |draft| draft.message.epoch = 2,
        &Refusal::Epoch {
            given: 2,
            current: 1,
        },
    );
    refuse_forged(
        |draft| draft.message.epoch = 0,
        &Refusal::Epoch {
            given: 0,
            current: 1,
        },
    );
}

#[test]
fn with_a_root_that_is_no_root() {
    refuse_forged(|draft| draft.message.root = element(77), &Refusal::Root);
    refuse_forged(|draft| draft.message.root = Element::ZERO, &Refusal::Root);
}

#[test]
fn with_the_root_of_another_market() {
    let mut other = TestExchange::new();
    other.trader(CASH + 1);
    let root = Element(other.market.tree().root());
    refuse_forged(|draft| draft.message.root = root, &Refusal::Root);
}

#[test]
fn with_a_root_from_before_the_note() {
    let empty = Element(tally_circuits::tree::Tree::new().root());
    refuse_forged(|draft| draft.message.root = empty, &Refusal::Proof);
}

#[test]
fn with_a_root_from_the_middle_of_a_block() {
    let mut exchange = TestExchange::open_for_trading();
    let mut first = exchange.newcomer();
    let mut second = exchange.newcomer();
    let open = |trader: &TestTrader| Action::Open {
        account: trader.account(),
        amount: 5_000_000,
    };
    let opens = [&first, &second].map(open).into_iter();
    let prepared: Vec<_> = opens
        .zip([&first, &second])
        .map(|(action, t)| exchange.prepare(t, action))
        .collect();
    exchange.include(&mut first, &prepared[0]);
    let middle = Element(exchange.market.tree().root());
    let action = exchange.posting(&first, &[buy(MIDDLE, 1)]);
    let witness = first.witness(&exchange.market, &action);
    exchange.include(&mut second, &prepared[1]);
    let mut draft = exchange.draft(&first, action);
    draft.message.root = middle;
    draft.witness = witness;
    let act = exchange.seal(draft);
    exchange.refuse_act(&act, &Refusal::Root);
}

#[test]
fn expired() {
    let (mut exchange, mut trader) = market();
    let action = exchange.posting(&trader, &[buy(MIDDLE, 2)]);
    let mut draft = exchange.draft(&trader, action);
    draft.message.expiry = exchange.market.height() + 1;
    let act = exchange.seal(draft);
    exchange.next_block();
    exchange.next_block();
    let height = exchange.market.height();
    exchange.refuse_act(
        &act,
        &Refusal::Expired {
            expiry: height - 1,
            height,
        },
    );

    let action = exchange.posting(&trader, &[buy(MIDDLE, 2)]);
    let mut draft = exchange.draft(&trader, action);
    draft.message.expiry = exchange.market.height();
    let act = exchange.seal(draft);
    let prepared = support::Prepared { act };
    assert!(
        matches!(exchange.include(&mut trader, &prepared), Receipt::Act(_)),
        "good in its last block"
    );
}

#[test]
fn with_an_expiry_too_far_ahead() {
    let (exchange, _) = market();
    // The draft begins one block, in which the note's root may be named.
    let latest = exchange.market.height() + 1 + exchange.market.specification().expiry_horizon;
    let far = |expiry| move |draft: &mut Draft| draft.message.expiry = expiry;
    refuse_forged(
        far(latest + 1),
        &Refusal::ExpiryTooFar {
            expiry: latest + 1,
            latest,
        },
    );
    refuse_forged(
        far(u64::MAX),
        &Refusal::ExpiryTooFar {
            expiry: u64::MAX,
            latest,
        },
    );
}

#[test]
fn replayed_byte_by_byte_and_with_another_proof() {
    let (mut exchange, mut trader) = market();
    let action = exchange.posting(&trader, &[buy(MIDDLE, 2)]);
    let prepared = exchange.prepare(&trader, action);
    exchange.include(&mut trader, &prepared);
    let mut again = prepared.act;
    exchange.refuse_act(&again, &Refusal::Spent);
    exchange.next_block();
    exchange.refuse_act(&again, &Refusal::Spent);
    again.proof = rerandomised(again.proof, 3);
    exchange.refuse_act(&again, &Refusal::Spent);
}

#[test]
fn a_rerandomised_proof_counts_once_and_instead_of_the_first() {
    let (mut exchange, mut trader) = market();
    let action = exchange.posting(&trader, &[buy(MIDDLE, 2)]);
    let first = exchange.prepare(&trader, action);
    let mut copy = first.clone();
    copy.act.proof = rerandomised(copy.act.proof, 1);
    assert!(matches!(
        exchange.include(&mut trader, &copy),
        Receipt::Act(_)
    ));
    exchange.refuse_act(&first.act, &Refusal::Spent);
}

#[test]
fn one_note_spent_by_two_messages() {
    let (mut exchange, mut trader) = market();
    let payee = trader.account();
    let one = exchange.prepare(
        &trader,
        Action::Withdraw {
            payee,
            amount: 9_000_000,
        },
    );
    let two = exchange.prepare(
        &trader,
        Action::Withdraw {
            payee,
            amount: 8_000_000,
        },
    );
    exchange.include(&mut trader, &one);
    exchange.refuse_act(&two.act, &Refusal::Spent);
}

#[test]
fn a_lineage_opened_twice() {
    let (mut exchange, trader) = market();
    let mut again = TestTrader::new(1);
    assert!(again.key == trader.key);
    again.cash_key = trader.cash_key.clone();
    let account = again.account();
    exchange.refuse_action(
        &again,
        Action::Open {
            account,
            amount: 5_000_000,
        },
        &Refusal::Spent,
    );
}

#[test]
fn an_opening_on_a_note_that_exists() {
    let (mut exchange, trader) = market();
    let account = trader.account();
    exchange.refuse_action(
        &trader,
        Action::Open {
            account,
            amount: 5_000_000,
        },
        &Refusal::Proof,
    );
}

#[test]
fn an_old_note_spent_under_a_new_nullifier() {
    refuse_forged(
        |draft| draft.message.nullifier = element(4),
        &Refusal::Proof,
    );
}

#[test]
fn a_note_that_gets_richer_than_the_deltas() {
    let (exchange, trader) = market();
    let market = exchange.market.market_element().0;
    let change = |draft: &mut Draft| {
        let mut rich = trader.note.clone();
        rich.cash += 1;
        rich.rho = draft.message.nullifier.0;
        draft.message.new_commitment = Element(rich.commitment(market, &trader.key));
    };
    refuse_forged(change, &Refusal::Proof);
}

#[test]
fn a_note_that_was_never_in_the_tree() {
    let change = |draft: &mut Draft| {
        draft.witness.old_note = Note {
            cash: CASH + 1,
            ..Note::opening()
        }
    };
    refuse_forged(change, &Refusal::Proof);
}

#[test]
fn the_note_of_another_trader() {
    refuse_forged(
        |draft| draft.witness.key = TestTrader::new(99).key,
        &Refusal::Proof,
    );
}

#[test]
fn the_tag_of_another_trader_or_act() {
    let set = |draft: &mut Draft, new: Element| match &mut draft.message.action {
        Action::Trade { tag, .. } => *tag = Some(new),
        _ => unreachable!("the draft posts"),
    };
    let other = TestTrader::new(99).key;
    refuse_forged(
        |draft| set(draft, Element(tag(&other, draft.message.nullifier.0))),
        &Refusal::Proof,
    );
    let own = TestTrader::new(1).key;
    refuse_forged(
        |draft| set(draft, Element(tag(&own, 5.into()))),
        &Refusal::Proof,
    );
}

#[test]
fn a_note_and_proof_of_another_market() {
    let mut elsewhere = genesis();
    elsewhere.chain = ChainId::of_genesis(b"other");
    let mut rich = TestExchange::with(elsewhere);
    rich.at(rich.market.session().open);
    let trader = rich.trader(CASH);
    let (mut exchange, _) = market();
    let action = rich.posting(&trader, &[buy(MIDDLE, 2)]);
    let draft = rich.draft(&trader, action);
    exchange.refuse_act(&exchange.seal(draft.clone()), &Refusal::Chain);
    // Relabelled for this market, with a root of this market.
    let mut relabelled = draft;
    relabelled.message.chain = exchange.market.chain();
    exchange.publish_root();
    relabelled.message.root = Element(exchange.market.tree().root());
    relabelled.message.expiry = exchange.market.height();
    let act = exchange.seal(relabelled);
    exchange.refuse_act(&act, &Refusal::Proof);
}
