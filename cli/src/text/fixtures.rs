//! Replies to show in tests.

use tally_client::reply::{
    AccountReply, AdjustmentLine, BookReply, CashLine, EpochLine, EventLine, FillLine, LevelLine,
    MarginReply, MarketLine, OrderLine, OutcomeWord, PositionLine, Preview, Screen, Sent,
    SettlementLine, StatementReply, Status,
};
use tally_exchange::epoch::terms::Trigger;
use tally_exchange::market::{Funds, Stage};
use tally_exchange::message::Symbol;
use tally_exchange::receipt::Phase;
use tally_exchange::record::OrderStatus;
use tally_exchange::units::{OrderId, Quantity, Side, TimeInForce};
use tally_node::replay::{ClosedView, MarketView, ReportedBand};

/// The number of the event after the tape.
pub const NEXT: u64 = 1_294_991_360;
/// A chain.
pub const CHAIN: &str = "9f0c6a2be4d81735f0a1b2c3d4e5f60718293a4b5c6d7e8f9021a3b4c5d6e7f8";

/// The contract month.
pub fn symbol() -> Symbol {
    Symbol::new("HEG7").unwrap()
}

fn at(clock: &str) -> String {
    format!("2017-01-03T{clock}.250000Z")
}

fn band() -> [String; 2] {
    ["64.150", "68.150"].map(str::to_owned)
}

/// At the node's height.
pub fn status() -> Status {
    Status {
        chain: CHAIN.to_owned(),
        name: "practice".to_owned(),
        node: "127.0.0.1:7401".to_owned(),
        height: 1234,
        node_height: 1234,
        time: at("14:30:00"),
        state: "00112233445566778899aabbccddeeff".repeat(2),
        proofs_verified: 1412,
        bytes_downloaded: 2_345_678,
        insecure_keys: true,
        agent: true,
        checkpoint: None,
        pending: Vec::new(),
        last_proof_ms: Some(31),
    }
}

/// Just funded.
pub fn account() -> AccountReply {
    AccountReply {
        account: "abcdef".repeat(11)[..64].to_owned(),
        balance: 623_450,
        cashier: "faucet".to_owned(),
        cashier_key: "01234567".repeat(8),
        credited: Some(500_000),
    }
}

/// An order's.
pub fn preview() -> Preview {
    Preview {
        market: symbol(),
        action: "buy 2 @ 66.150 in HEG7".to_owned(),
        reveals: vec![
            "buy 2 @ 66.150".to_owned(),
            "that some open note of this market was used (not which one)".to_owned(),
        ],
        hides: vec!["your account, cash and position".to_owned()],
        free_margin_before: 343_450,
        free_margin_after: 203_450,
        fees: 200,
        proof_ms: Some(31),
        needs_proof: true,
        insecure_keys: true,
        first: Vec::new(),
    }
}

/// An accepted order.
pub fn sent() -> Sent {
    Sent {
        message: 7,
        market: Some(symbol()),
        action: "buy 2 @ 66.150 in HEG7".to_owned(),
        id: Some("quote-17".to_owned()),
        repeated: false,
        outcome: OutcomeWord::Accepted,
        reason: None,
        height: Some(1234),
        orders: orders()[..1].to_vec(),
        before: Vec::new(),
        proof_ms: Some(31),
        receipt_ms: Some(120),
        insecure_keys: true,
    }
}

/// A buy that has traded and a sell that has not.
pub fn orders() -> Vec<OrderLine> {
    let buy = OrderLine {
        order: OrderId(12),
        market: symbol(),
        id: Some("quote-17".to_owned()),
        side: Side::Buy,
        price: "66.150".to_owned(),
        quantity: Quantity(3),
        filled: Quantity(1),
        average_price: Some("66.1500".to_owned()),
        tif: TimeInForce::Day,
        status: OrderStatus::Live,
        time: at("14:29:58"),
    };
    let sell = OrderLine {
        order: OrderId(13),
        id: None,
        side: Side::Sell,
        price: "66.225".to_owned(),
        quantity: Quantity(2),
        filled: Quantity(0),
        average_price: None,
        time: at("14:29:59"),
        ..buy.clone()
    };
    vec![buy, sell]
}

/// A fill of each side.
pub fn fills() -> Vec<FillLine> {
    let buy = FillLine {
        order: OrderId(12),
        index: 0,
        market: symbol(),
        id: Some("quote-17".to_owned()),
        side: Side::Buy,
        price: "66.150".to_owned(),
        quantity: Quantity(1),
        fee: 100,
        time: at("14:30:00"),
        height: 1234,
    };
    let sell = FillLine {
        order: OrderId(11),
        index: 2,
        id: None,
        side: Side::Sell,
        price: "66.200".to_owned(),
        quantity: Quantity(2),
        fee: 200,
        time: at("14:30:01"),
        height: 1235,
        ..buy.clone()
    };
    vec![buy, sell]
}

/// Long.
pub fn position() -> PositionLine {
    PositionLine {
        market: symbol(),
        is_open: true,
        position: 3,
        average_price: Some("66.1500".to_owned()),
        mark: "66.175".to_owned(),
        equity: 501_300,
        unrealised: 3_000,
        realised: -1_000,
        fees: 700,
        free_margin: 203_450,
        call_price: Some("65.125".to_owned()),
        close_out_price: Some("62.000".to_owned()),
        working_buys: 2,
        working_sells: 2,
        unclaimed_fills: 1,
        standing: "present".to_owned(),
        band: band(),
    }
}

