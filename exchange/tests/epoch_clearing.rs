//! The clearing account: its money, its quote, and that nobody gains by leaving a position to it.

use proptest::prelude::*;
use tally_exchange::epoch::clearing::{
    Clearing, ClearingOverflow, Quote, QuoteTerms, TradedVolume,
};
use tally_exchange::epoch::terms::lapse_terms;
use tally_exchange::record::ContractMoney;
use tally_exchange::units::{Band, Price, Quantity, Side};

const MONEY: ContractMoney = ContractMoney {
    tick_value: 1_000,
    fee: 100,
};
const HAIRCUT: i64 = 5_000;
const SHARE: u32 = 5;

fn terms(price: i32, reopening: i32) -> QuoteTerms {
    QuoteTerms {
        price: Price(price),
        reopening: Price(reopening),
        band: Band {
            lo: Price(price - 80),
            hi: Price(price + 80),
        },
        haircut: HAIRCUT,
        tick_value: MONEY.tick_value,
        clearing_share: SHARE,
    }
}

fn holding(position: i64) -> Clearing {
    Clearing { position, cash: 0 }
}

fn quote(side: Side, price: i32, quantity: u32) -> Option<Quote> {
    Some(Quote {
        side,
        price: Price(price),
        quantity: Quantity(quantity),
    })
}

const BUSY: TradedVolume = TradedVolume {
    others: 1_000_000,
    own: 0,
};

#[test]
fn a_long_position_is_sold_from_p_downwards() {
    let clearing = holding(7);
    let terms = terms(2_700, 2_690);
    assert_eq!(
        clearing.uncrossing_quote(&terms),
        quote(Side::Sell, 2_700, 7)
    );
    let at = |blocks| clearing.quote(&terms, blocks, BUSY);
    assert_eq!(at(0), quote(Side::Sell, 2_700, 7));
    assert_eq!(at(1), quote(Side::Sell, 2_699, 7));
    assert_eq!(at(14), quote(Side::Sell, 2_686, 7));
    // Five ticks below the reopening price: a haircut of $50 at $10 a tick.
    for blocks in [15, 16, 1_000, u64::MAX] {
        assert_eq!(at(blocks), quote(Side::Sell, 2_685, 7), "{blocks}");
    }
}

#[test]
fn a_short_position_is_bought_back_from_p_upwards() {
    let clearing = holding(-7);
    let terms = terms(2_700, 2_710);
    assert_eq!(
        clearing.uncrossing_quote(&terms),
        quote(Side::Buy, 2_700, 7)
    );
    let at = |blocks| clearing.quote(&terms, blocks, BUSY);
    assert_eq!(at(3), quote(Side::Buy, 2_703, 7));
    for blocks in [15, 16, u64::MAX] {
        assert_eq!(at(blocks), quote(Side::Buy, 2_715, 7), "{blocks}");
    }
}

#[test]
fn a_better_reopening_price_brings_the_quote_no_farther() {
    // It reopened above P, which suits a seller: the leaver was closed at P all the same.
    let last = |clearing: Clearing, terms| clearing.quote(&terms, u64::MAX, BUSY);
    assert_eq!(
        last(holding(1), terms(2_700, 2_750)),
        quote(Side::Sell, 2_695, 1)
    );
    assert_eq!(
        last(holding(-1), terms(2_700, 2_650)),
        quote(Side::Buy, 2_705, 1)
    );
}

#[test]
fn the_quote_stays_in_the_band() {
    let mut terms = terms(2_700, 2_700);
    terms.band = Band {
        lo: Price(2_698),
        hi: Price(2_702),
    };
    assert_eq!(
        holding(1).quote(&terms, 50, BUSY),
        quote(Side::Sell, 2_698, 1)
    );
    assert_eq!(
        holding(-1).quote(&terms, 50, BUSY),
        quote(Side::Buy, 2_702, 1)
    );
}

#[test]
fn a_haircut_below_a_tick_gives_no_discount() {
    let mut terms = terms(2_700, 2_700);
    terms.haircut = 999;
    assert_eq!(
        holding(1).quote(&terms, 50, BUSY),
        quote(Side::Sell, 2_700, 1)
    );
    terms.haircut = 1_999;
    assert_eq!(
        holding(1).quote(&terms, 50, BUSY),
        quote(Side::Sell, 2_699, 1)
    );
}

#[test]
fn without_a_position_there_is_no_quote() {
    assert_eq!(holding(0).closing_side(), None);
    assert_eq!(holding(0).quote(&terms(0, 0), 1, BUSY), None);
    assert_eq!(holding(0).uncrossing_quote(&terms(0, 0)), None);
}

