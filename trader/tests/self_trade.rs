//! Nobody trades with himself: not within a lineage, not between the lineages of a wallet, not with what is under way.

// A test may panic: that is how it fails.
#![allow(clippy::unwrap_used)]

mod support;

use support::ledger::HORIZON;
use support::wallets::include;
use support::{Ledger, MIDDLE, buy, crash, follow, ioc, opened, post_only, sell, sent};
use tally_exchange::message::{ActMessage, Transaction};
use tally_exchange::units::{OrderId, Price, Quantity, Side};
use tally_trader::build::public;
use tally_trader::error::WalletError;
use tally_trader::request::OrderRequest;
use tally_trader::wallet::Wallet;

const CENTS: u64 = 5_000_000;

/// A wallet with two open lineages.
fn two_lineages(ledger: &mut Ledger) -> Wallet {
    let mut wallet = opened(ledger, 1, CENTS);
    let index = wallet.add_lineage().unwrap();
    let account = wallet.account();
    ledger.fund(public(&account), CENTS);
    let lineage = &wallet.lineages()[index];
    let prepared = lineage.open(ledger.market(), &account, CENTS).unwrap();
    include(ledger, &mut wallet, prepared);
    wallet
}

fn post(
    ledger: &mut Ledger,
    wallet: &mut Wallet,
    lineage: usize,
    request: OrderRequest,
) -> OrderId {
    let prepared = wallet.trade(lineage, ledger.market(), None, &[request], &[]);
    include(ledger, wallet, prepared.unwrap())[0]
}

