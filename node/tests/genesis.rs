//! A genesis is read as it was written or not at all, and whatever does not fit is named.

#![allow(clippy::unwrap_used)]

mod common;

use common::genesis::document;
use ed25519_dalek::SigningKey;
use tally_exchange::message::{ChainId, FinalSettlement};
use tally_exchange::specification::LEAN_HOGS;
use tally_exchange::units::Price;
use tally_ledger_adapter::accounts::AccountId;
use tally_node::genesis::lean_hogs::{MOST_MONTHS, lean_hogs_from};
use tally_node::genesis::{
    CashierKind, ChainGenesis, ChainGenesisError, GenesisClock, GenesisDocument, MAX_GENESIS_BYTES,
};

#[test]
fn bytes_and_back() {
    let genesis = ChainGenesis::new(document()).unwrap();
    let bytes = genesis.to_bytes();
    let read = ChainGenesis::from_bytes(&bytes).unwrap();
    assert_eq!(read.document(), &document());
    assert_eq!(read.to_bytes(), bytes);
    assert_eq!(read.chain(), ChainId::of_genesis(&bytes));
    assert_eq!(read.specification().symbol, "HE");
    assert!(read.is_insecure());
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("\"clock\": \"system\""));
    assert!(text.ends_with("}\n"));
}

#[test]
fn sandbox_clock_as_written() {
    let mut sandbox = document();
    sandbox.clock = GenesisClock::Sandbox {
        start_microseconds: 1_483_452_000_000_000,
        speed: 60,
    };
    let genesis = ChainGenesis::new(sandbox.clone()).unwrap();
    let read = ChainGenesis::from_bytes(&genesis.to_bytes()).unwrap();
    assert_eq!(read.document(), &sandbox);
    let value: serde_json::Value = serde_json::from_slice(&genesis.to_bytes()).unwrap();
    assert_eq!(value["clock"]["sandbox"]["speed"], 60);
}

#[test]
fn markets_are_siblings_and_their_capital_is_booked() {
    let genesis = ChainGenesis::new(document()).unwrap();
    let markets = genesis.market_geneses();
    let symbols: Vec<&str> = markets
        .iter()
        .map(|m| m.session.contract.as_str())
        .collect();
    assert_eq!(symbols, ["HEG7", "HEJ7"]);
    assert_eq!(markets[0].siblings[0].as_str(), "HEJ7");
    assert_eq!(markets[1].siblings[0].as_str(), "HEG7");
    let replica = genesis.replica().unwrap();
    assert_eq!(replica.chain(), genesis.chain());
    let seed = u64::try_from(genesis.specification().fund_seed).unwrap();
    assert_eq!(replica.accounts().totals().in_notes(), 2 * seed);
    assert_eq!(replica.height(), 0);
}

/// Equal but for the salt: another chain.
#[test]
fn salt_makes_another_chain() {
    let mut other = document();
    other.salt = "01".repeat(32);
    let chain = |document| ChainGenesis::new(document).unwrap().chain();
    assert_ne!(chain(other), chain(document()));
}

#[test]
fn other_bytes_of_the_same_values() {
    let bytes = ChainGenesis::new(document()).unwrap().to_bytes();
    let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let compact = serde_json::to_vec(&value).unwrap();
    for other in [
        compact,
        [&bytes[..], b"\n"].concat(),
        bytes[..bytes.len() - 1].to_vec(),
    ] {
        let error = ChainGenesis::from_bytes(&other).unwrap_err();
        assert!(matches!(error, ChainGenesisError::NotCanonical), "{error}");
    }
}

/// Cut short anywhere or with any byte changed, it is an error or another genesis, and never a panic.
#[test]
fn damaged_bytes() {
    let bytes = ChainGenesis::new(document()).unwrap().to_bytes();
    for place in (0..bytes.len()).step_by(bytes.len() / 97) {
        assert!(ChainGenesis::from_bytes(&bytes[..place]).is_err());
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        if let Ok(genesis) = ChainGenesis::from_bytes(&changed) {
            assert_eq!(genesis.to_bytes(), changed);
            assert_ne!(genesis.chain(), ChainId::of_genesis(&bytes));
        }
    }
    let long = vec![b' '; MAX_GENESIS_BYTES + 1];
    let error = ChainGenesis::from_bytes(&long).unwrap_err();
    assert!(matches!(error, ChainGenesisError::TooLong { .. }));
}

