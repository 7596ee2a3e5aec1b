//! What a replica makes of blocks that hold more than honest messages: it answers every entry, and only what is right
//! has an effect.

#![allow(clippy::unwrap_used)]

mod common;

use common::{keys, smallest};
use proptest::prelude::*;
use rand::rngs::OsRng;
use tally_circuits::act::ActStatement;
use tally_circuits::lapse::LapseStatement;
use tally_circuits::refresh::RefreshStatement;
use tally_exchange::market::{Genesis, Market, SettlementSigners};
use tally_exchange::message::{ActTransaction, Action, ChainId, PROOF_BYTES, Symbol, Transaction};
use tally_exchange::ports::Verifier;
use tally_exchange::receipt::Receipt;
use tally_exchange::refusal::Refusal;
use tally_exchange::units::Price;
use tally_ledger_adapter::accounts::{
    AccountBook, AccountError, AccountId, CashierRequest, Faucet,
};
use tally_ledger_adapter::log::Block;
use tally_node::entry::Entry;
use tally_node::replay::ReplayPlan;
use tally_node::replica::{Answer, Outcome, Replica, ReplicaError};
use tally_node::verifier::{BlockVerifier, Claimed, Groth16Verifier, NO_PROOF, VerificationCost};
use tally_prover::SeededTest;
use tally_trader::seed::Seed;
use tally_trader::wallet::Wallet;

/// Enough for the opening fee and the minimum deposit, cents.
const CASH: u64 = 1_000_000;

struct Scene {
    plan: ReplayPlan,
    faucet: Faucet,
    replica: Replica,
    verifier: Groth16Verifier<SeededTest>,
    wallets: Vec<Wallet>,
    blocks: Vec<Block>,
}

impl Scene {
    /// Traders with cash in their accounts and no notes yet.
    fn funded(traders: u8) -> Self {
        let plan = ReplayPlan::new(&smallest("2017-01-03", 1)).unwrap();
        let faucet = Faucet::from_seed(b"blocks");
        let replica = genesis(&plan, faucet.cashier());
        let element = replica.markets().next().unwrap().market_element();
        let wallet = |trader| Wallet::new(Seed::from_entropy([trader; 32]), element);
        let mut scene = Self {
            plan,
            faucet,
            replica,
            verifier: verifier(),
            wallets: (1..=traders).map(wallet).collect(),
            blocks: Vec::new(),
        };
        let credits = (0..scene.wallets.len()).map(|t| scene.credit(t).to_bytes());
        let credits = credits.collect();
        let outcome = scene.execute(credits);
        for answer in &outcome.answers {
            assert!(matches!(answer, Answer::Cashier(Ok(()))));
        }
        scene
    }

    fn credit(&mut self, trader: usize) -> Entry {
        let account = AccountId::of(&self.wallets[trader].account());
        let credit = self.faucet.credit(&self.plan.chain().0, account, CASH);
        Entry::Cashier(CashierRequest::Credit(credit))
    }

    /// A trader's opening, proved.
    fn opening(&self, trader: usize) -> ActTransaction {
        let wallet = &self.wallets[trader];
        let prepared = wallet
            .main()
            .open(self.market(), &wallet.account(), CASH)
            .unwrap();
        match prepared.prove(&keys().act.proving, &mut OsRng).unwrap() {
            Transaction::Act(act) => *act,
            other => panic!("{other:?}"),
        }
    }

    fn market(&self) -> &Market {
        self.replica.markets().next().unwrap()
    }

    fn next(&self, transactions: Vec<Vec<u8>>) -> Block {
        Block {
            height: self.replica.height() + 1,
            time: self.plan.days[0].session.pre_open.minus_seconds(60).0,
            parent: [0; 32],
            transactions,
        }
    }

