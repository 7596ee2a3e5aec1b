//! `statement`.

use super::amounts::{contracts, dollars, signed};
use super::layout::{Fields, clean};
use super::orders::fill_table;
use super::paint::{Paint, Style};
use super::table::{Align, Cell, Table};
use super::times::of_the_year;
use tally_client::reply::{AdjustmentLine, CashLine, SettlementLine, StatementReply};

/// Statements, one below the other.
pub fn statements(statements: &[StatementReply], style: Style) -> String {
    if statements.is_empty() {
        return "nothing to state: this wallet has done nothing yet\n".to_owned();
    }
    let texts = statements.iter().map(|of| statement(of, style));
    texts.collect::<Vec<_>>().join("\n")
}

fn statement(of: &StatementReply, style: Style) -> String {
    let day = of
        .day
        .as_deref()
        .map_or_else(|| "all days".to_owned(), clean);
    let heading = format!("{}, {day}", of.market);
    let parts = [
        style.paint(Paint::Strong, &heading) + "\n",
        part("fills", of.fills.is_empty(), || {
            fill_table(&of.fills, style)
        }),
        part("closed by the market", of.adjustments.is_empty(), || {
            adjustments(&of.adjustments, style)
        }),
        part("settlements", of.settlements.is_empty(), || {
            settlements(&of.settlements, style)
        }),
        part("cash", of.cash.is_empty(), || cash(&of.cash, style)),
        "\n".to_owned() + &sums(of, style),
    ];
    parts.concat()
}

/// A part with its heading, left out if there is nothing in it.
fn part(heading: &str, is_empty: bool, text: impl FnOnce() -> String) -> String {
    if is_empty {
        return String::new();
    }
    format!("\n{heading}\n{}", text())
}

fn sums(of: &StatementReply, style: Style) -> String {
    let mut fields = Fields::new(style);
    fields
        .painted(
            "realised",
            Paint::of_amount(of.realised),
            format!("{} before fees", signed(of.realised)),
        )
        .painted(
            "unrealised",
            Paint::of_amount(of.unrealised),
            format!("{} at its end", signed(of.unrealised)),
        )
        .add("fees", dollars(of.fees))
        .add("haircuts", dollars(of.haircuts))
        .add("position", format!("{} at its end", contracts(of.position)))
        .add("equity", format!("{} at its end", dollars(of.equity)));
    fields.text()
}

fn amount(cents: i64) -> Cell {
    Cell::painted(Paint::of_amount(cents), signed(cents))
}

fn adjustments(lines: &[AdjustmentLine], style: Style) -> String {
    let mut table = Table::new(
        style,
        &[
            ("by", Align::Left),
            ("epoch", Align::Right),
            ("closed", Align::Left),
            ("price", Align::Right),
            ("cost", Align::Right),
            ("time (UTC)", Align::Left),
        ],
    );
    for line in lines {
        table.row([
            line.kind.as_str().into(),
            line.epoch.to_string().into(),
            contracts(line.closed).into(),
            line.price.as_str().into(),
            dollars(line.cost).into(),
            of_the_year(&line.time).into(),
        ]);
    }
    table.text()
}

fn settlements(lines: &[SettlementLine], style: Style) -> String {
    let mut table = Table::new(style, &[("day", Align::Left), ("price", Align::Right)]);
    for line in lines {
        table.row([line.day.as_str().into(), line.price.as_str().into()]);
    }
    table.text()
}

fn cash(lines: &[CashLine], style: Style) -> String {
    let mut table = Table::new(
        style,
        &[
            ("kind", Align::Left),
            ("amount", Align::Right),
            ("fee in it", Align::Right),
            ("time (UTC)", Align::Left),
        ],
    );
    for line in lines {
        let fee = if line.fee == 0 {
            String::new()
        } else {
            dollars(line.fee)
        };
        table.row([
            line.kind.as_str().into(),
            amount(line.amount),
            fee.into(),
            of_the_year(&line.time).into(),
        ]);
    }
    table.text()
}

#[cfg(test)]
mod tests {
    use crate::text::{Style, fixtures, text};
    use tally_client::reply::Reply;

    #[test]
    fn a_day_with_everything() {
        let expected = "\
HEG7, 2017-01-03

fills
  order  fill  month  side  quantity   price    fee  height  time (UTC)
     12     0   HEG7  buy          1  66.150  $1.00    1234  01-03 14:30:00
      id quote-17
     11     2   HEG7  sell         2  66.200  $2.00    1235  01-03 14:30:01

closed by the market
  by            epoch  closed    price   cost  time (UTC)
  revalidation      2  short 2  66.100  $1.00  01-03 15:00:00

settlements
  day          price
  2017-01-03  66.150

cash
  kind          amount  fee in it  time (UTC)
  open      +$5,000.00     $25.00  01-03 14:00:00
  withdraw    -$100.00             01-03 16:00:00

  realised    +$40.00 before fees
  unrealised  -$10.00 at its end
  fees        $28.00
  haircuts    $1.00
  position    long 3 at its end
  equity      $4,901.00 at its end
";
        let statements = vec![fixtures::statement()];
        let reply = Reply::Statement { statements };
        assert_eq!(text(&reply, Style::Plain), expected);
    }

    #[test]
    fn all_days_with_nothing() {
        let mut statement = fixtures::statement();
        statement.day = None;
        statement.fills.clear();
        statement.adjustments.clear();
        statement.settlements.clear();
        statement.cash.clear();
        let statements = vec![statement];
        let expected = "\
HEG7, all days

  realised    +$40.00 before fees
  unrealised  -$10.00 at its end
  fees        $28.00
  haircuts    $1.00
  position    long 3 at its end
  equity      $4,901.00 at its end
";
        let reply = Reply::Statement { statements };
        assert_eq!(text(&reply, Style::Plain), expected);
        let none = Reply::Statement {
            statements: Vec::new(),
        };
        let expected = "nothing to state: this wallet has done nothing yet\n";
        assert_eq!(text(&none, Style::Plain), expected);
    }
}
