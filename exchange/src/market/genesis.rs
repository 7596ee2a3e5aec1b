//! What a market starts from.

use super::committee::Committee;
use super::note_tree::NoteTree;
use super::{
    ChainedSet, Day, Digested, FIRST_EPOCH, Funds, Market, NULLIFIERS, StateHash, Transfers,
};
use crate::calendar::Session;
use crate::epoch::clearing::Clearing;
use crate::identity::{ChainId, Symbol, SymbolError};
use crate::receipt::Phase;
use crate::record::ContractMoney;
use crate::settlement::SettlementError;
use crate::specification::Specification;
use crate::units::{Price, Time};
use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use tally_circuits::field::Element;
use tally_circuits::note::market_element;

/// What a market starts from. Everyone who runs it must agree on every field.
#[derive(Clone, Debug)]
pub struct Genesis {
    /// The chain. No two markets of one contract month may share it: height, epoch and note tree begin anew with each, and
    /// an opening of the one with its cash signature would be good for the other.
    pub chain: ChainId,
    /// The contract.
    pub specification: Specification,
    /// The first session that is traded, contract month included. Later ones are those of the calendar for that month.
    pub session: Session,
    /// Settlement price of the day before, ticks: the centre of the first band and the first mark.
    pub prior_settlement: Price,
    /// Whether the day before settled at its limit, which widens the first day's.
    pub after_limit_settlement: bool,
    /// Who signs the final settlement.
    pub settlement: SettlementSigners,
    /// The contract months of this chain that take transfers from this one.
    pub siblings: Vec<Symbol>,
}

/// Who signs the final settlement. None by default: then the last day's own settlement is final.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettlementSigners {
    /// Ed25519 public keys; a signature names its signer by the place in this list.
    pub keys: Vec<[u8; 32]>,
    /// How many of them must have signed the same price.
    pub threshold: u8,
}

/// Why a market can't start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// The session's contract month is no symbol.
    #[error(transparent)]
    Symbol(#[from] SymbolError),
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
    Window(#[from] SettlementError),
    /// The signers of the final settlement can't reach their threshold, or a key is unusable or named twice.
    #[error(
        "{keys} settlement signers with threshold {threshold}: give different strong Ed25519 keys, at least the threshold of them, at most 255"
    )]
    Signers {
        /// Keys given.
        keys: usize,
        /// Signatures needed.
        threshold: u8,
    },
    /// The market is its own sibling, or names one twice.
    #[error("contract month {0} is named twice or is the market itself; name every sibling once")]
    Sibling(Symbol),
}

impl Genesis {
    /// What stands for the genesis in the state hash: equal markets only start from equal genesis.
    fn digest(&self) -> [u8; 32] {
        let session = &self.session;
        let parts = (
            (
                self.chain,
                self.specification.text_digest,
                &session.contract,
            ),
            (session.date, session.pre_open, session.open),
            (session.settlement, session.close),
            (self.prior_settlement, self.after_limit_settlement),
            (&self.settlement.keys, self.settlement.threshold),
            &self.siblings,
        );
        let mut hash = Sha256::new();
        hash.update(b"tally/market/genesis/1");
        // Encoding into memory does not fail; see `Transaction::to_bytes`.
        hash.update(borsh::to_vec(&parts).expect("encoding into memory does not fail"));
        hash.finalize().into()
    }
}

impl SettlementSigners {
    /// Whether nobody signs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    fn check(&self) -> Result<(), GenesisError> {
        let distinct: BTreeSet<_> = self.keys.iter().collect();
        let strong = |key: &[u8; 32]| VerifyingKey::from_bytes(key).is_ok_and(|key| !key.is_weak());
        let reachable = if self.is_empty() {
            self.threshold == 0
        } else {
            (1..=self.keys.len()).contains(&usize::from(self.threshold))
        };
        if distinct.len() == self.keys.len()
            && self.keys.len() <= usize::from(u8::MAX)
            && reachable
            && self.keys.iter().all(strong)
        {
            return Ok(());
        }
        Err(GenesisError::Signers {
            keys: self.keys.len(),
            threshold: self.threshold,
        })
    }
}

impl Market {
    /// Starts a market.
    ///
    /// # Errors
    /// [`GenesisError`] names what is unusable.
    pub fn new(genesis: Genesis) -> Result<Self, GenesisError> {
        let digest = genesis.digest();
        let Genesis {
            chain,
            specification,
            session,
            prior_settlement,
            after_limit_settlement,
            settlement: signers,
            siblings,
        } = genesis;
        let symbol = Symbol::new(&session.contract)?;
        signers.check()?;
        check_siblings(symbol, &siblings)?;
        let day = Day::begin(
            &session,
            prior_settlement,
            after_limit_settlement,
            1,
            &specification,
        )?;
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
            signers,
            siblings,
            genesis: digest,
            height: 0,
            time: Time(0),
            last_hash: StateHash([0; 32]),
            session,
            day,
            epoch: FIRST_EPOCH,
            phase: Phase::BeforeSession,
            notes: NoteTree::published(),
            members: 0,
            returned: 0,
            nullifiers: ChainedSet::new(NULLIFIERS),
            next_order: 1,
            records: BTreeMap::new(),
            auction: BTreeSet::new(),
            funds,
            contracts_traded: 0,
            revalidation: None,
            opening: None,
            opened: None,
            closed: BTreeMap::new(),
            closed_records: Digested::default(),
            committee: Committee::default(),
            clearing: Clearing::default(),
            working: None,
            turnstile: None,
            pending_sums: false,
            halted: false,
            transfers: Transfers::default(),
            specification,
        };
        market.last_hash = market.state_hash();
        Ok(market)
    }
}

fn check_siblings(symbol: Symbol, siblings: &[Symbol]) -> Result<(), GenesisError> {
    let mut seen = BTreeSet::from([symbol]);
    match siblings.iter().find(|sibling| !seen.insert(**sibling)) {
        Some(twice) => Err(GenesisError::Sibling(*twice)),
        None => Ok(()),
    }
}
