//! A market and its model, fed the same steps, compared after each.

use super::model::{Intent, Model, ModelOrder};
use super::steps::{DraftOrder, Step, TRADERS};
use super::support::{MIDDLE, Prepared, TestExchange, TestTrader, act_receipt, order};
use proptest::sample::Index;
use tally_circuits::field::Element;
use tally_exchange::message::{Action, OrderChange, OrderTerms, RecordClaim, Rest};
use tally_exchange::receipt::{Phase, Receipt};
use tally_exchange::refusal::Refusal;
use tally_exchange::units::{OrderId, Quantity, Side};

/// Acts that wait for each trader; the oldest is forgotten first.
const WAITING: usize = 4;

struct Waiting {
    prepared: Prepared,
    intent: Intent,
}

pub struct Simulation {
    pub exchange: TestExchange,
    pub traders: Vec<TestTrader>,
    pub model: Model,
    waiting: Vec<Vec<Waiting>>,
    /// Acts accepted, claims refused because fills came in between, proofs refused: so that a test can see that all happens.
    pub accepted: usize,
    pub late: usize,
    /// Rests moved that took uncounted fills along.
    pub moved: usize,
    pub unproved: usize,
}

impl Simulation {
    /// Traders with `cash` each; `pre_open` or continuous trading.
    pub fn new(cash: [i64; TRADERS], pre_open: bool) -> Self {
        let mut exchange = if pre_open {
            TestExchange::in_pre_open()
        } else {
            TestExchange::open_for_trading()
        };
        let traders = cash.iter().map(|cents| exchange.trader(*cents)).collect();
        let mut model = Model::new(cash.to_vec());
        model.read(&exchange.events);
        let waiting = (0..TRADERS).map(|_| Vec::new()).collect();
        Self {
            exchange,
            traders,
            model,
            waiting,
            accepted: 0,
            late: 0,
            moved: 0,
            unproved: 0,
        }
    }

    pub fn step(&mut self, step: &Step) {
        match step {
            Step::Post { trader, orders } => {
                self.post(*trader, terms(orders));
            }
            Step::Take {
                trader,
                side,
                quantity,
            } => {
                let limit = if *side == Side::Buy {
                    MIDDLE + 1
                } else {
                    MIDDLE - 1
                };
                self.post(*trader, vec![order(*side, limit, *quantity)]);
            }
            Step::Prove {
                trader,
                pick,
                choice,
                behind,
                orders,
            } => {
                if let Some(intent) = self.claim(*trader, *pick, *choice, *behind, terms(orders)) {
                    self.prove(*trader, intent);
                }
            }
            Step::Include { trader, pick } => {
                if !self.waiting[*trader].is_empty() {
                    self.include(*trader, pick.index(self.waiting[*trader].len()));
                }
            }
            Step::IncludeLast { trader } => {
                if !self.waiting[*trader].is_empty() {
                    self.include_last(*trader);
                }
            }
            Step::Cancel(pick) => self.change(pick, OrderChange::Cancel),
            Step::Reduce(pick, total) => self.change(pick, OrderChange::Reduce(Quantity(*total))),
            Step::Cash { trader, cents } => {
                if *cents != 0 {
                    self.prove(
                        *trader,
                        Intent {
                            cash: *cents,
                            ..Intent::default()
                        },
                    );
                    self.include_last(*trader);
                }
            }
            Step::Block { seconds } => self.exchange.later(*seconds),
            Step::NextPhase => self.next_phase(),
            Step::Restart => self.exchange.restart(),
        }
        self.model.read(&self.exchange.events);
        self.check();
    }

    fn post(&mut self, trader: usize, orders: Vec<OrderTerms>) {
        self.prove(
            trader,
            Intent {
                orders,
                ..Intent::default()
            },
        );
        self.include_last(trader);
    }

    fn next_phase(&mut self) {
        let session = self.exchange.market.session();
        let time = match self.exchange.market.phase() {
            Phase::BeforeSession => session.pre_open,
            Phase::PreOpen => session.open,
            Phase::Continuous => session.settlement,
            Phase::AfterSettlement | Phase::Closed | Phase::Halted | Phase::Expired => {
                session.close
            }
        };
        self.exchange.at(time.max(self.exchange.market.time()));
    }

