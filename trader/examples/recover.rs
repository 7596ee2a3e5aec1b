//! A wallet that loses everything but its 24 words, and comes back.
//!
//! ```text
//! cargo run -p tally-trader --example recover
//! ```
//!
//! A note is opened in a market that lives in memory. Then the wallet is thrown away, and rebuilt from the phrase and
//! the public log. The proofs are real, but made under a key that everybody knows the trapdoor of: good for a lesson,
//! and for nothing else.

#![allow(clippy::print_stdout)]

use rand::rngs::OsRng;
use std::error::Error;
use tally_circuits::act::ActStatement;
use tally_circuits::lapse::LapseStatement;
use tally_circuits::refresh::RefreshStatement;
use tally_exchange::market::{Genesis, Market, SettlementSigners};
use tally_exchange::message::{Account, ChainId, PROOF_BYTES, Transaction};
use tally_exchange::ports::{CashAccounts, CashRefusal, Debit, Verifier};
use tally_exchange::receipt::Receipt;
use tally_exchange::specification::Specification;
use tally_exchange::units::Price;
use tally_prover::{Proof, act_test_keys, verify};
use tally_trader::history::History;
use tally_trader::seed::Seed;
use tally_trader::wallet::Wallet;

fn main() -> Result<(), Box<dyn Error>> {
    // Lean Hogs on 3 January 2017, after a settlement at 66.150 cents per pound (2,646 ticks).
    let genesis = genesis()?;
    let mut market = Market::new(genesis.clone())?;

    // A fresh wallet. Its phrase is all that its owner has to keep.
    let wallet = Wallet::new(Seed::generate(&mut OsRng), market.market_element());
    let phrase = wallet.seed().phrase();
    println!("written down: {} words", phrase.split(' ').count());

    // It opens a note with $5,000: the message is built, proved and put into a block.
    let open = wallet
        .main()
        .open(&market, &wallet.account(), 500_000)?
        .prove(&act_test_keys().0, &mut OsRng)?;
    let log = vec![open];
    execute(&mut market, &log)?;

    // The disk burns. What is left is the phrase on paper, and the log, which everybody has.
    drop((wallet, market));

    // Execute the log from its beginning, keep the history, and look for the own notes in it: locally.
    let mut market = Market::new(genesis)?;
    let mut history = History::default();
    for (transaction, receipt) in execute(&mut market, &log)? {
        history.take(&market, &transaction, &receipt)?;
    }
    let wallet = Wallet::recover(Seed::from_phrase(&phrase)?, &market, &history)?;
    println!(
        "recovered after {} step(s): {} cents in the note",
        wallet.main().steps(),
        wallet.main().note().cash
    );
    Ok(())
}

fn genesis() -> Result<Genesis, Box<dyn Error>> {
    let specification = Specification::lean_hogs();
    let session = specification.calendar.session_named("2017-01-03")?.clone();
    Ok(Genesis {
        chain: ChainId::of_genesis(b"example"),
        session,
        specification,
        prior_settlement: Price(2646),
        after_limit_settlement: false,
        settlement: SettlementSigners::default(),
        siblings: Vec::new(),
    })
}

/// One block with these transactions.
fn execute(
    market: &mut Market,
    transactions: &[Transaction],
) -> Result<Vec<(Transaction, Receipt)>, Box<dyn Error>> {
    let mut events = Vec::new();
    let (height, time) = (market.height() + 1, market.session().pre_open);
    market.begin_block(height, time, &mut events)?;
    let mut outcome = Vec::new();
    for transaction in transactions {
        let receipt = market.apply(transaction, &Groth16, &mut Generous, &mut events);
        println!("block {height}: {receipt:?}");
        outcome.push((transaction.clone(), receipt));
    }
    market.end_block(&mut events);
    Ok(outcome)
}

/// Checks the proofs.
struct Groth16;

impl Verifier for Groth16 {
    fn verify_act(&self, statement: &ActStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        let (_, key) = act_test_keys();
        statement.check_parameters().is_ok()
            && Proof::from_bytes(proof)
                .is_ok_and(|proof| verify(key, &statement.public_inputs(), &proof).is_ok())
    }

    // There is no revalidation in this lesson.
    fn verify_refresh(&self, _: &RefreshStatement, _: &[u8; PROOF_BYTES]) -> bool {
        false
    }

    fn verify_lapse(&self, _: &LapseStatement, _: &[u8; PROOF_BYTES]) -> bool {
        false
    }
}

/// Cash accounts that never run dry; `tally-ledger-adapter` has real ones.
struct Generous;

impl CashAccounts for Generous {
    fn debit(&mut self, _: &Debit) -> Result<(), CashRefusal> {
        Ok(())
    }

    fn credit(&mut self, _: Account, _: u64) -> Result<(), CashRefusal> {
        Ok(())
    }
}
