//! The order book, as a ladder.

use super::amounts::grouped;
use super::decimal::difference;
use super::layout::{Fields, clean, joined};
use super::paint::{Paint, Style};
use super::table::{Align, Cell, Table};
use super::times::to_the_second;
use tally_client::reply::{BookReply, LevelLine};

/// The book: asks above bids, own contracts marked with `*`.
pub fn book(book: &BookReply, style: Style) -> String {
    let heading = format!(
        "{} {}, {} UTC, height {}",
        book.market,
        clean(&book.phase),
        to_the_second(&book.time),
        book.height
    );
    let mut fields = Fields::new(style);
    fields
        .add("mark", book.mark.as_str())
        .add("last", book.last.as_deref().unwrap_or("no trade yet"))
        .maybe("spread", spread(book))
        .add("band", format!("{} to {}", book.band[0], book.band[1]))
        .add(
            "trigger",
            format!(
                "a mark below {} or above {} revalues everybody",
                book.trigger[0], book.trigger[1]
            ),
        )
        .add("traded", grouped(book.traded));
    style.paint(Paint::Strong, &heading) + "\n" + &joined(&ladder(book, style)) + &fields.text()
}

/// Best ask less best bid.
pub fn spread(book: &BookReply) -> Option<String> {
    difference(&book.asks.first()?.price, &book.bids.first()?.price)
}

fn ladder(book: &BookReply, style: Style) -> Vec<String> {
    if book.bids.is_empty() && book.asks.is_empty() {
        return vec!["  the book is empty".to_owned()];
    }
    let mut table = Table::new(
        style,
        &[
            ("own", Align::Right),
            ("orders", Align::Right),
            ("bid", Align::Right),
            ("price", Align::Right),
            ("ask", Align::Right),
            ("orders", Align::Right),
            ("own", Align::Right),
        ],
    );
    for level in book.asks.iter().rev() {
        let [own, orders, quantity] = cells(level);
        let price = Cell::painted(Paint::Bad, &level.price);
        table.row([
            "".into(),
            "".into(),
            "".into(),
            price,
            quantity,
            orders,
            own,
        ]);
    }
    for level in &book.bids {
        let [own, orders, quantity] = cells(level);
        let price = Cell::painted(Paint::Good, &level.price);
        table.row([
            own,
            orders,
            quantity,
            price,
            "".into(),
            "".into(),
            "".into(),
        ]);
    }
    table.lines()
}

fn cells(level: &LevelLine) -> [Cell; 3] {
    let own = match level.own {
        0 => "".into(),
        own => Cell::painted(Paint::Strong, format!("*{}", grouped(own))),
    };
    [
        own,
        level.orders.to_string().into(),
        grouped(level.quantity).into(),
    ]
}

#[cfg(test)]
mod tests {
    use crate::text::{Style, fixtures, text};
    use tally_client::reply::Reply;

    #[test]
    fn a_ladder_with_own_orders() {
        let expected = "\
HEG7 continuous, 2017-01-03 14:30:00 UTC, height 1234
  own  orders  bid   price    ask  orders  own
                    66.250  1,400      12
                    66.225      7       3   *2
                    66.200      5       1
   *2       3    9  66.150
            4   14  66.125
            1    2  66.100
  mark     66.175
  last     66.150
  spread   0.050
  band     64.150 to 68.150
  trigger  a mark below 65.250 or above 67.050 revalues everybody
  traded   1,234
";
        let reply = Reply::Book(fixtures::book());
        assert_eq!(text(&reply, Style::Plain), expected);
    }

    #[test]
    fn one_side_and_none() {
        let mut book = fixtures::book();
        book.asks.clear();
        book.last = None;
        let expected = "\
HEG7 continuous, 2017-01-03 14:30:00 UTC, height 1234
  own  orders  bid   price
   *2       3    9  66.150
            4   14  66.125
            1    2  66.100
  mark     66.175
  last     no trade yet
";
        let one_side = text(&Reply::Book(book.clone()), Style::Plain);
        assert!(one_side.starts_with(expected), "{one_side}");
        book.bids.clear();
        let empty = text(&Reply::Book(book), Style::Plain);
        assert!(
            empty.contains("height 1234\n  the book is empty\n  mark "),
            "{empty}"
        );
    }
}
