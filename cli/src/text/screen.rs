//! `screen`: what `tally watch` shows, for who asks a session for it.

use super::amounts::dollars_of;
use super::book::book;
use super::events::{events, notices};
use super::layout::Fields;
use super::orders::orders;
use super::paint::Style;
use super::position::position;
use super::status::status;
use super::times::to_the_second;
use tally_client::reply::{EpochLine, Screen};

/// The stage of a revalidation in words.
pub fn stage(word: &str) -> &str {
    match word {
        "open" => "no revalidation under way",
        "awaiting-key" => "triggered, waits for a joint key",
        "window" => "window for Refreshes",
        "sharing" => "decryption shares",
        other => other,
    }
}

/// Everything, part by part.
pub fn screen(screen: &Screen, style: Style) -> String {
    let mut parts = vec![
        book(&screen.book, style),
        position(&screen.position, style),
        orders(&screen.orders, style),
        epoch(&screen.epoch, screen.balance, style),
        events(&screen.tape, screen.next, style),
    ];
    if !screen.notices.is_empty() {
        parts.push(notices(&screen.notices, style));
    }
    parts.push(status(&screen.status, style));
    parts.join("\n")
}

fn epoch(epoch: &EpochLine, balance: u64, style: Style) -> String {
    let until = epoch.until.as_deref().map(to_the_second);
    let mut fields = Fields::new(style);
    fields
        .add("epoch", epoch.epoch.to_string())
        .add("stage", stage(&epoch.stage))
        .maybe("until", until.map(|until| format!("{until} UTC")))
        .add(
            "notes",
            format!(
                "{} refreshed of {} expected",
                epoch.refreshed, epoch.expected
            ),
        )
        .add(
            "joint key",
            match epoch.seats {
                0 => "none".to_owned(),
                seats => format!("of {seats} seats"),
            },
        )
        .add("account", dollars_of(balance));
    fields.text()
}

#[cfg(test)]
mod tests {
    use crate::text::layout::WIDTH;
    use crate::text::{Style, fixtures, text};
    use tally_client::reply::Reply;

    #[test]
    fn everything_in_its_place() {
        let mut screen = fixtures::screen();
        screen.epoch.stage = "window".to_owned();
        screen.epoch.until = Some("2017-01-03T14:35:00.000000Z".to_owned());
        let text = text(&Reply::Screen(Box::new(screen)), Style::Plain);
        let expected = "
     13   HEG7  sell  66.225     0/2           day  live    01-03 14:29:59

  epoch      3
  stage      window for Refreshes
  until      2017-01-03 14:35:00 UTC
  notes      31 refreshed of 50 expected
  joint key  of 12 seats
  account    $1,234.50

       event  height  time (UTC)      month     what
";
        assert!(text.contains(expected), "{text}");
        for part in [
            "HEG7 continuous, 2017-01-03",
            "\nHEG7 long 3 @ 66.1500\n",
            "\n  node        127.0.0.1:7401\n",
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert!(
            text.lines().all(|line| line.chars().count() <= WIDTH),
            "{text}"
        );
    }
}
