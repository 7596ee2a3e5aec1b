//! A trader's desk: a replica in step with a node, the wallet's months and journal, and one function that answers
//! requests.
//!
//! One thread owns a desk. Whoever waits for something (a command, a session, an agent) calls [`Desk::pump`], which takes
//! in new blocks; everything else follows from them. A command fetches them itself; a desk that stays at work has them
//! brought by a thread that reads on whatever the desk does ([`Desk::read_on`]).

mod cash;
mod change;
mod duties;
mod error;
mod look;
mod market_data;
mod month;
mod open;
mod orders;
mod reading;
mod sending;
mod statement;
mod words;

pub use duties::Duty;
pub use error::DeskError;
pub(crate) use open::io;
pub use open::{Access, DeskOptions, SyncProgress};
pub(crate) use reading::Heard;

use self::month::Month;
use crate::feed::Feed;
use crate::follower::{FollowError, Followed, Follower, StartingPoint};
use crate::journal::Journal;
use crate::keys::ChainKeys;
use crate::node_client::NodeClient;
use crate::reader::Reader;
use crate::reply::{Failure, Notice, Reply};
use crate::request::Request;
use crate::sealed::SealedFile;
use ed25519_dalek::SigningKey;
use rand::rngs::OsRng;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;
use tally_exchange::market::Market;
use tally_exchange::message::Symbol;
use tally_exchange::units::Time;
use tally_ledger_adapter::accounts::AccountId;
use tally_node::replica::{Answer, Replica};
use tally_trader::lineage::Lineage;

/// Blocks after which the state is written down again.
const BLOCKS_BETWEEN_SAVES: u64 = 500;

/// A wallet's part of a desk.
struct Holder {
    account: SigningKey,
    months: BTreeMap<Symbol, Month>,
    journal: Journal,
    journal_file: SealedFile,
    state_file: SealedFile,
}

/// The market's clock, as the node last said.
#[derive(Clone, Copy, Debug)]
struct NodeClock {
    said: u64,
    at: Instant,
    speed: u32,
}

/// A trader's desk.
pub struct Desk {
    follower: Follower,
    node: NodeClient,
    keys: ChainKeys,
    holder: Option<Holder>,
    feed: Feed,
    feed_file: PathBuf,
    clock: NodeClock,
    saved_at: u64,
    is_agent: bool,
    faucet: bool,
    insecure_keys: bool,
    /// Duties that failed of late.
    resting: duties::Resting,
    /// Who brings blocks; none if the desk fetches them itself.
    reader: Option<Reader>,
    /// What the reader's answers said of the node since somebody last asked.
    heard: Heard,
    /// Why the reader's last question had no answer; none if it had.
    silent: Option<Failure>,
    /// Set once the replica has met something wrong, to what that was: nothing more is taken in.
    poison: Option<Failure>,
}

impl Desk {
    /// Answers a request.
    pub fn handle(&mut self, request: Request) -> Reply {
        match self.answer(request) {
            Ok(reply) => reply,
            Err(error) => Reply::Failed(error.failure()),
        }
    }

    fn answer(&mut self, request: Request) -> Result<Reply, DeskError> {
        match request {
            Request::Status {} => Ok(Reply::Status(self.status())),
            Request::Account {} => self.account_reply(None),
            Request::Fund { amount } => self.fund(amount),
            Request::Open {
                market,
                amount,
                preview,
            } => self.open_note(market, amount, preview),
            Request::Deposit {
                market,
                amount,
                preview,
            } => self.deposit(market, amount, preview),
            Request::Withdraw {
                market,
                amount,
                preview,
            } => self.withdraw(market, amount, preview),
            Request::Transfer {
                market,
                to,
                amount,
                preview,
            } => self.transfer(market, to, amount, preview),
            Request::Order(order) => self.order(order),
            Request::Quote {
                market,
                bid,
                ask,
                quantity,
                id,
                replaces,
                preview,
            } => self.quote(change::Quote {
                market,
                bid,
                ask,
                quantity,
                id,
                replaces,
                preview,
            }),
            Request::Replace {
                order,
                quantity,
                price,
                id,
                preview,
            } => self.replace(order, quantity, price, id, preview),
            Request::Reduce { order, quantity } => self.reduce(order, quantity),
            Request::Cancel { orders } => self.cancel(&orders),
            Request::CancelAll { market, side } => self.cancel_all(market, side),
            Request::Close {
                market,
                id,
                preview,
            } => self.close(market, id, preview),
            Request::Claim { market } => self.claim(market),
            Request::Orders { market, all } => self.order_lines(market, all),
            Request::OrderStatus { orders } => self.order_status(&orders),
            Request::Fills { market, limit } => self.fill_lines(market, limit),
            Request::Position { market } => self.positions(market),
            Request::Margin { market, order } => self.margin(market, order.map(|order| *order)),
            Request::Statement { market, day } => self.statements(market, day.as_deref()),
            Request::Epoch {} => Ok(self.epoch()),
            Request::Book { market, levels } => self.book(market, levels),
            Request::Trades {
                market,
                from,
                limit,
            } => self.trades(market, from, limit),
            Request::Events {
                market,
                from,
                limit,
                own,
            } => self.events(market, from, limit, own),
            Request::Markets {} => Ok(self.markets()),
            Request::Seat { market, action } => self.seat(market, action),
            Request::Screen {
                market,
                levels,
                from,
            } => self.screen(market, levels, from),
            Request::Notices {} => Ok(Reply::Notices {
                notices: self.notices()?,
            }),
        }
    }

