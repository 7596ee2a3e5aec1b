//! One broken specification for every check: each is refused for the right reason, naming field and value.

#![allow(clippy::unwrap_used, reason = "a test helper that fails the test")]

use tally_exchange::calendar::ScheduleError;
use tally_exchange::specification::{LEAN_HOGS, Specification, SpecificationError};

/// The embedded text with one occurrence replaced; what is replaced must be there.
fn replaced(from: &str, to: &str) -> String {
    assert!(LEAN_HOGS.contains(from), "{from:?} is not in the text");
    LEAN_HOGS.replacen(from, to, 1)
}

/// The embedded text with other values of parameters, as TOML.
fn with(values: &[(&str, &str)]) -> String {
    let mut text = LEAN_HOGS.to_owned();
    for (name, value) in values {
        let head = format!("[parameters.{name}]\nvalue = ");
        let from = text.find(&head).unwrap() + head.len();
        let to = from + text[from..].find('\n').unwrap();
        text.replace_range(from..to, value);
    }
    text
}

fn refused(text: &str) -> SpecificationError {
    Specification::from_toml(text).unwrap_err()
}

fn schedule_error(text: &str) -> ScheduleError {
    match refused(text) {
        SpecificationError::Schedule(error) => error,
        other => panic!("{other}"),
    }
}

/// Asserts that `field` is refused as above (or not below) `bound_name`, and that the message names both.
fn assert_bounded(values: &[(&str, &str)], expected_field: &str, expected_bound: &str) {
    let error = refused(&with(values));
    let message = error.to_string();
    match error {
        SpecificationError::Above {
            field,
            bound_name,
            value,
            ..
        }
        | SpecificationError::NotBelow {
            field,
            bound_name,
            value,
            ..
        } => {
            assert_eq!((field, bound_name), (expected_field, expected_bound));
            assert!(
                message.contains(&format!("{field} = {value}")) && message.contains("lower"),
                "{message}"
            );
        }
        other => panic!("{values:?}: {other}"),
    }
}

#[test]
fn the_helper_changes_nothing_else() {
    assert!(Specification::from_toml(&with(&[("fee", "100")])).is_ok());
    assert_eq!(
        Specification::from_toml(&with(&[("fee", "101")]))
            .unwrap()
            .fee,
        101
    );
}

#[test]
fn margins_and_haircuts_are_ordered() {
    assert_bounded(&[("fee", "10001")], "fee", "maintenance_margin");
    assert_bounded(
        &[("maintenance_margin", "70001")],
        "maintenance_margin",
        "initial_margin",
    );
    assert_bounded(&[("haircut", "10001")], "haircut", "maintenance_margin");
    assert_bounded(&[("haircut", "6000")], "haircut", "late_haircut_first");
    assert_bounded(
        &[("late_haircut_first", "10001")],
        "late_haircut_first",
        "late_haircut_last",
    );
    assert_bounded(
        &[("late_haircut_last", "10001")],
        "late_haircut_last",
        "maintenance_margin",
    );
}

#[test]
fn the_bounds_themselves_are_accepted() {
    for values in [
        [("fee", "10000"), ("haircut", "5999")],
        [("late_haircut_first", "10000"), ("haircut", "9999")],
        [("order_limit", "20000"), ("opening_fee", "200000")],
        [
            ("warning_distance", "\"1.475\""),
            ("daily_limit", "\"1.525\""),
        ],
        [("position_limit", "8388607"), ("reward_cap", "2500000")],
        [("initial_margin", "68719476736"), ("mark_window", "1000")],
        [("trigger_hold", "900"), ("expiring_limit", "\"4.500\"")],
    ] {
        assert!(
            Specification::from_toml(&with(&values)).is_ok(),
            "{values:?}"
        );
    }
}

#[test]
fn initial_margin_covers_one_trigger() {
    let error = refused(&with(&[("initial_margin", "69999")]));
    assert_eq!(
        error,
        SpecificationError::InitialMargin {
            initial: 69_999,
            needed: 70_000
        }
    );
    let error = refused(&with(&[("trigger_distance", "\"1.525\"")]));
    assert_eq!(
        error,
        SpecificationError::InitialMargin {
            initial: 70_000,
            needed: 71_000
        }
    );
    assert!(error.to_string().contains("raise initial_margin"));
}

