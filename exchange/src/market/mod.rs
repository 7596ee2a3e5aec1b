//! The state machine of one contract month over one session: notes, records, book, band, mark, funds.
//!
//! A block is executed as [`Market::begin_block`], [`Market::apply`] for every transaction, [`Market::end_block`].
//! Same blocks, same states: there is no clock, no randomness and no unordered collection in here.

mod act;
mod block;
mod chained_set;
mod digest;
mod instruction;
mod orders;
mod snapshot;
mod statement;

pub use block::{BlockError, Checkpoint, StateHash};
pub use snapshot::SnapshotError;

use self::chained_set::ChainedSet;
use crate::book::{Book, Level};
use crate::calendar::Session;
use crate::mark::{LockWatch, Mark};
use crate::message::{ChainId, Symbol};
use crate::receipt::Phase;
use crate::record::{ContractMoney, Record};
use crate::settlement::{Settlement, SettlementWindow};
use crate::specification::Specification;
use crate::units::{Band, OrderId, Price, Quantity, Side, Time};
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::{BTreeMap, BTreeSet};
use tally_circuits::field::Element;
use tally_circuits::margin::BandCents;
use tally_circuits::note::market_element;
use tally_circuits::tree::{CAPACITY, Tree};

/// What a market starts from. Everyone who runs it must agree on every field.
#[derive(Clone, Debug)]
pub struct Genesis {
    /// The chain. No two markets of one contract month may share it, of two sessions neither: height, epoch and note tree
    /// begin anew with each, and an opening of the one with its cash signature would be good for the other.
    pub chain: ChainId,
    /// The contract.
    pub specification: Specification,
    /// The session that is traded, contract month included.
    pub session: Session,
    /// Settlement price of the day before, ticks: the centre of the daily limit and the first mark.
    pub prior_settlement: Price,
    /// Whether the day before settled at its limit, which widens today's.
    pub after_limit_settlement: bool,
}

/// Why a market can't start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// The session's contract month is no symbol.
    #[error(transparent)]
    Symbol(#[from] crate::message::SymbolError),
    /// The band around the prior settlement is unusable.
    #[error(
        "prior settlement {0} gives a band outside the contract's price bounds; check the prior settlement"
    )]
    Band(Price),
    /// Claims could take a solvent note's cash out of its range.
    #[error(
        "position_limit of {0} contracts at the band's edge, twice over, leaves the 47 bits of a note's cash; lower position_limit or tick_value"
    )]
    NoteRange(u32),
    /// The session has no settlement window.
    #[error(transparent)]
    Window(#[from] crate::settlement::SettlementError),
}

/// Cash of the market outside the traders' notes, and what came in and went out, cents.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, serde::Serialize,
)]
pub struct Funds {
    /// The insurance fund: seed capital, fees and opening fees.
    pub insurance: i64,
    /// All cash that ever came in, the fund's seed included.
    pub deposits: i64,
    /// All cash that ever went out.
    pub withdrawals: i64,
}

/// One contract month's state machine.
#[derive(Clone)]
pub struct Market {
    // Fixed by genesis.
    chain: ChainId,
    symbol: Symbol,
    market_element: Element,
    specification: Specification,
    session: Session,
    prior_settlement: Price,
    band: Band,
    money: ContractMoney,
    // Moved by blocks.
    height: u64,
    time: Time,
    roots: ChainedSet,
    last_hash: StateHash,
    epoch: u64,
    phase: Phase,
    tree: Tree,
    nullifiers: ChainedSet,
    next_order: u64,
    records: BTreeMap<OrderId, Record>,
    auction: BTreeSet<OrderId>,
    book: Book,
    mark: Mark,
    lock: LockWatch,
    window: SettlementWindow,
    settlement: Option<Settlement>,
    funds: Funds,
    contracts_traded: u64,
}

/// The first epoch of a market.
const FIRST_EPOCH: u64 = 1;
/// Domain of the chain over spent nullifiers.
const NULLIFIERS: &[u8] = b"tally/nullifiers/1";
/// Domain of the chain over block-end roots.
const ROOTS: &[u8] = b"tally/roots/1";

