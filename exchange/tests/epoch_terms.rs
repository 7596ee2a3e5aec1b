//! Terms of epochs: P lies in both bands, the centre moves by the trigger distance at most, one trigger needs no call.

#![allow(clippy::unwrap_used, reason = "a test helper that fails the test")]

use proptest::prelude::*;
use tally_circuits::margin::BandCents;
use tally_circuits::refresh::Refreshed;
use tally_exchange::epoch::terms::{EpochTerms, Trigger, lapse_terms, late_haircut, session_band};
use tally_exchange::record::ContractMoney;
use tally_exchange::specification::Specification;
use tally_exchange::units::{Band, Price, Time};

fn hogs() -> Specification {
    Specification::lean_hogs()
}

fn money(specification: &Specification) -> ContractMoney {
    ContractMoney {
        tick_value: specification.tick_value,
        fee: specification.fee,
    }
}

fn band(lo: i32, hi: i32) -> Band {
    Band {
        lo: Price(lo),
        hi: Price(hi),
    }
}

/// Specifications whose relations hold, with other distances and margins than the embedded one.
fn specification() -> impl Strategy<Value = Specification> {
    let distances = (2..200_i32, 0..200_i32, 1..200_i32);
    let money = (0..20_000_i64, 0..20_000_i64, 0..20_000_i64, 0..90_000_i64);
    (distances, money, 1..40_u32).prop_map(
        |((trigger, wider, limit), (haircut, late, last, initial), days)| {
            let mut specification = hogs();
            specification.trigger_distance = trigger;
            specification.warning_distance = trigger / 2;
            specification.band_half_width = trigger + 1 + wider;
            specification.daily_limit = trigger + limit;
            specification.expanded_limit = specification.daily_limit + 60;
            specification.expiring_limit = specification.expanded_limit + 60;
            specification.haircut = haircut;
            specification.late_haircut_first = haircut + 1 + late;
            specification.late_haircut_last = specification.late_haircut_first + last;
            specification.maintenance_margin = specification.late_haircut_last;
            specification.fee = specification.fee.min(specification.maintenance_margin);
            specification.initial_margin = specification.maintenance_margin
                + i64::from(trigger) * specification.tick_value
                + initial;
            specification.late_haircut_days = days;
            assert_eq!(specification.check(), Ok(()));
            specification
        },
    )
}

/// A day's limit band, the centre of a band within it, and a mark within that band.
fn intraday() -> impl Strategy<Value = (Specification, Band, Price, Price)> {
    (
        specification(),
        -5_000..5_000_i32,
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
    )
        .prop_map(|(specification, prior, centre, mark)| {
            let limit = specification.daily_limit;
            let limit_band = band(prior - limit, prior + limit);
            let within = |index: prop::sample::Index, band: Band| {
                let width = usize::try_from(band.hi.0 - band.lo.0).unwrap();
                Price(band.lo.0 + i32::try_from(index.index(width + 1)).unwrap())
            };
            let centre = within(centre, limit_band);
            let mark = within(mark, session_band(centre, limit_band, &specification));
            (specification, limit_band, centre, mark)
        })
}

#[test]
fn the_bands_of_a_day_with_two_triggers() {
    let hogs = hogs();
    let limit = band(2_526, 2_766);
    let opening = session_band(Price(2_646), limit, &hogs);
    assert_eq!(opening, band(2_566, 2_726));
    // The mark went to 2,710, four ticks beyond the trigger distance: P follows it, the centre does not.
    let next = EpochTerms::intraday(
        Trigger::Mark,
        Price(2_710),
        Price(2_646),
        opening,
        limit,
        &hogs,
        Time(7),
    );
    assert_eq!(
        next,
        EpochTerms {
            trigger: Trigger::Mark,
            price: Price(2_710),
            centre: Price(2_706),
            band: band(2_626, 2_766),
            haircut: 5_000,
            maintenance: 10_000,
            forced: false,
            with_cash: false,
            at: Time(7),
        }
    );
    // Down again from there: the upper edge leaves the daily limit.
    let back = EpochTerms::intraday(
        Trigger::Mark,
        Price(2_630),
        next.centre,
        next.band,
        limit,
        &hogs,
        Time(8),
    );
    assert_eq!((back.price, back.centre), (Price(2_630), Price(2_646)));
    assert_eq!(back.band, opening);
}

#[test]
fn a_tree_that_fills_up_moves_the_band_like_a_mark() {
    let hogs = hogs();
    let limit = band(2_526, 2_766);
    let near = |trigger| {
        EpochTerms::intraday(
            trigger,
            Price(2_650),
            Price(2_646),
            band(2_566, 2_726),
            limit,
            &hogs,
            Time(0),
        )
    };
    let full = near(Trigger::TreeFull);
    assert_eq!((full.centre, full.band), (Price(2_650), band(2_570, 2_730)));
    assert_eq!(full.trigger, Trigger::TreeFull);
    assert!(full.trigger.is_intraday() && !full.with_cash);
    assert_eq!(
        EpochTerms {
            trigger: Trigger::Mark,
            ..full
        },
        near(Trigger::Mark)
    );
}

