//! The day that is replayed: real figures, synthetic flow, traders with seeds and cash.

use super::arguments::ReplayArguments;
use super::error::ReplayError;
use crate::replica::Replica;
use tally_bench_data::{Flow, FlowRequest, Intent, generate};
use tally_exchange::calendar::{Date, Session, daily_band, is_limit_settlement};
use tally_exchange::market::{Genesis, Market};
use tally_exchange::message::ChainId;
use tally_exchange::specification::Specification;
use tally_exchange::units::Price;
use tally_ledger_adapter::accounts::{AccountBook, Faucet};
use tally_trader::seed::Seed;
use tally_trader::wallet::Wallet;

/// Everything about a replay that is known before it runs.
pub struct ReplayDay {
    /// The arguments.
    pub arguments: ReplayArguments,
    /// The contract.
    pub specification: Specification,
    /// The session on the calendar.
    pub session: Session,
    /// The row of the real daily table, with the prior settlement.
    pub figures: tally_bench_data::Session,
    /// Whether the day before settled at its limit.
    pub after_limit_settlement: bool,
    /// Synthetic flow conditioned on real prices and volume.
    pub flow: Flow,
}

impl ReplayDay {
    /// Looks the day up and generates its flow.
    ///
    /// # Errors
    /// [`ReplayError`] names the argument that does not fit.
    pub fn new(arguments: &ReplayArguments) -> Result<Self, ReplayError> {
        arguments.check()?;
        let specification = Specification::lean_hogs();
        let date: Date = arguments
            .day
            .parse()
            .map_err(tally_exchange::calendar::CalendarError::from)?;
        let session = specification.calendar.session(date)?.clone();
        let figures = tally_bench_data::session(table_date(&arguments.day)?)?;
        let after_limit_settlement = settled_at_limit_before(&specification, &figures)?;
        let prior = Price(figures.prior.price());
        let band = daily_band(prior, &session, after_limit_settlement, &specification);
        let flow = generate(&FlowRequest {
            date: figures.row.date,
            messages: arguments.messages.map(|messages| messages as usize),
            traders: arguments.traders as usize,
            seed: arguments.seed,
            band: (band.lo.0, band.hi.0),
        })?;
        let arguments = arguments.clone();
        Ok(Self {
            arguments,
            specification,
            session,
            figures,
            after_limit_settlement,
            flow,
        })
    }

    /// The state before the first block.
    pub(super) fn replica(&self) -> Result<Replica, ReplayError> {
        let market = Market::new(Genesis {
            chain: self.chain(),
            specification: self.specification.clone(),
            session: self.session.clone(),
            prior_settlement: Price(self.figures.prior.price()),
            after_limit_settlement: self.after_limit_settlement,
        })?;
        let accounts =
            AccountBook::new(self.faucet().cashier()).map_err(|_| ReplayError::Faucet)?;
        Ok(Replica::new(market, accounts))
    }

    /// The chain of this replay.
    #[must_use]
    pub fn chain(&self) -> ChainId {
        ChainId::of_genesis(&self.arguments.genesis())
    }

    /// The faucet that gives the traders their cash: it exists in replays only.
    pub(super) fn faucet(&self) -> Faucet {
        Faucet::from_seed(&self.arguments.derive("faucet", 0))
    }

    /// The seed of a trader's wallet.
    pub(super) fn seed(&self, trader: u32) -> Seed {
        Seed::from_entropy(self.arguments.derive("wallet", trader))
    }

    /// The wallets before the first block.
    pub(super) fn wallets(&self, market: &Market) -> Vec<Wallet> {
        let wallet = |trader| Wallet::new(self.seed(trader), market.market_element());
        (0..self.arguments.traders).map(wallet).collect()
    }

    /// First deposit of each trader, cents, opening fee included.
    ///
    /// It covers all of a trader's orders reserved at once at the worst limit, at initial margin, whatever fills: the
    /// replay asks what proofs cost, and nobody's margin thins the flow.
    pub(super) fn first_deposits(&self, market: &Market) -> Vec<u64> {
        let specification = &self.specification;
        let band = market.band_cents();
        let per_contract = band.hi - band.lo + specification.initial_margin + specification.fee;
        let mut contracts = vec![0_i64; self.arguments.traders as usize];
        for event in &self.flow.events {
            let quantity = match event.intent {
                Intent::Add { quantity, .. }
                | Intent::Market { quantity, .. }
                | Intent::Replace { quantity, .. } => quantity,
                Intent::Reduce { .. } | Intent::Cancel { .. } => 0,
            };
            contracts[event.trader as usize] += i64::from(quantity);
        }
        let deposit = |contracts: &i64| {
            let cash = (contracts * per_contract).max(specification.minimum_deposit);
            // Both are positive: a specification's margins and fees are.
            u64::try_from(cash + specification.opening_fee).unwrap_or(0)
        };
        contracts.iter().map(deposit).collect()
    }
}

fn table_date(text: &str) -> Result<tally_bench_data::Date, ReplayError> {
    Ok(text.parse::<tally_bench_data::Date>()?)
}

/// Walks the table up to the day: a settlement at the limit widens the next day's.
fn settled_at_limit_before(
    specification: &Specification,
    day: &tally_bench_data::Session,
) -> Result<bool, ReplayError> {
    let mut widened = false;
    for figures in tally_bench_data::sessions()? {
        if figures.prior.is_own_open() {
            widened = false;
        }
        if figures.row.date == day.row.date {
            break;
        }
        let date: Date = figures
            .row
            .date
            .to_string()
            .parse()
            .map_err(tally_exchange::calendar::CalendarError::from)?;
        let session = specification.calendar.session(date)?;
        let band = daily_band(
            Price(figures.prior.price()),
            session,
            widened,
            specification,
        );
        widened = is_limit_settlement(Price(figures.row.close), band, session);
    }
    Ok(widened)
}
