//! Every session of the table, without proofs: the replayed day is the real one in price, and everybody's money is
//! accounted for.

#![allow(clippy::unwrap_used)]

mod common;

use common::dry;
use tally_exchange::specification::Specification;
use tally_node::replay::{PriorSettlementSource, ReplayArguments, ReplayReport};

fn replay(day: &str) -> ReplayReport {
    // Enough traders that nobody has to trade with himself.
    dry(&ReplayArguments::of_day(day, Some(60), 8, 1))
}

#[test]
fn all_sessions() {
    let calendar = Specification::lean_hogs().calendar;
    let sessions = calendar.sessions();
    assert_eq!(sessions.len(), 62);
    // A dry run waits for the disk most of the time: several at once.
    let replays = std::thread::scope(|scope| {
        let parts: Vec<_> = sessions
            .chunks(16)
            .map(|part| {
                scope.spawn(|| {
                    let days = part.iter().map(|session| session.date.to_string());
                    days.map(|day| replay(&day)).collect::<Vec<_>>()
                })
            })
            .collect();
        let join = |part: std::thread::ScopedJoinHandle<'_, Vec<_>>| part.join().unwrap();
        parts.into_iter().flat_map(join).collect::<Vec<_>>()
    });
    let mut own_opens = Vec::new();
    let (mut undisturbed_days, mut halts) = (0, 0);
    for (session, report) in sessions.iter().zip(replays) {
        let day = &report.day;
        assert!(report.checks.all_hold(), "{day}: {:?}", report.checks);
        assert_eq!(report.checks.wallets, 8, "{day}");
        assert_eq!(report.market, session.contract, "{day}");
        assert!(report.contracts_traded > 0, "{day}");
        let [only] = &report.days[..] else {
            panic!("one day each: {day}");
        };
        let is_table = report.settlement.as_ref() == Some(&report.table_close);
        assert_eq!(is_table, only.difference.is_none(), "{day}");
        let undisturbed = only.halts == 0 && only.flow.is_undisturbed();
        if undisturbed {
            assert!(is_table, "{day} settles where the table does");
            assert_eq!(report.messages, 60, "{day}");
            assert_eq!(report.contracts_traded, report.contracts_expected, "{day}");
            assert_eq!(
                report.settlement_tier.as_deref(),
                Some("window-vwap"),
                "{day}"
            );
        }
        undisturbed_days += usize::from(undisturbed);
        halts += only.halts;
        // Nobody is absent or distressed, so that nothing is left to the clearing account.
        let daily = report.epochs.last().expect("every day is settled");
        assert!(!daily.trigger.is_intraday(), "{day}: {daily:?}");
        for epoch in &report.epochs {
            assert_eq!(epoch.liquidated, Some(0), "{day}: {epoch:?}");
            assert_eq!(
                (epoch.expected, epoch.refreshed),
                (8, 8),
                "{day}: {epoch:?}"
            );
            assert!(
                epoch.slashed.is_empty() && epoch.extended == 0,
                "{day}: {epoch:?}"
            );
        }
        if report.prior_settlement_source == PriorSettlementSource::OwnOpen {
            own_opens.push(report.day);
        }
    }
    // The first session of each contract month in the table; every other one has a close before it.
    assert_eq!(own_opens.len(), 1, "{own_opens:?}");
    assert_eq!(own_opens, ["2017-02-15"]);
    // Most days stay in the middle of their band, some don't.
    assert!(undisturbed_days >= 20, "{undisturbed_days}");
    assert!(halts >= 5, "{halts}");
}
