//! What travels over the ledger: Acts with their proofs and signed order instructions.
//!
//! The encoding is borsh behind one version byte: canonical (one byte string a value), bounded by
//! [`MAX_TRANSACTION_BYTES`] before anything is parsed, trailing bytes refused.

mod epoch;

pub use crate::identity::{Account, ChainId, Symbol, SymbolError};
use crate::units::{OrderId, Price, Quantity, Side, TimeInForce};
use borsh::{BorshDeserialize, BorshSerialize};
pub use epoch::{
    Duty, FinalSettlement, LapseMessage, LapseTransaction, OpeningMessage, RefreshMessage,
    RefreshTransaction, SeatMessage, SeatTransaction,
};
use tally_circuits::field::{Element, hash_to_field};
use tally_circuits::jubjub::CurvePoint;
use tally_mpc::schnorr::Signature;

/// Version of the transaction encoding: the first byte of every transaction.
pub const ENCODING_VERSION: u8 = 1;
/// The longest transaction that is parsed, bytes: a dealing for [`tally_mpc::MAX_SEATS`] seats takes about 77,000.
pub const MAX_TRANSACTION_BYTES: usize = 81_920;
/// The longest transaction of any other kind, bytes. Sixteen orders, sixteen claims and a proof take about 1,500.
pub const MAX_SMALL_TRANSACTION_BYTES: usize = 4096;
/// Most orders that one Act may post in any contract; a contract's specification may allow fewer.
pub const MAX_ORDERS: usize = 16;
/// Most records that one Act may claim.
pub const MAX_CLAIMS: usize = 16;
/// Length of a compressed Groth16 proof over BLS12-381, bytes.
pub const PROOF_BYTES: usize = 192;

/// A transaction of a market.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Transaction {
    /// A change of one trader's note, with its proof.
    Act(Box<ActTransaction>),
    /// A cancel or a reduction of one order, signed by the order's one-time key.
    Instruction(Instruction),
    /// A note's way into the next epoch.
    Refresh(Box<RefreshTransaction>),
    /// The way back of a note that was not refreshed.
    Lapse(Box<LapseTransaction>),
    /// A duty of a decryptor's seat.
    Seat(Box<SeatTransaction>),
    /// The opened sums of an epoch.
    Opening(OpeningMessage),
    /// The final settlement of the contract month.
    FinalSettlement(Box<FinalSettlement>),
}

/// An Act: message, proof, and for a deposit the signature of the cash account.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ActTransaction {
    /// What is done. The proof is bound to every byte of it through [`ActMessage::context`].
    pub message: ActMessage,
    /// The Groth16 proof, compressed. Anyone can re-randomise it: replays are stopped by the nullifier.
    pub proof: [u8; PROOF_BYTES],
    /// Ed25519 signature of the paying cash account over the context; exactly with [`Action::Open`] and [`Action::Deposit`].
    pub cash_signature: Option<[u8; 64]>,
}

/// The public part of an Act.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ActMessage {
    /// The chain the message is for.
    pub chain: ChainId,
    /// The contract month it is for.
    pub market: Symbol,
    /// The epoch it is for.
    pub epoch: u64,
    /// The last block height at which it may be included.
    pub expiry: u64,
    /// A block-end root of the epoch's note tree that contains the old note.
    pub root: Element,
    /// The nullifier of the old note.
    pub nullifier: Element,
    /// The commitment of the new note.
    pub new_commitment: Element,
    /// What is done.
    pub action: Action,
}

/// What an Act does. Cash movements travel without order tags, so that no account is linked to an order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Action {
    /// Opens a lineage of notes with a first deposit; the opening fee is taken from it.
    Open {
        /// The account that pays.
        account: Account,
        /// Cents debited, opening fee included.
        amount: u64,
    },
    /// Moves cash from a public account into the note.
    Deposit {
        /// The account that pays.
        account: Account,
        /// Cents debited.
        amount: u64,
    },
    /// Moves cash from the note to a public account.
    Withdraw {
        /// The account that is credited.
        payee: Account,
        /// Cents credited.
        amount: u64,
    },
    /// Claims records, posts orders, or both at once (a replace).
    Trade {
        /// The records to claim, all of one old tag.
        claim: Option<Claim>,
        /// The tag of this Act: present exactly if orders are posted or an unfilled rest moves.
        tag: Option<Element>,
        /// The orders to post, at most [`MAX_ORDERS`].
        orders: Vec<OrderTerms>,
    },
    /// Posts a bond and takes a decryptor's seat under a pseudonym; the amount is the contract's `decryptor_bond`.
    Bond {
        /// This Act's tag: the owner mark of the bond.
        tag: Element,
        /// The seat's fresh Jubjub key: signs its duties, and shares are encrypted to it.
        seat_key: CurvePoint,
        /// Proof that the sender knows the key's secret.
        possession: Signature,
    },
    /// Takes back what is left of a bond, rewards included, after its seat is released.
    Unbond {
        /// The tag of the bond.
        bond: Element,
        /// Cents that come back: exactly what the market's record says.
        amount: u64,
    },
    /// Moves cash to another contract month of the same chain, where the owner of the tag takes it with [`Action::Receive`].
    Transfer {
        /// This Act's tag: the owner mark of the transfer.
        tag: Element,
        /// The contract month that gets the cash.
        to: Symbol,
        /// Cents.
        amount: u64,
    },
    /// Takes cash that arrived by a transfer from another contract month.
    Receive {
        /// The tag of the transfer.
        transfer: Element,
        /// Cents: exactly what arrived.
        amount: u64,
        /// Whether this opens the lineage in this market; then the opening fee is taken from it.
        opens: bool,
    },
}

