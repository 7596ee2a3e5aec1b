//! Random histories against a model: the fill-count rule, the conservation of cash and contracts, the band theorem.
//!
//! Proofs wait while fills, reductions, cancels and replaces go on, and are included later, or never, or twice. After
//! each step every note is what the public events make it, every trader has equity at both edges of the band with all
//! fills claimed, and nothing was made or lost. In the end everything can be claimed, and each fill counts once.

mod support;

#[path = "histories/checks.rs"]
mod checks;
#[path = "histories/model.rs"]
mod model;
#[path = "histories/simulation.rs"]
mod simulation;
#[path = "histories/steps.rs"]
mod steps;

use proptest::prelude::*;
use simulation::Simulation;
use steps::{Step, TRADERS, anywhere, near, steps};
use tally_exchange::receipt::Phase;

fn run(cash: [i64; TRADERS], pre_open: bool, history: &[Step], at_close: bool) -> Simulation {
    let mut simulation = Simulation::new(cash, pre_open);
    for step in history {
        simulation.step(step);
    }
    while at_close && simulation.exchange.market.phase() != Phase::Closed {
        simulation.step(&Step::NextPhase);
    }
    simulation.close_everything();
    for trader in &simulation.traders {
        let note = &trader.note;
        assert_eq!(
            (
                note.buy_quantity,
                note.buy_cost,
                note.sell_quantity,
                note.sell_cost
            ),
            (0, 0, 0, 0)
        );
    }
    let market = &simulation.exchange.market;
    assert!(market.records().next().is_none() && market.book().is_empty());
    assert_eq!(
        simulation
            .traders
            .iter()
            .map(|t| t.note.position)
            .sum::<i32>(),
        0
    );
    let cash: i64 = simulation
        .traders
        .iter()
        .map(|trader| trader.note.cash)
        .sum();
    let funds = market.funds();
    assert_eq!(cash + funds.insurance, funds.deposits - funds.withdrawals);
    simulation
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(64))]

    /// Rich traders whose orders meet all the time: what matters is which fills a claim counts.
    #[test]
    fn fills_that_arrive_while_a_proof_is_made_are_credited_exactly_once(
        history in steps(&near(), 6, 30),
        pre_open in any::<bool>(),
        at_close in any::<bool>(),
    ) {
        run([100_000_000; TRADERS], pre_open, &history, at_close);
    }

    /// Traders who can afford a few contracts, and prices up to both edges of the band.
    #[test]
    fn nobody_is_insolvent_at_any_price_of_the_band_and_nothing_is_made_or_lost(
        history in steps(&anywhere(), 4, 30),
        cash in prop::array::uniform4(200_000_i64..1_500_000),
        pre_open in any::<bool>(),
        at_close in any::<bool>(),
    ) {
        run(cash, pre_open, &history, at_close);
    }
}

/// The histories are worth something only if all that they are about happens in them.
#[test]
fn histories_contain_late_claims_and_orders_beyond_margin() {
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut accepted, mut late, mut moved, mut unproved) = (0, 0, 0, 0);
    for _ in 0..20 {
        let tree = steps(&near(), 6, 30)
            .new_tree(&mut runner)
            .expect("steps can be made");
        let simulation = run(
            [900_000, 50_000_000, 50_000_000, 50_000_000],
            false,
            &tree.current(),
            false,
        );
        accepted += simulation.accepted;
        late += simulation.late;
        moved += simulation.moved;
        unproved += simulation.unproved;
    }
    assert!(accepted > 200, "{accepted} acts accepted");
    assert!(late > 20, "{late} claims came too late");
    assert!(
        moved > 20,
        "{moved} rests moved with fills that their claims did not count"
    );
    assert!(unproved > 20, "{unproved} orders beyond margin");
}
