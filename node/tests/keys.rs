//! The keys of a market on their way from a genesis to a client.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fs;
use tally_node::keys::{ExpectedMarketKeys, MarketKeyFiles, MarketKeys, VerifyingKeys};
use tally_prover::{Act, KeyCache, KeyFiles, Lapse, Refresh, Statement};

/// What a client fetches.
struct Fetched {
    proving: Vec<u8>,
    verifying: Vec<u8>,
}

impl Fetched {
    fn of(files: &KeyFiles) -> Self {
        Self {
            proving: fs::read(&files.proving_path).unwrap(),
            verifying: fs::read(&files.verifying_path).unwrap(),
        }
    }
}

fn open(directory: &tempfile::TempDir, name: &str) -> KeyCache {
    KeyCache::open(directory.path().join(name)).unwrap()
}

#[test]
fn a_client_follows_with_verifying_keys_and_trades_with_all() {
    let directory = tempfile::tempdir().unwrap();
    let (maker, client) = (open(&directory, "maker"), open(&directory, "client"));
    assert_eq!(MarketKeyFiles::of_own(&maker).unwrap(), None);
    let made = MarketKeys::load_or_create(&maker).unwrap();
    let files = MarketKeyFiles::of_own(&maker).unwrap().unwrap();
    let expected: ExpectedMarketKeys = files.expected();
    expected.check().unwrap();
    assert_eq!(
        MarketKeyFiles::of_expected(&maker, &expected).unwrap(),
        Some(files.clone())
    );
    let own = MarketKeys::load_expected(&maker, &expected)
        .unwrap()
        .unwrap();
    assert_eq!(own.act.verifying, made.act.verifying);

    let [act, refresh, lapse] = [&files.act, &files.refresh, &files.lapse].map(Fetched::of);
    let load = || VerifyingKeys::load_expected(&client, &expected).unwrap();
    assert!(load().is_none());
    client
        .install_verifying::<Act>(&expected.act, &act.verifying)
        .unwrap();
    client
        .install_verifying::<Refresh>(&expected.refresh, &refresh.verifying)
        .unwrap();
    assert!(load().is_none());
    client
        .install_verifying::<Lapse>(&expected.lapse, &lapse.verifying)
        .unwrap();
    let verifying = load().unwrap();
    assert_eq!(verifying.refresh, made.refresh.verifying);

    // One statement is enough to send an order.
    install::<Act>(&client, &files.act, &act);
    let proving = client
        .load_proving::<Act>(&expected.act, &verifying.act)
        .unwrap()
        .unwrap();
    assert_eq!(*proving.verifying_key(), made.act.verifying);
    assert!(
        verifying
            .with_proving(&client, &expected)
            .unwrap()
            .is_none()
    );
    assert!(
        MarketKeys::load_expected(&client, &expected)
            .unwrap()
            .is_none()
    );
    assert_eq!(
        MarketKeyFiles::of_expected(&client, &expected).unwrap(),
        None
    );

    install::<Refresh>(&client, &files.refresh, &refresh);
    install::<Lapse>(&client, &files.lapse, &lapse);
    let all = verifying.with_proving(&client, &expected).unwrap().unwrap();
    assert_eq!(all.lapse.verifying, made.lapse.verifying);
    let again = MarketKeyFiles::of_expected(&client, &expected)
        .unwrap()
        .unwrap();
    assert_eq!(again.expected(), expected);
    assert!(MarketKeys::load(&client).unwrap().is_none());
}

fn install<S: Statement>(cache: &KeyCache, files: &KeyFiles, fetched: &Fetched) {
    let (proving, verifying) = (&fetched.proving, &fetched.verifying);
    cache
        .install::<S>(&files.expected, proving, verifying)
        .unwrap();
}
