//! The encoding and the hash of blocks.

// Tests fail by panicking, and narrow small numbers that they made themselves.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::print_stdout
)]

use proptest::collection::vec;
use proptest::prelude::*;
use tally_ledger_adapter::log::{
    Block, BlockDecodeError, MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS, MAX_TRANSACTION_BYTES,
    genesis_hash,
};

/// Height, time, parent and transaction count.
const HEADER_BYTES: usize = 52;

fn block() -> impl Strategy<Value = Block> {
    let transactions = vec(vec(any::<u8>(), 0..40), 0..6);
    (1..=u64::MAX, any::<u64>(), any::<[u8; 32]>(), transactions).prop_map(
        |(height, time, parent, transactions)| Block {
            height,
            time,
            parent,
            transactions,
        },
    )
}

proptest! {
    #[test]
    fn encoding_is_borsh_and_decodes(block in block()) {
        let encoding = block.encode();
        let Block { height, time, parent, transactions } = &block;
        prop_assert_eq!(&encoding, &borsh::to_vec(&(height, time, parent, transactions)).unwrap());
        prop_assert_eq!(encoding.len(), block.encoded_len());
        prop_assert_eq!(Block::decode(&encoding), Ok(block));
    }

    #[test]
    fn every_change_changes_the_hash_or_is_refused(block in block(), at in any::<prop::sample::Index>(), bit in 0..8) {
        let mut encoding = block.encode();
        let at = at.index(encoding.len());
        encoding[at] ^= 1_u8 << bit;
        if let Ok(other) = Block::decode(&encoding) {
            prop_assert_ne!(other.hash(), block.hash());
            prop_assert_eq!(other.encode(), encoding, "two encodings of one block");
        }
    }

    #[test]
    fn every_prefix_and_every_extension_is_refused(block in block(), cut in any::<prop::sample::Index>(), extra in 1..5_usize) {
        let mut encoding = block.encode();
        let cut = cut.index(encoding.len());
        prop_assert_eq!(Block::decode(&encoding[..cut]), Err(BlockDecodeError::Truncated { bytes: cut }));
        encoding.extend(vec![0; extra]);
        prop_assert_eq!(Block::decode(&encoding), Err(BlockDecodeError::Trailing { bytes: extra }));
    }

    #[test]
    fn garbage_does_not_panic(bytes in vec(any::<u8>(), 0..300)) {
        if let Ok(block) = Block::decode(&bytes) {
            prop_assert_eq!(block.encode(), bytes);
        }
    }
}

#[test]
fn hashes_are_pinned() {
    let block = Block {
        height: 1,
        time: 2,
        parent: genesis_hash(b"genesis"),
        transactions: vec![b"a".to_vec(), vec![]],
    };
    // Computed by an independent implementation. Changing either breaks every existing log.
    assert_eq!(
        hex::encode(block.parent),
        "ff6e2486d6224c7135fbf49816196a1c818624c2f8736b858ff9de7c7dd595a6"
    );
    assert_eq!(
        hex::encode(block.hash()),
        "fbf02e92c50ae9ea8de92a7c2076510d65931dd8f27b99569d88cfcd2e2f327f"
    );
}

#[test]
fn limits_are_enforced() {
    let block = Block {
        height: 1,
        time: 0,
        parent: [0; 32],
        transactions: vec![],
    };
    let with_count = |count: u32| {
        let mut encoding = block.encode();
        encoding[HEADER_BYTES - 4..].copy_from_slice(&count.to_le_bytes());
        Block::decode(&encoding)
    };
    let field = "transaction count";
    for count in [MAX_BLOCK_TRANSACTIONS as u32 + 1, u32::MAX] {
        let expected = BlockDecodeError::AboveLimit {
            field,
            value: count as usize,
            limit: MAX_BLOCK_TRANSACTIONS,
        };
        assert_eq!(with_count(count), Err(expected));
    }
    let truncated = BlockDecodeError::Truncated {
        bytes: HEADER_BYTES,
    };
    assert_eq!(with_count(MAX_BLOCK_TRANSACTIONS as u32), Err(truncated));

    let longest = Block {
        transactions: vec![vec![1; MAX_TRANSACTION_BYTES]],
        ..block.clone()
    };
    assert_eq!(Block::decode(&longest.encode()), Ok(longest));
    let longer = Block {
        transactions: vec![vec![1; MAX_TRANSACTION_BYTES + 1]],
        ..block.clone()
    };
    let field = "transaction length";
    let value = MAX_TRANSACTION_BYTES + 1;
    let expected = BlockDecodeError::AboveLimit {
        field,
        value,
        limit: MAX_TRANSACTION_BYTES,
    };
    assert_eq!(Block::decode(&longer.encode()), Err(expected));

    let bytes = MAX_BLOCK_BYTES + 1;
    assert_eq!(
        Block::decode(&vec![0; bytes]),
        Err(BlockDecodeError::TooLong { bytes })
    );
    assert_eq!(
        Block::decode(&Block { height: 0, ..block }.encode()),
        Err(BlockDecodeError::ZeroHeight)
    );
}
