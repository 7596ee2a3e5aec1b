//! The mark against a naive model: one entry a contract, sorted.

#![allow(clippy::unwrap_used, reason = "a test helper that fails the test")]

use proptest::prelude::*;
use tally_exchange::mark::{LockWatch, Mark, MarkWindow};
use tally_exchange::units::{Band, Price, Quantity, Time};

fn window(contracts: u32) -> MarkWindow {
    MarkWindow::new(contracts).unwrap()
}

fn seeded(price: i32, contracts: u32) -> Mark {
    Mark::seeded(Price(price), window(contracts))
}

/// Every contract an entry of its own.
struct Model {
    contracts: Vec<i32>,
    current: i32,
}

impl Model {
    fn trade(&mut self, price: i32, quantity: u32) {
        for _ in 0..quantity {
            self.contracts.remove(0);
            self.contracts.push(price);
        }
    }

    fn at_block_end(&mut self) -> i32 {
        let mut sorted = self.contracts.clone();
        sorted.sort_unstable();
        let (lower, upper) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
        let distance = |price: i32| (i64::from(price) - i64::from(self.current)).abs();
        self.current = if distance(upper) < distance(lower) {
            upper
        } else {
            lower
        };
        self.current
    }
}

#[derive(Clone, Debug)]
enum Step {
    Trade(i32, u32),
    Locked(i32),
    BlockEnd,
    Restore,
}

fn step() -> impl Strategy<Value = Step> {
    let price = prop_oneof![-8..8_i32, Just(i32::MIN), Just(i32::MAX)];
    prop_oneof![
        8 => (price.clone(), 0..30_u32).prop_map(|(price, quantity)| Step::Trade(price, quantity)),
        1 => price.prop_map(Step::Locked),
        4 => Just(Step::BlockEnd),
        1 => Just(Step::Restore),
    ]
}

proptest! {
    #[test]
    fn the_mark_agrees_with_the_model(seed in -8..8_i32, q in 1..25_u32, steps in prop::collection::vec(step(), 0..80)) {
        let mut mark = seeded(seed, q);
        let mut model = Model { contracts: vec![seed; usize::try_from(q).unwrap()], current: seed };
        for step in steps {
            match step {
                Step::Trade(price, quantity) => {
                    mark.trade(Price(price), Quantity(quantity));
                    model.trade(price, quantity);
                }
                Step::Locked(edge) => {
                    mark.locked(Price(edge));
                    model.trade(edge, q);
                }
                Step::BlockEnd => prop_assert_eq!(mark.at_block_end(), Price(model.at_block_end())),
                Step::Restore => {
                    let bytes = borsh::to_vec(&mark).unwrap();
                    // window, mark, count and at most q runs of 8 bytes: bounded memory.
                    prop_assert!(bytes.len() <= 12 + 8 * usize::try_from(q).unwrap());
                    prop_assert_eq!(&borsh::from_slice::<Mark>(&bytes).unwrap(), &mark);
                }
            }
            prop_assert_eq!(mark.current(), Price(model.current));
        }
    }

    #[test]
    fn no_bytes_make_the_decoders_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        if let Ok(mark) = borsh::from_slice::<Mark>(&bytes) {
            prop_assert_eq!(borsh::to_vec(&mark).unwrap(), bytes.clone());
        }
        if let Ok(watch) = borsh::from_slice::<LockWatch>(&bytes) {
            prop_assert_eq!(borsh::to_vec(&watch).unwrap(), bytes);
        }
    }
}

#[test]
fn one_contract_does_not_move_the_mark_and_half_the_window_decides() {
    let mut mark = seeded(100, 20);
    mark.trade(Price(150), Quantity(9));
    assert_eq!(mark.at_block_end(), Price(100));
    // Ten of twenty: the two middle contracts are 100 and 150, the nearer to the previous mark stays.
    mark.trade(Price(150), Quantity(1));
    assert_eq!(mark.at_block_end(), Price(100));
    mark.trade(Price(150), Quantity(1));
    assert_eq!(mark.at_block_end(), Price(150));
}

#[test]
fn of_two_middle_prices_equally_near_the_lower_is_taken() {
    let mut mark = seeded(0, 4);
    mark.trade(Price(-3), Quantity(2));
    mark.trade(Price(3), Quantity(2));
    assert_eq!(mark.at_block_end(), Price(-3));
    let mut mark = seeded(0, 4);
    mark.trade(Price(-4), Quantity(2));
    mark.trade(Price(3), Quantity(2));
    assert_eq!(mark.at_block_end(), Price(3));
}

#[test]
fn a_large_trade_counts_as_the_window_and_nothing_as_nothing() {
    let mut mark = seeded(100, 20);
    mark.trade(Price(7), Quantity(0));
    assert_eq!(mark, seeded(100, 20));
    mark.trade(Price(-7), Quantity(u32::MAX));
    assert_eq!(mark.at_block_end(), Price(-7));
    assert_eq!(mark, seeded(-7, 20));
    // Half the window later the old price is forgotten as if the large trade had been twenty contracts.
    mark.trade(Price(9), Quantity(11));
    assert_eq!(mark.at_block_end(), Price(9));
}

#[test]
fn a_locked_edge_takes_the_mark_there() {
    let mut mark = seeded(100, 20);
    mark.locked(Price(180));
    assert_eq!(mark.at_block_end(), Price(180));
}

