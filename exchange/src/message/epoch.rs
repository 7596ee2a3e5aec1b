//! The messages of revalidation: Refresh, Lapse, the decryptors' duties, opened sums, the final settlement.

use crate::identity::{ChainId, Symbol};
use crate::units::Price;
use borsh::{BorshDeserialize, BorshSerialize};
use tally_circuits::elgamal::WireCiphertext;
use tally_circuits::field::{Element, hash_to_field};
use tally_mpc::decryption::DecryptionShare;
use tally_mpc::keygen::{Complaint, Dealing};
use tally_mpc::schnorr::Signature;

use super::PROOF_BYTES;

/// A Refresh: message and proof.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RefreshTransaction {
    /// What is public. The proof is bound to every byte of it through [`RefreshMessage::context`].
    pub message: RefreshMessage,
    /// The Groth16 proof, compressed.
    pub proof: [u8; PROOF_BYTES],
}

/// The public part of a Refresh.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RefreshMessage {
    /// The chain the message is for.
    pub chain: ChainId,
    /// The contract month it is for.
    pub market: Symbol,
    /// The epoch that closes: the one in whose tree the old note stands.
    pub epoch: u64,
    /// The key generation whose joint key encrypts.
    pub round: u64,
    /// A block-end root of the closing epoch's note tree that contains the old note.
    pub root: Element,
    /// The nullifier of the old note.
    pub nullifier: Element,
    /// The commitment of the new note, for the next epoch's tree.
    pub new_commitment: Element,
    /// The new position, encrypted under the joint key.
    pub position: WireCiphertext,
    /// Low and high limb of the new cash plus 2^47, encrypted: exactly where the epoch asks for it.
    pub cash: Option<[WireCiphertext; 2]>,
}

/// A Lapse: message and proof.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LapseTransaction {
    /// What is public. The proof is bound to every byte of it through [`LapseMessage::context`].
    pub message: LapseMessage,
    /// The Groth16 proof, compressed.
    pub proof: [u8; PROOF_BYTES],
}

/// The public part of a Lapse.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LapseMessage {
    /// The chain the message is for.
    pub chain: ChainId,
    /// The contract month it is for.
    pub market: Symbol,
    /// The present epoch: into its tree the note comes back.
    pub epoch: u64,
    /// The epoch in whose tree the note stayed behind.
    pub left_in: u64,
    /// A block-end root of that tree.
    pub root: Element,
    /// The nullifier of the old note.
    pub nullifier: Element,
    /// The commitment of the new note.
    pub new_commitment: Element,
}

/// What a decryptor's seat sends: signed by its Jubjub key over [`SeatMessage::signed_bytes`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SeatTransaction {
    /// What is done.
    pub message: SeatMessage,
    /// The seat's signature, made in the context of chain, market, round and epoch of the message.
    pub signature: Signature,
}

/// The signed part of a seat's transaction.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SeatMessage {
    /// The chain the message is for.
    pub chain: ChainId,
    /// The contract month it is for.
    pub market: Symbol,
    /// The seat's number, given when its bond was posted, from 1.
    pub seat: u32,
    /// The key generation it belongs to; zero for [`Duty::Leave`].
    pub round: u64,
    /// The epoch whose sum is opened; zero unless this is a [`Duty::Share`].
    pub epoch: u64,
    /// What is done.
    pub duty: Duty,
}

/// What a seat does.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Duty {
    /// Deals its contribution to the joint key.
    Deal(Box<Dealing>),
    /// Shows that a dealer's share for it is wrong.
    Complain(Box<Complaint>),
    /// Posts its share of the epoch's summed ciphertexts.
    Share(Box<DecryptionShare>),
    /// Asks to be left out of later key generations, so that the bond can be taken back.
    Leave,
}

/// The opened sums of an epoch: anybody may post them, one multiplication each checks them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OpeningMessage {
    /// The chain the message is for.
    pub chain: ChainId,
    /// The contract month it is for.
    pub market: Symbol,
    /// The epoch that was closed.
    pub epoch: u64,
    /// The sum of the refreshed positions, contracts.
    pub position: i64,
    /// The sums of the low and the high limbs of cash, exactly where the epoch encrypts them.
    pub cash: Option<[i64; 2]>,
}

/// The final settlement of a contract month, signed by its settlement signers.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct FinalSettlement {
    /// The chain the message is for.
    pub chain: ChainId,
    /// The contract month it is for.
    pub market: Symbol,
    /// The final settlement price, ticks.
    pub price: Price,
    /// Ed25519 signatures over [`FinalSettlement::signed_bytes`], each with the index of its signer in the genesis, in
    /// strictly increasing order.
    pub signatures: Vec<(u8, [u8; 64])>,
}

impl RefreshMessage {
    /// The hash of the whole message, ciphertexts included: the public input that binds the proof to it.
    #[must_use]
    pub fn context(&self) -> Element {
        // Encoding into memory does not fail; see `Transaction::to_bytes`.
        let bytes = borsh::to_vec(self).expect("encoding into memory does not fail");
        Element(hash_to_field("tally/refresh/context/1", &[&bytes]))
    }
}

impl LapseMessage {
    /// The hash of the whole message: the public input that binds the proof to it.
    #[must_use]
    pub fn context(&self) -> Element {
        // Encoding into memory does not fail; see `Transaction::to_bytes`.
        let bytes = borsh::to_vec(self).expect("encoding into memory does not fail");
        Element(hash_to_field("tally/lapse/context/1", &[&bytes]))
    }
}

impl SeatMessage {
    /// The bytes that the seat's key signs.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        // Encoding into memory does not fail; see `Transaction::to_bytes`.
        borsh::to_vec(&("tally/seat/message/1", self)).expect("encoding into memory does not fail")
    }
}

impl FinalSettlement {
    /// The bytes that each settlement signer signs.
    #[must_use]
    pub fn signed_bytes(chain: ChainId, market: Symbol, price: Price) -> Vec<u8> {
        // Encoding into memory does not fail; see `Transaction::to_bytes`.
        borsh::to_vec(&("tally/settlement/final/1", chain, market, price))
            .expect("encoding into memory does not fail")
    }
}
