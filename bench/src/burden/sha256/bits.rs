//! Bits and 32-bit words of a circuit, with the operations of SHA-256 at the usual cost in rank-1 constraints.
//!
//! The costs are those of the gadgets in common use: a bit of an exclusive or takes one constraint, of a choice one, of
//! a majority two; a sum takes one for every bit of the result and of its carry, and one that ties them to the sum. B
//! holds the combination with fewer variables, because its points lie in the dearer second group.

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::{ConstraintSystemRef, LinearCombination, SynthesisError, Variable};

/// Bits of a word.
pub(super) const WORD_BITS: usize = 32;

/// A bit and its value: part of the circuit, or a variable that a constraint keeps at 0 or 1.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bit {
    /// The same in every proof.
    Constant(bool),
    /// A variable, with its value in this one.
    Variable(Variable, bool),
}

/// A word, its least significant bit first.
pub(super) type Word = [Bit; WORD_BITS];

/// The sum of some bits, each with its factor.
pub(super) fn combination(terms: &[(Fr, Bit)]) -> LinearCombination<Fr> {
    let terms: Vec<(Fr, Variable)> = terms
        .iter()
        .filter_map(|(factor, bit)| match bit {
            Bit::Constant(false) => None,
            Bit::Constant(true) => Some((*factor, Variable::One)),
            Bit::Variable(variable, _) => Some((*factor, *variable)),
        })
        .collect();
    LinearCombination::from_sum_coeff_vars(&terms)
}

impl Bit {
    /// The bit that is always set.
    pub(super) const ONE: Self = Self::Constant(true);

    /// A new witness that is 0 or 1: one constraint.
    pub(super) fn witness(
        system: &ConstraintSystemRef<Fr>,
        value: bool,
    ) -> Result<Self, SynthesisError> {
        let bit = Self::free(system, value)?;
        system.enforce_r1cs_constraint(
            || combination(&[(Fr::ONE, bit), (-Fr::ONE, Self::ONE)]),
            || combination(&[(Fr::ONE, bit)]),
            LinearCombination::zero,
        )?;
        Ok(bit)
    }

    /// A new witness that the caller's next constraint keeps at 0 or 1.
    fn free(system: &ConstraintSystemRef<Fr>, value: bool) -> Result<Self, SynthesisError> {
        let variable = system.new_witness_variable(|| Ok(Fr::from(value)))?;
        Ok(Self::Variable(variable, value))
    }

    /// Its value.
    pub(super) const fn value(self) -> bool {
        match self {
            Self::Constant(value) | Self::Variable(_, value) => value,
        }
    }

    const fn is_constant(self) -> bool {
        matches!(self, Self::Constant(_))
    }

    /// `self xor other`: 2ab = a + b - c.
    fn xor(self, other: Self, system: &ConstraintSystemRef<Fr>) -> Result<Self, SynthesisError> {
        let value = self.value() ^ other.value();
        match (self, other) {
            (Self::Constant(_), Self::Constant(_)) => return Ok(Self::Constant(value)),
            (Self::Constant(false), bit) | (bit, Self::Constant(false)) => return Ok(bit),
            _ => {}
        }
        let result = Self::free(system, value)?;
        let minus = -Fr::ONE;
        system.enforce_r1cs_constraint(
            || combination(&[(Fr::from(2_u64), self)]),
            || combination(&[(Fr::ONE, other)]),
            || combination(&[(Fr::ONE, self), (Fr::ONE, other), (minus, result)]),
        )?;
        Ok(result)
    }

    /// `yes` if `self` is set, else `no`: self (yes - no) = c - no.
    pub(super) fn choose(
        self,
        yes: Self,
        no: Self,
        system: &ConstraintSystemRef<Fr>,
    ) -> Result<Self, SynthesisError> {
        if let Self::Constant(value) = self {
            return Ok(if value { yes } else { no });
        }
        let value = if self.value() { yes } else { no }.value();
        let result = Self::free(system, value)?;
        system.enforce_r1cs_constraint(
            || combination(&[(Fr::ONE, yes), (-Fr::ONE, no)]),
            || combination(&[(Fr::ONE, self)]),
            || combination(&[(Fr::ONE, result), (-Fr::ONE, no)]),
        )?;
        Ok(result)
    }