#[test]
fn distances_are_ordered() {
    let enough = ("initial_margin", "90000");
    assert_bounded(
        &[enough, ("trigger_distance", "\"2.000\"")],
        "trigger_distance",
        "band_half_width",
    );
    assert_bounded(
        &[("band_half_width", "\"1.500\"")],
        "trigger_distance",
        "band_half_width",
    );
    assert_bounded(
        &[("daily_limit", "\"1.500\"")],
        "trigger_distance",
        "daily_limit",
    );
    assert_bounded(
        &[("warning_distance", "\"1.500\"")],
        "warning_distance",
        "trigger_distance",
    );
    assert_bounded(
        &[("daily_limit", "\"4.525\"")],
        "daily_limit",
        "expanded_limit",
    );
    assert_bounded(
        &[("expiring_limit", "\"4.475\"")],
        "expanded_limit",
        "expiring_limit",
    );
}

#[test]
fn limits_are_ordered() {
    assert_bounded(&[("order_limit", "20001")], "order_limit", "position_limit");
    assert_bounded(
        &[("opening_fee", "200001")],
        "opening_fee",
        "minimum_deposit",
    );
    assert_bounded(&[("reward_cap", "2500001")], "reward_cap", "decryptor_bond");
    assert_bounded(
        &[("trigger_hold", "901")],
        "trigger_hold",
        "trigger_spacing",
    );
}

#[test]
fn the_times_of_an_epoch_fit_into_each_other() {
    assert_bounded(
        &[("refresh_window", "900")],
        "refresh_window",
        "trigger_spacing",
    );
    assert_bounded(
        &[("trigger_spacing", "600")],
        "refresh_window",
        "trigger_spacing",
    );
    assert_bounded(
        &[("window_extension_daily", "3601")],
        "window_extension_daily twice",
        "daily_window_end",
    );
    assert_bounded(
        &[("dealing_time", "1201")],
        "dealing_time and complaint_time",
        "pre_open",
    );
    assert_bounded(
        &[("complaint_time", "901")],
        "dealing_time and complaint_time",
        "pre_open",
    );
    assert_bounded(
        &[("final_settlement_wait", "86401"), ("lapse_year", "86400")],
        "final_settlement_wait",
        "lapse_year",
    );
    for values in [
        [
            ("refresh_window", "899"),
            ("window_extension_daily", "3600"),
        ],
        [("dealing_time", "1200"), ("minimum_seats", "1024")],
        [("final_settlement_wait", "86400"), ("lapse_year", "86400")],
        [("late_haircut_days", "1"), ("clearing_share", "1")],
    ] {
        assert!(
            Specification::from_toml(&with(&values)).is_ok(),
            "{values:?}"
        );
    }
}

#[test]
fn a_night_has_room_for_a_daily_epoch() {
    // From 13:05 to 08:00 Central there are 68,100 seconds.
    assert!(Specification::from_toml(&with(&[("daily_window_end", "67500")])).is_ok());
    for values in [
        [("daily_window_end", "67501"), ("refresh_window", "600")],
        [("daily_window_end", "67500"), ("refresh_window", "601")],
    ] {
        let error = refused(&with(&values));
        assert!(
            matches!(error, SpecificationError::Overnight { date, needed: 68_101 } if date.to_string() == "2017-01-03"),
            "{error}"
        );
        assert!(
            error.to_string().contains("lower one of the two"),
            "{error}"
        );
    }
    // Not between the last day of one contract month and the first of the next: nothing goes on overnight there.
    let text = replaced(
        "contract = \"HEJ7\", pre_open = \"2017-02-15T14:00:00Z\", open = \"2017-02-15T14:30:00Z\"",
        "contract = \"HEJ7\", pre_open = \"2017-02-15T00:00:00Z\", open = \"2017-02-15T00:30:00Z\"",
    );
    // 2017-02-14 is another month's: its close is five hours before.
    assert!(Specification::from_toml(&text).is_ok());
}