    fn execute(&mut self, transactions: Vec<Vec<u8>>) -> Outcome {
        let block = self.next(transactions);
        let outcome = self.replica.execute(&block, &self.verifier).unwrap();
        assert_eq!(outcome.answers.len(), block.transactions.len());
        assert_eq!(outcome.state_hash, self.replica.state_hash());
        self.blocks.push(block);
        outcome
    }

    fn balance(&self, trader: usize) -> u64 {
        let account = AccountId::of(&self.wallets[trader].account());
        self.replica.accounts().balance(&account)
    }

    /// Whether another replica reaches the same state from the same blocks.
    fn reproduced(&self, verifier: &dyn BlockVerifier) -> bool {
        let mut other = genesis(&self.plan, self.faucet.cashier());
        for block in &self.blocks {
            other.execute(block, verifier).unwrap();
        }
        other.state_hash() == self.replica.state_hash()
    }
}

fn market(plan: &ReplayPlan, chain: ChainId, siblings: Vec<Symbol>) -> Market {
    let day = &plan.days[0];
    Market::new(Genesis {
        chain,
        specification: plan.specification.clone(),
        session: day.session.clone(),
        prior_settlement: Price(day.figures.prior.price()),
        after_limit_settlement: false,
        settlement: SettlementSigners::default(),
        siblings,
    })
    .unwrap()
}

fn genesis(plan: &ReplayPlan, cashier: AccountId) -> Replica {
    // It would send cash to a contract month that nobody runs here.
    let elsewhere = vec![Symbol::new("HEJ7").unwrap()];
    let market = market(plan, plan.chain(), elsewhere);
    Replica::new([market], AccountBook::new(cashier).unwrap()).unwrap()
}

fn verifier() -> Groth16Verifier<SeededTest> {
    Groth16Verifier::new(keys().verifying())
}

/// Checks each proof alone, when its turn comes.
struct OneByOne(Groth16Verifier<SeededTest>);

impl Verifier for OneByOne {
    fn verify_act(&self, statement: &ActStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        self.0.verify_act(statement, proof)
    }

    fn verify_refresh(&self, statement: &RefreshStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        self.0.verify_refresh(statement, proof)
    }

    fn verify_lapse(&self, statement: &LapseStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        self.0.verify_lapse(statement, proof)
    }
}

