//! Fourier transforms over the scalar field on the vector unit, and the quotient's coefficients by them.
//!
//! The way to coefficients takes values in order and leaves coefficients in a shuffled order (Gentleman and Sande's
//! butterflies); the way back takes them as they are (Cooley and Tukey's). Nothing in between cares for the order, so
//! nothing is ever put into it but the end result.
//!
//! **Order.** Neighbours up to a distance of eight are met within vectors. For the three layers of distances 4, 2 and 1 eight
//! vectors are transposed, so that they too are between vectors; coefficients stay transposed. Place k of vector v, with
//! v = 8s + j, so holds the coefficient whose number is 64s + 8k + j with its bits reversed.
#![allow(unsafe_code)]

use ark_bls12_381::Fr;
use ark_ff::{FftField, Field};
use zeroize::Zeroizing;

use super::ifma::is_available;
use super::scalar::{Block, Eight, LANES, add, load, mul, store, sub, sub_lazily, transpose_all};

/// Fewest points: eight vectors.
const LEAST: usize = LANES * LANES;

/// What transforms over one domain need: twiddle factors and the powers of the coset's generator.
pub(crate) struct Domain {
    size: usize,
    /// Powers of the inverse root, layer by layer, the largest distance first.
    to_coefficients: Twiddles,
    /// Powers of the root, the same way.
    to_values: Twiddles,
    /// For each coefficient 16/n times the power of the coset's generator: brings coefficients of what the library
    /// represents onto the coset.
    onto_coset: Vec<Block>,
    /// For each coefficient 1/n times the power of the inverse generator and 1/Z, such that products are the library's
    /// representation.
    off_coset: Vec<Block>,
    /// 16/(n·Z), likewise.
    without_coset: Block,
}

struct Twiddles {
    /// For distances of n/2 down to 8 the factors of each layer.
    layers: Vec<Vec<Block>>,
    /// For distances 4, 2, 1: factors 0 to 3, the same in every lane.
    last: [Block; 4],
}

impl Twiddles {
    fn new(size: usize, root: Fr) -> Self {
        let mut layers = Vec::new();
        let (mut distance, mut step) = (size / 2, root);
        while distance >= LANES {
            let mut blocks = vec![Block::ZERO; distance / LANES];
            let mut power = Fr::ONE;
            for j in 0..distance {
                blocks[j / LANES].set_element(j % LANES, &power);
                power *= step;
            }
            layers.push(blocks);
            (distance, step) = (distance / 2, step.square());
        }
        // Now `step` is a root of order eight.
        let last = [0u64, 1, 2, 3].map(|power| Block::all(&step.pow([power])));
        Self { layers, last }
    }
}

impl Domain {
    /// A domain of `size` points, a power of two; `None` if the processor has no vector unit, or for fewer points than it
    /// takes, or more than the field has roots.
    pub(crate) fn new(size: usize) -> Option<Self> {
        if !is_available() || size < LEAST || !size.is_power_of_two() {
            return None;
        }
        let root = Fr::get_root_of_unity(size as u64)?;
        let generator = Fr::GENERATOR;
        let over_size = Fr::from(size as u64).inverse()?;
        let vanishing = (generator.pow([size as u64]) - Fr::ONE).inverse()?;
        let sixteen = Fr::from(16u64);
        let mut onto_coset = vec![Block::ZERO; size / LANES];
        let mut off_coset = onto_coset.clone();
        let inverse = generator.inverse()?;
        let (mut power, mut inverse_power) = (sixteen * over_size, vanishing * over_size);
        for number in 0..size {
            let (vector, lane) = place(size, number);
            onto_coset[vector].set_element(lane, &power);
            off_coset[vector].set(lane, &inverse_power);
            power *= generator;
            inverse_power *= inverse;
        }
        let mut without_coset = Block::ZERO;
        for lane in 0..LANES {
            without_coset.set(lane, &(sixteen * over_size * vanishing));
        }
        Some(Self {
            size,
            to_coefficients: Twiddles::new(size, root.inverse()?),
            to_values: Twiddles::new(size, root),
            onto_coset,
            off_coset,
            without_coset,
        })
    }

    /// The coefficients of (A·B - C)/Z from the values of A, B and C over the domain, as many as it has points.
    pub(crate) fn quotient(&self, a: &[Fr], b: &[Fr], c: &[Fr]) -> Zeroizing<Vec<Fr>> {
        assert!(is_available(), "a domain is made only where it is");
        // SAFETY of the calls: the processor has the extension, as just asserted.
        let on_coset = |values: &[Fr]| {
            let mut blocks = self.blocks(values);
            unsafe {
                to_coefficients(&self.to_coefficients, &mut blocks);
                multiply_all(&mut blocks, &self.onto_coset);
                to_values(&self.to_values, &mut blocks);
            }
            blocks
        };
        let (mut product, (b, c)) = rayon::join(
            || on_coset(a),
            || {
                let b = on_coset(b);
                let mut c = self.blocks(c);
                unsafe { to_coefficients(&self.to_coefficients, &mut c) };
                (b, c)
            },
        );
        unsafe {
            multiply_all(&mut product, &b);
            to_coefficients(&self.to_coefficients, &mut product);
            finish(&mut product, &self.off_coset, &c, &self.without_coset);
        }
        let coefficient = |number| {
            let (vector, lane) = place(self.size, number);
            product[vector].get(lane)
        };
        Zeroizing::new((0..self.size).map(coefficient).collect())
    }