    /// Writes down what spares the next start some work.
    ///
    /// # Errors
    /// [`DeskError`] if it can't be written.
    pub fn save(&mut self) -> Result<(), DeskError> {
        if self.is_poisoned() || self.follower.replica().height() == self.saved_at {
            return Ok(());
        }
        // First: blocks below the state are not looked at again, and what became of messages stands in them.
        self.save_journal()?;
        let height = self.follower.save()?;
        if let Some(holder) = &self.holder {
            holder
                .state_file
                .write(&month::encode(height, &holder.months), &mut OsRng)?;
        }
        self.feed.save(&self.feed_file);
        self.saved_at = height;
        Ok(())
    }

    /// Closes the desk: what it knows is written down if that would spare the next start a while.
    ///
    /// # Errors
    /// [`DeskError`] if it can't be written; nothing is lost then.
    pub fn close_down(&mut self) -> Result<(), DeskError> {
        let height = self.follower.replica().height();
        if height - self.saved_at >= BLOCKS_BETWEEN_SAVES / 10 {
            self.save()?;
        }
        self.save_journal()
    }

    /// What became of messages that nobody waited for.
    ///
    /// # Errors
    /// [`DeskError`] if the journal can't be written.
    pub fn notices(&mut self) -> Result<Vec<Notice>, DeskError> {
        let Some(holder) = &mut self.holder else {
            return Ok(Vec::new());
        };
        let notices = holder.journal.notices();
        if !notices.is_empty() {
            self.save_journal()?;
        }
        Ok(notices)
    }

    /// Whether a note of this wallet is open anywhere, with a position or orders: it needs somebody who looks after it.
    #[must_use]
    pub fn needs_an_agent(&self) -> bool {
        let replica = self.follower.replica();
        self.holder.iter().any(|holder| {
            holder.months.iter().any(|(symbol, month)| {
                replica
                    .market(*symbol)
                    .is_some_and(|market| month.has_position(market))
            })
        })
    }

    /// The markets and accounts as far as they are known and verified here.
    #[must_use]
    pub const fn replica(&self) -> &Replica {
        self.follower.replica()
    }

    /// How many lineages of notes the wallet has in each contract month, up to the last that was opened, and how many of
    /// them are open. Those beyond are only watched for.
    #[must_use]
    pub fn lineages(&self) -> Vec<(Symbol, usize, usize)> {
        let months = self.holder.iter().flat_map(|holder| &holder.months);
        months
            .map(|(symbol, month)| {
                let is_open = |lineage: &Lineage| lineage.place().is_some();
                let lineages = month.wallet().lineages();
                let used = lineages
                    .iter()
                    .rposition(is_open)
                    .map_or(0, |last| last + 1);
                let open = lineages.iter().filter(|lineage| is_open(lineage)).count();
                (*symbol, used, open)
            })
            .collect()
    }

    /// Whether proving keys are insecure.
    #[must_use]
    pub const fn insecure_keys(&self) -> bool {
        self.insecure_keys
    }

    /// The node.
    #[must_use]
    pub const fn node(&self) -> &NodeClient {
        &self.node
    }

