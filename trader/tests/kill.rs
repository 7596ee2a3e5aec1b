//! The whole wallet comes back from seed and ledger alone, at whatever moment it dies.

// A test may panic: that is how it fails.
#![allow(clippy::unwrap_used)]

mod support;

use proptest::prelude::*;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use support::scenario::{STEPS, Step, World};

/// Steps that give the others something to do come more often.
fn any_step(rng: &mut ChaCha20Rng) -> Step {
    match rng.gen_range(0..10) {
        0..=2 => Step::Take,
        3..=4 => *[Step::Post, Step::Quote].choose(rng).unwrap(),
        5 => *[Step::ClaimFinished, Step::ClaimPartial, Step::Replace]
            .choose(rng)
            .unwrap(),
        6 => *[Step::ChangeOvertakesMove, Step::FillOvertakesClose]
            .choose(rng)
            .unwrap(),
        _ => *STEPS.choose(rng).unwrap(),
    }
}

fn run(seed: u64, steps: usize) -> World {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut world = World::new(seed);
    for index in 0..steps {
        if index == steps / 4 {
            world.open();
        }
        // Not every step finds an occasion; a few attempts nearly always do.
        let _ = (0..4).any(|_| world.step(any_step(&mut rng)));
    }
    world.close();
    world
}

/// Together these runs do everything that a trader can do, several times.
#[test]
fn killed_at_every_step() {
    let mut done = std::collections::BTreeMap::new();
    let mut declined = 0;
    for seed in 0..4 {
        let world = run(seed, 40);
        declined += world.declined;
        for (step, count) in world.done {
            *done.entry(step).or_insert(0) += count;
        }
    }
    println!("{done:?}, declined {declined}");
    for step in STEPS {
        let count = done.get(&step).copied().unwrap_or(0);
        assert!(
            count >= 2,
            "{step:?} was carried out {count} times: {done:?}"
        );
    }
    assert!(declined > 0, "some orders are beyond a trader's means");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn killed_at_every_step_of_any_day(seed in 100_u64.., steps in 5..25_usize) {
        run(seed, steps);
    }
}