#[test]
fn a_settlement_is_moved_into_the_closing_band() {
    let hogs = hogs();
    let daily = EpochTerms::daily(
        Price(2_800),
        band(2_626, 2_766),
        band(2_646, 2_886),
        &hogs,
        Time(1),
    );
    assert_eq!((daily.price, daily.centre), (Price(2_766), Price(2_766)));
    assert_eq!(daily.band, band(2_686, 2_846));
    assert!(daily.with_cash && !daily.forced && !daily.trigger.is_intraday());
    let last = EpochTerms::expiry(Price(2_600), band(2_626, 2_766), &hogs, Time(2));
    assert_eq!((last.price, last.band), (Price(2_626), band(2_626, 2_766)));
    assert!(last.with_cash && last.forced);
    assert_eq!(last.haircut, 0);
}

#[test]
fn a_tear_up_closes_everything_at_the_same_price() {
    let hogs = hogs();
    let limit = band(2_526, 2_766);
    let epoch = EpochTerms::intraday(
        Trigger::Mark,
        Price(2_710),
        Price(2_646),
        band(2_566, 2_726),
        limit,
        &hogs,
        Time(1),
    );
    let torn = epoch.tear_up(Time(2));
    assert_eq!(
        (torn.price, torn.centre, torn.band),
        (epoch.price, epoch.centre, epoch.band)
    );
    assert!(torn.forced && torn.haircut == 0 && torn.at == Time(2));
    let terms = torn.refresh_terms(money(&hogs));
    assert_eq!(terms.check(), Ok(()));
    let closed = terms.apply(-2_710_000 * 3 + 5, 3);
    assert_eq!(
        closed,
        Some(Refreshed {
            cash: 5,
            position: 0
        })
    );
}

#[test]
fn a_price_outside_of_the_limits_given_still_lies_in_the_band() {
    let hogs = hogs();
    // Limits that contradict the closing band: a caller's mistake must not give terms without proofs.
    let daily = EpochTerms::daily(Price(100), band(0, 160), band(300, 500), &hogs, Time(0));
    assert!(daily.band.contains(Price(100)));
    assert_eq!(daily.refresh_terms(money(&hogs)).check(), Ok(()));
}

#[test]
fn extreme_prices_do_not_overflow() {
    let hogs = hogs();
    let widest = band(i32::MIN, i32::MAX);
    for price in [i32::MIN, -1, 0, i32::MAX] {
        let band = session_band(Price(price), widest, &hogs);
        assert!(band.contains(Price(price)), "{price}");
        let terms = EpochTerms::intraday(
            Trigger::Mark,
            Price(price),
            Price(0),
            widest,
            widest,
            &hogs,
            Time(0),
        );
        assert!(terms.band.contains(Price(price)));
    }
}

#[test]
fn the_late_haircut_of_lean_hogs() {
    let hogs = hogs();
    let haircuts: Vec<i64> = (0..12)
        .map(|days| late_haircut(days, false, &hogs))
        .collect();
    assert_eq!(
        haircuts,
        [
            6_000, 6_400, 6_800, 7_200, 7_600, 8_000, 8_400, 8_800, 9_200, 9_600, 10_000, 10_000
        ]
    );
    assert_eq!(late_haircut(u64::MAX, false, &hogs), 10_000);
    assert_eq!(late_haircut(30, true, &hogs), 5_000);
}

#[test]
fn a_late_note_gets_the_worse_price() {
    let hogs = hogs();
    let money = money(&hogs);
    let down = lapse_terms(Price(100), Price(90), 6_000, 2_500, money);
    assert_eq!((down.long_price, down.short_price), (90_000, 100_000));
    let up = lapse_terms(Price(100), Price(110), 6_000, 2_500, money);
    assert_eq!((up.long_price, up.short_price), (100_000, 110_000));
    assert_eq!((up.haircut, up.opening_fee), (6_000, 2_500));
    // Two contracts long from 100, the market reopened at 90.
    assert_eq!(down.cash_back(300_000 - 200_000, 2), 265_500);
    assert_eq!(up.check().and(down.check()), Ok(()));
}

