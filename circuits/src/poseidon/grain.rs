//! Poseidon's constants, from the Grain LFSR of the paper's appendix E.

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, BigInt, Field, PrimeField};

use super::FULL_ROUNDS;

/// Bits of the field's modulus.
const FIELD_BITS: usize = 255;
/// Bits of the register.
const REGISTER_BITS: u32 = 80;
/// Steps that are thrown away before the first output.
const WARM_UP: usize = 160;

/// Round constants and matrix of one instance.
pub(crate) struct Parameters<const T: usize> {
    /// One row a round: 4 full rounds, the partial ones, 4 full rounds.
    pub constants: Vec<[Fr; T]>,
    /// The Cauchy matrix that ends every round.
    pub mds: [[Fr; T]; T],
}

impl<const T: usize> Parameters<T> {
    /// Generates the constants of the instance of width `T` with the given partial rounds.
    pub fn generate(partial_rounds: usize) -> Self {
        let mut grain = Grain::new(T, FULL_ROUNDS, partial_rounds);
        let constants = (0..FULL_ROUNDS + partial_rounds)
            .map(|_| std::array::from_fn(|_| grain.element()))
            .collect();
        Self {
            constants,
            mds: cauchy(&mut grain),
        }
    }
}

/// The matrix 1 / (x_i + y_j), drawn again until all x and y differ and no sum is zero.
fn cauchy<const T: usize>(grain: &mut Grain) -> [[Fr; T]; T] {
    loop {
        let x: [Fr; T] = std::array::from_fn(|_| grain.reduced());
        let y: [Fr; T] = std::array::from_fn(|_| grain.reduced());
        let all: Vec<Fr> = x.iter().chain(&y).copied().collect();
        let distinct = (1..all.len()).all(|i| !all[..i].contains(&all[i]));
        let mut mds = [[Fr::ZERO; T]; T];
        let mut invertible = true;
        for (row, a) in mds.iter_mut().zip(&x) {
            for (entry, b) in row.iter_mut().zip(&y) {
                match (*a + b).inverse() {
                    Some(inverse) => *entry = inverse,
                    None => invertible = false,
                }
            }
        }
        if distinct && invertible {
            return mds;
        }
    }
}

/// An 80-bit linear feedback shift register in self-shrinking mode. Bit 0 is the oldest.
struct Grain {
    register: u128,
}

impl Grain {
    fn new(width: usize, full_rounds: usize, partial_rounds: usize) -> Self {
        let mut bits = vec![false, true]; // a prime field
        bits.extend([false; 4]); // the S-box is a power
        for (value, length) in [
            (FIELD_BITS, 12),
            (width, 12),
            (full_rounds, 10),
            (partial_rounds, 10),
        ] {
            bits.extend((0..length).rev().map(|i| (value >> i) & 1 == 1));
        }
        bits.extend([true; 30]);
        let register = bits
            .iter()
            .enumerate()
            .fold(0, |register, (i, bit)| register | (u128::from(*bit) << i));
        let mut grain = Self { register };
        for _ in 0..WARM_UP {
            grain.step();
        }
        grain
    }

    fn step(&mut self) -> bool {
        let tap = |i: u32| (self.register >> i) & 1;
        let new = tap(62) ^ tap(51) ^ tap(38) ^ tap(23) ^ tap(13) ^ tap(0);
        self.register = (self.register >> 1) | (new << (REGISTER_BITS - 1));
        new == 1
    }

    /// The second bit of the next pair whose first bit is one.
    fn bit(&mut self) -> bool {
        loop {
            let keep = self.step();
            let bit = self.step();
            if keep {
                return bit;
            }
        }
    }

    /// The next 255 bits as an integer, most significant first.
    fn integer(&mut self) -> BigInt<4> {
        let mut limbs = [0_u64; 4];
        for i in (0..FIELD_BITS).rev() {
            limbs[i / 64] |= u64::from(self.bit()) << (i % 64);
        }
        BigInt::new(limbs)
    }

    /// The next integer below the modulus.
    fn element(&mut self) -> Fr {
        loop {
            if let Some(element) = Fr::from_bigint(self.integer()) {
                return element;
            }
        }
    }

    /// The next integer, reduced.
    fn reduced(&mut self) -> Fr {
        let limbs = self.integer().0;
        let bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        Fr::from_le_bytes_mod_order(&bytes)
    }
}
