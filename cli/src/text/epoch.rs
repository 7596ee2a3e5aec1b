//! `epoch`: the lines of `tally epoch`, from the JSON that it prints. A field that is missing shows as `?`.

use super::amounts::{contracts, dollars, signed};
use super::layout::{Fields, clean};
use super::paint::{Paint, Style};
use super::times::to_the_second;
use serde_json::Value;
use tally_exchange::calendar::format_time;
use tally_exchange::units::Time;

/// Width of the names, as in `tally epoch`.
const NAMES: usize = 18;

/// The epoch of every contract month.
pub fn epoch(height: u64, markets: &[Value], style: Style) -> String {
    let mut out = format!("height {height}\n");
    for market in markets {
        let heading = style.paint(Paint::Strong, &word(&market["market"]));
        let (session, phase) = (word(&market["session"]), word(&market["phase"]));
        out += &format!("\n{heading} on {session}, {phase}\n");
        out += &fields(market, style).text();
    }
    out
}

fn fields(market: &Value, style: Style) -> Fields {
    let cents = |value: &Value| value.as_i64().map_or_else(unknown, dollars);
    let mut fields = Fields::new(style).at_least(NAMES);
    fields
        .add("epoch", word(&market["epoch"]))
        .add("stage", stage(&market["stage"]))
        .add("last trigger", trigger(market))
        .add("last epoch", last(&market["last"]))
        .add(
            "band",
            format!(
                "{} to {}",
                word(&market["band"]["lo"]),
                word(&market["band"]["hi"])
            ),
        )
        .add("mark", word(&market["mark"]))
        .add(
            "notes",
            format!(
                "{} expected, {} refreshed",
                word(&market["expected"]),
                word(&market["refreshed"])
            ),
        )
        .add("joint key", joint_key(market))
        .add(
            "seats",
            format!(
                "{} active, {} shares open a sum",
                word(&market["seats"]),
                word(&market["threshold"])
            ),
        )
        .add(
            "clearing account",
            format!(
                "{}, {}",
                market["clearing_position"]
                    .as_i64()
                    .map_or_else(unknown, contracts),
                cents(&market["clearing_cash"])
            ),
        )
        .add("insurance fund", cents(&market["funds"]["insurance"]));
    let (paint, turnstile) = turnstile(market);
    fields.painted("turnstile", paint, turnstile);
    fields
}

/// A word or a number as it stands there.
fn word(value: &Value) -> String {
    match value {
        Value::Null => unknown(),
        Value::String(word) => clean(word),
        other => other.to_string(),
    }
}

fn unknown() -> String {
    "?".to_owned()
}

fn stage(stage: &Value) -> String {
    let until = || {
        let time = stage["until"].as_u64();
        time.map_or_else(unknown, |time| to_the_second(&format_time(Time(time))))
    };
    match stage["stage"].as_str() {
        Some("open") => "open: no revalidation under way".to_owned(),
        Some("awaiting-key") => "triggered, waiting for a joint key".to_owned(),
        Some("window") => format!(
            "window for Refreshes until {}, extended {} times",
            until(),
            word(&stage["extensions"])
        ),
        Some("sharing") if stage["extended"] == true => {
            format!("decryption shares until {} (extended)", until())
        }
        Some("sharing") => format!("decryption shares until {}", until()),
        _ => unknown(),
    }
}

fn trigger(market: &Value) -> String {
    match (market["trigger"].as_str(), market["price"].as_str()) {
        (Some(trigger), Some(price)) => format!("{} at {}", clean(trigger), clean(price)),
        _ => "none yet".to_owned(),
    }
}

fn last(last: &Value) -> String {
    if last.is_null() {
        return "none yet".to_owned();
    }
    let liquidated = last["liquidated_L"].as_i64().map_or_else(
        || "sums still closed".to_owned(),
        |contracts| format!("L = {contracts} contracts"),
    );
    let reopening = last["reopening"].as_str();
    let reopening = reopening.map_or_else(String::new, |price| {
        format!(", reopened at {}", clean(price))
    });
    format!(
        "{}: {} of {} notes refreshed, {liquidated}{reopening}",
        word(&last["epoch"]),
        word(&last["refreshed"]),
        word(&last["expected"])
    )
}

