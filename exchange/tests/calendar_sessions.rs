//! The 62 sessions of the first quarter of 2017, recomputed from the rules of the exchange and of US Central time.

#![allow(clippy::unwrap_used, reason = "a test helper that fails the test")]

use tally_exchange::calendar::{
    Calendar, CalendarError, Date, DateError, Phase, daily_band, is_limit_settlement, parse_time,
};
use tally_exchange::specification::{LEAN_HOGS, Specification};
use tally_exchange::units::{Band, Price, Time};

/// Days with a row in the published daily table of front-month Lean Hogs: year, month, days.
const TRADING_DAYS: &[(u16, u8, &[u8])] = &[
    (
        2017,
        1,
        &[
            3, 4, 5, 6, 9, 10, 11, 12, 13, 17, 18, 19, 20, 23, 24, 25, 26, 27, 30, 31,
        ],
    ),
    (
        2017,
        2,
        &[
            1, 2, 3, 6, 7, 8, 9, 10, 13, 14, 15, 16, 17, 21, 22, 23, 24, 27, 28,
        ],
    ),
    (
        2017,
        3,
        &[
            1, 2, 3, 6, 7, 8, 9, 10, 13, 14, 15, 16, 17, 20, 21, 22, 23, 24, 27, 28, 29, 30, 31,
        ],
    ),
];

