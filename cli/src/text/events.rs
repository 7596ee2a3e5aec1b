//! `trades`, `events`, `notices`, `seat`.

use super::amounts::dollars;
use super::layout::clean;
use super::message::sent;
use super::paint::{Paint, Style};
use super::table::{Align, Cell, Last, Table};
use super::times::of_the_year;
use tally_client::reply::{EventLine, Notice, SeatLine, Sent};

/// Events, own ones marked with `*`, and the number from which to go on.
pub fn events(events: &[EventLine], next: u64, style: Style) -> String {
    let mut out = if events.is_empty() {
        "no events\n".to_owned()
    } else {
        event_table(events, style)
    };
    out += &format!("  next event: {next}\n");
    out
}

fn event_table(events: &[EventLine], style: Style) -> String {
    let mut table = Table::new(
        style,
        &[
            ("event", Align::Right),
            ("height", Align::Right),
            ("time (UTC)", Align::Left),
            ("month", Align::Right),
            ("", Align::Left),
            ("what", Align::Left),
        ],
    )
    .last(Last::Wraps);
    for event in events {
        let (mark, paint) = if event.own {
            ("*", Paint::Strong)
        } else {
            ("", Paint::None)
        };
        table.row([
            event.seq.to_string().into(),
            event.height.to_string().into(),
            of_the_year(&event.time).into(),
            event.market.as_str().into(),
            Cell::painted(paint, mark),
            Cell::painted(paint, &event.text),
        ]);
    }
    table.text()
}

/// What became of messages that nobody waited for.
pub fn notices(notices: &[Notice], style: Style) -> String {
    if notices.is_empty() {
        return "no notices\n".to_owned();
    }
    let columns = [("message", Align::Right), ("what", Align::Left)];
    let mut table = Table::new(style, &columns).last(Last::Wraps);
    for notice in notices {
        table.row([
            notice.message.to_string().into(),
            clean(&notice.text).into(),
        ]);
    }
    table.text()
}

/// The wallet's seats.
pub fn seats(seats: &[SeatLine], then: Option<&Sent>, style: Style) -> String {
    let mut out = then.map_or_else(String::new, |then| sent(then, style));
    if seats.is_empty() {
        out += "no seats\n";
        return out;
    }
    let mut table = Table::new(
        style,
        &[
            ("seat", Align::Right),
            ("month", Align::Right),
            ("status", Align::Left),
            ("bond", Align::Right),
        ],
    );
    for seat in seats {
        let paint = match seat.status.as_str() {
            "slashed" => Paint::Bad,
            _ => Paint::None,
        };
        table.row([
            seat.seat.to_string().into(),
            seat.market.as_str().into(),
            Cell::painted(paint, &seat.status),
            dollars(seat.bond).into(),
        ]);
    }
    out += &table.text();
    out
}

#[cfg(test)]
mod tests {
    use crate::text::{Style, fixtures, text};
    use tally_client::reply::{Notice, Reply, SeatLine};

    #[test]
    fn a_tape() {
        let expected = "       event  height  time (UTC)      month     what
  1293942784    1234  01-03 14:29:59   HEG7     2 @ 66.175 (buy)
  1293942785    1234  01-03 14:30:00   HEG7  *  order 12 filled: 1 @ 66.150
  1293942786    1234  01-03 14:30:00   HEG7     epoch 2 closes (mark):
                                                revalidation at 66.175, next
                                                band 64.175 to 68.175
  next event: 1294991360
";
        let reply = Reply::Events {
            events: fixtures::tape(),
            next: fixtures::NEXT,
        };
        assert_eq!(text(&reply, Style::Plain), expected);
        let none = Reply::Events {
            events: Vec::new(),
            next: 0,
        };
        assert_eq!(text(&none, Style::Plain), "no events\n  next event: 0\n");
    }

    #[test]
    fn notices_are_told() {
        let notice = Notice {
            message: 7,
            text: "buy 2 @ 66.150 in HEG7: accepted at height 1230".to_owned(),
        };
        let expected = "  message  what
        7  buy 2 @ 66.150 in HEG7: accepted at height 1230
";
        let reply = Reply::Notices {
            notices: vec![notice],
        };
        assert_eq!(text(&reply, Style::Plain), expected);
        let none = Reply::Notices {
            notices: Vec::new(),
        };
        assert_eq!(text(&none, Style::Plain), "no notices\n");
    }

    #[test]
    fn seats_and_what_was_sent_for_them() {
        let seat = |seat: u32, status: &str, bond: i64| SeatLine {
            seat,
            market: fixtures::symbol(),
            status: status.to_owned(),
            bond,
        };
        let mut sent = fixtures::sent();
        sent.action = "post a bond of $1,000.00 for a decryptor's seat in HEG7".to_owned();
        sent.orders.clear();
        sent.id = None;
        sent.insecure_keys = false;
        let reply = Reply::Seats {
            seats: vec![seat(4, "active", 100_000), seat(12, "slashed", 0)],
            sent: Some(Box::new(sent)),
        };
        let expected = "\
accepted: post a bond of $1,000.00 for a decryptor's seat in HEG7
  message  7
  month    HEG7
  height   1234
  proof    31 ms
  receipt  after 120 ms
  seat  month  status        bond
     4   HEG7  active   $1,000.00
    12   HEG7  slashed      $0.00
";
        assert_eq!(text(&reply, Style::Plain), expected);
        let none = Reply::Seats {
            seats: Vec::new(),
            sent: None,
        };
        assert_eq!(text(&none, Style::Plain), "no seats\n");
    }
}
