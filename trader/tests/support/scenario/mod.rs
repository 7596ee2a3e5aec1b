//! Traders who do whatever a trader may do, in random order, and die after every step.

mod plans;

use crate::support::ledger::Ledger;
use crate::support::verifier::sent;
use crate::support::wallets::{follow, opened, seed, watched, written_down};
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use std::collections::BTreeMap;
use tally_exchange::market::Market;
use tally_exchange::message::Transaction;
use tally_exchange::receipt::Receipt;
use tally_exchange::refusal::Refusal;
use tally_exchange::units::Time;
use tally_trader::build::public;
use tally_trader::error::WalletError;
use tally_trader::history::History;
use tally_trader::wallet::Wallet;

const TRADERS: u8 = 3;
/// First deposit of a trader, cents: enough for some eighty contracts.
const DEPOSIT: u64 = 16_000_000;
/// What stays in the account for later deposits, cents.
const POCKET: u64 = 1_000_000;

/// All that a trader does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Deposit,
    Withdraw,
    Post,
    Quote,
    Take,
    ClaimFinished,
    ClaimPartial,
    Replace,
    Cancel,
    Reduce,
    /// An order that the market can't take.
    Dead,
    /// A fill overtakes a claim that closes.
    FillOvertakesClose,
    /// A fill or a cancel overtakes a claim that moves.
    ChangeOvertakesMove,
    /// A message is sent too late.
    Late,
    /// A wallet that died builds another message while the first is still under way.
    Twice,
    /// A deposit that the account can't pay.
    Unpaid,
}

pub const STEPS: [Step; 16] = [
    Step::Deposit,
    Step::Withdraw,
    Step::Post,
    Step::Quote,
    Step::Take,
    Step::ClaimFinished,
    Step::ClaimPartial,
    Step::Replace,
    Step::Cancel,
    Step::Reduce,
    Step::Dead,
    Step::FillOvertakesClose,
    Step::ChangeOvertakesMove,
    Step::Late,
    Step::Twice,
    Step::Unpaid,
];

/// What the market must say of a transaction.
enum Expected {
    Done,
    Refused(fn(&Refusal) -> bool),
}

/// A block to be sent; none if the trader has no occasion for the step.
type Plan = Result<Option<Vec<(Transaction, Expected)>>, WalletError>;

pub struct World {
    pub ledger: Ledger,
    pub wallets: Vec<Wallet>,
    rng: ChaCha20Rng,
    /// The ledger as executed anew after its last block.
    known: (Market, History),
    /// How often each step was carried out.
    pub done: BTreeMap<Step, u32>,
    /// How often a wallet declined.
    pub declined: u32,
}

impl World {
    pub fn new(number: u64) -> Self {
        let rng = ChaCha20Rng::seed_from_u64(number);
        let mut ledger = if number.is_multiple_of(3) {
            Ledger::in_pre_open()
        } else {
            Ledger::in_session()
        };
        let wallets: Vec<Wallet> = (1..=TRADERS)
            .map(|n| opened(&mut ledger, n, DEPOSIT))
            .collect();
        for wallet in &wallets {
            ledger.fund(public(&wallet.account()), POCKET);
        }
        let known = ledger.replay();
        Self {
            ledger,
            wallets,
            rng,
            known,
            done: BTreeMap::new(),
            declined: 0,
        }
    }

    /// One step of a random trader, with every wallet killed before it is sent, and after. Whether there was an
    /// occasion for it.
    pub fn step(&mut self, step: Step) -> bool {
        let trader = self.rng.gen_range(0..self.wallets.len());
        let plan = self.plan(trader, step);
        // Whether a message was built or declined: it has left no trace, and a wallet that dies now loses nothing.
        self.kill_all();
        match plan {
            Err(_) => {
                self.declined += 1;
                false
            }
            Ok(None) => false,
            Ok(Some(plan)) => {
                *self.done.entry(step).or_default() += 1;
                self.send(plan, step);
                true
            }
        }
    }

    /// Opens the session if it has not begun.
    pub fn open(&mut self) {
        let open = self.ledger.market().session().open;
        if self.ledger.market().time() < open {
            self.advance_to(open);
        }
    }

    /// Closes the session; everybody claims everything and takes his cash home.
    pub fn close(&mut self) {
        self.advance_to(self.ledger.market().session().close);
        for trader in 0..self.wallets.len() {
            loop {
                let market = self.ledger.market();
                let lineage = self.wallets[trader].main();
                let Some(plan) = lineage.finished_claims(market).into_iter().next() else {
                    break;
                };
                let prepared = lineage.trade(market, Some(&plan), &[]).unwrap();
                self.send(vec![(sent(prepared), Expected::Done)], Step::ClaimFinished);
            }
        }
        for wallet in &self.wallets {
            assert!(
                watched(wallet, &self.ledger) == *wallet,
                "the watching wallet differs"
            );
        }
        assert_eq!(self.ledger.market().records().count(), 0);
        let positions = self.wallets.iter().map(|w| w.main().note().position);
        assert_eq!(positions.sum::<i32>(), 0);
        let in_notes: i64 = self.wallets.iter().map(|w| w.main().note().cash).sum();
        let funds = self.ledger.market().funds();
        assert_eq!(
            in_notes + funds.insurance,
            funds.deposits - funds.withdrawals
        );
    }

    fn advance_to(&mut self, time: Time) {
        let outcome = self.ledger.block_at(time, &[]);
        self.see(&outcome);
    }

    fn send(&mut self, plan: Vec<(Transaction, Expected)>, step: Step) {
        let (transactions, expected): (Vec<_>, Vec<_>) = plan.into_iter().unzip();
        let outcome = self.ledger.block(&transactions);
        for ((_, receipt), expected) in outcome.iter().zip(expected) {
            match (receipt, expected) {
                (Receipt::Act(_) | Receipt::Instruction { .. }, Expected::Done) => {}
                (Receipt::Refused(refusal), Expected::Refused(is_right)) if is_right(refusal) => {}
                (other, _) => panic!("{step:?}: unexpected answer {other:?}"),
            }
        }
        self.see(&outcome);
    }

    /// Every wallet follows the block; and every wallet that died before it saw the receipts is the same.
    fn see(&mut self, outcome: &[(Transaction, Receipt)]) {
        self.known = self.ledger.replay();
        for wallet in &mut self.wallets {
            follow(wallet, &self.ledger, outcome);
            assert!(wallet.main().check_against(self.ledger.market()).is_ok());
        }
        self.kill_all();
    }

    fn kill_all(&mut self) {
        let (market, history) = &self.known;
        for (number, wallet) in (1..).zip(&mut self.wallets) {
            let recovered = Wallet::recover(seed(number), market, history).unwrap();
            assert!(recovered == *wallet, "trader {number} recovers differently");
            *wallet = written_down(&recovered);
        }
    }
}