#[test]
fn numbers_outside_their_range_are_refused() {
    for (field, value) in [
        ("position_limit", "8388608"),
        ("position_limit", "0"),
        ("order_limit", "0"),
        ("orders_per_message", "17"),
        ("orders_per_message", "0"),
        ("initial_margin", "68719476737"),
        ("fund_seed", "68719476737"),
        ("fee", "-1"),
        ("decryptor_bond", "9223372036854775807"),
        ("tick_value", "0"),
        ("tick_value", "68719476737"),
        ("contract_size", "0"),
        ("price_decimals", "10"),
        ("price_decimals", "-1"),
        ("mark_window", "0"),
        ("mark_window", "1001"),
        ("lock_time", "0"),
        ("pre_open", "86401"),
        ("settlement_window", "0"),
        ("market_protection", "0"),
        ("market_protection", "68719477"),
        ("expiry_horizon", "0"),
        ("refresh_window", "0"),
        ("daily_window_end", "0"),
        ("daily_window_end", "86401"),
        ("window_extension_daily", "0"),
        ("window_without_next_session", "0"),
        ("share_time", "0"),
        ("dealing_time", "0"),
        ("complaint_time", "0"),
        ("minimum_seats", "2"),
        ("minimum_seats", "1025"),
        ("reopen_pre_open", "0"),
        ("clearing_share", "0"),
        ("late_haircut_days", "0"),
        ("final_settlement_wait", "2592001"),
        ("lapse_year", "86399"),
        ("trigger_spacing", "-9223372036854775808"),
    ] {
        match refused(&with(&[(field, value)])) {
            SpecificationError::Range {
                field: named,
                value: given,
                ..
            } => {
                assert_eq!((named, given.to_string().as_str()), (field, value));
            }
            other => panic!("{field} = {value}: {other}"),
        }
    }
}

#[test]
fn the_value_of_a_tick_follows_from_tick_and_size() {
    for values in [
        ("tick_value", "999"),
        ("tick_value", "1001"),
        ("contract_size", "39999"),
        ("contract_size", "40001"),
        ("tick", "\"0.005\""),
    ] {
        let error = refused(&with(&[values]));
        assert!(
            matches!(error, SpecificationError::TickValue { .. }),
            "{values:?}: {error}"
        );
    }
    let error = refused(&with(&[("tick_value", "999")])).to_string();
    assert!(
        error.contains("999") && error.contains("0.025") && error.contains("40000"),
        "{error}"
    );
}

#[test]
fn distances_are_positive_and_on_the_grid() {
    let error = refused(&with(&[("band_half_width", "\"2.010\"")]));
    assert!(matches!(
        error,
        SpecificationError::Distance {
            field: "band_half_width",
            ..
        }
    ));
    assert!(error.to_string().contains("2.010") && error.to_string().contains("0.025"));
    for value in ["\"0\"", "\"-2.000\""] {
        let error = refused(&with(&[("band_half_width", value)]));
        assert!(
            matches!(
                error,
                SpecificationError::Text {
                    field: "band_half_width",
                    ..
                }
            ),
            "{error}"
        );
    }
    let error = refused(&with(&[("daily_limit", "\"x\"")]));
    assert!(matches!(
        error,
        SpecificationError::Distance {
            field: "daily_limit",
            ..
        }
    ));
}

#[test]
fn no_number_is_read_as_floating_point() {
    for (field, value) in [
        ("tick", "0.025"),
        ("band_half_width", "2.0"),
        ("fee", "100.0"),
        ("fee", "\"100\""),
        ("fee", "true"),
    ] {
        let error = refused(&with(&[(field, value)]));
        assert!(
            matches!(error, SpecificationError::Kind { field: named, .. } if named == field),
            "{error}"
        );
    }
    for tick in ["\"0\"", "\"-0.025\"", "\"0.0251\"", "\"\""] {
        let error = refused(&with(&[("tick", tick)]));
        assert!(
            matches!(error, SpecificationError::Text { field: "tick", .. }),
            "{error}"
        );
    }
}

#[test]
fn unknown_keys_are_refused_wherever_they_are() {
    let unknown = |text: &str, key: &str| match refused(text) {
        SpecificationError::Unknown { field } => assert_eq!(field, key),
        SpecificationError::Shape { error, .. } => {
            assert!(error.to_string().contains(key), "{error}");
        }
        other => panic!("{other}"),
    };
    unknown(&format!("surprise = 1\n{LEAN_HOGS}"), "surprise");
    let parameter =
        "[parameters.surprise]\nvalue = 1\nunit = \"cents\"\nsource = \"chosen\"\nwhy = \"?\"\n";
    unknown(&format!("{LEAN_HOGS}{parameter}"), "surprise");
    unknown(
        &replaced("[parameters.fee]", "[parameters.fee]\nnote = 1"),
        "note",
    );
    unknown(
        &replaced("{ symbol = \"HEG7\"", "{ extra = 1, symbol = \"HEG7\""),
        "extra",
    );
    unknown(
        &replaced(
            "{ date = \"2017-01-02\"",
            "{ extra = 1, date = \"2017-01-02\"",
        ),
        "extra",
    );
    unknown(
        &replaced(
            "{ date = \"2017-01-03\"",
            "{ extra = 1, date = \"2017-01-03\"",
        ),
        "extra",
    );
}

