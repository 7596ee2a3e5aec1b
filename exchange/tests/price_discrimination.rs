//! The price-discrimination attack succeeds against a transparent market and fails against Tally.

mod support;

#[path = "../examples/price_discrimination/tally.rs"]
mod tally;
#[path = "../examples/price_discrimination/transparent.rs"]
mod transparent;

use transparent::Quote;

#[test]
fn it_succeeds_against_a_transparent_book_with_mid_marking() {
    let mut market = transparent::opening();
    assert_eq!((market.mid(), market.net("Alice")), (Some(10), Some(500)));
    market.buy_best_offer("Carol");
    assert_eq!((market.mid(), market.net("Alice")), (Some(13), Some(230)));
    let before = market.inventories["Eve"];
    market.bid(Quote {
        owner: "Eve",
        price: 15,
        quantity: 1,
    });
    assert_eq!(market.mid(), Some(16));
    market.withdraw_bids("Eve");
    assert_eq!(market.cashed_out, ["Alice"]);
    assert_eq!(market.inventories["Alice"].cash, 1_400 - 90 * 16);
    assert_eq!(market.inventories["Eve"], before, "and it cost Eve nothing");
}

#[test]
fn it_fails_against_tally() {
    let outcome = tally::attack();
    assert_eq!(outcome.story.len(), 7);
    assert!(tally::is_outside_the_band(&outcome.bid_at_fifteen));
    assert_eq!(
        outcome.marks[0], outcome.marks[1],
        "the mark does not follow an unfilled bid"
    );
    assert_eq!(outcome.eve_bought, 30, "her bid was at risk");
    assert!(outcome.alice_stands);
    assert_eq!(outcome.kept_at_the_edge, 90);
}
