//! Two wallets trade through a node: what a command does, from the first deposit to the withdrawal.

#![allow(clippy::unwrap_used)]

mod support;

use std::time::Duration;
use support::{IN_SESSION, Market, Owner, ask, enter, order, sent, until};
use tally_client::reply::{FailureKind, OutcomeWord, Reply};
use tally_client::request::{OrderRequest, Request};
use tally_exchange::record::OrderStatus;
use tally_exchange::units::Side;

/// Everything in one go, since a market takes a while to make.
#[test]
fn a_day_of_two_traders() {
    let mut market = Market::start(IN_SESSION, 1);
    let address = market.address();
    let (ann, bob) = (Owner::new(1), Owner::new(2));
    let mut a = ann.open(&address);
    let mut b = bob.open(&address);
    enter(&mut a, 5_000_000);
    enter(&mut b, 5_000_000);

    // A resting sell, a buy that takes two of three.
    let sell = sent(&mut a, Request::Order(order(Side::Sell, 3, "66.050")));
    assert_eq!(sell.orders[0].status, OrderStatus::Live);
    b.pump(Duration::from_secs(1)).unwrap();
    let buy = sent(&mut b, Request::Order(order(Side::Buy, 2, "66.100")));
    assert_eq!(buy.orders[0].status, OrderStatus::Filled);
    assert_eq!(buy.orders[0].average_price.as_deref(), Some("66.0500"));

    // A client id never doubles.
    let named = OrderRequest {
        id: Some("mine-1".to_owned()),
        ..order(Side::Buy, 1, "65.900")
    };
    let first = sent(&mut b, Request::Order(named.clone()));
    let again = sent(&mut b, Request::Order(named));
    assert!(!first.repeated && again.repeated);
    assert_eq!(first.orders[0].order, again.orders[0].order);

    until(&mut a, "the sell fills", |desk| {
        let Reply::Orders { orders } = ask(
            desk,
            Request::Orders {
                market: None,
                all: false,
            },
        ) else {
            panic!()
        };
        orders.iter().any(|order| order.filled.0 == 2)
    });
    let Reply::Position { positions } = ask(&mut a, Request::Position { market: None }) else {
        panic!()
    };
    let position = &positions[0];
    assert_eq!(position.position, -2);
    assert_eq!(position.average_price.as_deref(), Some("66.0500"));
    assert_eq!(position.unclaimed_fills, 1);
    // What came in, less the opening fee and two fees, and what two contracts are worth at the mark.
    let statement = statement(&mut a);
    assert_eq!(position.equity, statement.equity);
    assert_eq!(statement.position, -2);

    // Margin: too much is refused with the largest that passes, before a proof is made.
    let refused = b.handle(Request::Order(order(Side::Buy, 500, "66.000")));
    let Reply::Failed(failure) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(failure.kind, FailureKind::Margin);
    assert!(
        failure.error.contains("largest quantity that passes"),
        "{}",
        failure.error
    );

    // Cancel, reduce, replace, quote.
    let id = first.orders[0].order;
    ask(&mut b, Request::Cancel { orders: vec![id] });
    let sell_id = sell.orders[0].order;
    let replaced = sent(
        &mut a,
        Request::Replace {
            order: sell_id,
            quantity: None,
            price: Some("66.200".to_owned()),
            id: None,
            preview: false,
        },
    );
    assert_eq!(
        (replaced.orders[0].quantity.0, &*replaced.orders[0].price),
        (1, "66.200")
    );
    let quote = |replaces, bid: &str, ask: &str| Request::Quote {
        market: None,
        bid: bid.to_owned(),
        ask: ask.to_owned(),
        quantity: tally_exchange::units::Quantity(2),
        id: None,
        replaces,
        preview: false,
    };
    let quoted = sent(&mut b, quote(Vec::new(), "65.900", "66.150"));
    let ids = quoted.orders.iter().map(|order| order.order).collect();
    let requoted = sent(&mut b, quote(ids, "65.925", "66.175"));
    assert_eq!(requoted.orders.len(), 2);

    // Closing at the market meets bob's new quote.
    let preview = a.handle(Request::Close {
        market: None,
        id: None,
        preview: true,
    });
    let Reply::Preview(preview) = preview else {
        panic!("{preview:?}")
    };
    assert!(preview.insecure_keys && preview.needs_proof);
    a.pump(Duration::from_secs(1)).unwrap();
    let closed = sent(
        &mut a,
        Request::Close {
            market: None,
            id: None,
            preview: false,
        },
    );
    assert_eq!(closed.orders[0].filled.0, 2, "{closed:?}");

    // All out: the note's cash goes back to the account.
    let out = sent(
        &mut a,
        Request::Withdraw {
            market: None,
            amount: None,
            preview: false,
        },
    );
    assert!(!out.before.is_empty(), "records are claimed first");
    let Reply::Account(account) = ask(&mut a, Request::Account {}) else {
        panic!()
    };
    // Bought back at 66.175 what was sold at 66.050: 5 ticks of $10, two contracts; opening fee and four fees.
    let left = support_fees(&mut a);
    assert_eq!(
        i64::try_from(account.balance).unwrap(),
        5_000_000 - 2 * 5_000 - left
    );

    until(&mut b, "the quote fills", |desk| {
        statement_of(desk).position == 0
    });
    // Killed and opened again: the same orders, fills and position, from the own copy of the ledger.
    let before = (statement_of(&mut b), orders_of(&mut b));
    drop(b);
    let mut b = bob.open(&address);
    assert_eq!((statement_of(&mut b), orders_of(&mut b)), before);
    // A new folder: everything is recovered from the seed and the ledger.
    let mut elsewhere = Owner::new(2).open(&address);
    assert_eq!(
        statement_of(&mut elsewhere).fills.len(),
        before.0.fills.len()
    );
    assert_eq!(statement_of(&mut elsewhere).equity, before.0.equity);

    // The node is stopped: a command fails without loss, and works again when it is back.
    market.stop();
    let gone = b.handle(Request::Order(order(Side::Buy, 1, "65.900")));
    assert!(
        matches!(&gone, Reply::Failed(failure) if failure.kind == FailureKind::Network),
        "{gone:?}"
    );
    market.restart(&address);
    let back = sent(&mut b, Request::Order(order(Side::Buy, 1, "65.900")));
    assert_eq!(back.outcome, OutcomeWord::Accepted);
    market.stop();
}

fn statement(desk: &mut tally_client::desk::Desk) -> tally_client::reply::StatementReply {
    statement_of(desk)
}

fn statement_of(desk: &mut tally_client::desk::Desk) -> tally_client::reply::StatementReply {
    let reply = ask(
        desk,
        Request::Statement {
            market: None,
            day: None,
        },
    );
    match reply {
        Reply::Statement { mut statements } => statements.remove(0),
        other => panic!("{other:?}"),
    }
}

fn orders_of(desk: &mut tally_client::desk::Desk) -> Reply {
    ask(
        desk,
        Request::Orders {
            market: None,
            all: true,
        },
    )
}

/// Fees that a statement shows, cents.
fn support_fees(desk: &mut tally_client::desk::Desk) -> i64 {
    statement_of(desk).fees
}
