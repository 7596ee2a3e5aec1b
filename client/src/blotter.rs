//! What a wallet did in one contract month: its orders, fills, cash, and what revalidations closed. Everything follows
//! from the ledger and the wallet's own steps, so that it can be read anew at any time.
//!
//! Contracts are closed first in, first out: so profit and loss is exact in whole cents, whatever the average.

use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::{BTreeMap, VecDeque};
use tally_circuits::note::Note;
use tally_exchange::calendar::Date;
use tally_exchange::market::Market;
use tally_exchange::message::{Action, OrderTerms, Transaction};
use tally_exchange::receipt::{Event, Phase, Receipt};
use tally_exchange::record::OrderStatus;
use tally_exchange::units::{OrderId, Price, Quantity, Side, Time};

/// Most orders that are remembered; of the final ones the oldest go first.
const ORDERS_KEPT: usize = 50_000;

/// An order of the wallet.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BlotterOrder {
    /// Its terms.
    pub terms: OrderTerms,
    /// Contracts now, reductions applied, fills included.
    pub total: Quantity,
    /// Contracts filled.
    pub filled: Quantity,
    /// Sum of price times quantity over its fills, ticks times contracts.
    pub value: i64,
    /// Where it stands.
    pub status: OrderStatus,
    /// When it was included.
    pub time: Time,
}

/// Something that happened to the wallet's money or contracts.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Happening {
    /// A fill.
    Fill {
        /// The order.
        order: OrderId,
        /// The number of the fill in the order.
        index: u32,
        /// Side.
        side: Side,
        /// Price.
        price: Price,
        /// Contracts.
        quantity: Quantity,
        /// Cents.
        fee: i64,
    },
    /// Cash moved into the note (positive) or out of it.
    Cash {
        /// How.
        kind: CashKind,
        /// Cents, fee included.
        amount: i64,
        /// Of it the opening fee, cents.
        fee: i64,
    },
    /// A revalidation closed contracts, or an absent note came back.
    Adjustment {
        /// How.
        kind: AdjustmentKind,
        /// The epoch that closed.
        epoch: u64,
        /// Contracts closed, signed as the position was.
        closed: i64,
        /// At which price.
        price: Price,
        /// Haircuts and fees of it, cents.
        cost: i64,
    },
    /// The day's settlement, while the note was open.
    Settlement {
        /// Price.
        price: Price,
    },
}

/// How cash moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
pub enum CashKind {
    /// The first deposit.
    Open = 0,
    /// A further deposit.
    Deposit = 1,
    /// To the account.
    Withdraw = 2,
    /// Into a seat's bond.
    Bond = 3,
    /// Back from a seat's bond.
    Unbond = 4,
    /// To another contract month.
    TransferOut = 5,
    /// From another contract month.
    TransferIn = 6,
}

impl CashKind {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Deposit => "deposit",
            Self::Withdraw => "withdraw",
            Self::Bond => "bond",
            Self::Unbond => "unbond",
            Self::TransferOut => "transfer-out",
            Self::TransferIn => "transfer-in",
        }
    }
}

/// How contracts were closed without an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
pub enum AdjustmentKind {
    /// A Refresh that cut the position back.
    Revalidation = 0,
    /// A Lapse.
    Lapse = 1,
    /// The final settlement, or a tear-up.
    Forced = 2,
}

impl AdjustmentKind {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Revalidation => "revalidation",
            Self::Lapse => "lapse",
            Self::Forced => "expiry",
        }
    }
}

/// Something that happened, and when.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Dated {
    /// Trading day of the market then.
    pub day: Date,
    /// Time of the block.
    pub time: Time,
    /// Height of the block.
    pub height: u64,
    /// What.
    pub what: Happening,
}

/// Everything a wallet did in one contract month.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Blotter {
    orders: BTreeMap<OrderId, BlotterOrder>,
    happenings: Vec<Dated>,
    is_open: bool,
    has_settled: Option<Date>,
}

