//! What a wallet has in one contract month: its notes and agent, and what it did.

use crate::blotter::{Blotter, OwnStep};
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::BTreeMap;
use tally_circuits::note::{Deltas, Note};
use tally_exchange::market::Market;
use tally_exchange::message::{Symbol, Transaction};
use tally_exchange::receipt::{Event, Receipt};
use tally_exchange::units::OrderId;
use tally_trader::agent::{Agent, AgentOptions};
use tally_trader::error::WalletError;
use tally_trader::lineage::{Lineage, Standing};
use tally_trader::seed::Seed;
use tally_trader::step::spent_by;
use tally_trader::wallet::Wallet;

/// Version of the encoding of months.
const VERSION: u8 = 1;

/// One contract month of a wallet.
pub(super) struct Month {
    pub(super) agent: Agent,
    pub(super) blotter: Blotter,
}

/// What a way back by Lapse makes of a note that missed a revalidation.
pub(super) struct WayBack {
    /// The epoch in which it stayed.
    pub(super) epoch: u64,
    /// Contracts that were closed there; negative for a short position.
    pub(super) closed: i64,
    /// Haircut and opening fee, cents.
    pub(super) costs: i64,
    /// The note after it.
    pub(super) note: Note,
}

/// As it is written down.
#[derive(BorshSerialize, BorshDeserialize)]
struct Written {
    version: u8,
    height: u64,
    months: Vec<(Symbol, Vec<u8>, Blotter)>,
}

impl Month {
    /// A month that was never traded.
    pub(super) fn new(seed: Seed, market: &Market, options: AgentOptions) -> Self {
        let wallet = Wallet::watching(seed, market.market_element());
        Self {
            agent: Agent::new(wallet, options),
            blotter: Blotter::default(),
        }
    }

    /// The lineage that commands use.
    pub(super) fn lineage(&self) -> &Lineage {
        self.agent.wallet().main()
    }

    pub(super) fn wallet(&self) -> &Wallet {
        self.agent.wallet()
    }

    pub(super) fn is_open(&self) -> bool {
        self.lineage().place().is_some()
    }

    /// Takes in an executed transaction.
    pub(super) fn follow(
        &mut self,
        market: &Market,
        transaction: &Transaction,
        receipt: &Receipt,
    ) -> Result<(), WalletError> {
        let Some(nullifier) = spent_by(transaction) else {
            return Ok(());
        };
        let own = |lineage: &Lineage| lineage.nullifier() == nullifier;
        let Some(index) = self.wallet().lineages().iter().position(own) else {
            return Ok(());
        };
        let before = self.wallet().lineages()[index].note().clone();
        self.agent.follow(market, transaction, receipt)?;
        let after = self.wallet().lineages()[index].note().clone();
        if after != before {
            self.blotter.step(
                market,
                &OwnStep {
                    transaction,
                    receipt,
                    before: &before,
                    after: &after,
                },
            );
        }
        Ok(())
    }

    /// Takes in the end of a block.
    pub(super) fn end_block<'a>(
        &mut self,
        market: &Market,
        events: impl Iterator<Item = &'a Event>,
    ) {
        self.blotter.events(market, events);
        self.agent.end_block(market);
    }

    /// The note as it would be if everything that was filled were claimed and everything final released: what margin
    /// is reckoned with. Live orders stay reserved.
    pub(super) fn settled_note(&self, market: &Market) -> Note {
        self.settled_without(market, |_| false)
    }

    /// The same, with some live orders closed.
    pub(super) fn settled_without(
        &self,
        market: &Market,
        closes: impl Fn(OrderId) -> bool,
    ) -> Note {
        let lineage = self.lineage();
        let mut note = lineage.note().clone();
        for order in lineage.orders().keys() {
            let Some(record) = market.record(*order) else {
                continue;
            };
            let fills = record.fill_count();
            let deltas: Option<Deltas> = if record.status.is_live() && !closes(*order) {
                record.moving_deltas(market.money(), fills)
            } else {
                record.closing_deltas(market.money(), fills)
            };
            // What the market would book fits a note.
            if let Some(next) = deltas.and_then(|deltas| note.apply(&deltas, note.rho).ok()) {
                note = next;
            }
        }
        note
    }

    /// What the way back by Lapse makes of a note that missed a revalidation; none if it did not, or if what it costs is
    /// not known yet.
    pub(super) fn way_back(&self, market: &Market) -> Option<WayBack> {
        let place = self.lineage().place()?;
        if place.standing(market) != Standing::Behind {
            return None;
        }
        let terms = market.lapse_terms(place.epoch).ok()?;
        let left = self.settled_without(market, |_| true);
        let note = terms.successor(&left, left.rho)?;
        Some(WayBack {
            epoch: place.epoch,
            closed: i64::from(left.position),
            costs: terms
                .haircut
                .saturating_mul(i64::from(left.position).abs())
                .saturating_add(terms.opening_fee),
            note,
        })
    }

    /// Fills that are not claimed yet.
    pub(super) fn unclaimed_fills(&self, market: &Market) -> u32 {
        let records = self.lineage().orders().keys();
        let records = records.filter_map(|id| market.record(*id));
        let fills: usize = records.map(|record| record.fills.len()).sum();
        u32::try_from(fills).unwrap_or(u32::MAX)
    }

    /// Whether there is a position, or orders that could make one.
    pub(super) fn has_position(&self, market: &Market) -> bool {
        let note = self.settled_note(market);
        self.is_open()
            && (note.position != 0
                || note.buy_quantity != 0
                || note.sell_quantity != 0
                || !self.lineage().bonds().is_empty())
    }
}

/// All months as bytes.
pub(super) fn encode(height: u64, months: &BTreeMap<Symbol, Month>) -> Vec<u8> {
    let written = Written {
        version: VERSION,
        height,
        months: months
            .iter()
            .map(|(symbol, month)| {
                (
                    *symbol,
                    month.wallet().state().to_vec(),
                    month.blotter.clone(),
                )
            })
            .collect(),
    };
    // Encoding into memory does not fail.
    borsh::to_vec(&written).unwrap_or_default()
}

/// The months in bytes and the height at which they stand; none if the bytes are of another version, or do not fit.
pub(super) fn decode(
    bytes: &[u8],
    seed: &Seed,
    options: AgentOptions,
    market_of: &dyn Fn(Symbol) -> Option<tally_circuits::field::Element>,
) -> Option<(u64, BTreeMap<Symbol, Month>)> {
    let written = Written::try_from_slice(bytes).ok()?;
    if written.version != VERSION {
        return None;
    }
    let mut months = BTreeMap::new();
    for (symbol, state, blotter) in written.months {
        let wallet = Wallet::from_state(seed.clone(), market_of(symbol)?, &state).ok()?;
        let agent = Agent::new(wallet, options);
        months.insert(symbol, Month { agent, blotter });
    }
    Some((written.height, months))
}
