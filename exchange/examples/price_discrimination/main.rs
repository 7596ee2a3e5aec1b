//! The price-discrimination attack of the literature (Massacci et al., `FuturesMEX`, S&P 2018), on a transparent market
//! where it succeeds and on Tally where it does not.
//!
//! Alice has cash 1,400 and is short 90; the mid is 10. Carol's buy wipes out the offer at 11 and the mid goes to 13. Eve,
//! who can see that Alice stands on the edge, bids 15: nothing trades, but the mid rises, Alice's net position goes below
//! zero and she is cashed out at a loss. Then Eve withdraws her bid.
//!
//! `cargo run -p tally-exchange --example price_discrimination`

// A program that tells a story on standard output, and stops where it does not go as told.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

#[path = "../../tests/support/mod.rs"]
mod support;
mod tally;
mod transparent;

use transparent::Quote;

fn main() {
    println!("On a transparent market that marks at the mid:");
    let mut market = transparent::opening();
    let tell = |what: &str, market: &transparent::TransparentMarket| {
        let number = |value: Option<i64>| value.map_or("none".to_owned(), |v| v.to_string());
        println!(
            "  {what}: mid {}, Alice's net position {}",
            number(market.mid()),
            number(market.net("Alice"))
        );
    };
    tell("the opening", &market);
    market.buy_best_offer("Carol");
    tell("Carol buys the offer at 11", &market);
    market.bid(Quote {
        owner: "Eve",
        price: 15,
        quantity: 1,
    });
    tell("Eve bids 15", &market);
    market.withdraw_bids("Eve");
    println!(
        "  Eve withdraws her bid. Cashed out: {}. Eve paid nothing.",
        market.cashed_out.join(", ")
    );

    println!("On Tally, prices in ticks and money in units of one tick's value:");
    let outcome = tally::attack();
    for line in &outcome.story {
        println!("  {line}");
    }
    assert!(tally::is_outside_the_band(&outcome.bid_at_fifteen));
    let [before, after] = outcome.marks;
    println!(
        "The attack failed: the mark stayed at {before} ({after} after the bid), Eve's bid cost her {} contracts, Alice {} \
         her {} contracts.",
        outcome.eve_bought,
        if outcome.alice_stands { "kept" } else { "lost" },
        outcome.kept_at_the_edge
    );
}
