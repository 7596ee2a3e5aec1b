//! Wallets that follow a ledger, and their deaths.

use super::ledger::Ledger;
use super::verifier::sent;
use tally_exchange::message::Transaction;
use tally_exchange::receipt::Receipt;
use tally_trader::build::public;
use tally_trader::prepared::PreparedAct;
use tally_trader::seed::Seed;
use tally_trader::wallet::Wallet;

/// The seed with this number.
pub fn seed(number: u8) -> Seed {
    Seed::from_entropy([number; 32])
}

/// A wallet with a funded account and a note of `cents` cents.
pub fn opened(ledger: &mut Ledger, number: u8, cents: u64) -> Wallet {
    let mut wallet = Wallet::new(seed(number), ledger.market().market_element());
    let fee = ledger.market().specification().opening_fee.unsigned_abs();
    ledger.fund(public(&wallet.account()), cents + fee);
    let market = ledger.market();
    let prepared = wallet
        .main()
        .open(market, &wallet.account(), cents + fee)
        .unwrap();
    include(ledger, &mut wallet, prepared);
    assert_eq!(wallet.main().note().cash, i64::try_from(cents).unwrap());
    wallet
}

/// Sends an Act of the wallet in a block of its own; it must be included. Returns its order ids.
pub fn include(
    ledger: &mut Ledger,
    wallet: &mut Wallet,
    prepared: PreparedAct,
) -> Vec<tally_exchange::units::OrderId> {
    let outcome = ledger.block(&[sent(prepared)]);
    let receipt = super::receipt_of(&outcome[0].1).clone();
    follow(wallet, ledger, &outcome);
    receipt.orders
}

/// The wallet takes in a block that was just executed.
pub fn follow(wallet: &mut Wallet, ledger: &Ledger, outcome: &[(Transaction, Receipt)]) {
    for (transaction, receipt) in outcome {
        wallet
            .follow(ledger.market(), transaction, receipt)
            .unwrap();
    }
    wallet.end_block(ledger.market());
}

/// The wallet dies and comes back from its phrase and the ledger, which is executed anew: it must be what it was.
pub fn crash(wallet: &mut Wallet, ledger: &Ledger) {
    let (market, history) = ledger.replay();
    let phrase = wallet.seed().phrase();
    let recovered =
        Wallet::recover(Seed::from_phrase(&phrase).unwrap(), &market, &history).unwrap();
    assert!(recovered == *wallet, "the recovered wallet differs");
    assert!(
        watched(wallet, ledger) == recovered,
        "the watching wallet differs"
    );
    *wallet = written_down(&recovered);
    wallet.check_against(&market).unwrap();
}

/// A wallet of the same seed that has followed the whole ledger and found its lineages by itself.
pub fn watched(wallet: &Wallet, ledger: &Ledger) -> Wallet {
    let mut watching = Wallet::watching(wallet.seed().clone(), ledger.market().market_element());
    ledger.replay_blocks(|market, outcome| {
        for (transaction, receipt) in outcome {
            watching.follow(market, transaction, receipt).unwrap();
        }
        watching.end_block(market);
    });
    watching = written_down(&watching);
    watching.settle_lineages();
    watching
}

/// The wallet from its own bytes: it must be what it was.
pub fn written_down(wallet: &Wallet) -> Wallet {
    let market = wallet.main().market();
    let read = Wallet::from_state(wallet.seed().clone(), market, &wallet.state()).unwrap();
    assert!(read == *wallet, "the wallet from its state differs");
    read
}