impl Market {
    /// Starts a market.
    ///
    /// # Errors
    /// [`GenesisError`] names what is unusable.
    pub fn new(genesis: Genesis) -> Result<Self, GenesisError> {
        let Genesis {
            chain,
            specification,
            session,
            prior_settlement,
            after_limit_settlement,
        } = genesis;
        let symbol = Symbol::new(&session.contract)?;
        let band = crate::calendar::daily_band(
            prior_settlement,
            &session,
            after_limit_settlement,
            &specification,
        );
        // The edges are moved inside the contract's largest price; a settlement beyond it is left outside the band.
        if !band.contains(prior_settlement) {
            return Err(GenesisError::Band(prior_settlement));
        }
        if !specification.fits_note_range(band) {
            return Err(GenesisError::NoteRange(specification.position_limit));
        }
        let book = Book::new(band).map_err(|_| GenesisError::Band(prior_settlement))?;
        let window = SettlementWindow::new(
            prior_settlement,
            session.settlement,
            specification.settlement_window,
        )?;
        let tree = Tree::new();
        let mut roots = ChainedSet::new(ROOTS);
        roots.insert(Element(tree.root()));
        let funds = Funds {
            insurance: specification.fund_seed,
            deposits: specification.fund_seed,
            withdrawals: 0,
        };
        let mut market = Self {
            chain,
            symbol,
            market_element: Element(market_element(&chain.0, symbol.as_str())),
            money: ContractMoney {
                tick_value: specification.tick_value,
                fee: specification.fee,
            },
            session,
            prior_settlement,
            band,
            height: 0,
            time: Time(0),
            roots,
            last_hash: StateHash([0; 32]),
            epoch: FIRST_EPOCH,
            phase: Phase::BeforeSession,
            tree,
            nullifiers: ChainedSet::new(NULLIFIERS),
            next_order: 1,
            records: BTreeMap::new(),
            auction: BTreeSet::new(),
            book,
            mark: Mark::seeded(prior_settlement, specification.mark_window),
            lock: LockWatch::new(specification.mark_window, specification.lock_time, band),
            window,
            settlement: None,
            funds,
            contracts_traded: 0,
            specification,
        };
        market.last_hash = market.state_hash();
        Ok(market)
    }

    /// The chain this market lives on.
    #[must_use]
    pub const fn chain(&self) -> ChainId {
        self.chain
    }

    /// The contract month.
    #[must_use]
    pub const fn symbol(&self) -> Symbol {
        self.symbol
    }

    /// The market's name inside commitments and nullifiers.
    #[must_use]
    pub const fn market_element(&self) -> Element {
        self.market_element
    }

    /// The contract's numbers.
    #[must_use]
    pub const fn specification(&self) -> &Specification {
        &self.specification
    }

    /// The session that is traded.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// The settlement price of the day before, ticks.
    #[must_use]
    pub const fn prior_settlement(&self) -> Price {
        self.prior_settlement
    }

    /// The band, ticks.
    #[must_use]
    pub const fn band(&self) -> Band {
        self.band
    }

    /// The band's edges times the tick value, cents.
    #[must_use]
    pub const fn band_cents(&self) -> BandCents {
        BandCents {
            lo: self.money.notional(self.band.lo),
            hi: self.money.notional(self.band.hi),
        }
    }

    /// What one contract is worth and costs.
    #[must_use]
    pub const fn money(&self) -> ContractMoney {
        self.money
    }

    /// Height of the last executed block, or of the one that is being executed.
    #[must_use]
    pub const fn height(&self) -> u64 {
        self.height
    }

    /// Time of that block.
    #[must_use]
    pub const fn time(&self) -> Time {
        self.time
    }

    /// The epoch.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The part of the day.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether the epoch's note tree has no room left.
    #[must_use]
    pub fn is_tree_full(&self) -> bool {
        self.tree.len() >= CAPACITY
    }

    /// The epoch's note tree.
    #[must_use]
    pub const fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Whether a nullifier is spent.
    #[must_use]
    pub fn is_spent(&self, nullifier: &Element) -> bool {
        self.nullifiers.contains(nullifier)
    }

    /// Whether a root is one that Acts of this epoch may name.
    #[must_use]
    pub fn is_root(&self, root: &Element) -> bool {
        self.roots.contains(root)
    }

    /// The record of an order, if it has not been claimed to the end.
    #[must_use]
    pub fn record(&self, order: OrderId) -> Option<&Record> {
        self.records.get(&order)
    }

    /// All records that have not been claimed to the end, by order id.
    pub fn records(&self) -> impl Iterator<Item = (OrderId, &Record)> {
        self.records.iter().map(|(id, record)| (*id, record))
    }

    /// How many records have not been claimed to the end.
    #[must_use]
    pub fn record_count(&self) -> usize {
        self.records.len()
    }

    /// The order book.
    #[must_use]
    pub const fn book(&self) -> &Book {
        &self.book
    }

    /// The best `levels` price levels of a side, best first.
    #[must_use]
    pub fn depth(&self, side: Side, levels: usize) -> Vec<Level> {
        self.book.depth(side, levels)
    }

    /// The mark at the last block end, ticks.
    #[must_use]
    pub const fn mark(&self) -> Price {
        self.mark.current()
    }

    /// The day's settlement, once it is known.
    #[must_use]
    pub const fn settlement(&self) -> Option<Settlement> {
        self.settlement
    }

    /// Cash outside the traders' notes.
    #[must_use]
    pub const fn funds(&self) -> Funds {
        self.funds
    }

    /// Contracts traded so far, each match counted once.
    #[must_use]
    pub const fn contracts_traded(&self) -> u64 {
        self.contracts_traded
    }

    /// The limit price of a market order: the best opposite price plus or minus the protection, inside the band.
    ///
    /// `None` if nobody stands on the opposite side.
    #[must_use]
    pub fn protection_price(&self, side: Side) -> Option<Price> {
        self.book
            .protection_price(side, self.specification.market_protection.unsigned_abs())
    }

    /// The largest quantity of one order.
    #[must_use]
    pub const fn order_limit(&self) -> Quantity {
        self.specification.order_limit
    }
}