/// An own statement of a block, with the note before and after it.
pub struct OwnStep<'a> {
    /// What was included.
    pub transaction: &'a Transaction,
    /// What the market said.
    pub receipt: &'a Receipt,
    /// The note before.
    pub before: &'a Note,
    /// The note after.
    pub after: &'a Note,
}

impl Blotter {
    /// Takes in an own statement of the block that `market` has just executed.
    pub fn step(&mut self, market: &Market, step: &OwnStep<'_>) {
        match (step.transaction, step.receipt) {
            (Transaction::Act(act), Receipt::Act(receipt)) => {
                if let Action::Trade { orders, .. } = &act.message.action {
                    for (id, terms) in receipt.orders.iter().zip(orders) {
                        self.orders.insert(*id, posted(terms, market.time()));
                    }
                } else {
                    self.is_open = true;
                    self.cash(market, &act.message.action, receipt.deltas.cash);
                }
            }
            (Transaction::Refresh(refresh), Receipt::Refresh { .. }) => {
                self.refreshed(market, refresh.message.epoch, step);
            }
            (Transaction::Lapse(lapse), Receipt::Lapse { .. }) => {
                self.lapsed(market, lapse.message.left_in, step);
            }
            _ => {}
        }
    }

    /// Takes in what everybody saw happen in that block.
    pub fn events<'a>(&mut self, market: &Market, events: impl Iterator<Item = &'a Event>) {
        for event in events {
            match event {
                Event::Fill {
                    order,
                    index,
                    price,
                    quantity,
                } => self.filled(market, *order, *index, *price, *quantity),
                Event::Final { order, status } => {
                    if let Some(own) = self.orders.get_mut(order) {
                        own.status = *status;
                    }
                }
                Event::Reduced { order, total } => {
                    if let Some(own) = self.orders.get_mut(order) {
                        own.total = *total;
                    }
                }
                Event::Settlement { price, .. } if self.is_open => {
                    let day = market.session().date;
                    if self.has_settled != Some(day) {
                        self.has_settled = Some(day);
                        self.push(market, Happening::Settlement { price: *price });
                    }
                }
                _ => {}
            }
        }
        self.forget();
    }

    fn filled(
        &mut self,
        market: &Market,
        order: OrderId,
        index: u32,
        price: Price,
        quantity: Quantity,
    ) {
        let Some(own) = self.orders.get_mut(&order) else {
            return;
        };
        own.filled.0 = own.filled.0.saturating_add(quantity.0);
        own.value = own
            .value
            .saturating_add(i64::from(price.0) * i64::from(quantity.0));
        let side = own.terms.side;
        let fee = market.money().fee.saturating_mul(i64::from(quantity.0));
        self.push(
            market,
            Happening::Fill {
                order,
                index,
                side,
                price,
                quantity,
                fee,
            },
        );
    }

    fn cash(&mut self, market: &Market, action: &Action, change: i64) {
        let kind = match action {
            Action::Open { .. } => CashKind::Open,
            Action::Deposit { .. } => CashKind::Deposit,
            Action::Withdraw { .. } => CashKind::Withdraw,
            Action::Bond { .. } => CashKind::Bond,
            Action::Unbond { .. } => CashKind::Unbond,
            Action::Transfer { .. } => CashKind::TransferOut,
            Action::Receive { .. } => CashKind::TransferIn,
            Action::Trade { .. } => return,
        };
        let fee = if action.opens() {
            market.specification().opening_fee
        } else {
            0
        };
        let amount = change.saturating_add(fee);
        self.push(market, Happening::Cash { kind, amount, fee });
    }

    fn refreshed(&mut self, market: &Market, epoch: u64, step: &OwnStep<'_>) {
        let closed = i64::from(step.before.position) - i64::from(step.after.position);
        let terms = market
            .closed_epoch(epoch)
            .map(tally_exchange::market::ClosedEpoch::terms)
            .or_else(|| market.epoch_terms());
        let Some(terms) = terms.filter(|_| closed != 0) else {
            return;
        };
        let kind = if terms.forced {
            AdjustmentKind::Forced
        } else {
            AdjustmentKind::Revalidation
        };
        self.adjust(market, kind, epoch, closed, terms.price, step);
    }

    fn lapsed(&mut self, market: &Market, epoch: u64, step: &OwnStep<'_>) {
        let closed = i64::from(step.before.position);
        let Some(left) = market.closed_epoch(epoch) else {
            return;
        };
        let (price, reopening) = (left.terms().price, left.reopening());
        // The worse for the note of both.
        let worse = reopening.map_or(price, |reopening| {
            if closed > 0 {
                price.min(reopening)
            } else {
                price.max(reopening)
            }
        });
        self.adjust(market, AdjustmentKind::Lapse, epoch, closed, worse, step);
    }

    /// What closing cost beyond its price is what is missing from the cash.
    fn adjust(
        &mut self,
        market: &Market,
        kind: AdjustmentKind,
        epoch: u64,
        closed: i64,
        price: Price,
        step: &OwnStep<'_>,
    ) {
        // A note's fields: 24 bits times 36 bits.
        let proceeds = closed.saturating_mul(market.money().notional(price));
        let change = step.after.cash.saturating_sub(step.before.cash);
        let cost = proceeds.saturating_sub(change);
        self.push(
            market,
            Happening::Adjustment {
                kind,
                epoch,
                closed,
                price,
                cost,
            },
        );
    }

    fn push(&mut self, market: &Market, what: Happening) {
        self.happenings.push(Dated {
            day: market.session().date,
            time: market.time(),
            height: market.height(),
            what,
        });
    }

    fn forget(&mut self) {
        let mut surplus = self.orders.len().saturating_sub(ORDERS_KEPT);
        if surplus > 0 {
            self.orders.retain(|_, order| {
                let goes = surplus > 0 && !order.status.is_live();
                surplus -= usize::from(goes);
                !goes
            });
        }
    }

    /// The wallet's orders, by id.
    #[must_use]
    pub const fn orders(&self) -> &BTreeMap<OrderId, BlotterOrder> {
        &self.orders
    }

    /// Everything that happened, oldest first.
    #[must_use]
    pub fn happenings(&self) -> &[Dated] {
        &self.happenings
    }

    /// Profit and loss of everything up to and including `day`; none for everything.
    #[must_use]
    pub fn account(&self, tick_value: i64, up_to: Option<Date>) -> Lots {
        let mut lots = Lots::new(tick_value);
        for dated in &self.happenings {
            if up_to.is_some_and(|day| dated.day > day) {
                break;
            }
            lots.take(&dated.what);
        }
        lots
    }
}