fn self_trade(wallet: &Wallet, ledger: &Ledger, lineage: usize, request: OrderRequest) -> OrderId {
    match wallet.trade(lineage, ledger.market(), None, &[request], &[]) {
        Err(WalletError::SelfTrade { own, side, price }) => {
            assert_eq!(side, request.side);
            if let tally_trader::request::RequestPrice::Limit(limit) = request.price {
                assert_eq!(price, limit);
            }
            own
        }
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn the_own_order_in_the_way_is_named() {
    let mut ledger = Ledger::in_session();
    let mut wallet = opened(&mut ledger, 1, CENTS);
    let bid = post(&mut ledger, &mut wallet, 0, buy(MIDDLE, 2));
    let ask = post(&mut ledger, &mut wallet, 0, sell(MIDDLE + 4, 2));
    for request in [
        sell(MIDDLE, 1),
        sell(MIDDLE - 5, 1),
        ioc(sell(MIDDLE, 1)),
        post_only(sell(MIDDLE, 1)),
        OrderRequest::market(Side::Sell, Quantity(1)),
    ] {
        assert_eq!(self_trade(&wallet, &ledger, 0, request), bid);
        let alone = wallet.main().trade(ledger.market(), None, &[request]);
        assert!(matches!(alone, Err(WalletError::SelfTrade { own, .. }) if own == bid));
    }
    assert_eq!(self_trade(&wallet, &ledger, 0, buy(MIDDLE + 4, 1)), ask);
    // Beside it, and on its own side, there is nothing in the way.
    for request in [sell(MIDDLE + 1, 1), buy(MIDDLE + 3, 1), buy(MIDDLE, 1)] {
        let prepared = wallet.trade(0, ledger.market(), None, &[request], &[]);
        assert!(prepared.is_ok());
    }
    // One order of several is enough.
    let several = [buy(MIDDLE + 1, 1), buy(MIDDLE + 4, 1)];
    let error = wallet.trade(0, ledger.market(), None, &several, &[]);
    assert_eq!(
        error.unwrap_err().to_string(),
        format!(
            "a buy at 2650 would trade with your own order {ask}; cancel or replace that order first"
        )
    );
}

/// The order that is replaced is cancelled first, so its successor may stand on the other side of it.
#[test]
fn the_very_order_that_is_replaced_is_not_in_the_way() {
    let mut ledger = Ledger::in_session();
    let mut wallet = opened(&mut ledger, 1, CENTS);
    let bid = post(&mut ledger, &mut wallet, 0, buy(MIDDLE, 2));
    let lower = post(&mut ledger, &mut wallet, 0, buy(MIDDLE - 2, 2));
    let plan = wallet.main().closing_claim(ledger.market(), bid).unwrap();
    let request = [sell(MIDDLE - 1, 2)];
    let prepared = wallet.trade(0, ledger.market(), Some(&plan), &request, &[]);
    // The other bid would be in the way of a lower ask.
    let too_low = wallet.trade(0, ledger.market(), Some(&plan), &[sell(MIDDLE - 2, 2)], &[]);
    assert!(matches!(too_low, Err(WalletError::SelfTrade { own, .. }) if own == lower));

    let traded = ledger.market().contracts_traded();
    let ask = include(&mut ledger, &mut wallet, prepared.unwrap())[0];
    assert_eq!(ledger.market().contracts_traded(), traded);
    assert!(ledger.market().record(bid).is_none());
    assert!(ledger.market().record(ask).unwrap().status.is_live());
}

/// A claim that moves an order leaves it in the book: it stays in the way.
#[test]
fn an_order_that_moves_stays_in_the_way() {
    let mut ledger = Ledger::in_session();
    let mut wallet = opened(&mut ledger, 1, CENTS);
    let mut other = opened(&mut ledger, 2, CENTS);
    let bid = post(&mut ledger, &mut wallet, 0, buy(MIDDLE, 3));
    let hit = other
        .main()
        .trade(ledger.market(), None, &[ioc(sell(MIDDLE, 1))]);
    let outcome = ledger.block(&[sent(hit.unwrap())]);
    follow(&mut other, &ledger, &outcome);
    follow(&mut wallet, &ledger, &outcome);
    let plan = wallet.main().partial_claims(ledger.market()).remove(0);
    let error = wallet.trade(0, ledger.market(), Some(&plan), &[sell(MIDDLE, 1)], &[]);
    assert!(matches!(error, Err(WalletError::SelfTrade { own, .. }) if own == bid));
}

#[test]
fn a_final_order_is_not_in_the_way() {
    let mut ledger = Ledger::in_session();
    let mut wallet = opened(&mut ledger, 1, CENTS);
    let bid = post(&mut ledger, &mut wallet, 0, buy(MIDDLE, 3));
    let cancel = wallet.main().cancel(ledger.market(), bid).unwrap();
    ledger.block(&[Transaction::Instruction(cancel)]);
    let prepared = wallet.trade(0, ledger.market(), None, &[sell(MIDDLE, 1)], &[]);
    assert!(prepared.is_ok());
}

#[test]
fn lineages_of_one_wallet_never_meet() {
    let mut ledger = Ledger::in_session();
    let mut wallet = two_lineages(&mut ledger);
    let bid = post(&mut ledger, &mut wallet, 0, buy(MIDDLE, 2));
    assert_eq!(self_trade(&wallet, &ledger, 1, sell(MIDDLE, 1)), bid);
    // Only a claim by its own lineage takes it out of the way.
    assert!(
        wallet.lineages()[1]
            .closing_claim(ledger.market(), bid)
            .is_err()
    );
    let ask = post(&mut ledger, &mut wallet, 1, sell(MIDDLE + 1, 2));
    assert_eq!(self_trade(&wallet, &ledger, 0, buy(MIDDLE + 1, 1)), ask);
    // Also after a recovery, which finds both.
    crash(&mut wallet, &ledger);
    assert_eq!(self_trade(&wallet, &ledger, 1, sell(MIDDLE, 1)), bid);
    assert_eq!(self_trade(&wallet, &ledger, 0, buy(MIDDLE + 1, 1)), ask);
    // And in the pre-open, where orders wait to meet.
    let mut ledger = Ledger::in_pre_open();
    let mut wallet = two_lineages(&mut ledger);
    let bid = post(&mut ledger, &mut wallet, 0, buy(MIDDLE, 2));
    assert_eq!(self_trade(&wallet, &ledger, 1, sell(MIDDLE, 1)), bid);
}

#[test]
fn an_unknown_lineage_is_named() {
    let mut ledger = Ledger::in_session();
    let wallet = two_lineages(&mut ledger);
    let error = wallet.trade(2, ledger.market(), None, &[buy(MIDDLE, 1)], &[]);
    assert_eq!(
        error.unwrap_err().to_string(),
        "lineage 2 does not exist; this wallet has 2, counted from 0"
    );
}

#[test]
fn what_is_on_its_way_counts_until_it_is_included_or_expires() {
    let mut ledger = Ledger::in_session();
    let mut wallet = two_lineages(&mut ledger);
    let bid = wallet.trade(0, ledger.market(), None, &[buy(MIDDLE, 2)], &[]);
    let bid = bid.unwrap();
    let sent_before: ActMessage = bid.message.clone();
    let in_flight = [&sent_before];
    let ask = |wallet: &Wallet, ledger: &Ledger, lineage: usize| {
        let requests = [sell(MIDDLE - 1, 1)];
        wallet.trade(lineage, ledger.market(), None, &requests, &in_flight)
    };
    match ask(&wallet, &ledger, 1) {
        Err(WalletError::SelfTradeInFlight { side, price, own }) => {
            assert_eq!(
                (side, price, own),
                (Side::Sell, Price(MIDDLE - 1), Price(MIDDLE))
            );
        }
        other => panic!("expected a refusal, got {other:?}"),
    }
    // Two messages of one lineage spend the same note: only one of them can count.
    assert!(ask(&wallet, &ledger, 0).is_ok());

    // Included: now it is an order like any other.
    let mut included = (ledger.clone(), wallet.clone());
    let order = include(&mut included.0, &mut included.1, bid)[0];
    let error = ask(&included.1, &included.0, 1);
    assert!(matches!(error, Err(WalletError::SelfTrade { own, .. }) if own == order));
    // Cancelled: the message has not expired, but nothing comes of it any more.
    let (mut later, owner) = included;
    let cancel = owner.main().cancel(later.market(), order).unwrap();
    later.block(&[Transaction::Instruction(cancel)]);
    assert!(ask(&owner, &later, 1).is_ok());

    // Expired: it never will be one.
    for blocks in 0..=HORIZON {
        let is_pending = matches!(
            ask(&wallet, &ledger, 1),
            Err(WalletError::SelfTradeInFlight { .. })
        );
        assert_eq!(
            is_pending,
            ledger.market().height() <= sent_before.expiry,
            "{blocks}"
        );
        let outcome = ledger.block(&[]);
        follow(&mut wallet, &ledger, &outcome);
    }
    assert!(ask(&wallet, &ledger, 1).is_ok());
}

#[test]
fn a_market_order_stops_one_tick_before_the_own_order_behind_others() {
    let mut ledger = Ledger::in_session();
    let mut other = opened(&mut ledger, 2, CENTS);
    let mut wallet = opened(&mut ledger, 1, CENTS);
    post(&mut ledger, &mut other, 0, sell(MIDDLE + 1, 2));
    let ask = post(&mut ledger, &mut wallet, 0, sell(MIDDLE + 5, 2));
    let bought = OrderRequest::market(Side::Buy, Quantity(3));
    let order = post(&mut ledger, &mut wallet, 0, bought);
    let record = ledger.market().record(order).unwrap();
    assert_eq!(record.terms.limit, Price(MIDDLE + 4));
    assert_eq!((record.filled, record.total), (Quantity(2), Quantity(3)));
    assert_eq!(ledger.market().record(ask).unwrap().filled, Quantity(0));
    // Now the own ask is the best one: nothing stands before it.
    assert_eq!(self_trade(&wallet, &ledger, 0, bought), ask);
}
