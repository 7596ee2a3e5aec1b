//! A wallet's state in bytes, and a wallet that finds its lineages by following the ledger.

// A test may panic: that is how it fails.
#![allow(clippy::unwrap_used)]

mod support;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use support::wallets::{include, watched, written_down};
use support::{HI, LO, Ledger, MIDDLE, buy, crash, follow, opened, seed, sell, sent};
use tally_circuits::field::Element;
use tally_trader::build::public;
use tally_trader::error::WalletError;
use tally_trader::keys::{RECOVERY_GAP, cancel_key};
use tally_trader::wallet::{MAX_STATE_BYTES, Wallet, WalletStateError};

const CENTS: u64 = 5_000_000;

/// A wallet with orders, a moved rest and two lineages, the second of them opened.
fn busy(ledger: &mut Ledger) -> Wallet {
    let mut wallet = opened(ledger, 1, 10 * CENTS);
    let mut other = opened(ledger, 2, CENTS);
    let requests = [buy(MIDDLE, 3), buy(LO, 1), sell(HI, 2)];
    let post = wallet.main().trade(ledger.market(), None, &requests);
    let orders = include(ledger, &mut wallet, post.unwrap());
    let hit = other
        .main()
        .trade(ledger.market(), None, &[sell(MIDDLE, 1)]);
    include(ledger, &mut other, hit.unwrap());
    let mut plan = wallet
        .main()
        .closing_claim(ledger.market(), orders[0])
        .unwrap();
    plan.records[0].rest = tally_exchange::message::Rest::Move;
    let moved = wallet.main().trade(ledger.market(), Some(&plan), &[]);
    include(ledger, &mut wallet, moved.unwrap());
    let second = wallet.add_lineage().unwrap();
    let account = wallet.account();
    ledger.fund(public(&account), CENTS);
    let open = wallet.lineages()[second].open(ledger.market(), &account, CENTS);
    include(ledger, &mut wallet, open.unwrap());
    crash(&mut wallet, ledger);
    wallet
}

fn read(bytes: &[u8], ledger: &Ledger) -> Result<Wallet, WalletStateError> {
    Wallet::from_state(seed(1), ledger.market().market_element(), bytes)
}

#[test]
fn a_wallet_goes_on_from_its_state() {
    let mut ledger = Ledger::in_session();
    let mut live = busy(&mut ledger);
    let mut read = written_down(&live);
    let post = live.main().trade(ledger.market(), None, &[buy(LO, 2)]);
    let outcome = ledger.block(&[sent(post.unwrap())]);
    // Between the two it is behind, and says so.
    let behind = read.check_against(ledger.market());
    assert!(matches!(behind, Err(WalletError::HistoryIncomplete { .. })));
    for wallet in [&mut live, &mut read] {
        follow(wallet, &ledger, &outcome);
        wallet.check_against(ledger.market()).unwrap();
    }
    assert!(live == read && *live.state() == *read.state());
}

#[test]
fn only_the_very_bytes_of_this_seed_and_market_are_read() {
    let mut ledger = Ledger::in_session();
    let wallet = busy(&mut ledger);
    let bytes = wallet.state();
    let market = ledger.market().market_element();
    let other_seed = Wallet::from_state(seed(2), market, &bytes);
    assert_eq!(other_seed.unwrap_err(), WalletStateError::Other);
    let other_market = Wallet::from_state(seed(1), Element(7.into()), &bytes);
    assert_eq!(other_market.unwrap_err(), WalletStateError::Other);
    assert_eq!(read(&[], &ledger).unwrap_err(), WalletStateError::Malformed);
    let mut newer = bytes.to_vec();
    newer[0] = 2;
    let found = WalletStateError::Version { found: 2 };
    assert_eq!(read(&newer, &ledger).unwrap_err(), found);
    let long = [&bytes[..], &[0]].concat();
    assert_eq!(
        read(&long, &ledger).unwrap_err(),
        WalletStateError::Malformed
    );
    for length in 1..bytes.len() {
        let cut = read(&bytes[..length], &ledger);
        assert_eq!(cut.unwrap_err(), WalletStateError::Malformed, "{length}");
    }
    let most = vec![1; MAX_STATE_BYTES + 1];
    let too_long = WalletStateError::TooLong(most.len());
    assert_eq!(read(&most, &ledger).unwrap_err(), too_long);
    // No lineage at all would leave nothing to use.
    let none = [&bytes[..34], &[0; 4]].concat();
    assert_eq!(
        read(&none, &ledger).unwrap_err(),
        WalletStateError::Malformed
    );
}

