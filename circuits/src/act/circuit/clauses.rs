//! The clauses of Act, each a function.

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::SynthesisError;

use super::{ActStatement, Note};
use crate::act::PUBLIC_INPUTS;
use crate::field;
use crate::margin::{BandCents, MarginRequirement};
use crate::note::NoteField;
use crate::poseidon::Domain;
use crate::r1cs::{Builder, Linear, Spend, bits, hash2};

/// Bits of a difference in cents that has to be non-negative, see [`crate::margin`].
const MONEY_BITS: u32 = 64;
/// Bits of a difference in contracts that has to be non-negative, see [`crate::margin`].
const EXPOSURE_BITS: u32 = 24;

/// The public inputs, allocated in the order of [`ActStatement::public_inputs`].
pub(super) struct PublicInputs {
    pub market: Linear,
    pub root: Linear,
    pub nullifier: Linear,
    pub new_commitment: Linear,
    pub is_open: Linear,
    pub old_tag: Linear,
    pub new_tag: Linear,
    pub deltas: [Linear; 6],
    pub low_edge: Linear,
    pub high_edge: Linear,
    pub low_requirement: Linear,
    pub high_requirement: Linear,
    pub position_limit: Linear,
    pub context: Linear,
}

impl PublicInputs {
    pub fn allocate(
        builder: &mut Builder,
        statement: &ActStatement,
    ) -> Result<Self, SynthesisError> {
        let mut inputs = Vec::with_capacity(PUBLIC_INPUTS);
        for value in statement.inputs() {
            inputs.push(builder.public(value)?);
        }
        let inputs: [Linear; PUBLIC_INPUTS] = inputs
            .try_into()
            .map_err(|_| SynthesisError::AssignmentMissing)?;
        let [
            market,
            root,
            nullifier,
            new_commitment,
            is_open,
            old_tag,
            new_tag,
            cash,
            position,
            buy_quantity,
            buy_cost,
            sell_quantity,
            sell_cost,
            low_edge,
            high_edge,
            low_requirement,
            high_requirement,
            position_limit,
            context,
        ] = inputs;
        Ok(Self {
            market,
            root,
            nullifier,
            new_commitment,
            is_open,
            old_tag,
            new_tag,
            deltas: [
                cash,
                position,
                buy_quantity,
                buy_cost,
                sell_quantity,
                sell_cost,
            ],
            low_edge,
            high_edge,
            low_requirement,
            high_requirement,
            position_limit,
            context,
        })
    }
}

impl PublicInputs {
    /// What is public about spending the old note.
    pub const fn spend(&self) -> Spend<'_> {
        Spend {
            market: &self.market,
            root: &self.root,
            nullifier: &self.nullifier,
            new_commitment: &self.new_commitment,
        }
    }
}

/// A note's amounts, in range by construction.
pub(super) struct Amounts {
    /// In the order of [`NoteField::ALL`].
    pub in_order: [Linear; 6],
    /// All six in one element.
    pub packed: Linear,
}

impl Amounts {
    /// 216 bits; the amounts and the packed element are combinations of them.
    pub fn allocate(builder: &mut Builder, values: &[i128; 6]) -> Result<Self, SynthesisError> {
        let mut packed = Linear::constant(Fr::ZERO);
        let mut weight = Fr::ONE;
        let mut amounts = Vec::with_capacity(NoteField::ALL.len());
        for (field, value) in NoteField::ALL.into_iter().zip(values) {
            let raised = bits(builder, value + field.offset(), field.bits())?;
            packed.add_scaled(weight, &raised);
            weight *= Fr::from(1_u64 << field.bits());
            amounts.push(raised.plus_constant(-field::from_i128(field.offset())));
        }
        let in_order = amounts
            .try_into()
            .map_err(|_| SynthesisError::AssignmentMissing)?;
        Ok(Self { in_order, packed })
    }
}