fn posted(terms: &OrderTerms, time: Time) -> BlotterOrder {
    BlotterOrder {
        terms: *terms,
        total: terms.quantity,
        filled: Quantity(0),
        value: 0,
        status: OrderStatus::Live,
        time,
    }
}

/// Open contracts by what they cost, and the profit and loss of those that were closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lots {
    tick_value: i64,
    /// Price and contracts, long positive, oldest first; all of one sign.
    open: VecDeque<(Price, i64)>,
    /// Cents.
    pub realised: i64,
    /// Fees of fills and openings, cents.
    pub fees: i64,
    /// Haircuts, and what a way back cost, cents.
    pub haircuts: i64,
    /// Cash that came in less cash that left, cents.
    pub paid_in: i64,
}

impl Lots {
    const fn new(tick_value: i64) -> Self {
        Self {
            tick_value,
            open: VecDeque::new(),
            realised: 0,
            fees: 0,
            haircuts: 0,
            paid_in: 0,
        }
    }

    fn take(&mut self, what: &Happening) {
        match *what {
            Happening::Fill {
                side,
                price,
                quantity,
                fee,
                ..
            } => {
                let contracts = i64::from(quantity.0);
                let signed = match side {
                    Side::Buy => contracts,
                    Side::Sell => -contracts,
                };
                self.trade(price, signed);
                self.fees = self.fees.saturating_add(fee);
            }
            Happening::Cash { amount, fee, .. } => {
                self.paid_in = self.paid_in.saturating_add(amount);
                self.fees = self.fees.saturating_add(fee);
            }
            Happening::Adjustment {
                closed,
                price,
                cost,
                ..
            } => {
                self.trade(price, -closed);
                self.haircuts = self.haircuts.saturating_add(cost);
            }
            Happening::Settlement { .. } => {}
        }
    }