fn calendar() -> Calendar {
    Specification::lean_hogs().calendar
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn trading_days() -> Vec<(u16, u8, u8)> {
    let months = TRADING_DAYS.iter();
    months
        .flat_map(|&(year, month, days)| days.iter().map(move |&day| (year, month, day)))
        .collect()
}

/// Seconds from 1970-01-01 to midnight UTC of a day of 2017, counted day by day.
fn midnight(month: u8, day: u8) -> u64 {
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let years: u64 = (1970..2017)
        .map(|year| if leap(year) { 366 } else { 365 })
        .sum();
    let months = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before: u64 = months[..usize::from(month) - 1].iter().sum();
    (years + before + u64::from(day) - 1) * 86_400
}

/// Hours from US Central time to UTC. Daylight saving time starts on the second Sunday in March (Energy Policy Act of
/// 2005). 2017-01-01 was a Sunday.
fn hours_to_utc(month: u8, day: u8) -> u64 {
    let day_of_year = |month: u8, day: u8| (midnight(month, day) - midnight(1, 1)) / 86_400;
    let mut sundays = (1..=14).filter(|&day| day_of_year(3, day).is_multiple_of(7));
    let change = sundays.next_back().unwrap();
    if (month, day) < (3, change) { 6 } else { 5 }
}

#[test]
fn the_sessions_are_those_of_the_daily_table() {
    let listed: Vec<_> = calendar()
        .sessions()
        .iter()
        .map(|session| {
            (
                session.date.year(),
                session.date.month(),
                session.date.day(),
            )
        })
        .collect();
    assert_eq!(listed, trading_days());
    assert_eq!(listed.len(), 62);
}

#[test]
fn every_instant_follows_from_us_central_time() {
    for session in calendar().sessions() {
        let (month, day) = (session.date.month(), session.date.day());
        let central = |hour: u64, minute: u64| {
            Time(
                (midnight(month, day) + (hour + hours_to_utc(month, day)) * 3_600 + minute * 60)
                    * 1_000_000,
            )
        };
        let expected = [
            central(8, 0),
            central(8, 30),
            central(13, 0),
            central(13, 5),
        ];
        assert_eq!(
            [
                session.pre_open,
                session.open,
                session.settlement,
                session.close
            ],
            expected,
            "{}",
            session.date
        );
        assert_eq!((session.close.0 - session.open.0) / 1_000_000, 16_500);
    }
    assert_eq!((hours_to_utc(3, 11), hours_to_utc(3, 12)), (6, 5));
}

#[test]
fn daylight_saving_moves_the_open_by_an_hour_in_utc() {
    let calendar = calendar();
    let open = |text: &str| calendar.session_named(text).unwrap().open;
    assert_eq!(
        open("2017-03-10"),
        parse_time("2017-03-10T14:30:00Z").unwrap()
    );
    assert_eq!(
        open("2017-03-13"),
        parse_time("2017-03-13T13:30:00Z").unwrap()
    );
    assert_eq!(
        open("2017-03-13").0 - open("2017-03-10").0,
        (3 * 24 - 1) * 3_600 * 1_000_000
    );
}

#[test]
fn the_front_month_changes_after_the_tenth_business_day_of_february() {
    for session in calendar().sessions() {
        let expected = if session.date <= day("2017-02-14") {
            "HEG7"
        } else {
            "HEJ7"
        };
        assert_eq!(session.contract, expected, "{}", session.date);
    }
    assert_eq!(calendar().last_trading_day("HEG7"), Ok(day("2017-02-14")));
    assert_eq!(calendar().last_trading_day("HEJ7"), Ok(day("2017-04-17")));
    let error = calendar().last_trading_day("HEK7").unwrap_err();
    assert!(
        error.to_string().contains("HEK7") && error.to_string().contains("HEG7"),
        "{error}"
    );
}

#[test]
fn the_last_two_days_of_the_expiring_month_are_known() {
    let calendar = calendar();
    let expiring = calendar
        .sessions()
        .iter()
        .filter(|session| session.is_expiring_last_two_days);
    let days: Vec<_> = expiring.map(|session| session.date.to_string()).collect();
    assert_eq!(days, ["2017-02-13", "2017-02-14"]);
}

#[test]
fn a_day_without_a_session_says_why() {
    let calendar = calendar();
    let refused = |text: &str| calendar.session_named(text).unwrap_err();
    for (text, name) in [
        ("2017-01-02", "New Year's Day (observed)"),
        ("2017-01-16", "Martin Luther King Jr. Day"),
        ("2017-02-20", "Presidents' Day"),
        ("2017-04-14", "Good Friday"),
    ] {
        assert_eq!(
            refused(text),
            CalendarError::Holiday {
                date: day(text),
                name: name.to_owned()
            }
        );
        assert!(refused(text).to_string().contains(name));
    }
    for text in ["2017-01-07", "2017-01-08", "2017-03-12", "2017-03-26"] {
        assert_eq!(refused(text), CalendarError::Weekend { date: day(text) });
    }
    for text in [
        "2016-12-30",
        "2017-01-01",
        "2017-04-03",
        "2017-05-06",
        "1970-01-01",
        "9999-12-31",
    ] {
        let error = CalendarError::OutsideRange {
            date: day(text),
            first: day("2017-01-03"),
            last: day("2017-03-31"),
        };
        assert_eq!(refused(text), error);
        assert!(
            error.to_string().contains("2017-01-03") && error.to_string().contains("2017-03-31")
        );
    }
    assert!(matches!(
        refused("2017-1-3"),
        CalendarError::Malformed(DateError::Malformed { .. })
    ));
    assert!(matches!(
        refused("2017-02-29"),
        CalendarError::Malformed(DateError::NoSuchDay { .. })
    ));
    assert_eq!(
        Calendar::default().session(day("2017-01-03")),
        Err(CalendarError::Empty {
            date: day("2017-01-03")
        })
    );
}

#[test]
fn every_day_of_the_quarter_has_a_session_or_a_reason() {
    let calendar = calendar();
    let (mut sessions, mut weekends, mut holidays) = (0, 0, 0);
    let mut date = day("2017-01-02");
    while date <= day("2017-03-31") {
        match calendar.session(date) {
            Ok(session) => {
                sessions += 1;
                assert!(session.date == date && !date.is_weekend());
            }
            Err(CalendarError::Weekend { .. }) => weekends += usize::from(date.is_weekend()),
            Err(CalendarError::Holiday { .. }) => holidays += 1,
            Err(other) => panic!("{other}"),
        }
        date = date.following().unwrap();
    }
    assert_eq!((sessions, weekends, holidays), (62, 24, 3));
}

#[test]
fn next_and_previous_step_over_days_without_a_session() {
    let calendar = calendar();
    let next = |text: &str| {
        calendar
            .next(day(text))
            .map(|session| session.date.to_string())
    };
    let previous = |text: &str| {
        calendar
            .previous(day(text))
            .map(|session| session.date.to_string())
    };
    assert_eq!(next("2017-01-13").as_deref(), Some("2017-01-17"));
    assert_eq!(next("2017-01-15").as_deref(), Some("2017-01-17"));
    assert_eq!(next("1999-01-01").as_deref(), Some("2017-01-03"));
    assert_eq!((next("2017-03-31"), next("2030-01-01")), (None, None));
    assert_eq!(previous("2017-02-21").as_deref(), Some("2017-02-17"));
    assert_eq!(previous("2017-02-20").as_deref(), Some("2017-02-17"));
    assert_eq!(previous("2030-01-01").as_deref(), Some("2017-03-31"));
    assert_eq!(
        (previous("2017-01-03"), previous("1999-01-01")),
        (None, None)
    );
    for pair in calendar.sessions().windows(2) {
        assert_eq!(calendar.next(pair[0].date), Some(&pair[1]));
        assert_eq!(calendar.previous(pair[1].date), Some(&pair[0]));
    }
}

#[test]
fn phases_are_half_open_intervals() {
    let calendar = calendar();
    for session in calendar.sessions() {
        let starts = [
            (session.pre_open, Phase::Closed, Phase::PreOpen),
            (session.open, Phase::PreOpen, Phase::Continuous),
            (
                session.settlement,
                Phase::Continuous,
                Phase::AfterSettlement,
            ),
            (session.close, Phase::AfterSettlement, Phase::Closed),
        ];
        for (time, before, from) in starts {
            assert_eq!(
                (calendar.phase(Time(time.0 - 1)), calendar.phase(time)),
                (before, from)
            );
            assert_eq!(
                (session.phase(Time(time.0 - 1)), session.phase(time)),
                (before, from)
            );
        }
        assert_eq!(calendar.session_at(session.pre_open), Some(session));
        assert_eq!(calendar.session_at(session.close), None);
    }
    assert_eq!(
        (calendar.phase(Time(0)), calendar.phase(Time(u64::MAX))),
        (Phase::Closed, Phase::Closed)
    );
    assert!(Phase::AfterSettlement.is_matching() && !Phase::PreOpen.is_matching());
    assert!(Phase::PreOpen.takes_orders() && !Phase::Closed.takes_orders());
}

#[test]
fn the_settlement_window_is_the_last_half_minute_before_one_o_clock() {
    let hogs = Specification::lean_hogs();
    let session = hogs.calendar.session_named("2017-01-03").unwrap();
    assert_eq!(
        session.settlement_window_start(&hogs),
        parse_time("2017-01-03T18:59:30Z").unwrap()
    );
}

#[test]
fn the_daily_band_follows_the_rulebook() {
    let hogs = Specification::lean_hogs();
    let session = |text: &str| hogs.calendar.session_named(text).unwrap();
    let band = |prior: &str, text: &str, after_limit: bool| {
        let band = daily_band(
            hogs.parse_price(prior).unwrap(),
            session(text),
            after_limit,
            &hogs,
        );
        (hogs.format_price(band.lo), hogs.format_price(band.hi))
    };
    let edges = |lo: &str, hi: &str| (lo.to_owned(), hi.to_owned());
    assert_eq!(
        band("66.150", "2017-01-03", false),
        edges("63.150", "69.150")
    );
    assert_eq!(
        band("66.150", "2017-01-03", true),
        edges("61.650", "70.650")
    );
    assert_eq!(
        band("74.550", "2017-02-13", false),
        edges("65.550", "83.550")
    );
    assert_eq!(
        band("74.750", "2017-02-14", true),
        edges("65.750", "83.750")
    );
    assert_eq!(band("1.000", "2017-01-03", false), edges("-2.000", "4.000"));
    assert_eq!(
        band("-1.000", "2017-01-03", false),
        edges("-4.000", "2.000")
    );
}

#[test]
fn a_band_never_leaves_the_range_of_prices() {
    let hogs = Specification::lean_hogs();
    let session = hogs.calendar.session_named("2017-01-03").unwrap();
    let largest = hogs.grid.largest();
    for prior in [i32::MIN, -largest.0, -largest.0 + 1, largest.0, i32::MAX] {
        let band = daily_band(Price(prior), session, false, &hogs);
        assert!(
            -largest.0 <= band.lo.0 && band.lo <= band.hi && band.hi <= largest,
            "{prior}"
        );
        assert!(i64::from(band.hi.0) * hogs.tick_value <= 1 << 36);
    }
}

#[test]
fn a_settlement_at_the_limit_widens_the_next_day_except_at_the_stand_in() {
    let hogs = Specification::lean_hogs();
    let session = |text: &str| hogs.calendar.session_named(text).unwrap();
    let band = Band {
        lo: Price(-10),
        hi: Price(10),
    };
    for (price, limit) in [(-10, true), (10, true), (9, false), (-9, false), (0, false)] {
        assert_eq!(
            is_limit_settlement(Price(price), band, session("2017-01-03")),
            limit
        );
        assert!(!is_limit_settlement(
            Price(price),
            band,
            session("2017-02-14")
        ));
    }
}

#[test]
fn the_text_of_the_sessions_is_canonical() {
    for session in calendar().sessions() {
        for time in [
            session.pre_open,
            session.open,
            session.settlement,
            session.close,
        ] {
            let text = tally_exchange::calendar::format_time(time);
            assert!(LEAN_HOGS.contains(&format!("\"{text}\"")), "{text}");
        }
    }
}
