//! The traders of a replay: a wallet and an agent each, and how they behave. Everything that the replay asks of an
//! agent goes through here.

use super::faults::Conduct;
use super::misconduct;
use super::plan::ReplayPlan;
use super::work::{Body, Purpose, Work};
use tally_exchange::market::{Market, Stage};
use tally_exchange::message::{Symbol, Transaction};
use tally_exchange::receipt::{Phase, Receipt};
use tally_exchange::units::Side;
use tally_ledger_adapter::accounts::AccountId;
use tally_trader::agent::{self, Agent, AgentOptions, View};
use tally_trader::error::WalletError;
use tally_trader::prepared::Prepared;
use tally_trader::wallet::Wallet;

/// One trader.
pub(super) struct Trader {
    agent: Agent,
    /// The public cash account: it follows from the seed, and deriving it for every look would be most of the look.
    account: AccountId,
    symbol: Symbol,
    /// The wallets of earlier contract months.
    earlier: Vec<(Symbol, Wallet)>,
    /// How the trader behaves.
    pub(super) conduct: Conduct,
    /// Sends nothing.
    pub(super) absent: bool,
    /// Was absent and is on the way back.
    pub(super) returning: bool,
}

/// What an agent wants to send.
pub(super) struct Plans {
    pub(super) work: Vec<Work>,
    pub(super) declined: Vec<WalletError>,
}

/// Contracts and cents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Holding {
    pub(super) position: i64,
    pub(super) cash: i64,
}

impl Holding {
    /// What it is worth if a contract is worth `notional` cents.
    pub(super) const fn equity(self, notional: i64) -> i128 {
        self.cash as i128 + self.position as i128 * notional as i128
    }
}

impl Trader {
    pub(super) fn new(plan: &ReplayPlan, trader: u32, opens_sums: bool, market: &Market) -> Self {
        let wallet = Wallet::new(plan.seed(trader), market.market_element());
        Self {
            account: AccountId::of(&wallet.account()),
            agent: Agent::new(wallet, options(opens_sums)),
            symbol: market.symbol(),
            earlier: Vec::new(),
            conduct: plan.conduct(trader),
            absent: false,
            returning: false,
        }
    }

    /// Goes over to another contract month; the wallet of this one is kept.
    pub(super) fn move_on(&mut self, market: &Market, opens_sums: bool) {
        let wallet = Wallet::new(self.wallet().seed().clone(), market.market_element());
        let next = Agent::new(wallet, options(opens_sums));
        let old = std::mem::replace(&mut self.agent, next);
        self.earlier.push((self.symbol, old.wallet().clone()));
        self.symbol = market.symbol();
        self.conduct = match self.conduct {
            // They had their day.
            Conduct::Distressed => Conduct::Honest,
            conduct => conduct,
        };
    }

    /// The public cash account.
    pub(super) const fn account(&self) -> AccountId {
        self.account
    }

    /// The wallet of the contract month that is traded.
    pub(super) fn wallet(&self) -> &Wallet {
        self.agent.wallet()
    }

    /// The wallet of the contract month before.
    pub(super) fn earlier_wallet(&self) -> Option<&Wallet> {
        self.earlier.last().map(|(_, wallet)| wallet)
    }

    /// All wallets with their contract months, oldest first.
    pub(super) fn wallets(&self) -> impl Iterator<Item = (Symbol, &Wallet)> {
        let earlier = self
            .earlier
            .iter()
            .map(|(symbol, wallet)| (*symbol, wallet));
        earlier.chain(std::iter::once((self.symbol, self.wallet())))
    }

    /// Whether the note stayed behind in a closed epoch.
    pub(super) fn is_behind(&self, market: &Market) -> bool {
        let epoch = self.wallet().main().epoch();
        epoch.is_some_and(|epoch| epoch < market.epoch())
    }

    /// Whether a note that stayed behind may come back now.
    pub(super) fn may_return(&self, market: &Market) -> bool {
        let epoch = self.wallet().main().epoch();
        epoch.is_some_and(|epoch| epoch < market.epoch() && market.lapse_terms(epoch).is_ok())
    }

