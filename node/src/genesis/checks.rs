//! From what a genesis says to what it means: every field is checked by itself and against the others.

use super::document::{GenesisClock, GenesisDocument, GenesisKey, GenesisMarket, GenesisSigners};
use super::error::ChainGenesisError;
use super::{GENESIS_FORMAT, MAX_MARKETS, MAX_SPEED};
use std::collections::BTreeSet;
use tally_exchange::calendar::{Date, Session};
use tally_exchange::market::{Genesis, SettlementSigners};
use tally_exchange::message::{ChainId, Symbol};
use tally_exchange::specification::Specification;
use tally_exchange::units::{Price, Time};
use tally_ledger_adapter::accounts::AccountId;
use tally_prover::{Act, Lapse, Refresh, Statement};

/// The longest name, bytes.
const MAX_NAME_BYTES: usize = 64;

/// The statements whose keys a genesis names, in its order.
pub(super) const STATEMENTS: [&str; 3] = [Act::NAME, Refresh::NAME, Lapse::NAME];

/// What a document means.
#[derive(Clone, Debug)]
pub(super) struct Checked {
    pub(super) specification: Specification,
    pub(super) markets: Vec<Genesis>,
    pub(super) cashier: AccountId,
}

impl Checked {
    /// Checks everything but whether markets can start from it.
    pub(super) fn of(
        document: &GenesisDocument,
        chain: ChainId,
    ) -> Result<Self, ChainGenesisError> {
        if document.format != GENESIS_FORMAT {
            let found = document.format;
            return Err(ChainGenesisError::Format { found });
        }
        check_name(&document.name)?;
        bytes32("salt", &document.salt)?;
        check_clock(document.clock)?;
        let cashier = public_key("cashier.key", &document.cashier.key)?;
        let signers = signers(&document.settlement_signers)?;
        check_keys(&document.keys)?;
        let specification = Specification::from_toml(&document.specification)?;
        let markets = markets(&document.markets, chain, &specification, &signers)?;
        Ok(Self {
            specification,
            markets,
            cashier,
        })
    }
}

fn check_name(name: &str) -> Result<(), ChainGenesisError> {
    let printable = name.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if printable && (1..=MAX_NAME_BYTES).contains(&name.len()) {
        return Ok(());
    }
    let expected = "1 to 64 printable ASCII characters";
    Err(text("name", name, expected))
}

fn check_clock(clock: GenesisClock) -> Result<(), ChainGenesisError> {
    let GenesisClock::Sandbox {
        start_microseconds: start,
        speed,
    } = clock
    else {
        return Ok(());
    };
    if !(1..=MAX_SPEED).contains(&speed) {
        return Err(ChainGenesisError::Speed { speed });
    }
    match Date::of(Time(start)) {
        Some(_) => Ok(()),
        None => Err(ChainGenesisError::Start { start }),
    }
}

fn signers(written: &GenesisSigners) -> Result<SettlementSigners, ChainGenesisError> {
    let (threshold, count) = (written.threshold, written.keys.len());
    let mut keys = Vec::new();
    for (index, value) in written.keys.iter().enumerate() {
        let field = format!("settlement_signers.keys[{index}]");
        let key = public_key(&field, value)?.0;
        if keys.contains(&key) {
            let value = value.clone();
            return Err(ChainGenesisError::Twice { field, value });
        }
        keys.push(key);
    }
    // Without keys there is nothing to reach. More than 255 keys are refused when a market starts.
    if usize::from(threshold) > count || (threshold == 0) != keys.is_empty() {
        let keys = count;
        return Err(ChainGenesisError::Threshold { threshold, keys });
    }
    Ok(SettlementSigners { keys, threshold })
}

fn check_keys(keys: &[GenesisKey]) -> Result<(), ChainGenesisError> {
    let names: Vec<&str> = keys.iter().map(|key| key.statement.as_str()).collect();
    if names != STATEMENTS {
        let found = excerpt(&names.join(", "));
        return Err(ChainGenesisError::Statements { found });
    }
    for (index, key) in keys.iter().enumerate() {
        let field = |name: &str| format!("keys[{index}].{name}");
        let expected = "the kind of the keys, such as insecure-one-party";
        key.kind()
            .ok_or_else(|| text(&field("kind"), &key.kind, expected))?;
        if key.kind != keys[0].kind {
            return Err(ChainGenesisError::Kinds {
                field: field("kind"),
                found: key.kind.clone(),
                first: keys[0].kind.clone(),
            });
        }
        bytes32(&field("circuit_digest"), &key.circuit_digest)?;
        for (name, content) in [
            ("proving_key", &key.proving_key),
            ("verifying_key", &key.verifying_key),
        ] {
            bytes32(&field(&format!("{name}.sha256")), &content.sha256)?;
            if content.bytes == 0 {
                let field = field(&format!("{name}.bytes"));
                return Err(ChainGenesisError::NoBytes { field });
            }
        }
    }
    Ok(())
}

