//! When the mark warns and triggers, against a model that looks at the whole history.

use proptest::prelude::*;
use tally_exchange::epoch::watch::{Signal, TriggerWatch};
use tally_exchange::specification::Specification;
use tally_exchange::units::{Band, MICROSECONDS_PER_SECOND, Price, Time};

const CENTRE: Price = Price(2_646);
const BAND: Band = Band {
    lo: Price(2_566),
    hi: Price(2_726),
};
const LIMIT: Band = Band {
    lo: Price(2_526),
    hi: Price(2_766),
};

fn seconds(seconds: u64) -> Time {
    Time(seconds * MICROSECONDS_PER_SECOND)
}

struct Scene {
    specification: Specification,
    watch: TriggerWatch,
}

impl Scene {
    fn new() -> Self {
        Self {
            specification: Specification::lean_hogs(),
            watch: TriggerWatch::new(),
        }
    }

    /// The block end at `second` with the mark `ticks` from the centre.
    fn at(&mut self, second: u64, ticks: i32) -> Option<Signal> {
        self.at_with(second, ticks, BAND)
    }

    fn at_with(&mut self, second: u64, ticks: i32, band: Band) -> Option<Signal> {
        let mark = Price(CENTRE.0 + ticks);
        self.watch.observe(
            seconds(second),
            mark,
            CENTRE,
            band,
            LIMIT,
            &self.specification,
        )
    }
}

#[test]
fn the_mark_has_to_hold_for_thirty_seconds() {
    let mut scene = Scene::new();
    assert_eq!(scene.at(100, 60), Some(Signal::Warning));
    for second in 101..130 {
        assert_eq!(scene.at(second, 60), None, "{second}");
    }
    assert_eq!(scene.at(130, 60), Some(Signal::Trigger));
}

#[test]
fn one_block_end_within_the_distance_begins_the_hold_anew() {
    let mut scene = Scene::new();
    scene.at(100, -70);
    assert_eq!(scene.at(129, -59), None);
    assert_eq!(scene.at(130, -60), None);
    assert_eq!(scene.at(159, -80), None);
    assert_eq!(scene.at(160, -60), Some(Signal::Trigger));
}

#[test]
fn the_other_side_begins_the_hold_anew() {
    let mut scene = Scene::new();
    assert_eq!(scene.at(100, 60), Some(Signal::Warning));
    assert_eq!(scene.at(120, -60), Some(Signal::Warning));
    assert_eq!(scene.at(140, -60), None);
    assert_eq!(scene.at(150, -60), Some(Signal::Trigger));
}

#[test]
fn a_gap_between_blocks_counts_if_both_ends_are_beyond() {
    let mut scene = Scene::new();
    scene.at(100, 61);
    assert_eq!(scene.at(1_000, 62), Some(Signal::Trigger));
}

#[test]
fn each_side_warns_once_an_epoch() {
    let mut scene = Scene::new();
    assert_eq!(scene.at(1, 39), None);
    assert_eq!(scene.at(2, 40), Some(Signal::Warning));
    assert_eq!(scene.at(3, 41), None);
    assert_eq!(scene.at(4, 0), None);
    assert_eq!(scene.at(5, 45), None);
    assert_eq!(scene.at(6, -40), Some(Signal::Warning));
    assert_eq!(scene.at(7, -45), None);
    scene.watch.triggered(seconds(8));
    assert_eq!(scene.at(9, -40), Some(Signal::Warning));
}

#[test]
fn an_edge_on_the_daily_limit_neither_warns_nor_triggers() {
    let mut scene = Scene::new();
    let locked = Band {
        lo: Price(2_626),
        hi: LIMIT.hi,
    };
    for second in 0..100 {
        assert_eq!(scene.at_with(second, 100, locked), None);
    }
    assert_eq!(scene.watch.due_at(&scene.specification), None);
    // The other edge is free.
    assert_eq!(scene.at_with(100, -60, locked), Some(Signal::Warning));
    assert_eq!(scene.at_with(130, -60, locked), Some(Signal::Trigger));
}

#[test]
fn triggers_keep_their_spacing() {
    let mut scene = Scene::new();
    scene.watch.triggered(seconds(1_000));
    scene.at(1_500, 60);
    for second in [1_530, 1_700, 1_899] {
        assert_eq!(scene.at(second, 60), None, "{second}");
    }
    let due = scene.watch.due_at(&scene.specification);
    assert_eq!(due, Some(seconds(1_900)));
    assert_eq!(scene.at(1_900, 60), Some(Signal::Trigger));
    // Without the hold the spacing alone triggers nothing.
    scene.watch.triggered(seconds(1_900));
    scene.at(2_790, 60);
    assert_eq!(scene.at(2_800, 60), None);
    assert_eq!(scene.at(2_819, 60), None);
    assert_eq!(scene.at(2_820, 60), Some(Signal::Trigger));
}

#[test]
fn what_held_before_an_interruption_does_not_count() {
    let mut scene = Scene::new();
    scene.at(100, 60);
    scene.watch.interrupt();
    assert_eq!(scene.at(140, 60), None);
    assert_eq!(scene.at(170, 60), Some(Signal::Trigger));
}

/// A block end of the history, from the last one back.
fn model(history: &[(u64, i32)], locked_above: bool, last_trigger: Option<u64>) -> bool {
    let Some(&(now, last)) = history.last() else {
        return false;
    };
    let beyond = |ticks: i32| {
        let above = ticks > 0;
        ticks.abs() >= 60 && above == (last > 0) && !(above && locked_above)
    };
    let held = history.iter().rev().take_while(|(_, ticks)| beyond(*ticks));
    let since = held.last().map(|(second, _)| *second);
    since.is_some_and(|since| now >= since + 30)
        && last_trigger.is_none_or(|last| now >= last + 900)
}

proptest! {
    #[test]
    fn the_watch_is_the_model(
        steps in prop::collection::vec((0..20_u64, prop_oneof![-62..=-58_i32, 58..=62_i32, 58..=62_i32, -80..=80_i32]), 1..60),
        locked_above in any::<bool>(),
        earlier in prop::option::of(0..900_u64),
    ) {
        let mut scene = Scene::new();
        let band = if locked_above { Band { hi: LIMIT.hi, ..BAND } } else { BAND };
        if let Some(second) = earlier {
            scene.watch.triggered(seconds(second));
        }
        let mut second = 900;
        let mut history = Vec::new();
        for (passed, ticks) in steps {
            second += passed;
            history.push((second, ticks));
            let signal = scene.at_with(second, ticks, band);
            let expected = model(&history, locked_above, earlier);
            prop_assert_eq!(signal == Some(Signal::Trigger), expected, "at {}: {:?}", second, &history);
            let bytes = borsh::to_vec(&scene.watch).expect("encoding into memory does not fail");
            scene.watch = borsh::from_slice(&bytes).expect("what was encoded decodes");
            if expected {
                return Ok(());
            }
        }
    }
}