    /// The checkpoint of the newest block that this desk has verified.
    #[must_use]
    pub fn checkpoint(&self) -> StartingPoint {
        self.follower.checkpoint_at_tip()
    }

    /// The market's time now, as the node says and time passes.
    #[must_use]
    pub fn now(&self) -> Time {
        let passed = self.clock.at.elapsed().as_micros() * u128::from(self.clock.speed);
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        Time(self.clock.said.saturating_add(passed))
    }

    /// How many seconds pass in the market in a second.
    #[must_use]
    pub const fn speed(&self) -> u32 {
        self.clock.speed
    }

    fn save_journal(&self) -> Result<(), DeskError> {
        if let Some(holder) = &self.holder {
            // Encoding into memory does not fail.
            let bytes = borsh::to_vec(&holder.journal).unwrap_or_default();
            holder.journal_file.write(&bytes, &mut OsRng)?;
        }
        Ok(())
    }

    fn holder(&self) -> Result<&Holder, DeskError> {
        self.holder.as_ref().ok_or(DeskError::NoWallet)
    }

    fn holder_mut(&mut self) -> Result<&mut Holder, DeskError> {
        self.holder.as_mut().ok_or(DeskError::NoWallet)
    }

    fn market(&self, symbol: Symbol) -> Result<&Market, DeskError> {
        let market = self.follower.replica().market(symbol);
        market.ok_or_else(|| DeskError::Market(symbol, self.symbols()))
    }

    fn month(&self, symbol: Symbol) -> Result<&Month, DeskError> {
        let month = self.holder()?.months.get(&symbol);
        month.ok_or_else(|| DeskError::Market(symbol, self.symbols()))
    }

    /// The contract month that is meant: the one that is named, or the only one that trades.
    fn symbol(&self, named: Option<Symbol>) -> Result<Symbol, DeskError> {
        use tally_exchange::receipt::Phase;
        if let Some(symbol) = named {
            return self.market(symbol).map(Market::symbol);
        }
        let all: Vec<&Market> = self.follower.replica().markets().collect();
        // The front month: what has expired does not trade, and what begins later waits.
        let now = self.now();
        let begun = |market: &&&Market| {
            market.phase() != Phase::Expired && market.session().pre_open <= now
        };
        let trading: Vec<&&Market> = all.iter().filter(begun).collect();
        match (&trading[..], &all[..]) {
            ([market], _) => Ok(market.symbol()),
            (_, [market]) => Ok(market.symbol()),
            _ => {
                let first = all
                    .iter()
                    .filter(|market| market.phase() != Phase::Expired)
                    .min_by_key(|market| market.session().pre_open);
                first
                    .map(|market| market.symbol())
                    .ok_or_else(|| DeskError::WhichMarket(self.symbols()))
            }
        }
    }

    fn symbols(&self) -> String {
        let markets = self.follower.replica().markets();
        let symbols: Vec<String> = markets.map(|market| market.symbol().to_string()).collect();
        symbols.join(", ")
    }

    fn balance(&self) -> u64 {
        let accounts = self.follower.replica().accounts();
        self.holder.as_ref().map_or(0, |holder| {
            accounts.balance(&AccountId::of(&holder.account))
        })
    }
}

/// Takes in a block: journal, notes, blotter, tape.
fn take(
    holder: Option<&mut Holder>,
    feed: &mut Feed,
    followed: &Followed<'_>,
) -> Result<(), FollowError> {
    let Followed {
        block,
        outcome,
        replica,
    } = followed;
    feed.take(replica, block.height, block.time, outcome);
    let Some(holder) = holder else {
        return Ok(());
    };
    for answer in &outcome.answers {
        let Answer::Market(transaction, receipt) = answer else {
            continue;
        };
        let symbol = transaction.market();
        let (Some(market), Some(month)) = (replica.market(symbol), holder.months.get_mut(&symbol))
        else {
            continue;
        };
        holder.journal.take(transaction, receipt, block.height);
        month.follow(market, transaction, receipt)?;
    }
    for (symbol, month) in &mut holder.months {
        let Some(market) = replica.market(*symbol) else {
            continue;
        };
        let own = outcome.events.iter().filter(|(of, _)| of == symbol);
        month.end_block(market, own.map(|(_, event)| event));
        holder.journal.end_block(market);
    }
    Ok(())
}
