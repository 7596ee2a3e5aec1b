//! What misbehaving seats send: messages that are well signed and wrong.

use tally_exchange::market::Market;
use tally_exchange::message::{Duty, SeatTransaction, Transaction};
use tally_mpc::keygen::deal_with_wrong_share;
use tally_trader::keys::seat_key;
use tally_trader::lineage::Lineage;

/// A seat's dealing or share with one wrong number in it, signed again by the seat. Everything else comes back as it is.
///
/// A dealing gets a wrong share for the first other participant: all that the public can check holds, and only the one
/// who decrypts it can tell. A share gets another response in its proof.
pub(super) fn tampered(
    market: &Market,
    lineage: &Lineage,
    transaction: Transaction,
) -> Transaction {
    let Transaction::Seat(seat) = transaction else {
        return transaction;
    };
    let SeatTransaction {
        mut message,
        signature,
    } = *seat;
    let number = message.seat;
    let bond = lineage.bonds().iter().find(|(_, seat)| **seat == number);
    let Some((bond, _)) = bond else {
        return Transaction::Seat(Box::new(SeatTransaction { message, signature }));
    };
    let key = seat_key(lineage.key(), *bond);
    match &mut message.duty {
        Duty::Deal(dealing) => {
            let round = market.key_round();
            if let Some((round, me)) =
                round.and_then(|round| Some((round, round.index_of(number)?)))
            {
                let victim = u32::from(me == 0);
                let (context, participants) = (round.context(), round.participants());
                **dealing = deal_with_wrong_share(context, participants, me, &key, victim);
            }
        }
        // Another number, and still canonical: the group's order is odd and greater than both.
        Duty::Share(share) => share.proof.response[0] ^= 1,
        Duty::Complain(_) | Duty::Leave => {}
    }
    let context = market.context(message.round, message.epoch);
    let signature = key.sign(&context, &message.signed_bytes());
    Transaction::Seat(Box::new(SeatTransaction { message, signature }))
}