    /// Position and cash with all fills that are not claimed yet.
    pub(super) fn holding(&self, market: &Market) -> Holding {
        let lineage = self.wallet().main();
        let note = lineage.note();
        let mut holding = Holding {
            position: i64::from(note.position),
            cash: note.cash,
        };
        for record in lineage.orders().keys().filter_map(|id| market.record(*id)) {
            for fill in &record.fills {
                let contracts = i64::from(fill.quantity.0);
                holding.position += match record.terms.side {
                    Side::Buy => contracts,
                    Side::Sell => -contracts,
                };
                // Cost as the record's claim will book it; it fits, as the market has checked.
                let deltas = market.money().fill(record.terms.side, *fill);
                holding.cash += deltas.map_or(0, |deltas| deltas.cash);
            }
        }
        holding
    }

    /// Whether orders that a halt cancelled wait to be posted again, and the market takes orders.
    pub(super) fn reposts(&self, market: &Market) -> bool {
        let takes_orders = matches!(
            market.phase(),
            Phase::PreOpen | Phase::Continuous | Phase::AfterSettlement
        );
        takes_orders && !self.wallet().main().halted().is_empty()
    }

    /// What the agent wants to send now.
    pub(super) fn plan(&mut self, trader: u32, market: &Market, balance: u64) -> Plans {
        let view = View {
            market,
            now: market.time(),
            balance,
            in_flight: &[],
        };
        let conduct = self.conduct;
        let plan = self.agent.next(&view);
        let mut work = Vec::new();
        for job in plan.messages {
            let Some(message) = self.behave(conduct, market, job.purpose, job.message) else {
                continue;
            };
            let piece = Work::new(trader, Purpose::Agent(job.purpose), Body::Prepared(message));
            // One note, one message that spends it.
            if !piece.spends() || !work.iter().any(Work::spends) {
                work.push(piece);
            }
        }
        Plans {
            work,
            declined: plan.declined,
        }
    }

    /// What a trader who misbehaves makes of a message.
    fn behave(
        &self,
        conduct: Conduct,
        market: &Market,
        purpose: agent::Purpose,
        message: Prepared,
    ) -> Option<Prepared> {
        match (conduct, purpose) {
            (Conduct::NoShare, agent::Purpose::Share) => None,
            (Conduct::BadShare, agent::Purpose::Share)
            | (Conduct::BadDealer, agent::Purpose::Deal) => Some(self.tampered(market, message)),
            _ => Some(message),
        }
    }

    fn tampered(&self, market: &Market, message: Prepared) -> Prepared {
        let Prepared::Ready(transaction) = message else {
            return message;
        };
        let lineage = self.wallet().main();
        Prepared::Ready(Box::new(misconduct::tampered(
            market,
            lineage,
            *transaction,
        )))
    }

    /// When the agent wants to act by itself next, microseconds.
    pub(super) fn wake(&self, market: &Market) -> Option<u64> {
        if self.absent || !matches!(market.stage(), Stage::Window { .. }) {
            return None;
        }
        self.agent.wake(market).map(|time| time.0)
    }

    /// Takes in an executed transaction of its own.
    pub(super) fn follow(
        &mut self,
        market: &Market,
        transaction: &Transaction,
        receipt: &Receipt,
    ) -> Result<(), WalletError> {
        if transaction.market() == self.symbol {
            return self.agent.follow(market, transaction, receipt);
        }
        let own = self
            .earlier
            .iter_mut()
            .find(|(symbol, _)| *symbol == transaction.market());
        match own {
            Some((_, wallet)) => wallet.follow(market, transaction, receipt),
            None => Ok(()),
        }
    }

    /// Takes in the end of a block of the market that is traded.
    pub(super) fn end_block(&mut self, market: &Market) {
        self.agent.end_block(market);
    }
}

/// Claims ride along with the flow's blocks (see the driver), and in windows agents claim in any case. Nobody tops up:
/// whoever is distressed is cut back.
fn options(opens_sums: bool) -> AgentOptions {
    AgentOptions {
        claims: false,
        repost: true,
        top_up: None,
        opens_sums,
        ..AgentOptions::default()
    }
}