    /// What at least two of three are: d = bc, then a (b + c - 2d) = e - d.
    fn majority(
        self,
        b: Self,
        c: Self,
        system: &ConstraintSystemRef<Fr>,
    ) -> Result<Self, SynthesisError> {
        let values = [self.value(), b.value(), c.value()];
        let value = values.into_iter().filter(|set| *set).count() >= 2;
        if self.is_constant() && b.is_constant() && c.is_constant() {
            return Ok(Self::Constant(value));
        }
        let both = Self::free(system, b.value() && c.value())?;
        system.enforce_r1cs_constraint(
            || combination(&[(Fr::ONE, b)]),
            || combination(&[(Fr::ONE, c)]),
            || combination(&[(Fr::ONE, both)]),
        )?;
        let result = Self::free(system, value)?;
        system.enforce_r1cs_constraint(
            || combination(&[(Fr::ONE, b), (Fr::ONE, c), (-Fr::from(2_u64), both)]),
            || combination(&[(Fr::ONE, self)]),
            || combination(&[(Fr::ONE, result), (-Fr::ONE, both)]),
        )?;
        Ok(result)
    }
}

/// A word that is part of the circuit.
pub(super) fn constant(value: u32) -> Word {
    std::array::from_fn(|place| Bit::Constant(value >> place & 1 == 1))
}

/// The word turned right by so many places.
pub(super) fn turned(word: &Word, places: usize) -> Word {
    std::array::from_fn(|place| word[(place + places) % WORD_BITS])
}

/// The word shifted right by so many places.
pub(super) fn shifted(word: &Word, places: usize) -> Word {
    std::array::from_fn(|place| {
        let from = word.get(place + places).copied();
        from.unwrap_or(Bit::Constant(false))
    })
}

/// `a xor b xor c`.
pub(super) fn xor3(
    a: &Word,
    b: &Word,
    c: &Word,
    system: &ConstraintSystemRef<Fr>,
) -> Result<Word, SynthesisError> {
    map(|place| {
        let first = a[place].xor(b[place], system)?;
        first.xor(c[place], system)
    })
}

/// Bit by bit `yes` where `condition` is set, else `no`.
pub(super) fn choose(
    condition: &Word,
    yes: &Word,
    no: &Word,
    system: &ConstraintSystemRef<Fr>,
) -> Result<Word, SynthesisError> {
    map(|place| condition[place].choose(yes[place], no[place], system))
}

/// Bit by bit what at least two of three are.
pub(super) fn majority(
    a: &Word,
    b: &Word,
    c: &Word,
    system: &ConstraintSystemRef<Fr>,
) -> Result<Word, SynthesisError> {
    map(|place| a[place].majority(b[place], c[place], system))
}

/// The sum of words and of a constant, modulo 2^32.
pub(super) fn sum(
    words: &[&Word],
    constant: u32,
    system: &ConstraintSystemRef<Fr>,
) -> Result<Word, SynthesisError> {
    // At most eight words: no overflow of 64 bits, and a carry of three bits.
    let total = words.iter().fold(u64::from(constant), |sum, word| {
        sum + u64::from(value(word))
    });
    let addends = words.len() + usize::from(constant != 0);
    let carry_bits = addends.next_power_of_two().trailing_zeros() as usize;
    let bits = (0..WORD_BITS + carry_bits)
        .map(|place| Bit::witness(system, total >> place & 1 == 1))
        .collect::<Result<Vec<Bit>, _>>()?;
    system.enforce_r1cs_constraint(
        || {
            let mut terms = vec![(Fr::from(constant), Bit::ONE)];
            for word in words {
                terms.extend(weighted(*word));
            }
            combination(&terms)
        },
        || combination(&[(Fr::ONE, Bit::ONE)]),
        || combination(&weighted(&bits)),
    )?;
    Ok(std::array::from_fn(|place| bits[place]))
}

/// Bits with the powers of two, the least significant one first.
pub(super) fn weighted<'a>(bits: impl IntoIterator<Item = &'a Bit>) -> Vec<(Fr, Bit)> {
    let mut weight = Fr::ONE;
    let mut weighted = Vec::new();
    for bit in bits {
        weighted.push((weight, *bit));
        weight.double_in_place();
    }
    weighted
}

/// A word's value.
pub(super) fn value(word: &Word) -> u32 {
    word.iter()
        .rev()
        .fold(0, |value, bit| value << 1 | u32::from(bit.value()))
}

fn map(mut bit: impl FnMut(usize) -> Result<Bit, SynthesisError>) -> Result<Word, SynthesisError> {
    let mut word = [Bit::Constant(false); WORD_BITS];
    for (place, result) in word.iter_mut().enumerate() {
        *result = bit(place)?;
    }
    Ok(word)
}
