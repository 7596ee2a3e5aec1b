//! The daily table against figures computed elsewhere, and the refusal of damaged tables.

// Test helpers may panic like the tests they serve.
#![allow(clippy::unwrap_used)]

use tally_bench_data::error::FieldProblem;
use tally_bench_data::table::parse;
use tally_bench_data::{Date, PriorSettlement, TableError, session, sessions};

const HEADER: &str = "date,contract_inferred,open,high,low,settle_or_close,volume\n";

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn the_figures_of_the_note_hold() {
    let all = sessions().unwrap();
    assert_eq!(all.len(), 62);
    let volumes: Vec<u32> = all.iter().map(|session| session.row.volume).collect();
    assert_eq!(
        (volumes.iter().min(), volumes.iter().max()),
        (Some(&2758), Some(&28_106))
    );
    assert_eq!(volumes.iter().sum::<u32>() / 62, 14_806);
    let ranges: Vec<i32> = all
        .iter()
        .map(|session| session.row.high - session.row.low)
        .collect();
    assert_eq!(
        (ranges.iter().min(), ranges.iter().max()),
        (Some(&10), Some(&147))
    );
    let closes = || all.iter().map(|session| session.row.close);
    assert_eq!((closes().min(), closes().max()), (Some(2540), Some(3007)));
}

#[test]
fn prior_settlements_are_the_previous_closes_but_for_the_new_month() {
    let first = session(date("2017-01-03")).unwrap();
    let previous = PriorSettlement::PreviousClose {
        date: date("2016-12-30"),
        price: 2646,
    };
    assert_eq!(first.prior, previous);
    assert_eq!(first.row.contract.to_string(), "HEG7");
    let own: Vec<_> = sessions()
        .unwrap()
        .iter()
        .filter(|session| session.prior.is_own_open())
        .collect();
    let [roll] = own[..] else {
        panic!("only the first session of HEJ7 has no prior settlement: {own:?}")
    };
    assert_eq!(
        (roll.row.date, roll.prior.price()),
        (date("2017-02-15"), roll.row.open)
    );
}

#[test]
fn every_session_stays_within_the_daily_limit() {
    for session in sessions().unwrap() {
        let (lowest, highest) = session.band(120);
        assert!(
            session.row.low >= lowest && session.row.high <= highest,
            "{}",
            session.row.date
        );
        // No settlement at the limit, so the wider limit of the day after never applies.
        assert!(
            session.row.close.abs_diff(session.prior.price()) < 120,
            "{}",
            session.row.date
        );
    }
}

#[test]
fn other_dates_are_refused_with_the_nearest_sessions() {
    for (text, before, after) in [
        ("2017-01-16", Some("2017-01-13"), Some("2017-01-17")),
        ("2016-12-30", None, Some("2017-01-03")),
        ("2017-04-03", Some("2017-03-31"), None),
    ] {
        let error = session(date(text)).unwrap_err();
        let TableError::NotASession {
            first,
            last,
            before: found_before,
            after: found_after,
            ..
        } = error.clone()
        else {
            panic!("{error}")
        };
        assert_eq!((first, last), (date("2017-01-03"), date("2017-03-31")));
        assert_eq!(
            (found_before, found_after),
            (before.map(date), after.map(date))
        );
        assert!(error.to_string().contains(text), "{error}");
    }
}

#[test]
fn damaged_rows_are_refused_by_line_and_column() {
    let good = "2017-01-03,HEG7,66.400,66.900,63.225,63.500,22568";
    assert_eq!(parse(&format!("{HEADER}{good}")).unwrap().len(), 1);
    for (from, to, column, problem) in [
        ("66.400", "66.410", "open", FieldProblem::OffGrid),
        ("66.900", "66.375", "high", FieldProblem::PriceOrder),
        ("63.225", "63.525", "low", FieldProblem::PriceOrder),
        ("63.500", "63.5", "settle_or_close", FieldProblem::Decimal),
        ("22568", "0", "volume", FieldProblem::NoVolume),
        ("22568", "22568 ", "volume", FieldProblem::Integer),
        ("22568", "22568,", "date", FieldProblem::Columns),
        ("2017-01-03", "2017-02-30", "date", FieldProblem::Date),
        ("HEG7", "HEF7", "contract_inferred", FieldProblem::Contract),
        ("HEG7", "HEG17", "contract_inferred", FieldProblem::Contract),
    ] {
        let error = parse(&format!("{HEADER}{}", good.replace(from, to))).unwrap_err();
        let TableError::Row {
            line,
            column: found,
            problem: found_problem,
            ..
        } = error
        else {
            panic!("{error}")
        };
        assert_eq!((line, found, found_problem), (2, column, problem));
    }
    let repeated = parse(&format!("{HEADER}{good}\n{good}")).unwrap_err();
    assert!(matches!(
        repeated,
        TableError::Row {
            line: 3,
            problem: FieldProblem::Date,
            ..
        }
    ));
    assert!(matches!(
        parse(good).unwrap_err(),
        TableError::Header { .. }
    ));
    assert!(matches!(parse("").unwrap_err(), TableError::Header { .. }));
}
