//! The compression function of SHA-256 (FIPS 180-4, section 6.2.2) as constraints.
//!
//! A node of the tree is one compression of its two children from the initial state, without padding: all inputs have
//! one length, and the padding would take a second compression. Zerocash's tree is built that way.

use super::bits::{self, Bit, WORD_BITS, Word};
use ark_bls12_381::Fr;
use ark_relations::gr1cs::{ConstraintSystemRef, SynthesisError};

/// Words of a block.
pub(super) const BLOCK_WORDS: usize = 16;

/// Words of a state.
pub(super) const STATE_WORDS: usize = 8;

const ROUNDS: usize = 64;

/// The initial state (FIPS 180-4, section 5.3.3).
pub(super) const INITIAL: [u32; STATE_WORDS] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// The constants of the rounds (FIPS 180-4, section 4.2.2).
#[rustfmt::skip]
const CONSTANTS: [u32; ROUNDS] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
];

/// One compression of `block` from the initial state.
pub(super) fn compress(
    block: &[Word; BLOCK_WORDS],
    system: &ConstraintSystemRef<Fr>,
) -> Result<[Word; STATE_WORDS], SynthesisError> {
    let initial = INITIAL.map(bits::constant);
    compress_from(&initial, block, system)
}

/// One compression of `block` from `state`.
pub(super) fn compress_from(
    state: &[Word; STATE_WORDS],
    block: &[Word; BLOCK_WORDS],
    system: &ConstraintSystemRef<Fr>,
) -> Result<[Word; STATE_WORDS], SynthesisError> {
    let schedule = schedule(block, system)?;
    let mut working = *state;
    for (word, constant) in schedule.iter().zip(CONSTANTS) {
        working = round(&working, word, constant, system)?;
    }
    let mut next = *state;
    for (result, (before, after)) in next.iter_mut().zip(state.iter().zip(&working)) {
        *result = bits::sum(&[before, after], 0, system)?;
    }
    Ok(next)
}

/// The words of the rounds: those of the block, then each from four before it.
fn schedule(
    block: &[Word; BLOCK_WORDS],
    system: &ConstraintSystemRef<Fr>,
) -> Result<Vec<Word>, SynthesisError> {
    let mut words = block.to_vec();
    for place in BLOCK_WORDS..ROUNDS {
        let early = words[place - 15];
        let late = words[place - 2];
        let [a, b] = [bits::turned(&early, 7), bits::turned(&early, 18)];
        let first = bits::xor3(&a, &b, &bits::shifted(&early, 3), system)?;
        let [a, b] = [bits::turned(&late, 17), bits::turned(&late, 19)];
        let second = bits::xor3(&a, &b, &bits::shifted(&late, 10), system)?;
        let addends = [&words[place - 16], &first, &words[place - 7], &second];
        words.push(bits::sum(&addends, 0, system)?);
    }
    Ok(words)
}

fn round(
    state: &[Word; STATE_WORDS],
    word: &Word,
    constant: u32,
    system: &ConstraintSystemRef<Fr>,
) -> Result<[Word; STATE_WORDS], SynthesisError> {
    let [a, b, c, d, e, f, g, h] = state;
    let turns = |word: &Word, places: [usize; 3]| places.map(|by| bits::turned(word, by));
    let [x, y, z] = turns(e, [6, 11, 25]);
    let of_e = bits::xor3(&x, &y, &z, system)?;
    let choice = bits::choose(e, f, g, system)?;
    let [x, y, z] = turns(a, [2, 13, 22]);
    let of_a = bits::xor3(&x, &y, &z, system)?;
    let majority = bits::majority(a, b, c, system)?;
    let new_e = bits::sum(&[d, h, &of_e, &choice, word], constant, system)?;
    let new_a = bits::sum(
        &[h, &of_e, &choice, word, &of_a, &majority],
        constant,
        system,
    )?;
    Ok([new_a, *a, *b, *c, new_e, *e, *f, *g])
}

/// Words from bytes, most significant byte and bit of each word first, as SHA-256 reads them.
pub(super) fn witness_words<const WORDS: usize>(
    bytes: &[u8],
    system: &ConstraintSystemRef<Fr>,
) -> Result<[Word; WORDS], SynthesisError> {
    let mut words = [[Bit::Constant(false); WORD_BITS]; WORDS];
    for (word, chunk) in words.iter_mut().zip(bytes.chunks_exact(4)) {
        let value = chunk
            .iter()
            .fold(0, |value, byte| value << 8 | u32::from(*byte));
        for (place, bit) in word.iter_mut().enumerate() {
            *bit = Bit::witness(system, value >> place & 1 == 1)?;
        }
    }
    Ok(words)
}
