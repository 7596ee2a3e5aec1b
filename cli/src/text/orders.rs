//! `orders`, `order-status`, `fills`.

use super::amounts::dollars;
use super::layout::clean;
use super::paint::{Paint, Style};
use super::table::{Align, Cell, Table};
use super::times::of_the_year;
use crate::output::word;
use tally_client::reply::{FillLine, OrderLine};
use tally_exchange::units::Side;

/// A side, in its colour.
pub fn side(side: Side) -> Cell {
    let paint = match side {
        Side::Buy => Paint::Good,
        Side::Sell => Paint::Bad,
    };
    Cell::painted(paint, side.to_string())
}

/// Orders of the wallet.
pub fn orders(orders: &[OrderLine], style: Style) -> String {
    if orders.is_empty() {
        return "no orders\n".to_owned();
    }
    order_table(orders, style)
}

/// The table of orders, heading and all.
pub fn order_table(orders: &[OrderLine], style: Style) -> String {
    let mut table = Table::new(
        style,
        &[
            ("order", Align::Right),
            ("month", Align::Right),
            ("side", Align::Left),
            ("price", Align::Right),
            ("filled", Align::Right),
            ("average", Align::Right),
            ("tif", Align::Left),
            ("status", Align::Left),
            ("time (UTC)", Align::Left),
            ("id", Align::Left),
        ],
    );
    for order in orders {
        table.row([
            order.order.to_string().into(),
            order.market.as_str().into(),
            side(order.side),
            order.price.as_str().into(),
            format!("{}/{}", order.filled, order.quantity).into(),
            order.average_price.as_deref().unwrap_or("").into(),
            word(&order.tif).into(),
            word(&order.status).into(),
            of_the_year(&order.time).into(),
            clean(order.id.as_deref().unwrap_or("")).into(),
        ]);
    }
    table.text()
}

/// Fills of the wallet.
pub fn fills(fills: &[FillLine], style: Style) -> String {
    if fills.is_empty() {
        return "no fills\n".to_owned();
    }
    fill_table(fills, style)
}

/// The table of fills, heading and all.
pub fn fill_table(fills: &[FillLine], style: Style) -> String {
    let mut table = Table::new(
        style,
        &[
            ("order", Align::Right),
            ("fill", Align::Right),
            ("month", Align::Right),
            ("side", Align::Left),
            ("quantity", Align::Right),
            ("price", Align::Right),
            ("fee", Align::Right),
            ("height", Align::Right),
            ("time (UTC)", Align::Left),
            ("id", Align::Left),
        ],
    );
    for fill in fills {
        table.row([
            fill.order.to_string().into(),
            fill.index.to_string().into(),
            fill.market.as_str().into(),
            side(fill.side),
            fill.quantity.to_string().into(),
            fill.price.as_str().into(),
            dollars(fill.fee).into(),
            fill.height.to_string().into(),
            of_the_year(&fill.time).into(),
            clean(fill.id.as_deref().unwrap_or("")).into(),
        ]);
    }
    table.text()
}

#[cfg(test)]
mod tests {
    use crate::text::layout::WIDTH;
    use crate::text::{Style, fixtures, text};
    use tally_client::reply::Reply;
    use tally_exchange::record::OrderStatus;
    use tally_exchange::units::{OrderId, Quantity, Side};

    #[test]
    fn live_orders() {
        let orders = fixtures::orders();
        let expected = "  order  month  side   price  filled  average  tif  status  time (UTC)
     12   HEG7  buy   66.150     1/3  66.1500  day  live    01-03 14:29:58
      id quote-17
     13   HEG7  sell  66.225     0/2           day  live    01-03 14:29:59
";
        let reply = Reply::Orders { orders };
        assert_eq!(text(&reply, Style::Plain), expected);
        let none = Reply::Orders { orders: Vec::new() };
        assert_eq!(text(&none, Style::Plain), "no orders\n");
    }

    #[test]
    fn final_orders_with_the_longest_words_stay_within_the_width() {
        let mut order = fixtures::orders().remove(0);
        order.order = OrderId(123_456);
        order.status = OrderStatus::Revalidation;
        order.filled = Quantity(12);
        order.quantity = Quantity(20);
        order.side = Side::Sell;
        order.id = Some("i".repeat(64));
        let reply = Reply::Orders {
            orders: vec![order],
        };
        let text = text(&reply, Style::Plain);
        assert!(
            text.lines().all(|line| line.chars().count() <= WIDTH),
            "{text}"
        );
    }

    #[test]
    fn fills_of_the_wallet() {
        let fills = fixtures::fills();
        let expected = "  order  fill  month  side  quantity   price    fee  height  time (UTC)
     12     0   HEG7  buy          1  66.150  $1.00    1234  01-03 14:30:00
      id quote-17
     11     2   HEG7  sell         2  66.200  $2.00    1235  01-03 14:30:01
";
        let reply = Reply::Fills { fills };
        assert_eq!(text(&reply, Style::Plain), expected);
        let none = Reply::Fills { fills: Vec::new() };
        assert_eq!(text(&none, Style::Plain), "no fills\n");
    }

    #[test]
    fn sides_in_colour() {
        let reply = Reply::Orders {
            orders: fixtures::orders(),
        };
        let text = text(&reply, Style::Colour);
        assert!(
            text.contains("HEG7  \x1b[32mbuy\x1b[0m   66.150"),
            "{text:?}"
        );
        assert!(
            text.contains("HEG7  \x1b[31msell\x1b[0m  66.225"),
            "{text:?}"
        );
    }
}