proptest! {
    #[test]
    fn an_intraday_price_lies_in_both_bands((specification, limit, centre, mark) in intraday()) {
        let closing = session_band(centre, limit, &specification);
        let terms = EpochTerms::intraday(Trigger::Mark, mark, centre, closing, limit, &specification, Time(0));
        prop_assert_eq!(terms.price, mark);
        prop_assert!(closing.contains(terms.price) && terms.band.contains(terms.price));
        prop_assert!(terms.band.contains(terms.centre));
        let moved = terms.centre.0.abs_diff(centre.0);
        prop_assert!(moved <= specification.trigger_distance.unsigned_abs(), "moved by {}", moved);
        // Clamped to the limits, and nothing but half a band on either side of the centre.
        prop_assert!(limit.lo <= terms.band.lo && terms.band.hi <= limit.hi);
        prop_assert_eq!(terms.band, session_band(terms.centre, limit, &specification));
        prop_assert_eq!(terms.refresh_terms(money(&specification)).check(), Ok(()));
        // The centre follows the mark as far as it may.
        if mark.0.abs_diff(centre.0) <= specification.trigger_distance.unsigned_abs() {
            prop_assert_eq!(terms.centre, mark);
        }
    }

    /// A note at initial margin in the closing band keeps its whole position.
    #[test]
    fn one_trigger_takes_nothing_from_a_note_at_initial_margin(
        (specification, limit, centre, mark) in intraday(),
        position in -20_000..20_000_i32,
        more in 0..1_000_000_i64,
    ) {
        let closing = session_band(centre, limit, &specification);
        let money = money(&specification);
        let terms = EpochTerms::intraday(Trigger::Mark, mark, centre, closing, limit, &specification, Time(0));
        let worst = if position > 0 { closing.lo } else { closing.hi };
        let size = i64::from(position.unsigned_abs());
        let cash = size * specification.initial_margin - i64::from(position) * money.notional(worst) + more;
        let after = terms.refresh_terms(money).apply(cash, position).unwrap();
        prop_assert_eq!(after, Refreshed { cash: i128::from(cash), position: i64::from(position) });
    }

    /// A note at maintenance margin may lose contracts, never its solvency.
    #[test]
    fn a_note_at_maintenance_margin_stays_solvent(
        (specification, limit, centre, mark) in intraday(),
        position in -20_000..20_000_i32,
        more in 0..100_000_i64,
    ) {
        let closing = session_band(centre, limit, &specification);
        let money = money(&specification);
        let terms = EpochTerms::intraday(Trigger::Mark, mark, centre, closing, limit, &specification, Time(0));
        let worst = if position > 0 { closing.lo } else { closing.hi };
        let size = i64::from(position.unsigned_abs());
        let cash = size * specification.maintenance_margin - i64::from(position) * money.notional(worst) + more;
        let after = terms.refresh_terms(money).apply(cash, position).unwrap();
        let BandCents { lo, hi } = terms.refresh_terms(money).band;
        let edge = if position > 0 { lo } else { hi };
        let margin = i128::from(specification.maintenance_margin) * i128::from(after.position.unsigned_abs());
        prop_assert!(after.cash + i128::from(after.position) * i128::from(edge) >= margin);
        prop_assert!(after.position.signum() * i64::from(position).signum() >= 0);
        prop_assert!(after.position.unsigned_abs() <= u64::from(position.unsigned_abs()));
    }

    #[test]
    fn daily_and_last_terms_pass_the_circuits_check(
        (specification, limit, centre, settlement) in intraday(),
        beyond in -300..300_i32,
    ) {
        let closing = session_band(centre, limit, &specification);
        let money = money(&specification);
        let settlement = Price(settlement.0 + beyond);
        let next = |price: Price| band(price.0 - specification.daily_limit, price.0 + specification.daily_limit);
        let daily = EpochTerms::daily(settlement, closing, next(closing.clamp(settlement)), &specification, Time(0));
        prop_assert!(closing.contains(daily.price) && daily.band.contains(daily.price));
        prop_assert_eq!(daily.centre, daily.price);
        let half = specification.band_half_width.min(specification.daily_limit);
        prop_assert_eq!(daily.band, band(daily.price.0 - half, daily.price.0 + half));
        let last = EpochTerms::expiry(settlement, closing, &specification, Time(0));
        prop_assert_eq!(last.price, daily.price);
        for terms in [daily, daily.tear_up(Time(1)), last] {
            prop_assert_eq!(terms.refresh_terms(money).check(), Ok(()));
            prop_assert!(terms.with_cash == !matches!(terms.trigger, Trigger::TearUp));
        }
    }

    #[test]
    fn the_late_haircut_is_above_the_haircut_and_never_falls(specification in specification(), days in 0..100_u64) {
        let now = late_haircut(days, false, &specification);
        let next = late_haircut(days + 1, false, &specification);
        prop_assert!(specification.haircut < now && now <= next);
        prop_assert!(next <= specification.maintenance_margin);
        prop_assert_eq!(late_haircut(0, false, &specification), specification.late_haircut_first);
        let whole = u64::from(specification.late_haircut_days);
        prop_assert_eq!(late_haircut(whole, false, &specification), specification.late_haircut_last);
        prop_assert_eq!(late_haircut(days, true, &specification), specification.haircut);
    }

    #[test]
    fn terms_survive_their_encoding((specification, limit, centre, mark) in intraday()) {
        let closing = session_band(centre, limit, &specification);
        let terms = EpochTerms::intraday(Trigger::Mark, mark, centre, closing, limit, &specification, Time(9));
        let bytes = borsh::to_vec(&terms).unwrap();
        prop_assert_eq!(borsh::from_slice::<EpochTerms>(&bytes).unwrap(), terms);
        prop_assert!(borsh::from_slice::<EpochTerms>(&bytes[1..]).is_err());
    }
}