fn joint_key(market: &Value) -> String {
    let made = market["key_round"].as_u64();
    let made = made.map_or_else(|| "none".to_owned(), |round| format!("of round {round}"));
    let running = &market["running_round"];
    if running.is_null() {
        return made;
    }
    let complaints = if running["complaining"] == true {
        ", complaints are taken"
    } else {
        ""
    };
    format!(
        "{made}; round {} runs, {} of {} have dealt{complaints}",
        word(&running["round"]),
        word(&running["dealt"]),
        word(&running["seats"])
    )
}

fn turnstile(market: &Value) -> (Paint, String) {
    let x = market["turnstile_X"].as_i64();
    let x = x.map_or_else(
        || "not read yet".to_owned(),
        |x| format!("X = {}", signed(x)),
    );
    if market["is_halted"] == true {
        return (Paint::Bad, format!("{x} (HALTED: the turnstile alarmed)"));
    }
    (Paint::None, x)
}

#[cfg(test)]
mod tests {
    use crate::text::{Style, fixtures, text};
    use serde_json::json;
    use tally_client::reply::Reply;
    use tally_exchange::market::Stage;
    use tally_exchange::units::Time;
    use tally_node::replay::RunningRound;

    fn shown(view: &tally_node::replay::MarketView) -> String {
        let markets = vec![serde_json::to_value(view).unwrap()];
        let height = 1234;
        text(&Reply::Epoch { height, markets }, Style::Plain)
    }

    #[test]
    fn an_open_market() {
        let expected = "\
height 1234

HEG7 on 2017-01-03, continuous
  epoch               3
  stage               open: no revalidation under way
  last trigger        mark at 66.150
  last epoch          2: 49 of 50 notes refreshed, L = -2 contracts, reopened at
                      66.150
  band                64.150 to 68.150
  mark                66.175
  notes               50 expected, 0 refreshed
  joint key           of round 4
  seats               12 active, 8 shares open a sum
  clearing account    short 2, $1,323.50
  insurance fund      $1,000,123.00
  turnstile           X = $0.00
";
        assert_eq!(shown(&fixtures::market_view()), expected);
    }

    #[test]
    fn every_stage() {
        let mut view = fixtures::market_view();
        let until = Time(1_483_453_800_000_000);
        for (stage, words) in [
            (Stage::AwaitingKey, "triggered, waiting for a joint key"),
            (
                Stage::Window {
                    until,
                    extensions: 1,
                },
                "window for Refreshes until 2017-01-03 14:30:00, extended 1 times",
            ),
            (
                Stage::Sharing {
                    until,
                    extended: true,
                },
                "decryption shares until 2017-01-03 14:30:00 (extended)",
            ),
            (
                Stage::Sharing {
                    until,
                    extended: false,
                },
                "decryption shares until 2017-01-03 14:30:00\n",
            ),
        ] {
            view.stage = stage;
            // Long lines are wrapped.
            let shown = shown(&view).replace("\n                      ", " ");
            assert!(shown.contains(words), "{shown}");
        }
    }

    #[test]
    fn a_halted_market_at_its_first_key_generation() {
        let mut view = fixtures::market_view();
        view.last = None;
        view.trigger = None;
        view.key_round = None;
        view.running_round = Some(RunningRound {
            round: 1,
            seats: 12,
            dealt: 5,
            complaining: true,
        });
        view.turnstile = Some(-100);
        view.is_halted = true;
        let expected = "
HEG7 on 2017-01-03, continuous
  epoch               3
  stage               open: no revalidation under way
  last trigger        none yet
  last epoch          none yet
  band                64.150 to 68.150
  mark                66.175
  notes               50 expected, 0 refreshed
  joint key           none; round 1 runs, 5 of 12 have dealt, complaints are
                      taken
  seats               12 active, 8 shares open a sum
  clearing account    short 2, $1,323.50
  insurance fund      $1,000,123.00
  turnstile           X = -$1.00 (HALTED: the turnstile alarmed)
";
        let shown = shown(&view);
        assert!(shown.ends_with(expected), "{shown}");
    }

    #[test]
    fn a_shape_of_another_version_is_no_panic() {
        let markets = vec![json!({ "market": "HEG7" }), json!(7)];
        let text = text(&Reply::Epoch { height: 1, markets }, Style::Plain);
        assert!(
            text.contains("\nHEG7 on ?, ?\n  epoch               ?\n"),
            "{text}"
        );
    }
}