    /// Values in order, as vectors.
    fn blocks(&self, values: &[Fr]) -> Zeroizing<Vec<Block>> {
        let mut blocks = Zeroizing::new(vec![Block::ZERO; self.size / LANES]);
        for (block, values) in blocks.iter_mut().zip(values.chunks_exact(LANES)) {
            for (lane, value) in values.iter().enumerate() {
                block.set(lane, value);
            }
        }
        blocks
    }

    /// Bytes in memory.
    pub(crate) fn bytes(&self) -> usize {
        let twiddles = |t: &Twiddles| t.layers.iter().map(Vec::len).sum::<usize>() + 4;
        let blocks = twiddles(&self.to_coefficients)
            + twiddles(&self.to_values)
            + self.onto_coset.len()
            + self.off_coset.len();
        blocks * size_of::<Block>()
    }
}

/// Where a coefficient is: vector and lane. See the module's text.
fn place(size: usize, number: usize) -> (usize, usize) {
    let reversed = number.reverse_bits() >> (usize::BITS - size.ilog2());
    let (group, within) = (reversed / LEAST, reversed % LEAST);
    (LANES * group + within % LANES, within / LANES)
}

/// Values in order to n times the coefficients.
#[target_feature(enable = "avx512f,avx512ifma")]
fn to_coefficients(twiddles: &Twiddles, blocks: &mut [Block]) {
    for factors in &twiddles.layers {
        for chunk in blocks.chunks_exact_mut(2 * factors.len()) {
            let (low, high) = chunk.split_at_mut(factors.len());
            for ((low, high), factor) in low.iter_mut().zip(high).zip(factors) {
                let (a, b) = (load(low), load(high));
                store(add(a, b), low);
                store(mul(sub_lazily(a, b), load(factor)), high);
            }
        }
    }
    for chunk in blocks.chunks_exact_mut(LANES) {
        let mut v = transpose_all(load_all(chunk));
        for distance in [4, 2, 1] {
            for start in (0..LANES).step_by(2 * distance) {
                for j in 0..distance {
                    let (low, high) = (start + j, start + j + distance);
                    let (a, b) = (v[low], v[high]);
                    let factor = load(&twiddles.last[j * (4 / distance)]);
                    v[low] = add(a, b);
                    v[high] = mul(sub_lazily(a, b), factor);
                }
            }
        }
        store_all(v, chunk);
    }
}

/// Coefficients as [`to_coefficients`] leaves them to values in order.
#[target_feature(enable = "avx512f,avx512ifma")]
fn to_values(twiddles: &Twiddles, blocks: &mut [Block]) {
    for chunk in blocks.chunks_exact_mut(LANES) {
        let mut v = load_all(chunk);
        for distance in [1, 2, 4] {
            for start in (0..LANES).step_by(2 * distance) {
                for j in 0..distance {
                    let (low, high) = (start + j, start + j + distance);
                    let factor = load(&twiddles.last[j * (4 / distance)]);
                    let (a, b) = (v[low], mul(v[high], factor));
                    v[low] = add(a, b);
                    v[high] = sub(a, b);
                }
            }
        }
        store_all(transpose_all(v), chunk);
    }
    for factors in twiddles.layers.iter().rev() {
        for chunk in blocks.chunks_exact_mut(2 * factors.len()) {
            let (low, high) = chunk.split_at_mut(factors.len());
            for ((low, high), factor) in low.iter_mut().zip(high).zip(factors) {
                let (a, b) = (load(low), mul(load(high), load(factor)));
                store(add(a, b), low);
                store(sub(a, b), high);
            }
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn load_all(chunk: &[Block]) -> [Eight; LANES] {
    std::array::from_fn(|i| load(&chunk[i]))
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn store_all(vectors: [Eight; LANES], chunk: &mut [Block]) {
    for (vector, block) in vectors.into_iter().zip(chunk) {
        store(vector, block);
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn multiply_all(blocks: &mut [Block], factors: &[Block]) {
    for (block, factor) in blocks.iter_mut().zip(factors) {
        store(mul(load(block), load(factor)), block);
    }
}

/// product·factor - c·constant, place by place.
#[target_feature(enable = "avx512f,avx512ifma")]
fn finish(products: &mut [Block], factors: &[Block], c: &[Block], constant: &Block) {
    for ((product, factor), c) in products.iter_mut().zip(factors).zip(c) {
        let ab = mul(load(product), load(factor));
        let c = mul(load(c), load(constant));
        store(sub(ab, c), product);
    }
}
