//! Beginning at a checkpoint that somebody vouches for, in place of the first block.

#![allow(clippy::unwrap_used)]

mod support;

use support::{IN_SESSION, Market, Owner, ask, enter, order, sent};
use tally_client::desk::DeskError;
use tally_client::follower::{FollowError, StartingPoint};
use tally_client::reply::Reply;
use tally_client::request::Request;
use tally_exchange::units::Side;
use tally_trader::error::WalletError;

#[test]
fn a_newcomer_begins_at_a_checkpoint_and_nobody_is_fooled() {
    let mut market = Market::start(IN_SESSION, 1);
    let address = market.address();
    let ann = Owner::new(1);
    let mut a = ann.open(&address);
    enter(&mut a, 5_000_000);
    sent(&mut a, Request::Order(order(Side::Sell, 2, "66.000")));
    let vouched = a.checkpoint();
    // A node writes a snapshot when it is stopped.
    market.stop();
    market.restart(&address);

    let newcomer = |number: u8, checkpoint: StartingPoint| {
        let owner = Owner::new(number);
        support::copy(support::keys_folder(), &owner.folder.path().join("keys"));
        let mut options = owner.options();
        options.checkpoint = Some(checkpoint);
        let access = tally_client::desk::Access::Wallet(owner.seed.clone());
        let node = support::node_client(&address);
        let desk = tally_client::desk::Desk::open(node, &options, access, &mut |_| {});
        (owner, desk)
    };
    assert_eq!(vouched.to_string().parse(), Ok(vouched));
    assert!("17".parse::<StartingPoint>().is_err());

    // Another state, or another height: nothing is taken in.
    let mut forged = vouched;
    forged.hash[0] ^= 1;
    let (_owner, refused) = newcomer(2, forged);
    let error = refused.err().unwrap();
    assert!(
        matches!(error, DeskError::Follow(FollowError::Checkpoint { height }) if height == vouched.height),
        "{error}"
    );
    let (_owner, refused) = newcomer(
        3,
        StartingPoint {
            height: vouched.height - 1,
            ..vouched
        },
    );
    assert!(refused.is_err());

    // A wallet that was used before would not find its notes.
    let (_owner, refused) = newcomer(1, vouched);
    let error = refused.err().unwrap();
    assert!(
        matches!(
            error,
            DeskError::Wallet(WalletError::HistoryIncomplete { .. })
        ),
        "{error}"
    );

    // A new one trades, and is there again after a restart.
    let (bob, desk) = newcomer(4, vouched);
    let mut b = desk.unwrap();
    enter(&mut b, 5_000_000);
    let buy = sent(&mut b, Request::Order(order(Side::Buy, 2, "66.000")));
    assert_eq!(buy.orders[0].filled.0, 2);
    assert_eq!(b.checkpoint().height, {
        a.pump(std::time::Duration::from_secs(1)).unwrap();
        a.checkpoint().height
    });
    assert_eq!(a.checkpoint(), b.checkpoint());
    drop(b);
    let mut b = bob.open(&address);
    let Reply::Position { positions } = ask(&mut b, Request::Position { market: None }) else {
        panic!()
    };
    assert_eq!(positions[0].position, 2);
}