#[test]
fn the_account_trades_one_contract_for_five_of_others() {
    let clearing = holding(100);
    let terms = terms(2_700, 2_700);
    let mut volume = TradedVolume::default();
    assert_eq!(clearing.quote(&terms, 1, volume), None);
    volume.count(Quantity(4), false);
    assert_eq!(clearing.quote(&terms, 1, volume), None);
    volume.count(Quantity(9), false);
    assert_eq!(
        clearing.quote(&terms, 1, volume),
        quote(Side::Sell, 2_699, 2)
    );
    volume.count(Quantity(2), true);
    // Its own trades use the allowance up and do not enlarge it.
    assert_eq!(clearing.quote(&terms, 1, volume), None);
    assert_eq!(volume, TradedVolume { others: 13, own: 2 });
    // The uncrossing is free.
    assert_eq!(
        clearing.uncrossing_quote(&terms),
        quote(Side::Sell, 2_700, 100)
    );
    assert_eq!(TradedVolume { others: 9, own: 5 }.allowance(0), 4);
}

#[test]
fn a_position_beyond_an_orders_size_is_quoted_in_parts() {
    let clearing = holding(1 << 33);
    let quote = clearing.uncrossing_quote(&terms(0, 0));
    assert_eq!(quote.map(|quote| quote.quantity), Some(Quantity(u32::MAX)));
}

#[test]
fn taking_working_off_and_sweeping_moves_equity_to_the_fund() {
    let mut clearing = Clearing::default();
    assert_eq!(clearing.take(10, Price(2_700), MONEY), Ok(()));
    assert_eq!(
        clearing,
        Clearing {
            position: 10,
            cash: -27_000_000
        }
    );
    assert_eq!(clearing.sweep(Price(2_700), MONEY), Ok(0));
    assert_eq!(
        clearing.trade(Side::Sell, Price(2_695), Quantity(4), MONEY),
        Ok(())
    );
    assert_eq!(
        clearing,
        Clearing {
            position: 6,
            cash: -16_220_000
        }
    );
    // The next sum has two more, at 2,690: four sold five ticks down, six marked ten ticks down.
    assert_eq!(clearing.take(8, Price(2_690), MONEY), Ok(()));
    assert_eq!(
        clearing.sweep(Price(2_690), MONEY),
        Ok(-4 * 5_000 - 6 * 10_000)
    );
    assert_eq!(
        clearing,
        Clearing {
            position: 8,
            cash: -8 * 2_690_000
        }
    );
    assert_eq!(clearing.sweep(Price(2_690), MONEY), Ok(0));
}

#[test]
fn the_fund_covers_the_worst_edge() {
    let mut clearing = Clearing::default();
    assert_eq!(clearing.take(10, Price(2_700), MONEY), Ok(()));
    let band = terms(2_700, 2_700).band;
    assert!(clearing.is_covered(800_000, band, MONEY));
    assert!(!clearing.is_covered(799_999, band, MONEY));
    let mut short = Clearing::default();
    assert_eq!(short.take(-10, Price(2_700), MONEY), Ok(()));
    assert!(short.is_covered(800_000, band, MONEY));
    assert!(!short.is_covered(799_999, band, MONEY));
    assert!(Clearing::default().is_covered(0, band, MONEY));
    assert!(!Clearing::default().is_covered(-1, band, MONEY));
}

#[test]
fn amounts_beyond_64_bits_are_refused_and_change_nothing() {
    let money = ContractMoney {
        tick_value: 1 << 36,
        fee: 0,
    };
    let mut clearing = holding(1);
    assert_eq!(
        clearing.take(1 << 33, Price(1), money),
        Err(ClearingOverflow)
    );
    assert_eq!(
        clearing.take(i64::MIN, Price(0), money),
        Err(ClearingOverflow)
    );
    assert_eq!(clearing, holding(1));
    let mut large = Clearing {
        position: 1 << 33,
        cash: 0,
    };
    assert_eq!(large.sweep(Price(1), money), Err(ClearingOverflow));
    assert_eq!(
        large,
        Clearing {
            position: 1 << 33,
            cash: 0
        }
    );
    let full = Clearing {
        position: 0,
        cash: i64::MIN,
    };
    let mut clearing = full;
    let trade = clearing.trade(Side::Buy, Price(1), Quantity(1), money);
    assert_eq!((trade, clearing), (Err(ClearingOverflow), full));
    // Widths beyond 64 bits are still compared rightly.
    assert!(!large.is_covered(
        i64::MAX,
        Band {
            lo: Price(-2_000),
            hi: Price(0)
        },
        money
    ));
}

/// One step of the market after the uncrossing, in which the attacker has every advantage.
#[derive(Clone, Debug)]
enum Step {
    /// A block passes.
    Block,
    /// Others trade, or the attacker trades with himself.
    Others(u32),
    /// The attacker takes up to this much from the quote.
    Take(u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Block),
        3 => (1..500_u32).prop_map(Step::Others),
        3 => (1..300_u32).prop_map(Step::Take),
    ];
    prop::collection::vec(step, 1..200)
}

