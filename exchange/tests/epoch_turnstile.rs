//! The turnstile over a closed economy: no honest history makes it negative, every counterfeit cent shows.

use proptest::prelude::*;
use tally_exchange::epoch::turnstile::{Holdings, Turnstile};

#[test]
fn a_market_at_rest_has_nothing_left_over() {
    let holdings = Holdings {
        deposits: 1_000,
        withdrawals: 200,
        fund: 300,
        bonds: 50,
        transfers: 10,
    };
    let turnstile = Turnstile::new(&holdings, 440, 0);
    assert_eq!((turnstile.r, turnstile.k, turnstile.x), (0, 0, 0));
    assert!(turnstile.is_ok());
    // One cent more in the notes than went in.
    let forged = Turnstile::new(&holdings, 441, 0);
    assert_eq!((forged.x, forged.x_cents()), (-1, -1));
    assert!(!forged.is_ok());
    assert_eq!(turnstile.made_good(), None);
    let (made_good, paid) = forged.made_good().expect("it is negative");
    assert_eq!((made_good.x, made_good.r, paid), (0, 0, 1));
}

#[test]
fn an_absent_long_is_owed_its_equity_at_p() {
    // Two traders with 100,000 each; one bought three contracts of the other at 20 ticks of 1,000 and stayed away. P is 25.
    let holdings = Holdings {
        deposits: 200_000,
        ..Holdings::default()
    };
    let clearing_cash = -3 * 25_000;
    let present = 100_000 + 3 * 20_000;
    let turnstile = Turnstile::new(&holdings, present, clearing_cash);
    assert_eq!(turnstile.x, 100_000 - 3 * 20_000 + 3 * 25_000);
}

#[test]
fn extreme_sums_do_not_overflow() {
    let extreme = |value| Holdings {
        deposits: value,
        withdrawals: value,
        fund: value,
        bonds: value,
        transfers: value,
    };
    let most = i128::from(1_u32 << 20) << 47;
    for value in [i64::MIN, i64::MAX] {
        for notes in [most, -most] {
            let turnstile = Turnstile::new(&extreme(value), notes, i64::MIN);
            assert_eq!(turnstile.x, turnstile.r - turnstile.k);
            let clamped = i128::from(turnstile.x_cents());
            assert_eq!(clamped.signum(), turnstile.x.signum());
        }
    }
    assert_eq!(
        Turnstile::new(&Holdings::default(), most, 0)
            .made_good()
            .map(|made| made.1),
        None
    );
}

/// A trader of the model: cash and position, and whether he comes to the epoch.
#[derive(Clone, Debug)]
struct Trader {
    deposit: i64,
    present: bool,
    kept: u8,
}

proptest! {
    /// Zero-sum trades at any prices, an epoch at P with haircuts, absent and distressed traders.
    #[test]
    fn what_is_left_is_what_the_absent_are_owed_and_the_haircuts(
        traders in prop::collection::vec((0..10_000_000_i64, any::<bool>(), 0..=10_u8)
            .prop_map(|(deposit, present, kept)| Trader { deposit, present, kept }), 2..8),
        trades in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1..20_i64, -50..50_i64), 0..30),
        price in -50..50_i64,
        haircut in 0..5_000_i64,
        fee in 0..100_i64,
        withdrawn in 0..1_000_000_i64,
        forged in prop_oneof![Just(0), 1..1_000_000_000_i64],
    ) {
        let tick_value = 1_000;
        let mut notes: Vec<(i64, i64)> = traders.iter().map(|trader| (trader.deposit, 0)).collect();
        let mut fund = 7_000;
        let deposits = 7_000 + traders.iter().map(|trader| trader.deposit).sum::<i64>();
        for (buyer, seller, quantity, at) in trades {
            let (buyer, seller) = (buyer.index(notes.len()), seller.index(notes.len()));
            notes[buyer].0 -= quantity * (at * tick_value + fee);
            notes[buyer].1 += quantity;
            notes[seller].0 += quantity * (at * tick_value - fee);
            notes[seller].1 -= quantity;
            fund += 2 * quantity * fee;
        }
        notes[0].0 -= withdrawn;
        let closed_at = price * tick_value;
        let (mut sum, mut refreshed, mut absent, mut haircuts) = (0_i128, 0, 0_i128, 0);
        for (trader, (cash, position)) in traders.iter().zip(&notes) {
            if !trader.present {
                absent += i128::from(cash + position * closed_at);
                continue;
            }
            let kept = position * i64::from(trader.kept) / 10;
            let closed = position - kept;
            sum += i128::from(cash + closed * closed_at - closed.abs() * haircut);
            haircuts += i128::from(closed.abs() * haircut);
            refreshed += kept;
        }
        let clearing_cash = refreshed * closed_at;
        let holdings = Holdings { deposits, withdrawals: withdrawn, fund, bonds: 0, transfers: 0 };
        let turnstile = Turnstile::new(&holdings, sum + i128::from(forged), clearing_cash);
        prop_assert_eq!(turnstile.x, absent + haircuts - i128::from(forged));
        prop_assert_eq!(turnstile.is_ok(), turnstile.x >= 0);
        if let Some((made_good, paid)) = turnstile.made_good() {
            prop_assert_eq!(i128::from(paid), -turnstile.x);
            prop_assert_eq!(made_good, Turnstile::new(&Holdings { fund: fund - paid, ..holdings }, sum + i128::from(forged), clearing_cash));
        }
        let bytes = borsh::to_vec(&turnstile).expect("encoding into memory does not fail");
        prop_assert_eq!(borsh::from_slice::<Turnstile>(&bytes).expect("what was encoded decodes"), turnstile);
    }
}