#[test]
fn missing_and_double_keys_are_refused() {
    let error = refused(&replaced("symbol = \"HE\"\n", ""));
    assert_eq!(error, SpecificationError::Missing { field: "symbol" });
    let error = refused(&replaced("[parameters.fee]", "[parameters.fees]"));
    assert_eq!(error, SpecificationError::Missing { field: "fee" });
    assert_eq!(
        refused(""),
        SpecificationError::Missing {
            field: "parameters"
        }
    );
    for key in [
        "value = 100\n",
        "source = \"chosen\"\n",
        "unit = \"cents per contract and side\"\n",
    ] {
        let error = refused(&replaced(key, ""));
        assert!(
            matches!(error, SpecificationError::Shape { .. }),
            "{key}: {error}"
        );
    }
    let error = refused(&replaced(
        "name = \"Lean Hog\"\n",
        "name = \"Lean Hog\"\nname = \"Lean Hog\"\n",
    ));
    assert!(matches!(
        error,
        SpecificationError::Shape {
            field: "the specification",
            ..
        }
    ));
}

#[test]
fn units_sources_and_reasons_are_checked() {
    let head = "[parameters.fee]\nvalue = 100\nunit = \"";
    let error = refused(&replaced(
        &format!("{head}cents per contract and side"),
        &format!("{head}dollars"),
    ));
    assert!(
        matches!(error, SpecificationError::Unit { field: "fee", .. }),
        "{error}"
    );
    let error = refused(&replaced("source = \"chosen\"", "source = \"hearsay\""));
    assert!(
        matches!(error, SpecificationError::Shape { field: "fee", .. }),
        "{error}"
    );
    let why = LEAN_HOGS
        .lines()
        .find(|line| line.starts_with("why"))
        .unwrap();
    let error = refused(&replaced(why, "why = \" \""));
    assert!(
        matches!(
            error,
            SpecificationError::NoReason {
                field: "contract_size"
            }
        ),
        "{error}"
    );
}

#[test]
fn symbol_and_name_are_plain() {
    for symbol in ["", "he", "TOOLONG", "H E"] {
        let error = refused(&replaced(
            "symbol = \"HE\"",
            &format!("symbol = \"{symbol}\""),
        ));
        assert!(
            matches!(
                error,
                SpecificationError::Text {
                    field: "symbol",
                    ..
                }
            ),
            "{error}"
        );
    }
    for name in ["", "\\u001b[2J", "Schweinehälften"] {
        let error = refused(&replaced(
            "name = \"Lean Hog\"",
            &format!("name = \"{name}\""),
        ));
        assert!(
            matches!(error, SpecificationError::Text { field: "name", .. }),
            "{error}"
        );
    }
}