    /// Buys (positive) or sells contracts at a price.
    fn trade(&mut self, price: Price, mut contracts: i64) {
        while contracts != 0 {
            let Some((paid, open)) = self.open.front_mut() else {
                break;
            };
            if open.signum() == contracts.signum() {
                break;
            }
            let closed = open.abs().min(contracts.abs());
            let gain = (i64::from(price.0) - i64::from(paid.0)).saturating_mul(open.signum());
            let gain = gain.saturating_mul(closed).saturating_mul(self.tick_value);
            self.realised = self.realised.saturating_add(gain);
            *open -= closed * open.signum();
            contracts -= closed * contracts.signum();
            if *open == 0 {
                self.open.pop_front();
            }
        }
        if contracts != 0 {
            self.open.push_back((price, contracts));
        }
    }

    /// Open contracts, long positive.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.open.iter().map(|(_, contracts)| contracts).sum()
    }

    /// Sum of price times contracts over the open ones, ticks times contracts.
    #[must_use]
    pub fn open_value(&self) -> i64 {
        let value = |(price, contracts): &(Price, i64)| i64::from(price.0) * contracts;
        self.open.iter().map(value).sum()
    }

    /// Profit and loss of the open contracts at a price, cents.
    #[must_use]
    pub fn unrealised(&self, mark: Price) -> i64 {
        let gain = i64::from(mark.0) * self.position() - self.open_value();
        gain.saturating_mul(self.tick_value)
    }

    /// Equity at a price, cents: what came in, and what was won and paid since.
    #[must_use]
    pub fn equity(&self, mark: Price) -> i64 {
        self.paid_in + self.realised + self.unrealised(mark) - self.fees - self.haircuts
    }
}

/// Whether a phase takes orders.
#[must_use]
pub const fn takes_orders(phase: Phase) -> bool {
    matches!(
        phase,
        Phase::PreOpen | Phase::Continuous | Phase::AfterSettlement
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(side: Side, price: i32, quantity: u32) -> Happening {
        Happening::Fill {
            order: OrderId(1),
            index: 0,
            side,
            price: Price(price),
            quantity: Quantity(quantity),
            fee: 100 * i64::from(quantity),
        }
    }

    #[test]
    fn first_in_is_first_out_and_equity_adds_up() {
        let mut lots = Lots::new(1_000);
        lots.take(&Happening::Cash {
            kind: CashKind::Open,
            amount: 1_000_000,
            fee: 500,
        });
        lots.take(&fill(Side::Buy, 2_600, 2));
        lots.take(&fill(Side::Buy, 2_610, 1));
        assert_eq!((lots.position(), lots.open_value()), (3, 7_810));
        lots.take(&fill(Side::Sell, 2_620, 2));
        assert_eq!(lots.realised, 2 * 20 * 1_000);
        assert_eq!(lots.unrealised(Price(2_605)), -5_000);
        // Through zero: one closed, two short.
        lots.take(&fill(Side::Sell, 2_600, 3));
        assert_eq!((lots.position(), lots.realised), (-2, 40_000 - 10_000));
        assert_eq!(lots.unrealised(Price(2_590)), 20_000);
        // A revalidation closes one of the two short ones at 2,595.
        lots.take(&Happening::Adjustment {
            kind: AdjustmentKind::Revalidation,
            epoch: 1,
            closed: -1,
            price: Price(2_595),
            cost: 5_000,
        });
        assert_eq!((lots.position(), lots.realised), (-1, 35_000));
        assert_eq!(
            lots.equity(Price(2_600)),
            1_000_000 - 500 - 800 + 35_000 - 5_000
        );
    }
}