/// All markets are siblings of each other.
fn markets(
    written: &[GenesisMarket],
    chain: ChainId,
    specification: &Specification,
    signers: &SettlementSigners,
) -> Result<Vec<Genesis>, ChainGenesisError> {
    if !(1..=MAX_MARKETS).contains(&written.len()) {
        let markets = written.len();
        return Err(ChainGenesisError::Markets { markets });
    }
    let symbols = symbols(written, specification)?;
    let mut markets = Vec::with_capacity(written.len());
    for (index, (market, symbol)) in written.iter().zip(&symbols).enumerate() {
        markets.push(Genesis {
            chain,
            specification: specification.clone(),
            session: session(index, market, specification)?,
            prior_settlement: price(index, market, specification)?,
            after_limit_settlement: market.after_limit_settlement,
            settlement: signers.clone(),
            siblings: symbols.iter().copied().filter(|s| s != symbol).collect(),
        });
    }
    Ok(markets)
}

fn symbols(
    written: &[GenesisMarket],
    specification: &Specification,
) -> Result<Vec<Symbol>, ChainGenesisError> {
    let mut seen = BTreeSet::new();
    let mut symbols = Vec::with_capacity(written.len());
    for (index, market) in written.iter().enumerate() {
        let value = &market.symbol;
        let symbol = Symbol::new(value).map_err(|error| ChainGenesisError::Symbol {
            index,
            value: excerpt(value),
            error,
        })?;
        specification
            .calendar
            .last_trading_day(value)
            .map_err(|error| ChainGenesisError::UnknownSymbol { index, error })?;
        if !seen.insert(symbol) {
            return Err(ChainGenesisError::Twice {
                field: format!("markets[{index}].symbol"),
                value: value.clone(),
            });
        }
        symbols.push(symbol);
    }
    Ok(symbols)
}

fn session(
    index: usize,
    market: &GenesisMarket,
    specification: &Specification,
) -> Result<Session, ChainGenesisError> {
    let session = specification
        .calendar
        .session_named(&market.first_session)
        .map_err(|error| ChainGenesisError::Session { index, error })?;
    if session.contract != market.symbol {
        return Err(ChainGenesisError::OtherMonth {
            index,
            date: market.first_session.clone(),
            trades: session.contract.clone(),
            symbol: market.symbol.clone(),
        });
    }
    Ok(session.clone())
}

fn price(
    index: usize,
    market: &GenesisMarket,
    specification: &Specification,
) -> Result<Price, ChainGenesisError> {
    specification
        .parse_price(&market.prior_settlement)
        .map_err(|error| ChainGenesisError::Price { index, error })
}

/// A public key that can sign.
fn public_key(field: &str, value: &str) -> Result<AccountId, ChainGenesisError> {
    let key = AccountId(bytes32(field, value)?);
    key.check().map_err(|fault| ChainGenesisError::Key {
        field: field.to_owned(),
        value: value.to_owned(),
        fault,
    })?;
    Ok(key)
}

/// 32 bytes, in the one form in which they are written.
fn bytes32(field: &str, value: &str) -> Result<[u8; 32], ChainGenesisError> {
    let mut bytes = [0; 32];
    let expected = "64 hexadecimal digits in lower case";
    let lower = !value.bytes().any(|byte| byte.is_ascii_uppercase());
    match hex::decode_to_slice(value, &mut bytes) {
        Ok(()) if lower => Ok(bytes),
        _ => Err(text(field, value, expected)),
    }
}

fn text(field: &str, value: &str, expected: &'static str) -> ChainGenesisError {
    ChainGenesisError::Text {
        field: field.to_owned(),
        value: excerpt(value),
        expected,
    }
}

/// The first seventy characters of a text from outside, for an error message.
fn excerpt(text: &str) -> String {
    text.chars().take(70).collect()
}