#[test]
fn contract_months_end_on_the_tenth_business_day_and_are_named_for_it() {
    let error = schedule_error(&replaced(
        "\"HEG7\", last_trading_day = \"2017-02-14\"",
        "\"HEG7\", last_trading_day = \"2017-02-15\"",
    ));
    assert!(
        matches!(error, ScheduleError::LastTradingDay { .. }),
        "{error}"
    );
    let error = schedule_error(&replaced(
        "    { date = \"2017-04-14\", name = \"Good Friday\" },\n",
        "",
    ));
    assert!(
        matches!(error, ScheduleError::LastTradingDay { .. }),
        "{error}"
    );
    for symbol in ["HEH7", "HEG8", "LEG7", "HEG", ""] {
        let error = schedule_error(&replaced(
            "symbol = \"HEG7\"",
            &format!("symbol = \"{symbol}\""),
        ));
        assert!(
            matches!(error, ScheduleError::Symbol { ref expected, .. } if expected == "HEG7"),
            "{error}"
        );
    }
    let error = schedule_error(&replaced(
        "{ symbol = \"HEJ7\", last_trading_day = \"2017-04-17\" }",
        "{ symbol = \"HEG7\", last_trading_day = \"2017-02-14\" }",
    ));
    assert!(
        matches!(
            error,
            ScheduleError::Order {
                table: "contracts",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn sessions_are_complete_and_on_business_days() {
    let row = |date: &str| {
        let row = LEAN_HOGS
            .lines()
            .find(|line| line.contains(&format!("{{ date = \"{date}\", contract")));
        format!("{}\n", row.unwrap())
    };
    let error = schedule_error(&replaced(&row("2017-01-04"), ""));
    assert_eq!(
        error.to_string(),
        "sessions: 2017-01-04 is missing: add the session, or name the holiday"
    );
    let error = schedule_error(&replaced(&row("2017-01-04"), &row("2017-01-04").repeat(2)));
    assert!(
        matches!(
            error,
            ScheduleError::Order {
                table: "sessions",
                ..
            }
        ),
        "{error}"
    );
    let holiday = "{ date = \"2017-01-16\", name = \"Martin Luther King Jr. Day\" },";
    let error = schedule_error(&replaced(holiday, ""));
    assert!(
        matches!(error, ScheduleError::Gap { date } if date.to_string() == "2017-01-16"),
        "{error}"
    );
    // Good Friday was a holiday; let 2017-03-31 be one too, on which there is a session.
    let error = schedule_error(&replaced(
        "    { date = \"2017-04-14\"",
        "    { date = \"2017-03-31\", name = \"x\" },\n    { date = \"2017-04-14\"",
    ));
    assert!(
        matches!(error, ScheduleError::NotABusinessDay { .. }),
        "{error}"
    );
    let saturday = row("2017-01-06").replace("2017-01-06", "2017-01-07");
    let error = schedule_error(&replaced(
        &row("2017-01-06"),
        &format!("{}{saturday}", row("2017-01-06")),
    ));
    assert!(
        matches!(error, ScheduleError::NotABusinessDay { .. }),
        "{error}"
    );
}

#[test]
fn sessions_trade_a_listed_contract_that_has_not_ended() {
    let from = "date = \"2017-02-15\", contract = \"HEJ7\"";
    for contract in ["HEG7", "HEZ9", ""] {
        let to = from.replace("HEJ7", contract);
        let error = schedule_error(&replaced(from, &to));
        assert!(matches!(error, ScheduleError::Contract { .. }), "{error}");
    }
}

#[test]
fn the_instants_of_a_session_fit_together() {
    let broken = |from: &str, to: &str| schedule_error(&replaced(from, to));
    let error = broken(
        "open = \"2017-01-03T14:30:00Z\"",
        "open = \"2017-01-03T14:31:00Z\"",
    );
    assert!(
        matches!(
            error,
            ScheduleError::PreOpen {
                expected: 1_800,
                ..
            }
        ),
        "{error}"
    );
    let error = broken(
        "close = \"2017-01-03T19:05:00Z\"",
        "close = \"2017-01-03T19:00:00Z\"",
    );
    assert!(matches!(error, ScheduleError::Instants { .. }), "{error}");
    let error = broken(
        "settlement = \"2017-01-03T19:00:00Z\"",
        "settlement = \"2017-01-03T14:30:29Z\"",
    );
    assert!(matches!(error, ScheduleError::Instants { .. }), "{error}");
    let error = broken(
        "close = \"2017-01-03T19:05:00Z\"",
        "close = \"2017-01-04T19:05:00Z\"",
    );
    assert!(matches!(error, ScheduleError::OtherDay { .. }), "{error}");
    let error = broken(
        "close = \"2017-01-03T19:05:00Z\"",
        "close = \"2017-01-03 19:05:00Z\"",
    );
    assert!(
        matches!(error, ScheduleError::Instant { field: "close", .. }),
        "{error}"
    );
    let error = schedule_error(&with(&[("pre_open", "1799")]));
    assert!(
        matches!(
            error,
            ScheduleError::PreOpen {
                expected: 1_799,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn holidays_are_sorted_and_named_and_tables_are_not_empty() {
    let error = schedule_error(&replaced("Presidents' Day", " "));
    assert!(matches!(error, ScheduleError::Unnamed { .. }), "{error}");
    let error = schedule_error(&replaced("\"2017-01-16\", name", "\"2017-02-21\", name"));
    assert!(
        matches!(
            error,
            ScheduleError::Order {
                table: "holidays",
                ..
            }
        ),
        "{error}"
    );
    let error = schedule_error(&replaced("\"2017-01-16\", name", "\"2017-13-16\", name"));
    assert!(
        matches!(
            error,
            ScheduleError::Date {
                field: "holidays: date",
                ..
            }
        ),
        "{error}"
    );
    let from = LEAN_HOGS.find("sessions = [").unwrap();
    let to = from + LEAN_HOGS[from..].find("\n]\n").unwrap();
    let error = schedule_error(&format!(
        "{}sessions = [{}",
        &LEAN_HOGS[..from],
        &LEAN_HOGS[to..]
    ));
    assert!(
        matches!(
            error,
            ScheduleError::Rows {
                table: "sessions",
                rows: 0,
                ..
            }
        ),
        "{error}"
    );
}