#[test]
fn no_key_is_in_the_bytes() {
    let mut ledger = Ledger::in_session();
    let wallet = busy(&mut ledger);
    let bytes = wallet.state();
    let absent = |secret: &[u8]| bytes.windows(secret.len()).all(|window| window != secret);
    for lineage in wallet.lineages() {
        assert!(absent(lineage.key().to_bytes().as_slice()));
        for order in lineage.orders().values() {
            let key = cancel_key(lineage.key(), order.posted_by, order.position);
            assert!(absent(&key.to_bytes()));
        }
    }
    assert!(absent(&wallet.account().to_bytes()));
    assert!(absent(&[1; 32]), "the entropy of the seed");
}

/// Whatever the bytes are: an error, or a wallet whose state they are. The market notices a wrong note.
#[test]
fn tampered_bytes_are_refused_or_contradict_the_market() {
    let mut ledger = Ledger::in_session();
    let wallet = busy(&mut ledger);
    let good = wallet.state();
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let mut accepted = 0;
    for round in 0..6_000 {
        let mut bytes = good.to_vec();
        // Every byte once, and then several at a time.
        if let Some(byte) = bytes.get_mut(round) {
            *byte ^= 1 << rng.gen_range(0..8);
        } else {
            for _ in 0..rng.gen_range(1..6) {
                let place = rng.gen_range(0..bytes.len());
                bytes[place] = rng.r#gen();
            }
            bytes.truncate(rng.gen_range(1..=bytes.len() * 2));
        }
        let Ok(tampered) = read(&bytes, &ledger) else {
            continue;
        };
        accepted += 1;
        assert_eq!(*tampered.state(), bytes);
        let notes = |wallet: &Wallet| -> Vec<_> {
            let lineages = wallet.lineages().iter();
            lineages.map(|l| (l.note().clone(), l.place())).collect()
        };
        let stands = tampered.check_against(ledger.market());
        assert!(stands.is_err() || notes(&tampered) == notes(&wallet));
    }
    assert!(accepted > 100, "{accepted}");
}

#[test]
fn a_watching_wallet_finds_lineages_opened_in_one_block_and_survives_its_death_midway() {
    let mut ledger = Ledger::in_session();
    let element = ledger.market().market_element();
    let mut wallet = Wallet::new(seed(1), element);
    let mut watching = Wallet::watching(seed(1), element);
    let account = wallet.account();
    ledger.fund(public(&account), 10 * CENTS);
    let last = RECOVERY_GAP as usize - 1;
    let mut open = |indices: &[usize], wallet: &mut Wallet, ledger: &mut Ledger| {
        while wallet.lineages().len() <= *indices.last().unwrap() {
            wallet.add_lineage().unwrap();
        }
        let lineages = indices.iter().map(|index| &wallet.lineages()[*index]);
        let opens: Vec<_> = lineages
            .map(|lineage| sent(lineage.open(ledger.market(), &account, CENTS).unwrap()))
            .collect();
        let outcome = ledger.block(&opens);
        for wallet in [wallet, &mut watching] {
            follow(wallet, ledger, &outcome);
            wallet.check_against(ledger.market()).unwrap();
            *wallet = written_down(wallet);
        }
        assert!(watching.is_watching());
        let found = watching.lineages().iter().filter(|l| l.place().is_some());
        assert_eq!(
            watching.lineages().len(),
            indices.last().unwrap() + 1 + last + 1
        );
        found.count()
    };
    assert_eq!(open(&[last], &mut wallet, &mut ledger), 1);
    // Then two in one block.
    let next = last + RECOVERY_GAP as usize;
    assert_eq!(open(&[next], &mut wallet, &mut ledger), 2);
    assert_eq!(open(&[next + 1, next + 3], &mut wallet, &mut ledger), 4);
    assert!(matches!(
        watching.add_lineage(),
        Err(WalletError::TooManyUnopened)
    ));
    watching.settle_lineages();
    assert!(watching == wallet && watched(&wallet, &ledger) == wallet);
    crash(&mut wallet, &ledger);
    // Of a wallet that never opened anything one lineage is left.
    let mut nobody = Wallet::watching(seed(3), element);
    nobody.settle_lineages();
    assert!(nobody == Wallet::new(seed(3), element));
}
