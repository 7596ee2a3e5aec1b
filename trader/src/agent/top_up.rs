//! Margin calls: how much a deposit must bring so that a revalidation cuts nothing, or less.

use super::{Agent, View};
use crate::lineage::Lineage;
use tally_circuits::note::Note;
use tally_circuits::refresh::RefreshTerms;

/// Deposits are rounded up to whole multiples of this, cents: an exact one would tell the note's equity.
const ROUNDING: u64 = 100_000;

impl Agent {
    /// The cents to deposit before the Refresh; none if nothing would be cut, or nothing can be done about it.
    pub(super) fn call(&self, lineage: &Lineage, view: &View<'_>) -> Option<u64> {
        let limit = self.options.top_up?.limit;
        let terms = view.market.epoch_terms()?;
        let terms = terms.refresh_terms(view.market.money());
        let available = view.balance.min(limit.saturating_sub(lineage.deposited()));
        deposit(&terms, lineage.note(), available)
    }
}

/// The cents, at most `available`, that keep as much as they can of a position that would be cut back.
fn deposit(terms: &RefreshTerms, note: &Note, available: u64) -> Option<u64> {
    let size = note.position.unsigned_abs();
    if terms.forced || size == 0 {
        return None;
    }
    let kept = kept(terms, note, 0)?;
    if kept >= size {
        return None;
    }
    let most = self::kept(terms, note, available)?;
    if most <= kept {
        return None;
    }
    // What these contracts need beyond the note's equity when all is closed.
    let is_long = note.position > 0;
    let sign = if is_long { 1 } else { -1 };
    let price = i128::from(terms.closing_price(is_long));
    let equity = i128::from(note.cash) + sign * i128::from(size) * price;
    let need = i128::from(most) * i128::from(terms.keeping_cost(is_long)) - equity;
    let need = u64::try_from(need).ok()?;
    Some(need.next_multiple_of(ROUNDING).min(available))
}

/// The contracts that a note keeps after a deposit of `more` cents.
fn kept(terms: &RefreshTerms, note: &Note, more: u64) -> Option<u32> {
    let cash = note.cash.checked_add(i64::try_from(more).ok()?)?;
    let after = terms.apply(cash, note.position)?;
    u32::try_from(after.position.unsigned_abs()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_circuits::field::Element;
    use tally_circuits::margin::BandCents;

    /// Keeping a contract takes D = 80,000 + 10,000 - 5,000 cents, long and short alike.
    const TERMS: RefreshTerms = RefreshTerms {
        mark: 2_000_000,
        haircut: 5_000,
        band: BandCents {
            lo: 1_920_000,
            hi: 2_080_000,
        },
        maintenance: 10_000,
        forced: false,
    };

    /// A note with this position whose equity at the mark is `equity` cents.
    fn note(position: i32, equity: i64) -> Note {
        let mut note = Note::empty(Element::ZERO.0);
        note.position = position;
        note.cash = equity - i64::from(position) * TERMS.mark;
        note
    }

    #[test]
    fn nothing_is_called_for_when_nothing_is_cut() {
        for position in [0, 10, -10] {
            assert_eq!(
                deposit(&TERMS, &note(position, 900_000), u64::MAX >> 17),
                None
            );
        }
        let forced = RefreshTerms {
            forced: true,
            haircut: 0,
            ..TERMS
        };
        assert_eq!(deposit(&forced, &note(10, 100_000), 10_000_000), None);
    }

    #[test]
    fn a_deposit_keeps_what_it_can() {
        for sign in [1, -1] {
            // Ten contracts need 10 * 85,000 beyond an equity of 200,000 - 50,000 when all is closed.
            let short = note(10 * sign, 200_000);
            assert_eq!(kept(&TERMS, &short, 0), Some(1));
            assert_eq!(deposit(&TERMS, &short, 10_000_000), Some(700_000));
            assert_eq!(kept(&TERMS, &short, 700_000), Some(10));
            // With less, as much as it keeps and not a cent more than there is.
            assert_eq!(deposit(&TERMS, &short, 250_000), Some(200_000));
            assert_eq!(deposit(&TERMS, &short, 20_001), Some(20_001));
            // Too little for one contract more.
            assert_eq!(deposit(&TERMS, &short, 19_999), None);
            assert_eq!(deposit(&TERMS, &short, 0), None);
        }
    }
}