#[test]
fn a_window_has_bounds() {
    for contracts in [0, MarkWindow::MAX + 1, u32::MAX] {
        assert!(MarkWindow::new(contracts).is_err());
    }
    assert_eq!(window(MarkWindow::MAX).contracts(), 1_000);
}

#[test]
fn a_snapshot_that_breaks_an_invariant_is_refused() {
    let bytes = |window: u32, runs: &[(i32, u32)]| {
        let count = u32::try_from(runs.len()).unwrap();
        borsh::to_vec(&(window, 0_i32, count))
            .unwrap()
            .into_iter()
            .chain(runs.iter().flat_map(|run| borsh::to_vec(run).unwrap()))
            .collect::<Vec<u8>>()
    };
    let refused = |bytes: &[u8]| borsh::from_slice::<Mark>(bytes).is_err();
    assert!(!refused(&bytes(5, &[(1, 2), (2, 3)])));
    assert!(!refused(&bytes(1_000, &[(1, 700), (2, 300)])));
    assert!(refused(&bytes(5, &[(1, 2), (2, 2)])), "too few");
    assert!(refused(&bytes(5, &[(1, 2), (2, 4)])), "too many");
    assert!(
        refused(&bytes(5, &[(1, 2), (2, 0), (3, 3)])),
        "an empty run"
    );
    assert!(
        refused(&bytes(5, &[(1, 2), (1, 3)])),
        "neighbours of one price"
    );
    assert!(refused(&bytes(0, &[])), "no window");
    assert!(refused(&bytes(1_001, &[(1, 1_001)])), "a window too large");
    assert!(
        refused(&bytes(2, &[(1, u32::MAX), (2, 3)])),
        "a sum that wraps in 32 bits"
    );
    let mut long = bytes(5, &[(1, 5)]);
    long.push(0);
    assert!(refused(&long), "trailing bytes");
    let endless = borsh::to_vec(&(5_u32, 0_i32, u32::MAX)).unwrap();
    assert!(refused(&endless), "a count beyond the window");
}

const BAND: Band = Band {
    lo: Price(-80),
    hi: Price(80),
};

fn watch() -> LockWatch {
    LockWatch::new(window(20), 60, BAND)
}

fn at(seconds: u64) -> Time {
    Time(0).plus_seconds(1_000 + seconds)
}

#[test]
fn a_side_alone_at_the_edge_for_the_lock_time_counts_there() {
    let mut bids = watch();
    assert_eq!(bids.observe(at(0), 20, false, 0, true), None);
    assert_eq!(bids.observe(Time(at(60).0 - 1), 20, false, 0, true), None);
    assert_eq!(bids.observe(at(60), 25, false, 0, true), Some(BAND.hi));
    let mut asks = watch();
    assert_eq!(asks.observe(at(0), 0, true, 20, false), None);
    assert_eq!(asks.observe(at(3_600), 0, true, 20, false), Some(BAND.lo));
}

#[test]
fn a_lasting_lock_counts_again_after_each_lock_time() {
    let mut watch = watch();
    let counted: Vec<u64> = (0..=200)
        .filter(|&second| watch.observe(at(second), 20, false, 0, true).is_some())
        .collect();
    assert_eq!(counted, [60, 120, 180]);
}

#[test]
fn any_interruption_starts_the_lock_over() {
    // Too few contracts, an ask anywhere, both at once: at second 30, so that second 60 is too early.
    for (bids, any_ask, asks_at_lo) in
        [(19, false, 0), (0, false, 0), (20, true, 0), (20, false, 1)]
    {
        let mut watch = watch();
        assert_eq!(watch.observe(at(0), 20, false, 0, true), None);
        assert_eq!(watch.observe(at(30), bids, any_ask, asks_at_lo, true), None);
        assert_eq!(watch.observe(at(60), 20, false, 0, true), None);
        assert_eq!(watch.observe(at(119), 20, false, 0, true), None);
        assert_eq!(watch.observe(at(120), 20, false, 0, true), Some(BAND.hi));
    }
}

#[test]
fn a_change_of_side_starts_the_lock_over() {
    let mut watch = watch();
    assert_eq!(watch.observe(at(0), 20, false, 0, true), None);
    assert_eq!(watch.observe(at(60), 0, true, 20, false), None);
    assert_eq!(watch.observe(at(119), 0, true, 20, false), None);
    assert_eq!(watch.observe(at(120), 0, true, 20, false), Some(BAND.lo));
}

#[test]
fn time_that_stands_still_or_a_reset_never_locks() {
    let mut watch = watch();
    for _ in 0..1_000 {
        assert_eq!(watch.observe(at(50), 20, false, 0, true), None);
    }
    assert_eq!(watch.observe(at(0), 20, false, 0, true), None);
    watch.reset();
    assert_eq!(watch.observe(at(120), 20, false, 0, true), None);
}

#[test]
fn a_watch_survives_its_snapshot() {
    let mut watch = watch();
    assert_eq!(watch.observe(at(0), 20, false, 0, true), None);
    let bytes = borsh::to_vec(&watch).unwrap();
    let mut restored: LockWatch = borsh::from_slice(&bytes).unwrap();
    assert_eq!(restored, watch);
    assert_eq!(restored.observe(at(60), 20, false, 0, true), Some(BAND.hi));
    let crossed = LockWatch::new(
        window(20),
        60,
        Band {
            lo: Price(1),
            hi: Price(0),
        },
    );
    assert!(borsh::from_slice::<LockWatch>(&borsh::to_vec(&crossed).unwrap()).is_err());
}