/// The records of one tag that an Act claims.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Claim {
    /// The tag under which the records stand.
    pub tag: Element,
    /// The records in strictly increasing order of their ids, 1 to [`MAX_CLAIMS`].
    pub records: Vec<RecordClaim>,
}

/// The claim of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RecordClaim {
    /// The order whose record is claimed.
    pub order: OrderId,
    /// How many of the order's fills are credited when this claim is through, counted from its first fill.
    pub fills: u32,
    /// What becomes of the rest.
    pub rest: Rest,
}

/// What a claim does with everything of a record that it does not credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
pub enum Rest {
    /// The record is closed: a live order is cancelled and the whole reservation released.
    Close = 0,
    /// The rest goes to the Act's new tag; a live order keeps its id, cancel key and priority.
    Move = 1,
}

/// The terms of a new order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OrderTerms {
    /// Buy or sell.
    pub side: Side,
    /// The worst acceptable price, ticks.
    pub limit: Price,
    /// Contracts.
    pub quantity: Quantity,
    /// How long it waits.
    pub time_in_force: TimeInForce,
    /// Never takes: the order is dead if it would trade at once.
    pub post_only: bool,
    /// The order's one-time Ed25519 key: its holder may cancel and reduce.
    pub cancel_key: [u8; 32],
}

/// A cancel or a reduction of one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Instruction {
    /// The chain it is for.
    pub chain: ChainId,
    /// The contract month it is for.
    pub market: Symbol,
    /// The order it changes.
    pub order: OrderId,
    /// What is done.
    pub change: OrderChange,
    /// Signature of the order's one-time key over [`Instruction::signed_bytes`].
    pub signature: [u8; 64],
}

/// A change of a resting order that needs no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum OrderChange {
    /// Takes the order from the book.
    Cancel,
    /// Lowers the order's total quantity, fills included, to this many contracts; priority is kept.
    Reduce(Quantity),
}

/// Why bytes are no transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Longer than anything this version encodes.
    #[error("transaction has {0} bytes; at most {MAX_TRANSACTION_BYTES} are read")]
    TooLong(usize),
    /// Not this version's first byte.
    #[error(
        "transaction encoding version {0} is unknown; this software reads version {ENCODING_VERSION}"
    )]
    Version(u8),
    /// Empty, truncated, over-long or not canonical.
    #[error("transaction is truncated, has trailing bytes or is not canonically encoded")]
    Malformed,
}

impl Transaction {
    /// The transaction's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![ENCODING_VERSION];
        // Writing to a vector fails only on lengths above u32::MAX, far above what the types allow here.
        self.serialize(&mut bytes)
            .expect("encoding into memory does not fail");
        bytes
    }

    /// Reads a transaction.
    ///
    /// # Errors
    /// [`DecodeError`] unless `bytes` are exactly what [`Transaction::to_bytes`] gives for some transaction.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > MAX_TRANSACTION_BYTES {
            return Err(DecodeError::TooLong(bytes.len()));
        }
        match bytes.split_first() {
            None => Err(DecodeError::Malformed),
            Some((&ENCODING_VERSION, rest)) => {
                let transaction = Self::try_from_slice(rest).map_err(|_| DecodeError::Malformed)?;
                if bytes.len() > MAX_SMALL_TRANSACTION_BYTES && !transaction.is_dealing() {
                    return Err(DecodeError::TooLong(bytes.len()));
                }
                Ok(transaction)
            }
            Some((&version, _)) => Err(DecodeError::Version(version)),
        }
    }
}

impl Transaction {
    /// Whether this is a dealing of a key generation, the one kind that may be long.
    fn is_dealing(&self) -> bool {
        matches!(self, Self::Seat(seat) if matches!(seat.message.duty, Duty::Deal(_)))
    }

    /// The contract month that the transaction is for.
    #[must_use]
    pub fn market(&self) -> Symbol {
        match self {
            Self::Act(act) => act.message.market,
            Self::Instruction(instruction) => instruction.market,
            Self::Refresh(refresh) => refresh.message.market,
            Self::Lapse(lapse) => lapse.message.market,
            Self::Seat(seat) => seat.message.market,
            Self::Opening(opening) => opening.market,
            Self::FinalSettlement(settlement) => settlement.market,
        }
    }
}

impl Action {
    /// Whether the Act begins a lineage.
    #[must_use]
    pub const fn opens(&self) -> bool {
        matches!(self, Self::Open { .. } | Self::Receive { opens: true, .. })
    }
}

impl ActMessage {
    /// The hash of the whole message: the public input that binds the proof to it, and what a deposit's cash signature signs.
    #[must_use]
    pub fn context(&self) -> Element {
        // See `Transaction::to_bytes` for why this can't fail.
        let bytes = borsh::to_vec(self).expect("encoding into memory does not fail");
        Element(hash_to_field("tally/act/context/1", &[&bytes]))
    }
}

impl Instruction {
    /// The bytes that the order's one-time key signs: everything but the signature, under a domain of its own.
    #[must_use]
    pub fn signed_bytes(
        chain: ChainId,
        market: Symbol,
        order: OrderId,
        change: OrderChange,
    ) -> Vec<u8> {
        // See `Transaction::to_bytes` for why this can't fail.
        borsh::to_vec(&("tally/order/instruction/1", chain, market, order, change))
            .expect("encoding into memory does not fail")
    }
}
