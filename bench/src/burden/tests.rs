use super::days::Counts;
use super::retail::RetailMessages;
use super::revalidations::{Pace, intraday};
use super::sessions::{Print, SessionEvents, Sessions, prints};
use super::{BurdenError, GENERIC_MPC_HIGH_S, GENERIC_MPC_LOW_S, TRADERS, UnitInputs};
use std::sync::OnceLock;
use tally_exchange::epoch::terms::EpochTerms;
use tally_exchange::specification::Specification;
use tally_exchange::units::{Band, Price, Quantity};
use tally_node::replay::{ReplayArguments, ReplayPlan, run};
use tally_prover::SeededTest;

fn unit() -> UnitInputs {
    UnitInputs {
        act_s: 0.5,
        cancel_s: 0.25,
        refresh_s: 2.0,
        share_s: 0.125,
        key_generation_s: 8.0,
        sha256_event_s: 16.0,
        sha256_source: "a guess".to_owned(),
        measured_by: "a test".to_owned(),
    }
}

fn quiet() -> impl FnMut(usize, usize) {
    |_, _| ()
}

/// The first session with the centre at 2600 ticks, a limit of 120, and these trades: seconds, ticks, contracts.
fn session(trades: &[(u64, i32, u32)]) -> SessionEvents {
    let session = Specification::lean_hogs().calendar.sessions()[0].clone();
    let print = |&(second, price, quantity): &(u64, i32, u32)| Print {
        time: session.open.plus_seconds(second),
        price: Price(price),
        quantity: Quantity(quantity),
    };
    SessionEvents {
        prints: trades.iter().map(print).collect(),
        session: session.clone(),
        prior_settlement: Price(2600),
        limit: Band {
            lo: Price(2480),
            hi: Price(2720),
        },
        events: trades.len() as u64,
        retail: RetailMessages::default(),
    }
}

fn epochs(trades: &[(u64, i32, u32)]) -> Vec<EpochTerms> {
    let rules = Specification::lean_hogs();
    intraday(&session(trades), &rules, Pace::of(&rules))
}

/// When, in seconds after the open, at what price, and with what centre.
fn summary(epochs: &[EpochTerms]) -> Vec<(u64, i32, i32)> {
    let open = Specification::lean_hogs().calendar.sessions()[0].open;
    let of = |terms: &EpochTerms| {
        (
            (terms.at.0 - open.0) / 1_000_000,
            terms.price.0,
            terms.centre.0,
        )
    };
    epochs.iter().map(of).collect()
}

#[test]
fn counts_times_unit_costs() {
    let counts = Counts {
        events: 1000,
        intraday: 2,
        retail: RetailMessages {
            orders: 10,
            replaces: 3,
            cancels: 4,
        },
    };
    // 20 posts and claims, 3 replaces, and for each of the two halts a post and a claim.
    assert_eq!(counts.retail.acts(2), 27);
    assert_eq!(counts.retail.messages(2), 31);
    let costs = counts.costs(&unit());
    let exactly = |value: f64, expected: f64| assert!((value - expected).abs() < 1e-9, "{value}");
    // Three epochs with the daily one.
    exactly(costs.tally_passive, 3.0 * 2.125 + 8.0);
    exactly(costs.tally, 3.0 * 2.125 + 8.0 + 27.0 * 0.5 + 4.0 * 0.25);
    exactly(costs.revalidate_every_event, 16_000.0);
    exactly(costs.generic_mpc_low, 1000.0 * GENERIC_MPC_LOW_S);
    exactly(costs.generic_mpc_high, 1000.0 * GENERIC_MPC_HIGH_S);
}

#[test]
fn unit_costs_are_times() {
    assert!(unit().check().is_ok());
    for bad in [-0.1, f64::NAN, f64::INFINITY] {
        let inputs = UnitInputs {
            refresh_s: bad,
            ..unit()
        };
        let error = inputs.check().unwrap_err();
        assert!(
            matches!(
                error,
                BurdenError::UnitCost {
                    field: "refresh_s",
                    ..
                }
            ),
            "{error}"
        );
        assert!(super::burden(&inputs, &mut quiet()).is_err());
    }
}

#[test]
fn the_mark_triggers_when_it_holds() {
    // Sixty ticks for thirty seconds: beyond since the block end of second 100.
    assert_eq!(summary(&epochs(&[(100, 2660, 20)])), [(130, 2660, 2660)]);
    assert_eq!(summary(&epochs(&[(100, 2540, 20)])), [(130, 2540, 2540)]);
    assert!(epochs(&[(100, 2659, 20)]).is_empty());
    assert!(epochs(&[(100, 2660, 20), (129, 2659, 20)]).is_empty());
    assert_eq!(epochs(&[(100, 2660, 20), (131, 2600, 20)]).len(), 1);
    // Half of the last twenty contracts are not the median of them, one more is.
    assert!(epochs(&[(100, 2660, 10)]).is_empty());
    assert_eq!(epochs(&[(100, 2660, 11)]).len(), 1);
}