impl BlockVerifier for OneByOne {
    fn prepare(&self, _: &[Claimed<'_>]) {}

    fn cost(&self) -> VerificationCost {
        self.0.cost()
    }
}

fn bytes(act: &ActTransaction) -> Vec<u8> {
    Entry::Market(Transaction::Act(Box::new(act.clone()))).to_bytes()
}

fn is_accepted(answer: &Answer) -> bool {
    matches!(answer, Answer::Market(_, Receipt::Act(_)))
}

fn is_refused_for_its_proof(answer: &Answer) -> bool {
    matches!(answer, Answer::Market(_, Receipt::Refused(Refusal::Proof)))
}

/// A block of six openings of which two have bad proofs, one a proof of something else and one no proof at all: those
/// two are refused, the four good ones count, and the refused traders have lost nothing.
#[test]
fn bad_proofs_among_good_ones() {
    let mut scene = Scene::funded(6);
    let good: Vec<ActTransaction> = (0..6).map(|trader| scene.opening(trader)).collect();
    let mut sent = good.clone();
    sent[2].proof = good[3].proof;
    sent[5].proof = NO_PROOF;
    let outcome = scene.execute(sent.iter().map(bytes).collect());
    for (trader, answer) in outcome.answers.iter().enumerate() {
        if trader == 2 || trader == 5 {
            assert!(is_refused_for_its_proof(answer), "{trader}: {answer:?}");
            assert_eq!(scene.balance(trader), CASH);
        } else {
            assert!(is_accepted(answer), "{trader}: {answer:?}");
            assert_eq!(scene.balance(trader), 0);
        }
    }
    // One for the batch of each Act, and none is checked a second time.
    assert_eq!(scene.verifier.cost().proofs, 6);

    // The same messages with their own proofs are still good; a proof that counted does not count again.
    let again = [&good[2], &good[5], &good[0]].map(bytes).to_vec();
    let outcome = scene.execute(again);
    assert!(is_accepted(&outcome.answers[0]));
    assert!(is_accepted(&outcome.answers[1]));
    assert!(matches!(
        &outcome.answers[2],
        Answer::Market(_, Receipt::Refused(refusal)) if *refusal != Refusal::Proof
    ));
    assert!(scene.reproduced(&verifier()));
    assert!(scene.reproduced(&OneByOne(verifier())));
}

/// Twice the same opening in one block: the second is refused, although the batch has found its proof good.
#[test]
fn the_same_act_twice_in_a_block() {
    let mut scene = Scene::funded(1);
    let opening = bytes(&scene.opening(0));
    let outcome = scene.execute(vec![opening.clone(), opening]);
    assert!(is_accepted(&outcome.answers[0]));
    assert!(matches!(
        outcome.answers[1],
        Answer::Market(_, Receipt::Refused(_))
    ));
    assert!(scene.reproduced(&OneByOne(verifier())));
}

/// Garbage and forged credits are answered and change nothing; what stands beside them counts.
#[test]
fn garbage_and_forgeries() {
    let mut scene = Scene::funded(2);
    let account = AccountId::of(&scene.wallets[0].account());
    let forged = {
        let mut other = Faucet::resume(b"not the cashier", 100);
        CashierRequest::Credit(other.credit(&scene.plan.chain().0, account, CASH))
    };
    let elsewhere = {
        let mut faucet = Faucet::resume(b"blocks", 100);
        CashierRequest::Credit(faucet.credit(&[9; 32], account, CASH))
    };
    let replayed = scene.blocks[0].transactions[0].clone();
    let before = scene.replica.state_hash();
    let outcome = scene.execute(vec![
        Vec::new(),
        vec![7],
        b"no entry at all".to_vec(),
        vec![0; 4_096],
        Entry::Cashier(forged).to_bytes(),
        Entry::Cashier(elsewhere).to_bytes(),
        replayed,
    ]);
    for answer in &outcome.answers[..4] {
        assert!(matches!(answer, Answer::Garbage), "{answer:?}");
    }
    for answer in &outcome.answers[4..6] {
        assert!(
            matches!(
                answer,
                Answer::Cashier(Err(AccountError::BadSignature { .. }))
            ),
            "{answer:?}"
        );
    }
    assert!(matches!(
        outcome.answers[6],
        Answer::Cashier(Err(AccountError::StaleSequence { .. }))
    ));
    assert_eq!((scene.balance(0), scene.balance(1)), (CASH, CASH));
    assert!(outcome.events.is_empty(), "{:?}", outcome.events);
    // The state covers no block boundaries, so it is the same to the last byte.
    assert_eq!(scene.replica.state_hash(), before);

    let credit = scene.credit(1).to_bytes();
    let outcome = scene.execute(vec![vec![7], credit, vec![8]]);
    assert!(matches!(outcome.answers[1], Answer::Cashier(Ok(()))));
    assert_eq!(scene.balance(1), 2 * CASH);
}

/// A block that does not follow is an error and leaves no trace.
#[test]
fn blocks_that_do_not_follow() {
    let mut scene = Scene::funded(1);
    let before = scene.replica.state_hash();
    let good = scene.next(Vec::new());
    let height = |height| Block {
        height,
        ..good.clone()
    };
    let earlier = Block {
        time: 1,
        ..good.clone()
    };
    for block in [height(0), height(1), height(3), earlier] {
        assert!(scene.replica.execute(&block, &scene.verifier).is_err());
        assert_eq!(scene.replica.state_hash(), before);
    }
    scene.replica.execute(&good, &scene.verifier).unwrap();
}

/// Messages for a contract month that is not there are refused; so is cash that would go to one.
#[test]
fn markets_that_are_not_there() {
    let mut scene = Scene::funded(1);
    let nowhere = Symbol::new("HEJ7").unwrap();
    let mut stray = scene.opening(0);
    stray.message.market = nowhere;
    let good = scene.opening(0);
    let outcome = scene.execute(vec![bytes(&stray), bytes(&good)]);
    let refused = |answer: &Answer, reason: &Refusal| match answer {
        Answer::Market(_, Receipt::Refused(refusal)) => refusal == reason,
        _ => false,
    };
    assert!(refused(&outcome.answers[0], &Refusal::Market));
    assert!(is_accepted(&outcome.answers[1]));
    for answer in &outcome.answers {
        let Answer::Market(transaction, receipt) = answer else {
            panic!("{answer:?}");
        };
        let market = scene.replica.markets().next().unwrap().clone();
        scene.wallets[0]
            .follow(&market, transaction, receipt)
            .unwrap();
    }
    let transfer = scene.wallets[0]
        .main()
        .transfer(scene.market(), nowhere, 1_000)
        .unwrap();
    assert!(matches!(transfer.message.action, Action::Transfer { .. }));
    let sent = transfer.prove(&keys().act.proving, &mut OsRng).unwrap();
    let before = scene.replica.state_hash();
    let outcome = scene.execute(vec![Entry::Market(sent).to_bytes()]);
    assert!(refused(&outcome.answers[0], &Refusal::Sibling(nowhere)));
    assert_eq!(scene.replica.state_hash(), before);
}

/// Markets of one replica are of one chain, and each is there once.
#[test]
fn markets_that_do_not_go_together() {
    let plan = ReplayPlan::new(&smallest("2017-01-03", 1)).unwrap();
    let accounts = || AccountBook::new(Faucet::from_seed(b"blocks").cashier()).unwrap();
    let one = || market(&plan, plan.chain(), Vec::new());
    let symbol = one().symbol();
    let error = |markets: Vec<Market>| Replica::new(markets, accounts()).err();
    assert_eq!(error(Vec::new()), Some(ReplicaError::Empty));
    assert_eq!(error(vec![one(), one()]), Some(ReplicaError::Twice(symbol)));
    assert_eq!(error(vec![one()]), None);
    let plan = ReplayPlan::new(&smallest("2017-02-15", 1)).unwrap();
    let other = market(&plan, ChainId::of_genesis(b"elsewhere"), Vec::new());
    let next = other.symbol();
    assert_eq!(
        error(vec![one(), other]),
        Some(ReplicaError::Apart(next, symbol))
    );
}

fn one_opening() -> &'static Vec<u8> {
    static OPENING: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    OPENING.get_or_init(|| bytes(&Scene::funded(1).opening(0)))
}

proptest! {
    /// What decodes encodes to the same bytes; nothing panics.
    #[test]
    fn entries_are_canonical(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(entry) = Entry::from_bytes(&bytes) {
            prop_assert_eq!(entry.to_bytes(), bytes);
        }
    }

    /// A good entry with bytes changed, cut off or added is another entry or none.
    #[test]
    fn altered_entries_are_canonical(
        position in any::<prop::sample::Index>(),
        value in any::<u8>(),
        cut in any::<prop::sample::Index>(),
        tail in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let good = one_opening();
        let mut changed = good.clone();
        changed[position.index(good.len())] = value;
        let mut longer = good.clone();
        longer.extend(&tail);
        let shorter = good[..cut.index(good.len())].to_vec();
        prop_assert!(Entry::from_bytes(&shorter).is_err());
        prop_assert_eq!(Entry::from_bytes(&longer).is_ok(), tail.is_empty());
        if let Ok(entry) = Entry::from_bytes(&changed) {
            prop_assert_eq!(entry.to_bytes(), changed);
        }
    }
}
