//! The embedded Lean Hog specification: its values, its reasons, and prices as text.

use proptest::prelude::*;
use tally_exchange::specification::{
    Grid, LEAN_HOGS, PriceError, Source, Specification, SpecificationError, format_price,
    parse_price,
};
use tally_exchange::units::{Price, Quantity};

fn grid() -> Grid {
    Specification::lean_hogs().grid
}

#[test]
fn lean_hogs_has_the_numbers_of_the_protocol() {
    let hogs = Specification::lean_hogs();
    assert_eq!(
        (hogs.symbol.as_str(), hogs.name.as_str()),
        ("HE", "Lean Hog")
    );
    assert_eq!((hogs.contract_size, hogs.tick_value), (40_000, 1_000));
    assert_eq!((hogs.grid.tick(), hogs.grid.decimals()), (25, 3));
    assert_eq!(
        (hogs.initial_margin, hogs.maintenance_margin),
        (70_000, 10_000)
    );
    assert_eq!(
        (
            hogs.haircut,
            hogs.late_haircut_first,
            hogs.late_haircut_last
        ),
        (5_000, 6_000, 10_000)
    );
    assert_eq!(
        (
            hogs.band_half_width,
            hogs.trigger_distance,
            hogs.warning_distance
        ),
        (80, 60, 40)
    );
    assert_eq!(
        (hogs.daily_limit, hogs.expanded_limit, hogs.expiring_limit),
        (120, 180, 360)
    );
    assert_eq!(
        (
            hogs.mark_window.contracts(),
            hogs.lock_time,
            hogs.market_protection
        ),
        (20, 60, 20)
    );
    assert_eq!(
        (
            hogs.settlement_window,
            hogs.settlement_rest,
            hogs.trigger_hold
        ),
        (30, 30, 30)
    );
    assert_eq!(
        (hogs.orders_per_message, hogs.order_limit),
        (16, Quantity(1_000))
    );
    assert_eq!(
        (
            hogs.refresh_window,
            hogs.daily_window_end,
            hogs.window_extension_daily,
            hogs.window_without_next_session
        ),
        (600, 7_200, 3_600, 43_200)
    );
    assert_eq!(
        (hogs.share_time, hogs.dealing_time, hogs.complaint_time),
        (300, 900, 600)
    );
    assert_eq!(
        (
            hogs.minimum_seats,
            hogs.reopen_pre_open,
            hogs.clearing_share,
            hogs.late_haircut_days
        ),
        (3, 120, 5, 10)
    );
    assert_eq!(
        (hogs.final_settlement_wait, hogs.lapse_year),
        (3 * 86_400, 365 * 86_400)
    );
    assert_eq!(hogs.check(), Ok(()));
}

#[test]
fn a_note_with_the_minimum_deposit_carries_one_contract_at_the_daily_limit() {
    let hogs = Specification::lean_hogs();
    let to_the_edge = i64::from(hogs.daily_limit) * hogs.tick_value;
    assert!(
        hogs.minimum_deposit >= hogs.opening_fee + hogs.fee + hogs.initial_margin + to_the_edge
    );
}

#[test]
fn every_parameter_is_listed_with_its_reason() {
    let hogs = Specification::lean_hogs();
    let parameters = LEAN_HOGS
        .lines()
        .filter(|line| line.starts_with("[parameters."))
        .count();
    assert_eq!(hogs.entries().len(), parameters);
    for name in [
        "fee",
        "opening_fee",
        "minimum_deposit",
        "trigger_spacing",
        "expiring_limit",
        "pre_open",
        "order_limit",
        "position_limit",
        "decryptor_bond",
        "reward_cap",
        "fund_seed",
        "expiry_horizon",
        "daily_window_end",
        "window_extension_daily",
        "window_without_next_session",
        "share_time",
        "dealing_time",
        "complaint_time",
        "minimum_seats",
        "reopen_pre_open",
        "late_haircut_days",
        "final_settlement_wait",
    ] {
        let entry = hogs
            .entries()
            .iter()
            .find(|entry| entry.name == name)
            .unwrap();
        assert_eq!(entry.source, Source::Chosen, "{name}");
        assert!(entry.why.len() > 40, "{name} has no reason");
    }
    let entry = |name| {
        hogs.entries()
            .iter()
            .find(|entry| entry.name == name)
            .unwrap()
    };
    assert_eq!(
        (entry("tick").value.as_str(), entry("tick").unit),
        ("0.025", "cents/lb")
    );
    assert_eq!(
        (entry("tick").source, entry("fee").value.as_str()),
        (Source::Document, "100")
    );
    assert_eq!(
        (Source::Document.to_string(), Source::Chosen.to_string()),
        ("document".into(), "chosen".into())
    );
}

#[test]
fn another_text_has_another_digest() {
    let hogs = Specification::lean_hogs();
    let spaced = Specification::from_toml(&format!("{LEAN_HOGS}\n")).unwrap();
    assert_eq!(hogs.fee, spaced.fee);
    assert_ne!(hogs.text_digest, spaced.text_digest);
}

#[test]
fn prices_read_and_print_exactly() {
    let hogs = Specification::lean_hogs();
    for (text, ticks) in [
        ("66.150", 2_646),
        ("66.15", 2_646),
        ("66.1500000", 2_646),
        ("0.025", 1),
        ("0", 0),
        ("-0.000", 0),
        ("-0.025", -1),
        ("-1.025", -41),
        ("-3", -120),
        ("0066", 2_640),
        ("1717986.900", 68_719_476),
        ("-1717986.900", -68_719_476),
    ] {
        assert_eq!(parse_price(text, &hogs), Ok(Price(ticks)), "{text}");
        assert_eq!(hogs.parse_price(text), Ok(Price(ticks)));
    }
    for (ticks, text) in [
        (2_646, "66.150"),
        (0, "0.000"),
        (-1, "-0.025"),
        (-40, "-1.000"),
        (-41, "-1.025"),
    ] {
        assert_eq!(format_price(Price(ticks), &hogs), text);
        assert_eq!(hogs.format_price(Price(ticks)), text);
    }
}