#[test]
fn the_band_moves_by_the_trigger_distance_at_most() {
    // Beyond the band prints at its edge, 2680; the centre follows by 60.
    assert_eq!(summary(&epochs(&[(100, 2700, 20)])), [(130, 2680, 2660)]);
    // The new band ends at the daily limit above: no trigger there. Below there is one, when fifteen minutes are over.
    assert_eq!(epochs(&[(100, 2660, 20), (1000, 2720, 20)]).len(), 1);
    assert_eq!(
        summary(&epochs(&[(100, 2660, 20), (1100, 2600, 20)])),
        [(130, 2660, 2660), (1130, 2600, 2600)]
    );
    assert_eq!(
        summary(&epochs(&[(100, 2660, 20), (860, 2600, 20)])),
        [(130, 2660, 2660), (1030, 2600, 2600)]
    );
}

#[test]
fn nothing_trades_in_a_halt() {
    // The halt is from 130 to 850; trades in it do not happen.
    assert_eq!(epochs(&[(100, 2660, 20), (840, 2600, 20)]).len(), 1);
    assert_eq!(epochs(&[(100, 2660, 20), (850, 2600, 20)]).len(), 2);
}

/// The rules over a flow's trades count what a whole market counts that matches, halts and revalidates.
#[test]
fn epochs_are_those_of_a_replay() {
    for (day, halts) in [("2017-01-03", 1), ("2017-02-14", 0), ("2017-03-13", 3)] {
        let arguments = ReplayArguments::of_day(day, Some(400), 12, 1);
        let plan = ReplayPlan::new(&arguments).unwrap();
        let planned = &plan.days[0];
        let events = SessionEvents {
            session: planned.session.clone(),
            prior_settlement: Price(planned.figures.prior.price()),
            limit: planned.limit,
            events: 400,
            prints: prints(&planned.flow, planned.session.open),
            retail: RetailMessages::default(),
        };
        let rules = &plan.specification;
        let counted = intraday(&events, rules, Pace::of(rules));

        // Prices may differ: a thinned flow's replay has its blocks minutes apart.
        let report = run::<SeededTest>(&arguments, None, &mut |_| ()).unwrap();
        let epochs = report.epochs.iter();
        let replayed = epochs.filter(|epoch| epoch.trigger.is_intraday()).count();
        assert_eq!(counted.len(), replayed, "{day}");
        assert_eq!(counted.len(), halts, "{day}");
    }
}

/// The complete flow of 2017-01-03.
fn first_day() -> &'static Sessions {
    static DAY: OnceLock<Sessions> = OnceLock::new();
    DAY.get_or_init(|| Sessions::thinned(1, None, TRADERS, &mut quiet()).unwrap())
}

#[test]
fn a_complete_day() {
    let sessions = first_day();
    let burden = sessions.burden(&unit()).unwrap();
    let [day] = &burden.days[..] else {
        panic!("{} days", burden.days.len());
    };
    assert_eq!(
        (day.date.as_str(), day.market.as_str()),
        ("2017-01-03", "HEG7")
    );
    // Seven messages for each of the 22,568 contracts of that day.
    assert_eq!(day.events, 7 * 22_568);
    assert_eq!(day.epochs, 2);
    assert!((day.tally_passive_s - (2.0 * 2.125 + 8.0)).abs() < 1e-9);
    assert!((day.revalidate_every_event_s - 16.0 * day.events as f64).abs() < 1e-6);
    // A small trader sends less than the mean one, and more than a message an hour.
    assert!(
        (5..day.events / TRADERS as u64).contains(&day.own_messages),
        "{}",
        day.own_messages
    );
    let sources: Vec<&str> = burden
        .unit_costs
        .iter()
        .map(|cost| cost.source.as_str())
        .collect();
    assert!(sources[0].contains("CCS 2017") && sources[1] == "a guess" && sources[2] == "a test");
    assert!(burden.trader.contains(&TRADERS.to_string()));
}

#[test]
fn bands_of_a_complete_day() {
    let sessions = first_day();
    let mut steps = 0;
    let bands = sessions.bands(&mut |_, _| steps += 1).unwrap();
    assert_eq!((bands.len(), steps), (27, 28));
    let contract = Specification::lean_hogs();
    let own = bands
        .iter()
        .find(|band| (band.half_width, band.trigger_distance) == (2000, 1500))
        .unwrap();
    // $800 to the edge, and initial margin there: the contract's own $700.
    assert_eq!(own.margin_cents, 80_000 + contract.initial_margin);
    assert_eq!((own.intraday_epochs, own.most_in_a_session), (1, 1));
    let narrow = &bands[0];
    assert_eq!((narrow.half_width, narrow.trigger_distance), (1000, 500));
    assert_eq!(narrow.margin_cents, 40_000 + 10_000 + 20_000);
    assert!(narrow.intraday_epochs > own.intraday_epochs);
    // As wide as the daily limit: every edge is the limit's, and nothing triggers.
    let widest = bands.last().unwrap();
    assert_eq!((widest.half_width, widest.trigger_distance), (3000, 2625));
    assert_eq!(widest.intraday_epochs, 0);
}

#[test]
fn same_sessions_every_time() {
    let made = || Sessions::thinned(6, Some(300), 40, &mut quiet()).unwrap();
    let (one, other) = (made(), made());
    assert_eq!(one, other);
    assert_eq!(one.burden(&unit()).unwrap(), other.burden(&unit()).unwrap());
    let mut progress = Vec::new();
    Sessions::thinned(3, Some(50), 4, &mut |done, of| progress.push((done, of))).unwrap();
    assert_eq!(progress.first(), Some(&(0, 3)));
    assert_eq!(progress.last(), Some(&(3, 3)));
}
