//! Refresh, Lapse and the opened sums, as honest traders send them.

use super::exchange::TestExchange;
use super::seats::TestSeat;
use super::trader::TestTrader;
use tally_circuits::elgamal::WireCiphertext;
use tally_circuits::field::Element;
use tally_circuits::jubjub::Scalar;
use tally_circuits::lapse::LapseWitness;
use tally_circuits::note::Note;
use tally_circuits::refresh::{LIMB_BITS, Randomness, RefreshStatement, RefreshWitness};
use tally_exchange::market::Stage;
use tally_exchange::message::{
    LapseMessage, LapseTransaction, OpeningMessage, RefreshMessage, RefreshTransaction, Transaction,
};
use tally_exchange::receipt::Receipt;

/// The sums over refreshed notes, as an observer of all secrets knows them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    pub position: i64,
    pub cash: i64,
    pub limbs: [i64; 2],
}

impl Sums {
    pub fn add(&mut self, note: &Note) {
        let shifted = note.cash + (1 << 47);
        self.position += i64::from(note.position);
        self.cash += note.cash;
        self.limbs[0] += shifted & ((1 << LIMB_BITS) - 1);
        self.limbs[1] += shifted >> LIMB_BITS;
    }
}

/// A Refresh before its proof is made.
#[derive(Clone)]
pub struct RefreshDraft {
    pub message: RefreshMessage,
    pub witness: RefreshWitness,
}

/// A Lapse before its proof is made.
#[derive(Clone)]
pub struct LapseDraft {
    pub message: LapseMessage,
    pub witness: LapseWitness,
}

impl TestExchange {
    /// What an honest wallet would send to refresh a trader's note.
    pub fn refresh_draft(&mut self, trader: &TestTrader) -> RefreshDraft {
        self.publish_root_of(trader.epoch);
        let market = &self.market;
        let terms = *market.epoch_terms().expect("a revalidation is under way");
        let key = market.joint_key().expect("a joint key");
        let nullifier = trader.nullifier(market);
        let seed = |place: u64| Scalar::from(nullifier.to_bytes()[0]) + Scalar::from(place + 7);
        let randomness = if terms.with_cash {
            [seed(1), seed(2), seed(3)]
        } else {
            [seed(1), Scalar::from(0), Scalar::from(0)]
        };
        let randomness = Randomness(randomness);
        let (new, position, cash) = RefreshStatement::encrypt(
            &terms.refresh_terms(market.money()),
            &trader.note,
            nullifier.0,
            key.key(),
            &randomness,
            terms.with_cash,
        )
        .expect("a solvent note without reservations");
        let tree = market.tree_of(trader.epoch).expect("a known epoch");
        RefreshDraft {
            message: RefreshMessage {
                chain: market.chain(),
                market: market.symbol(),
                epoch: trader.epoch,
                round: key.round(),
                root: Element(tree.root()),
                nullifier,
                new_commitment: Element(new.commitment(market.market_element().0, &trader.key)),
                position: WireCiphertext::from(position),
                cash: cash.map(|limbs| limbs.map(WireCiphertext::from)),
            },
            witness: RefreshWitness {
                key: trader.key.clone(),
                old_note: trader.note.clone(),
                path: trader.path(market),
                randomness,
            },
        }
    }

    pub fn seal_refresh(&self, draft: RefreshDraft) -> RefreshTransaction {
        let proof = self.verifier.prove_refresh(&draft.message, draft.witness);
        RefreshTransaction {
            message: draft.message,
            proof,
        }
    }

    /// Refreshes a trader's note.
    pub fn refresh(&mut self, trader: &mut TestTrader) {
        let draft = self.refresh_draft(trader);
        let transaction = self.seal_refresh(draft);
        self.include_refresh(trader, &transaction);
    }

    /// Sends a Refresh that was built before; it must be accepted.
    pub fn include_refresh(&mut self, trader: &mut TestTrader, refresh: &RefreshTransaction) {
        let receipt = self.apply(&Transaction::Refresh(Box::new(refresh.clone())));
        let Receipt::Refresh { leaf } = receipt else {
            panic!("expected a Refresh, got {receipt:?}");
        };
        let terms = *self.market.epoch_terms().expect("under way");
        let cents = terms.refresh_terms(self.market.money());
        let old = trader.note.clone();
        let new = cents.successor(&old, refresh.message.nullifier.0);
        trader.note = new.expect("it was accepted");
        trader.leaf = Some(leaf);
        trader.epoch += 1;
        self.refreshed.add(&trader.note);
        let closed = (old.position - trader.note.position).unsigned_abs();
        let haircut = if terms.forced { 0 } else { terms.haircut };
        self.haircuts += i128::from(closed) * i128::from(haircut);
    }

