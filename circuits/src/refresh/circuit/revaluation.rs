//! What the terms make of a note.

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::SynthesisError;

use super::Assignment;
use super::clauses::PublicInputs;
use crate::field;
use crate::note::NoteField;
use crate::r1cs::{BareNote, Builder, Linear, SIZE_BITS, SidedNote, bit_list, bits, from_bits};
use crate::refresh::RefreshTerms;

/// Bits of a difference in cents that has to be non-negative, see [`crate::refresh`].
const MONEY_BITS: u32 = 64;

/// The new note: bits of its amounts, each with its offset, and the note.
pub(super) struct NewNote {
    pub cash: Vec<Linear>,
    pub position: Vec<Linear>,
    pub bare: BareNote,
}

/// What the terms make of the old note: the largest position of the same side that is solvent in
/// the new band once the rest is closed.
pub(super) fn revalue(
    builder: &mut Builder,
    public: &PublicInputs,
    old: &SidedNote,
    terms: &RefreshTerms,
    private: &Assignment,
) -> Result<NewNote, SynthesisError> {
    // Some of the contracts are kept, the rest is closed.
    builder.clause("kept");
    let kept = bits(builder, private.kept, SIZE_BITS)?;
    builder.clause("closed");
    let closed = bits(builder, private.old.size - private.kept, SIZE_BITS)?;
    builder.enforce_equal(&old.size.minus(&kept), &closed)?;

    // What would be left if all were closed.
    builder.clause("equity");
    let short_price = Linear::constant(Fr::ZERO).minus(&public.short_price);
    let price = old.by_side(builder, &public.long_price, &short_price)?;
    let equity = old.cash.plus(&builder.product(&old.size, &price)?);

    let values = Values::of(terms, private);
    let parts = Parts {
        kept,
        closed,
        equity,
    };
    parts.enforce_largest(builder, public, old, &values, private)?;
    parts.new_note(builder, old, &price, private)
}

/// The values, cents, on which the assignment rests.
struct Values {
    /// What is left if all contracts are closed.
    equity: i128,
    /// What keeping one contract costs.
    cost: i128,
    /// What keeping those that are kept costs.
    asked: i128,
    is_forced: bool,
}

impl Values {
    fn of(terms: &RefreshTerms, private: &Assignment) -> Self {
        let is_long = private.old.is_long == Fr::ONE;
        let price = i128::from(terms.closing_price(is_long));
        let cost = i128::from(terms.keeping_cost(is_long));
        let value = times(private.old.size, if is_long { price } else { -price });
        Self {
            equity: value.saturating_add(private.old.cash),
            cost,
            asked: times(private.kept, cost),
            is_forced: terms.forced,
        }
    }

    /// What is missing, less one, to keep one contract more.
    fn shortfall(&self) -> i128 {
        let more = self.asked.saturating_add(self.cost);
        more.saturating_sub(self.equity).saturating_sub(1)
    }
}

/// Contracts that are kept, contracts that are closed, and what would be left, in cents, if all
/// were closed.
struct Parts {
    kept: Linear,
    closed: Linear,
    equity: Linear,
}

impl Parts {
    /// What is kept is solvent, and is the most that can be kept.
    fn enforce_largest(
        &self,
        builder: &mut Builder,
        public: &PublicInputs,
        old: &SidedNote,
        values: &Values,
        private: &Assignment,
    ) -> Result<(), SynthesisError> {
        let (zero, one) = (Linear::constant(Fr::ZERO), Linear::constant(Fr::ONE));

        // Since neither the size nor the cost is negative, what would be left if all were closed
        // is not negative either.
        builder.clause("solvency");
        let cost_each = old.by_side(builder, &public.long_cost, &public.short_cost)?;
        let cost = builder.product(&self.kept, &cost_each)?;
        let slack = values.equity.saturating_sub(values.asked);
        let slack = bits(builder, slack, MONEY_BITS)?;
        builder.enforce_equal(&self.equity.minus(&cost), &slack)?;

        // All are kept, or all have to be closed, or one more would not be solvent.
        builder.clause("whole");
        let is_whole = builder.boolean(private.is_whole)?;
        builder.enforce(&self.closed, &is_whole, &zero)?;
        builder.clause("forced");
        builder.enforce_boolean(&public.is_forced)?;
        builder.enforce(&self.kept, &public.is_forced, &zero)?;
        builder.clause("largest");
        let is_cut = builder.product(&one.minus(&is_whole), &one.minus(&public.is_forced))?;
        let missing = cost.plus(&cost_each).minus(&self.equity).minus(&one);
        let is_open = private.is_whole == Fr::ONE || values.is_forced;
        let shortfall = if is_open { 0 } else { values.shortfall() };
        let shortfall = bits(builder, shortfall, MONEY_BITS)?;
        builder.enforce(&missing, &is_cut, &shortfall)
    }

    /// The new amounts, in range.
    fn new_note(
        &self,
        builder: &mut Builder,
        old: &SidedNote,
        price: &Linear,
        private: &Assignment,
    ) -> Result<NewNote, SynthesisError> {
        builder.clause("new cash");
        let (cash_bits, cash) = raised(builder, NoteField::Cash, private.new_cash)?;
        builder.enforce(&self.closed, price, &cash.minus(&old.cash))?;

        builder.clause("new position");
        let is_long = private.old.is_long == Fr::ONE;
        let value = if is_long { private.kept } else { -private.kept };
        let (position_bits, position) = raised(builder, NoteField::Position, value)?;
        builder.enforce(&self.kept, &old.sign(), &position)?;

        Ok(NewNote {
            bare: BareNote::new(&cash, &position),
            cash: cash_bits,
            position: position_bits,
        })
    }
}

/// A signed amount in its range: the bits of the amount plus its offset, and the amount.
fn raised(
    builder: &mut Builder,
    field: NoteField,
    value: i128,
) -> Result<(Vec<Linear>, Linear), SynthesisError> {
    let bits = bit_list(builder, value + field.offset(), field.bits())?;
    let amount = from_bits(&bits).plus_constant(-field::from_i128(field.offset()));
    Ok((bits, amount))
}

/// A product for the assignment. It saturates only if an amount is out of range, and then the
/// constraints fail whatever is assigned here.
fn times(contracts: i128, cents: i128) -> i128 {
    contracts.saturating_mul(cents)
}