#[test]
fn another_format_is_said_before_unknown_fields() {
    let error = ChainGenesis::from_bytes(b"{\"format\": 2, \"new\": true}").unwrap_err();
    assert!(matches!(error, ChainGenesisError::Format { found: 2 }));
    let mut unknown: serde_json::Value =
        serde_json::from_slice(&ChainGenesis::new(document()).unwrap().to_bytes()).unwrap();
    unknown["extra"] = 1.into();
    let error = ChainGenesis::from_bytes(&serde_json::to_vec(&unknown).unwrap()).unwrap_err();
    assert!(error.to_string().contains("extra"), "{error}");
}

/// The document with one thing wrong is refused, and the error names these parts.
fn refused(spoil: impl FnOnce(&mut GenesisDocument), parts: &[&str]) {
    let mut wrong = document();
    spoil(&mut wrong);
    let error = ChainGenesis::new(wrong).unwrap_err().to_string();
    for part in parts {
        assert!(error.contains(part), "{part:?} missing: {error}");
    }
}

#[test]
fn plain_fields() {
    refused(|d| d.format = 7, &["format is 7", "reads 1"]);
    refused(|d| d.name = String::new(), &["name", "1 to 64"]);
    refused(|d| d.name = "a\nb".to_owned(), &["name", "printable"]);
    refused(|d| d.name = "x".repeat(65), &["name", "1 to 64"]);
    refused(|d| d.salt = "AB".repeat(32), &["salt", "lower case"]);
    refused(|d| d.salt.truncate(62), &["salt", "64 hexadecimal"]);
    let sandbox = |start_microseconds, speed| GenesisClock::Sandbox {
        start_microseconds,
        speed,
    };
    for speed in [0, 86_401] {
        refused(|d| d.clock = sandbox(0, speed), &["speed", "86400"]);
    }
    refused(|d| d.clock = sandbox(u64::MAX, 1), &["start_microseconds"]);
    refused(
        |d| d.specification = LEAN_HOGS.replace("\"HE\"", "\"he\""),
        &["specification: ", "symbol"],
    );
    refused(
        |d| d.specification = "x".repeat(MAX_GENESIS_BYTES),
        &["at most"],
    );
}

#[test]
fn months() {
    refused(|d| d.markets.clear(), &["markets has 0"]);
    refused(
        |d| d.markets[1].symbol = "hej7".to_owned(),
        &["markets[1].symbol", "hej7"],
    );
    refused(
        |d| d.markets[1].symbol = "HEK7".to_owned(),
        &["markets[1].symbol", "HEK7", "HEG7"],
    );
    refused(
        |d| d.markets[1] = d.markets[0].clone(),
        &["markets[1].symbol", "HEG7", "there before"],
    );
    refused(
        |d| d.markets[0].first_session = "2017-01-16".to_owned(),
        &["markets[0].first_session", "Martin Luther King"],
    );
    refused(
        |d| d.markets[0].first_session = "soon".to_owned(),
        &["markets[0].first_session", "YYYY-MM-DD"],
    );
    refused(
        |d| d.markets[1].first_session = "2017-02-14".to_owned(),
        &[
            "markets[1].first_session",
            "HEG7 trades",
            "on which HEJ7 does",
        ],
    );
    refused(
        |d| d.markets[1].prior_settlement = "66.151".to_owned(),
        &["markets[1].prior_settlement", "66.150", "66.175"],
    );
    refused(
        |d| d.markets[0].prior_settlement = "1e3".to_owned(),
        &["markets[0].prior_settlement", "1e3"],
    );
}