/// With an order that does not pass.
pub fn margin() -> MarginReply {
    MarginReply {
        market: symbol(),
        initial: 70_000,
        maintenance: 10_000,
        band: band(),
        worst_low: 413_450,
        worst_high: 690_000,
        free_margin: 203_450,
        most_buy: Quantity(1),
        most_sell: Quantity(4),
        what_if: Some("buy 9 @ 66.150".to_owned()),
        passes: Some(false),
        reason: Some("at most 1 contract passes".to_owned()),
        free_margin_after: None,
    }
}

/// A day with everything.
pub fn statement() -> StatementReply {
    StatementReply {
        market: symbol(),
        day: Some("2017-01-03".to_owned()),
        fills: fills(),
        adjustments: vec![AdjustmentLine {
            kind: "revalidation".to_owned(),
            epoch: 2,
            closed: -2,
            price: "66.100".to_owned(),
            cost: 100,
            time: at("15:00:00"),
        }],
        cash: vec![
            CashLine {
                kind: "open".to_owned(),
                amount: 500_000,
                fee: 2_500,
                time: at("14:00:00"),
            },
            CashLine {
                kind: "withdraw".to_owned(),
                amount: -10_000,
                fee: 0,
                time: at("16:00:00"),
            },
        ],
        fees: 2_800,
        haircuts: 100,
        realised: 4_000,
        unrealised: -1_000,
        position: 3,
        settlements: vec![SettlementLine {
            day: "2017-01-03".to_owned(),
            price: "66.150".to_owned(),
        }],
        equity: 490_100,
    }
}

/// A level.
pub fn level(price: &str, quantity: u64, orders: u32, own: u64) -> LevelLine {
    LevelLine {
        price: price.to_owned(),
        quantity,
        orders,
        own,
    }
}

/// Three levels of a side.
pub fn book() -> BookReply {
    BookReply {
        market: symbol(),
        height: 1234,
        time: at("14:30:00"),
        phase: "continuous".to_owned(),
        bids: vec![
            level("66.150", 9, 3, 2),
            level("66.125", 14, 4, 0),
            level("66.100", 2, 1, 0),
        ],
        asks: vec![
            level("66.200", 5, 1, 0),
            level("66.225", 7, 3, 2),
            level("66.250", 1_400, 12, 0),
        ],
        mark: "66.175".to_owned(),
        last: Some("66.150".to_owned()),
        band: band(),
        trigger: ["65.250", "67.050"].map(str::to_owned),
        traded: 1_234,
    }
}

/// A trade, an own fill, a trigger.
pub fn tape() -> Vec<EventLine> {
    let event = |seq: u64, clock: &str, own: bool, text: &str| EventLine {
        seq,
        height: 1234,
        time: at(clock),
        market: symbol(),
        own,
        what: serde_json::json!({ "event": "trade" }),
        text: text.to_owned(),
    };
    let triggered = "epoch 2 closes (mark): revalidation at 66.175, next band 64.175 to 68.175";
    vec![
        event(1_293_942_784, "14:29:59", false, "2 @ 66.175 (buy)"),
        event(
            1_293_942_785,
            "14:30:00",
            true,
            "order 12 filled: 1 @ 66.150",
        ),
        event(1_293_942_786, "14:30:00", false, triggered),
    ]
}

/// A contract month.
pub fn market_line() -> MarketLine {
    MarketLine {
        market: symbol(),
        last_trading_day: "2017-02-14".to_owned(),
        session: "2017-01-03".to_owned(),
        phase: "continuous".to_owned(),
        mark: "66.175".to_owned(),
        band: band(),
        epoch: 3,
        notes: 50,
        traded: 1_234,
        is_open: true,
    }
}

/// What `tally epoch` prints.
pub fn market_view() -> MarketView {
    let [lo, hi] = band();
    MarketView {
        market: symbol(),
        session: "2017-01-03".to_owned(),
        phase: Phase::Continuous,
        epoch: 3,
        stage: Stage::Open,
        trigger: Some(Trigger::Mark),
        price: Some("66.150".to_owned()),
        band: ReportedBand { lo, hi },
        mark: "66.175".to_owned(),
        expected: 50,
        refreshed: 0,
        last: Some(ClosedView {
            epoch: 2,
            expected: 50,
            refreshed: 49,
            liquidated: Some(-2),
            reopening: Some("66.150".to_owned()),
        }),
        key_round: Some(4),
        running_round: None,
        seats: 12,
        threshold: 8,
        clearing_position: -2,
        clearing_cash: 132_350,
        funds: Funds {
            insurance: 100_012_300,
            deposits: 0,
            withdrawals: 0,
        },
        turnstile: Some(0),
        is_halted: false,
    }
}

/// A trader's screen in continuous trading.
pub fn screen() -> Screen {
    Screen {
        status: status(),
        book: book(),
        position: position(),
        orders: orders(),
        tape: tape(),
        next: NEXT,
        epoch: EpochLine {
            epoch: 3,
            stage: "open".to_owned(),
            until: None,
            refreshed: 31,
            expected: 50,
            seats: 12,
        },
        balance: 123_450,
        agent: true,
        notices: Vec::new(),
    }
}
