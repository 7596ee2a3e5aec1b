//! Dates and instants as text: strict, exact, and never a panic.

use proptest::prelude::*;
use tally_exchange::calendar::{Date, DateError, TimeError, format_time, parse_time};
use tally_exchange::units::Time;

#[test]
fn known_days_and_instants() {
    for (text, days) in [
        ("1970-01-01", 0),
        ("1970-01-02", 1),
        ("2000-02-29", 11_016),
        ("2000-03-01", 11_017),
        ("2017-01-03", 17_169),
        ("9999-12-31", 2_932_896),
    ] {
        let date: Date = text.parse().unwrap();
        assert_eq!(
            (date.days_since_epoch(), date.to_string().as_str()),
            (days, text)
        );
        assert_eq!(Date::from_days_since_epoch(days), Some(date));
    }
    for (text, microseconds) in [
        ("1970-01-01T00:00:00Z", 0),
        ("2017-01-03T14:30:00Z", 1_483_453_800_000_000),
        ("2017-01-03T14:30:00.000001Z", 1_483_453_800_000_001),
        ("2017-01-03T14:30:00.5Z", 1_483_453_800_500_000),
        ("2038-01-19T03:14:08Z", 2_147_483_648_000_000),
        ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
    ] {
        assert_eq!(parse_time(text), Ok(Time(microseconds)), "{text}");
    }
    assert_eq!(
        format_time(Time(1_483_453_800_500_000)),
        "2017-01-03T14:30:00.500000Z"
    );
    assert_eq!(
        format_time(Time(1_483_453_800_000_000)),
        "2017-01-03T14:30:00Z"
    );
    assert!(format_time(Time(u64::MAX)).contains(&u64::MAX.to_string()));
}

#[test]
fn days_follow_each_other_without_a_gap() {
    let mut previous = Date::from_days_since_epoch(0).unwrap();
    for days in 1..=2_932_896_u32 {
        let date = Date::from_days_since_epoch(days).unwrap();
        let same_month = (date.year(), date.month()) == (previous.year(), previous.month());
        assert!(previous < date && date.days_since_epoch() == days);
        assert_eq!(date.day(), if same_month { previous.day() + 1 } else { 1 });
        previous = date;
    }
    assert_eq!(
        (previous.to_string().as_str(), previous.following()),
        ("9999-12-31", None)
    );
    assert_eq!(Date::from_days_since_epoch(u32::MAX), None);
    assert_eq!(Date::new(1970, 1, 1).unwrap().preceding(), None);
}

#[test]
fn weekends_are_saturday_and_sunday() {
    let week = [
        "2017-01-02",
        "2017-01-03",
        "2017-01-04",
        "2017-01-05",
        "2017-01-06",
        "2017-01-07",
        "2017-01-08",
    ];
    let weekend = week.map(|text| text.parse::<Date>().unwrap().is_weekend());
    assert_eq!(weekend, [false, false, false, false, false, true, true]);
}

#[test]
fn malformed_dates_are_refused() {
    for text in [
        "",
        "2017",
        "2017-1-03",
        "2017-01-3",
        "17-01-03",
        "2017/01/03",
        "20170103",
        "2017-01-03 ",
        " 2017-01-03",
        "+017-01-03",
        "-017-01-03",
        "2017-01-0x",
        "2017-01-03T",
        "٢٠١٧-٠١",
        "2017--1-03",
        "2017-01-+3",
    ] {
        assert!(
            matches!(text.parse::<Date>(), Err(DateError::Malformed { .. })),
            "{text:?}"
        );
    }
    for text in [
        "2017-00-03",
        "2017-13-03",
        "2017-01-00",
        "2017-01-32",
        "2017-02-29",
        "2017-04-31",
        "1900-02-29",
        "2100-02-29",
        "1969-12-31",
        "0000-01-01",
    ] {
        assert!(
            matches!(text.parse::<Date>(), Err(DateError::NoSuchDay { .. })),
            "{text:?}"
        );
    }
    let message = "2017-02-30".parse::<Date>().unwrap_err().to_string();
    assert!(message.contains("2017-02-30"), "{message}");
}

#[test]
fn malformed_instants_are_refused() {
    for text in [
        "",
        "2017-01-03",
        "2017-01-03T14:30:00",
        "2017-01-03T14:30:00z",
        "2017-01-03t14:30:00Z",
        "2017-01-03 14:30:00Z",
        "2017-01-03T14:30Z",
        "2017-01-03T14:30:00+00:00",
        "2017-01-03T14:30:00.Z",
        "2017-01-03T14:30:00.1234567Z",
        "2017-01-03T14:30:00,5Z",
        "2017-01-03T14:30:00.-1Z",
        "2017-01-03T1:30:000Z",
        "2017-01-03T14-30-00Z",
        "2017-01-03T14:30:00ZZ",
        " 2017-01-03T14:30:00Z",
        "2017-01-03T14:30:00Z ",
        "2017-01-03T+4:30:00Z",
    ] {
        assert!(
            matches!(parse_time(text), Err(TimeError::Malformed { .. })),
            "{text:?}"
        );
    }
    for text in [
        "2017-01-03T24:00:00Z",
        "2017-01-03T23:60:00Z",
        "2016-12-31T23:59:60Z",
        "2017-01-03T99:99:99Z",
    ] {
        assert!(
            matches!(parse_time(text), Err(TimeError::NoSuchTime { .. })),
            "{text:?}"
        );
    }
    for text in ["2017-02-29T00:00:00Z", "1969-12-31T23:59:59Z"] {
        assert!(
            matches!(
                parse_time(text),
                Err(TimeError::Date(DateError::NoSuchDay { .. }))
            ),
            "{text:?}"
        );
    }
}

#[test]
fn a_day_decodes_only_if_it_exists() {
    let date: Date = "2017-02-28".parse().unwrap();
    let bytes = borsh::to_vec(&date).unwrap();
    assert_eq!(borsh::from_slice::<Date>(&bytes).unwrap(), date);
    assert_eq!(bytes, [0xe1, 0x07, 2, 28]);
    assert!(borsh::from_slice::<Date>(&[0xe1, 0x07, 2, 29]).is_err());
    assert!(borsh::from_slice::<Date>(&[0xe1, 0x07, 2, 28, 0]).is_err());
    assert!(borsh::from_slice::<Date>(&[0xe1, 0x07, 2]).is_err());
}

proptest! {
    #[test]
    fn every_instant_survives_print_and_read(microseconds in 0..=253_402_300_799_999_999_u64) {
        let time = Time(microseconds);
        prop_assert_eq!(parse_time(&format_time(time)), Ok(time));
        let date = Date::of(time).unwrap();
        prop_assert!(date.midnight() <= time && time.0 - date.midnight().0 < 86_400_000_000);
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in "\\PC{0,30}", near in "[0-9]{3,4}[-0-9]{5,6}[T ]?[0-9:.Z]{0,18}") {
        for text in [&text, &near] {
            if let Ok(date) = text.parse::<Date>() {
                prop_assert_eq!(&date.to_string(), text);
            }
            if let Ok(time) = parse_time(text) {
                prop_assert_eq!(parse_time(&format_time(time)), Ok(time));
            }
        }
    }
}
