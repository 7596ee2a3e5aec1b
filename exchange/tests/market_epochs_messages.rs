//! Epoch messages that come late, twice, changed, re-randomised, or from another epoch, market or chain.

#![allow(clippy::unwrap_used)] // A test may panic: that is how it fails.

mod support;

use support::scene::TRIGGER;
use support::verifier::rerandomised;
use support::{MIDDLE, Scene};
use tally_circuits::field::Element;
use tally_exchange::market::Stage;
use tally_exchange::message::{
    ChainId, Duty, LapseTransaction, OpeningMessage, RefreshTransaction, SeatTransaction, Symbol,
    Transaction,
};
use tally_exchange::receipt::Receipt;
use tally_exchange::refusal::Refusal;

fn refresh(refresh: RefreshTransaction) -> Transaction {
    Transaction::Refresh(Box::new(refresh))
}

fn lapse(lapse: LapseTransaction) -> Transaction {
    Transaction::Lapse(Box::new(lapse))
}

fn seat(seat: SeatTransaction) -> Transaction {
    Transaction::Seat(Box::new(seat))
}

fn other_market() -> Symbol {
    Symbol::new("HEJ7").unwrap()
}

fn other_chain() -> ChainId {
    ChainId::of_genesis(b"other")
}

/// A window with a Refresh of trader 4 that is ready to be sent.
fn window() -> (Scene, RefreshTransaction) {
    let mut scene = Scene::new(6, 3);
    scene.trade(4, 5, MIDDLE, 2);
    scene.trigger(0, 1, TRIGGER);
    let draft = scene.exchange.refresh_draft(&scene.traders[4]);
    let ready = scene.exchange.seal_refresh(draft);
    (scene, ready)
}

/// The sums wait for their shares.
fn sharing() -> Scene {
    let (mut scene, _) = window();
    scene.refresh(0..5);
    scene.exchange.close_window();
    assert!(matches!(
        scene.exchange.market.stage(),
        Stage::Sharing { .. }
    ));
    scene
}

#[test]
fn a_refresh_for_something_else_is_refused_before_its_proof_is_looked_at() {
    let (mut scene, good) = window();
    let round = scene.exchange.market.joint_key().unwrap().round();
    let mut refuse = |change: &dyn Fn(&mut RefreshTransaction), refusal: Refusal| {
        let mut bad = good.clone();
        change(&mut bad);
        scene.exchange.refuse(&refresh(bad), &refusal);
    };
    refuse(&|bad| bad.message.chain = other_chain(), Refusal::Chain);
    refuse(&|bad| bad.message.market = other_market(), Refusal::Market);
    for given in [0, 2, u64::MAX] {
        let refusal = Refusal::Epoch { given, current: 1 };
        refuse(&|bad| bad.message.epoch = given, refusal);
    }
    for given in [0, round + 1] {
        let refusal = Refusal::Round {
            given,
            current: round,
        };
        refuse(&|bad| bad.message.round = given, refusal);
    }
    refuse(&|bad| bad.message.root = Element(9.into()), Refusal::Root);
    let position = good.message.position;
    let cash = Some([position, position]);
    refuse(
        &|bad| bad.message.cash = cash,
        Refusal::CashCiphertexts(false),
    );
    // Everything else is under the proof.
    refuse(&|bad| bad.proof[0] ^= 1, Refusal::Proof);
    refuse(
        &|bad| bad.message.new_commitment = Element(9.into()),
        Refusal::Proof,
    );
    refuse(
        &|bad| bad.message.nullifier = Element(9.into()),
        Refusal::Proof,
    );
    refuse(
        &|bad| {
            std::mem::swap(
                &mut bad.message.position.ephemeral,
                &mut bad.message.position.masked,
            );
        },
        Refusal::Proof,
    );
}

#[test]
fn a_daily_refresh_without_the_cash_is_refused() {
    let mut scene = Scene::new(6, 3);
    scene.close_day();
    let draft = scene.exchange.refresh_draft(&scene.traders[4]);
    let mut bad = scene.exchange.seal_refresh(draft);
    bad.message.cash = None;
    scene
        .exchange
        .refuse(&refresh(bad), &Refusal::CashCiphertexts(true));
}

#[test]
fn a_refresh_counts_once_however_often_it_is_sent_or_rerandomised() {
    let (mut scene, good) = window();
    scene.exchange.include_refresh(&mut scene.traders[4], &good);
    scene
        .exchange
        .refuse(&refresh(good.clone()), &Refusal::Spent);
    let mut copy = good.clone();
    copy.proof = rerandomised(copy.proof, 3);
    scene.exchange.refuse(&refresh(copy), &Refusal::Spent);
    assert_eq!(scene.exchange.market.refreshed(), 1);
}

#[test]
fn a_refresh_before_the_window_after_close_and_after_the_result_is_refused() {
    let (mut scene, late) = window();
    scene.refresh([0, 1, 2, 3, 5]);
    scene.exchange.close_window();
    scene
        .exchange
        .refuse(&refresh(late.clone()), &Refusal::NoWindow);
    let seats = std::mem::take(&mut scene.seats);
    scene.exchange.decrypt(&seats);
    let gone = Refusal::Epoch {
        given: 1,
        current: 2,
    };
    scene.exchange.refuse(&refresh(late.clone()), &gone);
    scene.reopen();
    let mut early = late;
    early.message.epoch = 2;
    scene.exchange.refuse(&refresh(early), &Refusal::NoWindow);
}