proptest! {
    /// Vanishing with a position and buying it back from the clearing account: for any P, reopening price, band, haircut
    /// and path, even without fees, the leaver ends with no more than if he had kept it.
    #[test]
    fn leaving_a_position_and_taking_it_back_brings_nothing(
        position in prop_oneof![1..1_000_i64, -1_000..-1_i64],
        (price, reopening) in (-80..=80_i32, -80..=80_i32),
        haircut in 0..12_000_i64,
        late in 0..5_000_i64,
        in_uncrossing in 0..200_u32,
        steps in steps(),
    ) {
        let mut terms = terms(0, 0);
        (terms.price, terms.reopening, terms.haircut) = (Price(price), Price(reopening), haircut);
        let mut clearing = Clearing::default();
        prop_assert_eq!(clearing.take(position, terms.price, MONEY), Ok(()));
        let mut volume = TradedVolume::default();
        // What the leaver gets with his Lapse; the haircut after an outage (late zero) included, the opening fee not.
        let note = i32::try_from(position).expect("below 1,000");
        let lapse = lapse_terms(terms.price, terms.reopening, haircut + late, 0, MONEY);
        let closing_price = if note > 0 { lapse.long_price } else { lapse.short_price };
        let left_with = position * closing_price - position.abs() * (haircut + late);
        let (mut cash, mut taken) = (left_with, 0_i64);
        let mut blocks = 0;
        let mut last: Option<Price> = None;
        // The uncrossing prints at one price, and the account only takes part at P or better for it.
        let stands = clearing.uncrossing_quote(&terms).expect("a position");
        if stands.side.accepts(stands.price, terms.reopening) {
            let quantity = Quantity(in_uncrossing.min(stands.quantity.0));
            prop_assert_eq!(clearing.trade(stands.side, terms.reopening, quantity, MONEY), Ok(()));
            let contracts = i64::from(quantity.0) * position.signum();
            cash -= contracts * MONEY.notional(terms.reopening);
            taken += contracts;
        }
        for step in steps {
            let standing = clearing.quote(&terms, blocks, volume);
            if let Some(quote) = standing {
                // The quote moves by a tick a block at most, inside the band, and never back.
                let moved = last.map_or(0, |last| quote.price.0.abs_diff(last.0));
                prop_assert!(moved <= 1 || last.is_none());
                prop_assert!(terms.band.contains(quote.price));
                prop_assert!(i64::from(quote.quantity.0) <= clearing.position.abs());
                prop_assert_eq!(Some(quote.side), clearing.closing_side());
            }
            last = clearing.closing_side().map(|side| terms.limit(side, blocks));
            match step {
                Step::Block => blocks += 1,
                Step::Others(quantity) => volume.count(Quantity(quantity), false),
                Step::Take(most) => {
                    let Some(quote) = standing else { continue };
                    let quantity = Quantity(most.min(quote.quantity.0));
                    prop_assert_eq!(clearing.trade(quote.side, quote.price, quantity, MONEY), Ok(()));
                    volume.count(quantity, true);
                    let contracts = i64::from(quantity.0) * position.signum();
                    cash -= contracts * MONEY.notional(quote.price);
                    taken += contracts;
                }
            }
            prop_assert!(volume.own * u64::from(SHARE) <= volume.others, "{:?}", volume);
            prop_assert_eq!(clearing.position, position - taken);
        }
        // Keeping `taken` of it and closing the rest at the worse price without any haircut is never worse.
        let kept = (position - taken) * closing_price;
        prop_assert!(cash <= kept, "cash {} for keeping {}", cash, kept);
    }

    /// Whoever was cut back at P with the haircut and takes it back here does no better than by selling at P and buying
    /// at the reopening price, or at P if that is better for him.
    #[test]
    fn being_cut_back_and_taking_it_back_brings_nothing(
        is_long in any::<bool>(),
        (price, reopening) in (-80..=80_i32, -80..=80_i32),
        haircut in 0..12_000_i64,
        blocks in 0..300_u64,
    ) {
        let mut terms = terms(0, 0);
        (terms.price, terms.reopening, terms.haircut) = (Price(price), Price(reopening), haircut);
        let sign = if is_long { 1 } else { -1 };
        let quote = holding(sign).quote(&terms, blocks, BUSY).expect("a position and volume");
        let gain = sign * (MONEY.notional(terms.price) - MONEY.notional(quote.price)) - haircut;
        let by_trading = sign * (MONEY.notional(terms.price) - MONEY.notional(terms.reopening));
        prop_assert!(gain <= by_trading.max(0), "{} against {}", gain, by_trading);
    }

    #[test]
    fn a_sweep_leaves_no_equity(position in -(1_i64 << 33)..1 << 33, price in -5_000..5_000_i32, cash in -(1_i64 << 50)..1 << 50) {
        let mut clearing = Clearing { position, cash };
        let equity = clearing.sweep(Price(price), MONEY).expect("within 64 bits");
        prop_assert_eq!(clearing.position, position);
        prop_assert_eq!(clearing.cash + position * MONEY.notional(Price(price)), 0);
        prop_assert_eq!(equity, cash - clearing.cash);
        let bytes = borsh::to_vec(&clearing).expect("encoding into memory does not fail");
        prop_assert_eq!(borsh::from_slice::<Clearing>(&bytes).expect("what was encoded decodes"), clearing);
    }
}