/// The flag is 0 or 1; at 0 the root is the public one; at 1 the old note is the empty one.
pub(super) fn opening_or_member(
    builder: &mut Builder,
    public: &PublicInputs,
    old: &Amounts,
    rho: &Linear,
    root: &Linear,
) -> Result<(), SynthesisError> {
    let is_open = &public.is_open;
    builder.clause("opening flag");
    builder.enforce_boolean(is_open)?;
    builder.clause("root");
    let is_member = Linear::constant(Fr::ONE).minus(is_open);
    builder.enforce_equal_if(&is_member, root, &public.root)?;
    builder.clause("opening amounts");
    let empty = Linear::constant(Note::opening().pack());
    builder.enforce_equal_if(is_open, &old.packed, &empty)?;
    builder.clause("opening rho");
    builder.enforce_equal_if(is_open, rho, &Linear::constant(Fr::ZERO))
}

/// The public tag is zero, or that of the key and `nullifier`.
pub(super) fn tag(
    builder: &mut Builder,
    tag: &Linear,
    key: &Linear,
    nullifier: &Linear,
) -> Result<(), SynthesisError> {
    let computed = hash2(builder, Domain::Tag, [key, nullifier])?;
    builder.enforce_equal_if(tag, &computed, tag)
}

/// The six inequalities of [`crate::margin`], for the new note. A worst case is a combination of
/// bits, so it is non-negative; the product that defines it ties it to the note.
pub(super) fn solvency(
    builder: &mut Builder,
    public: &PublicInputs,
    new: &Amounts,
    statement: &ActStatement,
    values: &[i128; 6],
) -> Result<(), SynthesisError> {
    let [cash, position, buys, buy_cost, sells, sell_cost] = &new.in_order;
    let [m, v, bq, bc, sq, sc] = *values;
    let BandCents { lo, hi } = statement.band;
    let MarginRequirement {
        lo: mu_lo,
        hi: mu_hi,
    } = statement.requirement;

    let long = position.plus(buys);
    let low = times(v + bq, lo).saturating_add(m - bc);
    builder.clause("equity at the low edge");
    let worst_low = bits(builder, low, MONEY_BITS)?;
    let without_position = cash.minus(buy_cost);
    let value = worst_low.minus(&without_position);
    builder.enforce(&long, &public.low_edge, &value)?;
    builder.clause("margin at the low edge");
    let slack = bits(
        builder,
        low.saturating_sub(times(v + bq, mu_lo)),
        MONEY_BITS,
    )?;
    let asked = worst_low.minus(&slack);
    builder.enforce(&long, &public.low_requirement, &asked)?;

    let short = sells.minus(position);
    let high = times(v - sq, hi).saturating_add(m + sc);
    builder.clause("equity at the high edge");
    let worst_high = bits(builder, high, MONEY_BITS)?;
    let without_position = cash.plus(sell_cost);
    let value = without_position.minus(&worst_high);
    builder.enforce(&short, &public.high_edge, &value)?;
    builder.clause("margin at the high edge");
    let slack = bits(
        builder,
        high.saturating_sub(times(sq - v, mu_hi)),
        MONEY_BITS,
    )?;
    let asked = worst_high.minus(&slack);
    builder.enforce(&short, &public.high_requirement, &asked)?;

    let limit = i128::from(statement.position_limit);
    builder.clause("long limit");
    let slack = bits(builder, limit - (v + bq), EXPOSURE_BITS)?;
    builder.enforce_equal(&public.position_limit.minus(&long), &slack)?;
    builder.clause("short limit");
    let slack = bits(builder, limit - (sq - v), EXPOSURE_BITS)?;
    builder.enforce_equal(&public.position_limit.minus(&short), &slack)
}

/// A product for the assignment. It saturates only if an amount is out of range, and then the
/// constraints fail whatever is assigned here.
fn times(contracts: i128, cents: i64) -> i128 {
    contracts.saturating_mul(i128::from(cents))
}