    /// A claim of some records of one tag, each closed or moved as `choice` has it.
    fn claim(
        &self,
        trader: usize,
        pick: Option<Index>,
        choice: u16,
        behind: u32,
        orders: Vec<OrderTerms>,
    ) -> Option<Intent> {
        let open = self.model.open_orders(trader);
        if open.is_empty() {
            return None;
        }
        // Live orders are the interesting ones: their fills go on.
        let is_live = |id: &OrderId| self.model.orders[id].live;
        let live: Vec<OrderId> = open.iter().copied().filter(is_live).collect();
        let among = if live.is_empty() || choice.is_multiple_of(8) {
            &open
        } else {
            &live
        };
        let first = pick.map_or(among[among.len() - 1], |pick| *pick.get(among));
        let tag = self.model.orders[&first].tag;
        let mut claims = Vec::new();
        for (place, id) in open.into_iter().enumerate() {
            let (wanted, moved) = (
                choice >> (place % 8) & 1 == 1,
                choice >> (place % 8 + 8) & 1 == 1,
            );
            let order = &self.model.orders[&id];
            if order.tag != tag || !(wanted || id == first) {
                continue;
            }
            let fills = u32::try_from(order.fills.len()).expect("few fills");
            let credited = u32::try_from(order.credited).expect("few fills");
            let fills = fills.saturating_sub(behind).max(credited);
            claims.push(RecordClaim {
                order: id,
                fills,
                rest: if moved { Rest::Move } else { Rest::Close },
            });
        }
        claims.truncate(16);
        Some(Intent {
            claims,
            orders,
            cash: 0,
        })
    }

    fn prove(&mut self, trader: usize, intent: Intent) {
        let who = &self.traders[trader];
        let (account, amount) = (who.account(), intent.cash.unsigned_abs());
        let action = if intent.cash > 0 {
            Action::Deposit { account, amount }
        } else if intent.cash < 0 {
            Action::Withdraw {
                payee: account,
                amount,
            }
        } else if intent.claims.is_empty() {
            self.exchange.posting(who, &intent.orders)
        } else {
            self.exchange
                .trading(who, intent.claims.clone(), &intent.orders)
        };
        let prepared = self.exchange.prepare(who, action);
        let waiting = &mut self.waiting[trader];
        waiting.push(Waiting { prepared, intent });
        if waiting.len() > WAITING {
            waiting.remove(0);
        }
        // Making room for the proof's root may have begun a block.
        self.model.read(&self.exchange.events);
    }

    fn include_last(&mut self, trader: usize) {
        self.include(trader, self.waiting[trader].len() - 1);
    }

    /// Includes an Act that waits and compares the answer with what the model expects.
    fn include(&mut self, trader: usize, place: usize) {
        let Waiting { prepared, intent } = &self.waiting[trader][place];
        let (prepared, intent) = (prepared.clone(), intent.clone());
        let expected = self.expected(trader, &prepared, &intent);
        let receipt = self.exchange.include(&mut self.traders[trader], &prepared);
        let Some(refusal) = expected else {
            return self.take_over(trader, &prepared, &intent, receipt);
        };
        assert_eq!(receipt, Receipt::Refused(refusal.clone()));
        self.model.read(&self.exchange.events);
        self.unproved += usize::from(refusal == Refusal::Proof);
        if let Refusal::FillsSince { .. } = refusal {
            self.late += 1;
            assert!(
                !self
                    .exchange
                    .market
                    .is_spent(&prepared.act.message.nullifier)
            );
            for claim in intent
                .claims
                .iter()
                .filter(|claim| claim.rest == Rest::Close)
            {
                assert!(
                    !self.model.orders[&claim.order].live,
                    "cancelled in any case"
                );
            }
        }
    }

