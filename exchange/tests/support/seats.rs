//! Decryptors' seats: bonds, dealings, complaints, shares.

use super::exchange::{TestExchange, act_receipt};
use super::trader::TestTrader;
use tally_circuits::field::Element;
use tally_circuits::jubjub::CurvePoint;
use tally_exchange::epoch::rounds::RoundKey;
use tally_exchange::message::{Action, Duty, SeatMessage, SeatTransaction, Transaction};
use tally_exchange::receipt::{ActReceipt, Receipt};
use tally_mpc::Context;
use tally_mpc::decryption::{self, DecryptionShare};
use tally_mpc::keygen::{Dealing, KeyShare, complain, deal, open_shares};
use tally_mpc::schnorr::SeatKey;

/// A seat and what its owner keeps.
pub struct TestSeat {
    pub number: u32,
    pub key: SeatKey,
    pub bond: Element,
}

/// The key of a seed.
pub fn seat_key(seed: u8) -> SeatKey {
    SeatKey::from_uniform_bytes(&[seed; 64]).expect("not zero")
}

/// Makes a dealing wrong in one share: the one for `victim`.
pub fn spoil(dealing: &mut Dealing, victim: usize) {
    dealing.shares[victim][0] ^= 1;
}

impl TestExchange {
    /// The bond of a seat.
    pub fn bonding(&self, trader: &TestTrader, key: &SeatKey) -> Action {
        let tag = trader.tag(&self.market);
        let context = self.market.mpc_context_for_bond();
        Action::Bond {
            tag,
            seat_key: CurvePoint::from(key.public()),
            possession: key.prove_possession(&context, &tag.to_bytes()),
        }
    }

    /// Takes a seat for a trader.
    pub fn seat(&mut self, trader: &mut TestTrader, seed: u8) -> TestSeat {
        let key = seat_key(seed);
        let bond = trader.tag(&self.market);
        let action = self.bonding(trader, &key);
        let receipt: ActReceipt = self.act(trader, action);
        TestSeat {
            number: receipt.seat.expect("a bond takes a seat"),
            key,
            bond,
        }
    }

    /// A message of a seat, signed.
    pub fn signed(&self, seat: &TestSeat, round: u64, epoch: u64, duty: Duty) -> SeatTransaction {
        let message = SeatMessage {
            chain: self.market.chain(),
            market: self.market.symbol(),
            seat: seat.number,
            round,
            epoch,
            duty,
        };
        let context = self.market.context(round, epoch);
        let signature = seat.key.sign(&context, &message.signed_bytes());
        SeatTransaction { message, signature }
    }

    /// Sends a duty of a seat.
    pub fn send(&mut self, seat: &TestSeat, round: u64, epoch: u64, duty: Duty) -> Receipt {
        let transaction = self.signed(seat, round, epoch, duty);
        self.apply(&Transaction::Seat(Box::new(transaction)))
    }

    /// The dealing of a seat in the key generation under way.
    pub fn dealing(&self, seat: &TestSeat) -> Dealing {
        let round = self
            .market
            .key_round()
            .expect("a key generation is under way");
        let me = round.index_of(seat.number).expect("a participant");
        let context: &Context = round.context();
        deal(context, round.participants(), me, &seat.key).expect("a participant deals")
    }

    /// Deals for a seat.
    pub fn deal(&mut self, seat: &TestSeat) -> Receipt {
        let dealing = self.dealing(seat);
        let round = self.market.key_round().expect("under way").round();
        self.send(seat, round, 0, Duty::Deal(Box::new(dealing)))
    }

    /// A seat's complaint of a dealer, right or wrong.
    pub fn complain(&mut self, seat: &TestSeat, dealer: &TestSeat) -> Receipt {
        let round = self.market.key_round().expect("under way");
        let me = round.index_of(seat.number).expect("a participant");
        let accused = round.index_of(dealer.number).expect("a participant");
        let dealing = round.dealings().get(accused).expect("a dealing");
        let complaint = complain(round.context(), &seat.key, me, dealing);
        let number = round.round();
        self.send(seat, number, 0, Duty::Complain(Box::new(complaint)))
    }

    /// All seats deal, nobody complains, and the joint key is there.
    pub fn make_key(&mut self, seats: &[TestSeat]) {
        for seat in seats {
            let receipt = self.deal(seat);
            assert!(matches!(receipt, Receipt::Seat { .. }), "{receipt:?}");
        }
        self.next_block();
        let wait = self.market.specification().complaint_time;
        self.later(wait);
        assert!(self.market.key_round().is_none());
        assert!(self.market.joint_key().is_some());
    }

    /// A seat's share of the sums that are to be opened.
    pub fn share_of(&self, seat: &TestSeat) -> DecryptionShare {
        let opening = self.market.opening().expect("sums are to be opened");
        let key: &RoundKey = self.market.joint_key().expect("a key");
        let me = key.index_of(seat.number).expect("a participant");
        let opened = open_shares(key.context(), &seat.key, me, key.dealings().all().values());
        let shares = opened.expect("a participant").shares;
        let key_share = KeyShare::new(key.joint(), me, &shares).expect("all shares are there");
        decryption::share(
            opening.context(),
            &key_share,
            key.joint(),
            opening.ciphertexts(),
        )
        .expect("a participant shares")
    }

    /// Posts a seat's share.
    pub fn share(&mut self, seat: &TestSeat) -> Receipt {
        let share = self.share_of(seat);
        self.post_share(seat, share)
    }

    /// Posts something as a seat's share.
    pub fn post_share(&mut self, seat: &TestSeat, share: DecryptionShare) -> Receipt {
        let opening = self.market.opening().expect("sums are to be opened");
        let (round, epoch) = (opening.context().round, opening.epoch());
        self.send(seat, round, epoch, Duty::Share(Box::new(share)))
    }

    /// Takes a bond back.
    pub fn unbond(&mut self, trader: &mut TestTrader, seat: &TestSeat) -> u64 {
        let held = self.market.seats().get(seat.number).expect("a seat").amount;
        let amount = u64::try_from(held).expect("positive");
        let action = Action::Unbond {
            bond: seat.bond,
            amount,
        };
        let prepared = self.prepare(trader, action);
        act_receipt(self.include(trader, &prepared));
        amount
    }
}
