//! Replies as text for people: aligned columns in 80 columns, dollars, sides, times to the second.
//!
//! One file for each family of replies. Everything here is a function of the reply and nothing else, so that commands,
//! sessions and the screen say the same thing in the same words.

pub mod amounts;
pub mod book;
mod cash;
pub mod decimal;
mod epoch;
mod events;
#[cfg(test)]
pub mod fixtures;
pub mod layout;
pub mod message;
mod orders;
mod paint;
pub mod position;
pub mod screen;
mod statement;
mod status;
mod table;
pub mod times;

pub use paint::Style;

use tally_client::reply::Reply;

/// A reply as text, ending with a line break.
pub fn text(reply: &Reply, style: Style) -> String {
    match reply {
        Reply::Status(status) => status::status(status, style),
        Reply::Account(account) => cash::account(account, style),
        Reply::Preview(preview) => message::preview(preview, style),
        Reply::Sent(sent) => message::sent(sent, style),
        Reply::Orders { orders } => orders::orders(orders, style),
        Reply::Fills { fills } => orders::fills(fills, style),
        Reply::Position { positions } => position::positions(positions, style),
        Reply::Margin(margin) => position::margin(margin, style),
        Reply::Statement { statements } => statement::statements(statements, style),
        Reply::Epoch { height, markets } => epoch::epoch(*height, markets, style),
        Reply::Book(book) => book::book(book, style),
        Reply::Events { events, next } => events::events(events, *next, style),
        Reply::Markets {
            chain,
            name,
            insecure_keys,
            markets,
        } => status::markets(chain, name, *insecure_keys, markets, style),
        Reply::Seats { seats, sent } => events::seats(seats, sent.as_deref(), style),
        Reply::Screen(screen) => screen::screen(screen, style),
        Reply::Notices { notices } => events::notices(notices, style),
        Reply::Failed(failure) => message::failed(failure, style),
    }
}

#[cfg(test)]
mod tests {
    use super::{Style, fixtures, layout::WIDTH, text};
    use tally_client::reply::Reply;

    #[test]
    fn lines_fit_a_terminal_that_nobody_has_widened() {
        let replies = [
            Reply::Status(fixtures::status()),
            Reply::Account(fixtures::account()),
            Reply::Preview(fixtures::preview()),
            Reply::Sent(fixtures::sent()),
            Reply::Margin(fixtures::margin()),
            Reply::Statement {
                statements: vec![fixtures::statement()],
            },
            Reply::Screen(Box::new(fixtures::screen())),
        ];
        for reply in replies {
            for line in text(&reply, Style::Plain).lines() {
                assert!(line.chars().count() <= WIDTH, "{line}");
            }
        }
    }
}
