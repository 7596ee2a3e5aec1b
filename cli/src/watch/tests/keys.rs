//! What keys do.

use super::{app, app_with, buffer, job, press, previewed, shown, type_in};
use crate::text::fixtures;
use crate::watch::app::{App, Focus, Mode};
use crate::watch::keys::{Action, on_key};
use crate::watch::look::Look;
use crate::watch::source::Purpose;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::style::Modifier;
use tally_client::request::{OrderRequest, Request};
use tally_exchange::units::{OrderId, Quantity, Side, TimeInForce};

fn order(preview: bool) -> OrderRequest {
    OrderRequest {
        market: Some(fixtures::symbol()),
        side: Side::Buy,
        quantity: Quantity(12),
        price: "66.150".to_owned(),
        tif: TimeInForce::Day,
        post_only: false,
        id: Some("watch-s-1".to_owned()),
        preview,
    }
}

#[test]
fn a_buy_is_typed_previewed_and_confirmed() {
    let mut app = app();
    press(&mut app, KeyCode::Char('b'));
    press(&mut app, KeyCode::Backspace);
    type_in(&mut app, "1x2");
    let asked = job(press(&mut app, KeyCode::Enter));
    assert_eq!(asked.request, Request::Order(order(true)));
    assert_eq!(asked.purpose, Purpose::Preview(1));
    // Nothing is sent twice, and nothing before it was seen.
    assert_eq!(press(&mut app, KeyCode::Enter), None);
    previewed(&mut app, &asked);
    let asked = job(press(&mut app, KeyCode::Enter));
    assert_eq!(asked.request, Request::Order(order(false)));
    assert_eq!(asked.purpose, Purpose::Send);
    assert_eq!(app.mode, Mode::Looking);
    assert_eq!(app.under_way[0].what, "buy 12 @ 66.150");
    assert_eq!(press(&mut app, KeyCode::Enter), None);
}

#[test]
fn a_preview_that_was_left_is_forgotten() {
    let mut app = app();
    press(&mut app, KeyCode::Char('s'));
    let asked = job(press(&mut app, KeyCode::Enter));
    press(&mut app, KeyCode::Esc);
    previewed(&mut app, &asked);
    assert_eq!(app.mode, Mode::Looking);
    // Nor does it belong to the next form.
    press(&mut app, KeyCode::Char('s'));
    previewed(&mut app, &asked);
    assert!(matches!(app.mode, Mode::Typing(_)));
}