#[test]
fn signers_and_cashier() {
    let key = document().cashier.key;
    refused(
        |d| d.cashier.key = "ff".repeat(32),
        &["cashier.key", "not canonical"],
    );
    refused(
        |d| d.cashier.key = "00".repeat(32),
        &["cashier.key", "Ed25519"],
    );
    refused(
        |d| d.settlement_signers.threshold = 1,
        &["threshold is 1 with 0 keys"],
    );
    refused(
        |d| d.settlement_signers.keys.push(key.clone()),
        &["threshold is 0 with 1 keys"],
    );
    refused(
        |d| d.settlement_signers.keys = vec![key.clone(), key.clone()],
        &["settlement_signers.keys[1]", "there before"],
    );
    refused(
        |d| d.settlement_signers.keys = vec!["12".to_owned()],
        &["settlement_signers.keys[0]", "64 hexadecimal"],
    );
    let mut signed = document();
    signed.settlement_signers.keys = vec![key];
    signed.settlement_signers.threshold = 1;
    signed.cashier.kind = CashierKind::Key;
    let genesis = ChainGenesis::new(signed).unwrap();
    assert_eq!(genesis.market_geneses()[0].settlement.keys.len(), 1);
    let lines = genesis.describe().join("\n");
    assert!(lines.contains("signed by 1 of 1"), "{lines}");
    assert!(!lines.contains("FAUCET"), "{lines}");
}

#[test]
fn key_files() {
    refused(
        |d| d.keys.swap(0, 1),
        &["refresh, act, lapse", "in this order"],
    );
    refused(|d| d.keys.truncate(2), &["keys", "act, refresh and lapse"]);
    refused(
        |d| d.keys[1].kind = "good".to_owned(),
        &["keys[1].kind", "good"],
    );
    refused(
        |d| d.keys[2].kind = "ceremony".to_owned(),
        &["keys[2].kind", "ceremony", "keys[0].kind"],
    );
    refused(
        |d| d.keys[0].circuit_digest.clear(),
        &["keys[0].circuit_digest"],
    );
    refused(
        |d| d.keys[0].proving_key.sha256.clear(),
        &["keys[0].proving_key.sha256"],
    );
    refused(
        |d| d.keys[2].verifying_key.bytes = 0,
        &["keys[2].verifying_key.bytes"],
    );
}

#[test]
fn what_people_should_know() {
    let lines = ChainGenesis::new(document()).unwrap().describe().join("\n");
    for part in [
        "INSECURE",
        "FAUCET",
        "HEG7",
        "2017-02-15",
        "Lean Hog",
        "the last day's own",
    ] {
        assert!(lines.contains(part), "{part:?} missing: {lines}");
    }
}

/// The longest calendar that is generated fits into a genesis, line feeds and quotes written as JSON has them.
#[test]
fn a_year_and_a_half() {
    let first = "2026-11-30".parse().unwrap();
    let mut long = document();
    long.specification = lean_hogs_from(first, MOST_MONTHS).unwrap();
    long.markets.truncate(1);
    long.markets[0].symbol = "HEZ6".to_owned();
    long.markets[0].first_session = "2026-11-30".to_owned();
    let bytes = ChainGenesis::new(long).unwrap().to_bytes();
    assert!(bytes.len() < 200 * 1024, "{}", bytes.len());
}

/// A signer's signature settles the market in which it was made.
#[test]
fn signed_settlements() {
    let keys = [1, 2].map(|secret| SigningKey::from_bytes(&[secret; 32]));
    let mut signed = document();
    signed.settlement_signers.keys = keys.iter().map(|k| AccountId::of(k).to_string()).collect();
    signed.settlement_signers.threshold = 2;
    let genesis = ChainGenesis::new(signed).unwrap();
    let one = genesis
        .sign_final_settlement(&keys[1], "HEG7", "66.15")
        .unwrap();
    assert_eq!((one.index, one.price), (1, Price(2_646)));
    let bytes = FinalSettlement::signed_bytes(genesis.chain(), one.market, one.price);
    let signature = ed25519_dalek::Signature::from_bytes(&one.signature);
    keys[1]
        .verifying_key()
        .verify_strict(&bytes, &signature)
        .unwrap();
    let error = |key: &SigningKey, symbol, price| {
        let signed = genesis.sign_final_settlement(key, symbol, price);
        signed.unwrap_err().to_string()
    };
    let stranger = SigningKey::from_bytes(&[3; 32]);
    assert!(error(&stranger, "HEG7", "66.15").contains("2 settlement signers"));
    assert!(error(&keys[0], "HEK7", "66.15").contains("HEG7, HEJ7"));
    assert!(error(&keys[0], "HEG7", "66.16").contains("66.175"));
}