    fn expected(&self, trader: usize, prepared: &Prepared, intent: &Intent) -> Option<Refusal> {
        let band = self.exchange.market.band_cents();
        if prepared.act.message.nullifier != self.traders[trader].nullifier(&self.exchange.market) {
            return Some(Refusal::Spent);
        }
        if let Some(refusal) = own_cross(&intent.orders) {
            return Some(refusal);
        }
        let needs_margin = !intent.orders.is_empty() || intent.cash < 0;
        let allowed = self.model.allows(trader, intent, &band);
        assert!(
            allowed || needs_margin,
            "deposits, claims and releases are never short of margin"
        );
        if !allowed {
            return Some(Refusal::Proof);
        }
        let (claim, fills) = self.model.late(intent)?;
        Some(Refusal::FillsSince {
            order: claim.order,
            claimed: claim.fills,
            fills,
        })
    }

    fn take_over(&mut self, trader: usize, prepared: &Prepared, intent: &Intent, receipt: Receipt) {
        let receipt = act_receipt(receipt);
        let tag = match prepared.act.message.action {
            Action::Trade { tag, .. } => tag.unwrap_or(Element::ZERO),
            _ => Element::ZERO,
        };
        let has_more = |claim: &&RecordClaim| {
            self.model.orders[&claim.order].fills.len() > claim.fills as usize
        };
        self.moved += intent.claims.iter().filter(has_more).count();
        self.model.take_over(trader, intent, tag);
        assert_eq!(receipt.orders.len(), intent.orders.len());
        for (id, terms) in receipt.orders.iter().zip(&intent.orders) {
            self.model
                .orders
                .insert(*id, ModelOrder::new(trader, tag, *terms));
        }
        self.accepted += 1;
    }

    fn change(&mut self, pick: &Index, change: OrderChange) {
        if self.model.orders.is_empty() {
            return;
        }
        let ids: Vec<OrderId> = self.model.orders.keys().copied().collect();
        let id = *pick.get(&ids);
        let order = self.model.orders[&id].clone();
        let left = order.total - order.filled();
        let expected = match change {
            _ if order.gone => Err(Refusal::UnknownOrder(id)),
            _ if !order.live => Err(Refusal::NotLive(id)),
            OrderChange::Cancel => Ok(left),
            OrderChange::Reduce(given) if given.0 >= order.total => Err(Refusal::NotLower {
                order: id,
                given,
                total: Quantity(order.total),
            }),
            OrderChange::Reduce(given) => Ok(order.total - given.0.max(order.filled())),
        };
        let expected = match expected {
            Ok(removed) => Receipt::Instruction {
                order: id,
                removed: Quantity(removed),
            },
            Err(refusal) => Receipt::Refused(refusal),
        };
        assert_eq!(self.exchange.change(id, change), expected);
    }

    /// Closes every record of every trader; each claim must be accepted.
    pub fn close_everything(&mut self) {
        for trader in 0..TRADERS {
            while let Some(first) = self.model.open_orders(trader).first() {
                let tag = self.model.orders[first].tag;
                let mut ids = self.model.open_orders(trader);
                ids.retain(|id| self.model.orders[id].tag == tag);
                let fills = |id: &OrderId| {
                    u32::try_from(self.model.orders[id].fills.len()).expect("few fills")
                };
                let claim = |id: &OrderId| RecordClaim {
                    order: *id,
                    fills: fills(id),
                    rest: Rest::Close,
                };
                let claims = ids.iter().take(16).map(claim).collect();
                self.prove(
                    trader,
                    Intent {
                        claims,
                        ..Intent::default()
                    },
                );
                self.include_last(trader);
                self.model.read(&self.exchange.events);
                self.check();
            }
        }
    }
}

fn terms(orders: &[DraftOrder]) -> Vec<OrderTerms> {
    let terms = |draft: &DraftOrder| OrderTerms {
        time_in_force: draft.time_in_force,
        post_only: draft.post_only,
        ..order(draft.side, draft.limit, draft.quantity)
    };
    orders.iter().map(terms).collect()
}

fn own_cross(orders: &[OrderTerms]) -> Option<Refusal> {
    let on = |side| {
        orders
            .iter()
            .filter(move |order| order.side == side)
            .map(|order| order.limit)
    };
    let (buy, sell) = (on(Side::Buy).max()?, on(Side::Sell).min()?);
    (buy >= sell).then_some(Refusal::OwnCross { buy, sell })
}