#[test]
fn the_price_comes_from_the_selected_level() {
    let price = |keys: &str| {
        let mut app = app();
        type_in(&mut app, keys);
        match &app.mode {
            Mode::Typing(form) => form.price.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(price("b"), "66.150");
    assert_eq!(price("s"), "66.200");
    assert_eq!(price("jb"), "66.150");
    assert_eq!(price("jjb"), "66.125");
    assert_eq!(price("jkkb"), "66.225");
    assert_eq!(price("kkkkkkb"), "66.250");
    assert_eq!(price("jjjjjjjb"), "66.100");
}

#[test]
fn the_selection_stays_at_its_price_while_the_book_moves() {
    let mut app = app();
    type_in(&mut app, "jj");
    let mut screen = fixtures::screen();
    screen.book.bids.remove(0);
    super::refresh(&mut app, screen.clone());
    assert_eq!(app.selected_level().unwrap().1.price, "66.125");
    // If its level is gone the nearest one of its side is selected.
    screen.book.bids.remove(0);
    super::refresh(&mut app, screen);
    assert_eq!(app.selected_level().unwrap().1.price, "66.100");
}

#[test]
fn what_was_typed_wrong_is_said_and_not_asked() {
    let mut app = app();
    press(&mut app, KeyCode::Char('b'));
    press(&mut app, KeyCode::Backspace);
    assert_eq!(press(&mut app, KeyCode::Enter), None);
    let text = shown(&app, 80, 24);
    assert!(
        text.contains("quantity: type a whole number of contracts, at least 1"),
        "{text}"
    );
    type_in(&mut app, "3");
    press(&mut app, KeyCode::Tab);
    type_in(&mut app, "..");
    assert_eq!(press(&mut app, KeyCode::Enter), None);
    assert!(shown(&app, 80, 24).contains("price: type a number such as 66.150"));
}

#[test]
fn a_market_order_has_a_side_and_waits_for_nobody() {
    let mut app = app();
    type_in(&mut app, "ms4");
    let asked = job(press(&mut app, KeyCode::Enter));
    let Request::Order(order) = asked.request else {
        panic!("{asked:?}");
    };
    assert_eq!((order.side, order.quantity.0), (Side::Sell, 14));
    assert_eq!((order.price.as_str(), order.tif), ("mkt", TimeInForce::Ioc));
}

#[test]
fn closing_asks_first() {
    let mut app = app();
    let asked = job(press(&mut app, KeyCode::Char('x')));
    let close = |preview| Request::Close {
        market: Some(fixtures::symbol()),
        id: Some("watch-s-1".to_owned()),
        preview,
    };
    assert_eq!(asked.request, close(true));
    previewed(&mut app, &asked);
    assert_eq!(job(press(&mut app, KeyCode::Enter)).request, close(false));
}

#[test]
fn orders_are_selected_and_cancelled() {
    let mut app = app();
    assert_eq!(press(&mut app, KeyCode::Char('c')), None);
    assert_eq!(
        app.messages[0],
        "no order of yours is selected: Tab, then j or k"
    );
    press(&mut app, KeyCode::Tab);
    assert_eq!((app.focus, app.order), (Focus::Orders, Some(OrderId(12))));
    press(&mut app, KeyCode::Down);
    press(&mut app, KeyCode::Down);
    let orders = vec![OrderId(13)];
    let asked = job(press(&mut app, KeyCode::Char('c')));
    assert_eq!(asked.request, Request::Cancel { orders });
    // Own ones at the selected level of the book.
    press(&mut app, KeyCode::Left);
    press(&mut app, KeyCode::Char('j'));
    let orders = vec![OrderId(12)];
    let asked = job(press(&mut app, KeyCode::Char('c')));
    assert_eq!(asked.request, Request::Cancel { orders });
    let all = Request::CancelAll {
        market: Some(fixtures::symbol()),
        side: None,
    };
    assert_eq!(job(press(&mut app, KeyCode::Char('C'))).request, all);
    assert_eq!(app.under_way.len(), 3);
}

#[test]
fn nothing_is_ordered_before_the_market_is_known() {
    let mut app = App::new(None, Look { colour: false }, "s".to_owned());
    for key in ['b', 's', 'm', 'x', 'c', 'C'] {
        assert_eq!(press(&mut app, KeyCode::Char(key)), None, "{key}");
        assert_eq!(app.mode, Mode::Looking);
    }
    assert!(shown(&app, 80, 24).starts_with("tally watch: waiting for the market …\n"));
}

#[test]
fn leaving() {
    let mut app = app();
    let quit = Some(Action::Quit);
    assert_eq!(press(&mut app, KeyCode::Char('q')), quit);
    let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    press(&mut app, KeyCode::Char('b'));
    assert_eq!(on_key(&mut app, interrupt), quit);
    // A q that is typed does not leave, and one while something is under way asks.
    assert_eq!(press(&mut app, KeyCode::Char('q')), None);
    press(&mut app, KeyCode::Esc);
    press(&mut app, KeyCode::Char('C'));
    assert_eq!(press(&mut app, KeyCode::Char('q')), None);
    assert_eq!(press(&mut app, KeyCode::Char('q')), quit);
}

#[test]
fn help_is_left_by_any_key() {
    let mut app = app_with(fixtures::screen());
    press(&mut app, KeyCode::Char('?'));
    assert!(shown(&app, 60, 20).contains("any key: back"));
    press(&mut app, KeyCode::Char('q'));
    assert_eq!(app.mode, Mode::Looking);
}

#[test]
fn a_selection_beyond_the_panel_scrolls() {
    let mut screen = fixtures::screen();
    let bid = |cents: u64| fixtures::level(&format!("65.{cents:03}"), cents, 1, 0);
    screen.book.bids.extend((1..30).rev().map(bid));
    let mut app = app_with(screen);
    assert!(!shown(&app, 80, 24).contains("65.001"));
    type_in(&mut app, &"j".repeat(40));
    let text = shown(&app, 80, 24);
    assert!(text.contains(">         1  65.001"), "{text}");
    assert!(!text.contains("66.250"), "{text}");
    // It is seen without colour.
    let buffer = buffer(&app, 80, 24);
    let has = |modifier| {
        buffer
            .content
            .iter()
            .any(|cell| cell.modifier.contains(modifier))
    };
    assert!(has(Modifier::REVERSED));
}
