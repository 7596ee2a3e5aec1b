//! `tally market signer-key` and `tally market sign-settlement`.

use super::read_genesis;
use crate::arguments::{SignSettlementCommand, SignerKeyCommand};
use crate::exit::Exit;
use crate::output;
use rand::RngCore;
use rand::rngs::OsRng;
use serde::Serialize;
use tally_ledger_adapter::accounts::{AccountId, SigningKey};
use tally_node::genesis::{read_key, write_key};

#[derive(Serialize)]
struct Made {
    public_key: String,
    file: String,
}

#[derive(Serialize)]
struct Signed {
    chain: String,
    market: String,
    price: String,
    index: u8,
    signature: String,
}

/// A new Ed25519 key.
pub(super) fn new_key() -> SigningKey {
    let mut secret = [0; 32];
    OsRng.fill_bytes(&mut secret);
    SigningKey::from_bytes(&secret)
}

/// Makes a signer's key and prints its public half.
pub fn make_key(command: &SignerKeyCommand) -> anyhow::Result<Exit> {
    let key = new_key();
    write_key(&command.file, &key)?;
    let made = Made {
        public_key: AccountId::of(&key).to_string(),
        file: command.file.display().to_string(),
    };
    if command.json {
        output::print_json(&made)?;
    } else {
        output::print(&format!(
            "public key {}\nsecret key in {}: keep it, and show it to nobody\n",
            made.public_key, made.file
        ))?;
    }
    Ok(Exit::Ok)
}

/// Signs a final settlement.
pub fn sign(command: &SignSettlementCommand) -> anyhow::Result<Exit> {
    let genesis = read_genesis(&command.genesis)?;
    let key = read_key(&command.key)?;
    let signature = genesis.sign_final_settlement(&key, &command.market, &command.price)?;
    let signed = Signed {
        chain: genesis.chain().to_string(),
        market: signature.market.to_string(),
        price: genesis.specification().format_price(signature.price),
        index: signature.index,
        signature: hex::encode(signature.signature),
    };
    if command.json {
        output::print_json(&signed)?;
    } else {
        output::print(&format!(
            "{} settles at {} on chain {}\nsigner {}\nsignature {}\n",
            signed.market, signed.price, signed.chain, signed.index, signed.signature
        ))?;
    }
    Ok(Exit::Ok)
}