#[test]
fn a_price_off_the_grid_is_refused_naming_the_tick_and_its_neighbours() {
    let neighbours = |text: &str| match grid().parse(text) {
        Err(PriceError::OffGrid {
            tick, below, above, ..
        }) => (tick, below, above),
        other => panic!("{text}: {other:?}"),
    };
    let expect =
        |below: &str, above: &str| ("0.025".to_owned(), below.to_owned(), above.to_owned());
    assert_eq!(neighbours("66.160"), expect("66.150", "66.175"));
    assert_eq!(neighbours("66.1500001"), expect("66.150", "66.175"));
    assert_eq!(neighbours("-0.001"), expect("-0.025", "0.000"));
    assert_eq!(neighbours("0.024999"), expect("0.000", "0.025"));
    let message = grid().parse("66.160").unwrap_err().to_string();
    assert!(
        message.contains("66.160") && message.contains("tick 0.025") && message.contains("66.175"),
        "{message}"
    );
}

#[test]
fn what_is_no_price_is_refused() {
    for text in [
        "",
        "-",
        ".",
        "-.5",
        ".5",
        "5.",
        "+5",
        "1e3",
        "1_000",
        "1,5",
        " 5",
        "5 ",
        "--5",
        "5-",
        "0x10",
        "NaN",
        "inf",
        "٦٦",
        "5.0.0",
        "-+5",
        "5.-1",
        "66.150\n",
        "000000000000000000000000000000000",
    ] {
        assert!(
            matches!(grid().parse(text), Err(PriceError::Malformed { .. })),
            "{text:?}"
        );
    }
    for text in [
        "1717986.901",
        "1717986.925",
        "-1717986.925",
        "99999999999999999999999999999999",
        "9223372036854775808",
    ] {
        assert!(
            matches!(grid().parse(text), Err(PriceError::TooLarge { .. })),
            "{text}"
        );
    }
}

#[test]
fn a_price_clamps_to_the_largest() {
    assert_eq!(grid().largest(), Price(68_719_476));
    assert_eq!(grid().clamp(Price(i32::MIN)), Price(-68_719_476));
    assert_eq!(grid().clamp(Price(i32::MAX)), Price(68_719_476));
    assert_eq!(grid().clamp(Price(-7)), Price(-7));
}

proptest! {
    #[test]
    fn every_price_survives_print_and_read(ticks in -68_719_476..=68_719_476_i32) {
        let grid = grid();
        prop_assert_eq!(grid.parse(&grid.format(Price(ticks))), Ok(Price(ticks)));
    }

    #[test]
    fn a_number_of_thousandths_is_a_price_when_25_divides_it(thousandths in -10_000_000..10_000_000_i32) {
        let sign = if thousandths < 0 { "-" } else { "" };
        let magnitude = thousandths.abs();
        let text = format!("{sign}{}.{:03}", magnitude / 1_000, magnitude % 1_000);
        let grid = grid();
        match grid.parse(&text) {
            Ok(price) => prop_assert_eq!(price.0 * 25, thousandths),
            Err(PriceError::OffGrid { below, above, .. }) => {
                prop_assert!(thousandths % 25 != 0);
                let (below, above) = (grid.parse(&below).unwrap().0, grid.parse(&above).unwrap().0);
                prop_assert_eq!((below, above), (thousandths.div_euclid(25), thousandths.div_euclid(25) + 1));
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn no_text_makes_the_price_reader_panic(text in "\\PC{0,40}", digits in "-?[0-9]{0,30}\\.?[0-9]{0,30}") {
        let grid = grid();
        let _ = grid.parse(&text);
        let _ = grid.parse(&digits);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_damage_to_the_text_makes_the_reader_panic(at in 0..LEAN_HOGS.len(), length in 0..60_usize, put in "\\PC{0,6}") {
        let end = (at + length).min(LEAN_HOGS.len());
        let mut bytes = LEAN_HOGS.as_bytes().to_vec();
        bytes.splice(at..end, put.bytes());
        let text = String::from_utf8_lossy(&bytes);
        // Damage may hit a comment or a reason; whatever is accepted passes every check.
        if let Ok(specification) = Specification::from_toml(&text) {
            prop_assert_eq!(specification.check(), Ok(()));
        }
    }

    #[test]
    fn a_truncated_text_is_refused(at in 0..LEAN_HOGS.len() - 400) {
        prop_assert!(Specification::from_toml(&String::from_utf8_lossy(&LEAN_HOGS.as_bytes()[..at])).is_err());
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[\\[\\]{}=\"'.\\n#a-z0-9 ,-]{0,300}") {
        prop_assert!(Specification::from_toml(&text).is_err());
    }
}

#[test]
fn deep_nesting_and_long_texts_are_refused() {
    let nested = format!("symbol = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(
        Specification::from_toml(&nested),
        Err(SpecificationError::Shape { .. })
    ));
    let long = " ".repeat((1 << 20) + 1);
    assert!(matches!(
        Specification::from_toml(&long),
        Err(SpecificationError::TooLong { .. })
    ));
}