    /// What an honest wallet would send to come back.
    pub fn lapse_draft(&mut self, trader: &TestTrader) -> LapseDraft {
        self.publish_root_of(trader.epoch);
        let market = &self.market;
        let terms = market.lapse_terms(trader.epoch).unwrap_or_default();
        let nullifier = trader.nullifier(market);
        let new = terms
            .successor(&trader.note, nullifier.0)
            .unwrap_or_else(|| trader.note.clone());
        let tree = market.tree_of(trader.epoch).expect("a known epoch");
        LapseDraft {
            message: LapseMessage {
                chain: market.chain(),
                market: market.symbol(),
                epoch: market.epoch(),
                left_in: trader.epoch,
                root: Element(tree.root()),
                nullifier,
                new_commitment: Element(new.commitment(market.market_element().0, &trader.key)),
            },
            witness: LapseWitness {
                key: trader.key.clone(),
                old_note: trader.note.clone(),
                path: trader.path(market),
            },
        }
    }

    pub fn seal_lapse(&self, draft: LapseDraft) -> LapseTransaction {
        let proof = self.verifier.prove_lapse(&draft.message, draft.witness);
        LapseTransaction {
            message: draft.message,
            proof,
        }
    }

    /// A trader comes back.
    pub fn lapse(&mut self, trader: &mut TestTrader) {
        let draft = self.lapse_draft(trader);
        let transaction = self.seal_lapse(draft);
        let receipt = self.apply(&Transaction::Lapse(Box::new(transaction.clone())));
        let Receipt::Lapse { leaf } = receipt else {
            panic!("expected a Lapse, got {receipt:?}");
        };
        let owed = self.owed(trader);
        let terms = self
            .market
            .lapse_terms(trader.epoch)
            .expect("it was accepted");
        let new = terms.successor(&trader.note, transaction.message.nullifier.0);
        trader.note = new.expect("it was accepted");
        trader.leaf = Some(leaf);
        trader.epoch = self.market.epoch();
        self.haircuts += owed - i128::from(trader.note.cash);
    }

    /// What an absent trader's note is owed at the price of the epoch in which it stayed behind, cents.
    pub fn owed(&self, trader: &TestTrader) -> i128 {
        let closed = self.market.closed_epoch(trader.epoch).expect("closed");
        let price = i128::from(self.market.money().notional(closed.terms().price));
        i128::from(trader.note.cash) + i128::from(trader.note.position) * price
    }

    /// The message with the sums, as an observer of all secrets knows them.
    pub fn opening_message(&self) -> OpeningMessage {
        let opening = self.market.opening().expect("sums are to be opened");
        let with_cash = opening.ciphertexts().len() == 3;
        OpeningMessage {
            chain: self.market.chain(),
            market: self.market.symbol(),
            epoch: opening.epoch(),
            position: self.refreshed.position,
            cash: with_cash.then_some(self.refreshed.limbs),
        }
    }

    /// Posts the sums.
    pub fn open_sums(&mut self) {
        let message = self.opening_message();
        assert_eq!(self.apply(&Transaction::Opening(message)), Receipt::Opened);
        self.next_block();
        self.refreshed = Sums::default();
    }

    /// Everybody refreshes, the seats share, the sums are posted.
    pub fn revalidate(&mut self, traders: &mut [&mut TestTrader], seats: &[TestSeat]) {
        for trader in traders {
            self.refresh(trader);
        }
        self.close_window();
        self.decrypt(seats);
    }

    /// Shares of these seats and the posted sums.
    pub fn decrypt(&mut self, seats: &[TestSeat]) {
        for seat in seats {
            let receipt = self.share(seat);
            assert!(matches!(receipt, Receipt::Seat { .. }), "{receipt:?}");
        }
        self.open_sums();
    }

    /// Lets time pass until the window is closed.
    pub fn close_window(&mut self) {
        self.next_block();
        while let Stage::Window { until, .. } = self.market.stage() {
            self.at(until);
        }
    }
}