#[test]
fn a_lapse_for_something_else_is_refused() {
    let (mut scene, _) = window();
    scene.revalidate_without(&[4]);
    scene.reopen();
    let draft = scene.exchange.lapse_draft(&scene.traders[4]);
    let good = scene.exchange.seal_lapse(draft);
    let mut refuse = |change: &dyn Fn(&mut LapseTransaction), refusal: Refusal| {
        let mut bad = good.clone();
        change(&mut bad);
        scene.exchange.refuse(&lapse(bad), &refusal);
    };
    refuse(&|bad| bad.message.chain = other_chain(), Refusal::Chain);
    refuse(&|bad| bad.message.market = other_market(), Refusal::Market);
    let epoch = Refusal::Epoch {
        given: 1,
        current: 2,
    };
    refuse(&|bad| bad.message.epoch = 1, epoch);
    for left_in in [0, 2, 3] {
        refuse(
            &|bad| bad.message.left_in = left_in,
            Refusal::NotClosed(left_in),
        );
    }
    refuse(&|bad| bad.message.root = Element(9.into()), Refusal::Root);
    refuse(&|bad| bad.proof[0] ^= 1, Refusal::Proof);
    refuse(
        &|bad| bad.message.new_commitment = Element(9.into()),
        Refusal::Proof,
    );
    scene.exchange.lapse(&mut scene.traders[4]);
    let mut copy = good.clone();
    scene.exchange.refuse(&lapse(good), &Refusal::Spent);
    copy.proof = rerandomised(copy.proof, 3);
    scene.exchange.refuse(&lapse(copy), &Refusal::Spent);
}

#[test]
fn a_share_for_something_else_is_refused_and_costs_nothing() {
    let mut scene = sharing();
    let round = scene.exchange.market.joint_key().unwrap().round();
    let share = Duty::Share(Box::new(scene.exchange.share_of(&scene.seats[0])));
    let good = scene
        .exchange
        .signed(&scene.seats[0], round, 1, share.clone());
    let mut refuse = |change: &dyn Fn(&mut SeatTransaction), refusal: Refusal| {
        let mut bad = good.clone();
        change(&mut bad);
        scene.exchange.refuse(&seat(bad), &refusal);
    };
    refuse(&|bad| bad.message.chain = other_chain(), Refusal::Chain);
    refuse(&|bad| bad.message.market = other_market(), Refusal::Market);
    for (given, current) in [(round + 1, round), (0, round)] {
        refuse(
            &|bad| bad.message.round = given,
            Refusal::Round { given, current },
        );
    }
    for given in [0, 2] {
        let refusal = Refusal::Epoch { given, current: 1 };
        refuse(&|bad| bad.message.epoch = given, refusal);
    }
    refuse(
        &|bad| bad.signature.response[0] ^= 1,
        Refusal::SeatSignature(1),
    );
    // Another seat's share under one's own number, or one's own under another's: the signature is wrong.
    refuse(&|bad| bad.message.seat = 2, Refusal::SeatSignature(2));
    refuse(&|bad| bad.message.seat = 77, Refusal::UnknownSeat(77));
    let copied = scene.exchange.signed(&scene.seats[1], round, 1, share);
    // Signed by oneself, somebody else's share is a false one, and costs the bond.
    assert_eq!(
        scene.exchange.apply(&seat(copied)),
        Receipt::Slashed { seat: 2 }
    );
    scene.check_books();
}

#[test]
fn one_share_a_seat_and_none_for_another_sum() {
    let mut scene = sharing();
    let seats = std::mem::take(&mut scene.seats);
    scene.exchange.share(&seats[0]);
    let again = scene.exchange.share_of(&seats[0]);
    let round = scene.exchange.market.joint_key().unwrap().round();
    let duty = Duty::Share(Box::new(again));
    let twice = seat(scene.exchange.signed(&seats[0], round, 1, duty));
    scene.exchange.refuse(&twice, &Refusal::DutyDone(1));
    // A share of what would open one note: the ciphertexts are the frozen ones, so the proof fails.
    let opening = scene.exchange.market.opening().unwrap();
    assert_eq!(opening.refreshed(), 5);
    let mut other = scene.exchange.share_of(&seats[1]);
    other.parts[0] = tally_circuits::jubjub::Point::of_integer(5).into();
    let receipt = scene.exchange.post_share(&seats[1], other);
    assert_eq!(receipt, Receipt::Slashed { seat: 2 });
}

#[test]
fn an_opening_with_false_sums_too_early_or_twice_is_refused() {
    let mut scene = sharing();
    let good = scene.exchange.opening_message();
    let few = Refusal::TooFewShares {
        shares: 0,
        threshold: 2,
    };
    scene.exchange.refuse(&Transaction::Opening(good), &few);
    let seats = std::mem::take(&mut scene.seats);
    for seat in &seats {
        scene.exchange.share(seat);
    }
    let mut refuse = |bad: OpeningMessage, refusal: Refusal| {
        scene.exchange.refuse(&Transaction::Opening(bad), &refusal);
    };
    let position = good.position + 1;
    refuse(OpeningMessage { position, ..good }, Refusal::Opening);
    let position = i64::MIN;
    refuse(OpeningMessage { position, ..good }, Refusal::Opening);
    let cash = Some([0, 0]);
    refuse(OpeningMessage { cash, ..good }, Refusal::Opening);
    let epoch = 2;
    refuse(OpeningMessage { epoch, ..good }, Refusal::NotSharing(2));
    let chain = other_chain();
    refuse(OpeningMessage { chain, ..good }, Refusal::Chain);
    let market = other_market();
    refuse(OpeningMessage { market, ..good }, Refusal::Market);
    scene.exchange.open_sums();
    let late = Refusal::NotSharing(1);
    scene.exchange.refuse(&Transaction::Opening(good), &late);
}
