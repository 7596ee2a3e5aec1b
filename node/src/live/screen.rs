//! What is kept out of the ledger: entries that would be refused anyway cost every client a download, so they are not
//! ordered.

use crate::api::Decline;
use crate::entry::Entry;
use crate::replica::Replica;
use tally_exchange::message::Transaction;
use tally_exchange::refusal::Refusal;

/// Looks at an entry before it is queued; proofs are looked at later, many together.
pub(super) fn screen(replica: &Replica, entry: &Entry) -> Result<(), Decline> {
    match entry {
        Entry::Market(transaction) => {
            let market = replica
                .market(transaction.market())
                .ok_or(Decline::Refused(Refusal::Market))?;
            market.screen(transaction).map_err(Decline::Refused)
        }
        Entry::Cashier(request) => replica
            .accounts()
            .check(request, &replica.chain().0)
            .map_err(|error| Decline::Cashier(error.to_string())),
    }
}

/// Whether an entry has a Groth16 proof.
pub(super) const fn is_proved(entry: &Entry) -> bool {
    matches!(
        entry,
        Entry::Market(Transaction::Act(_) | Transaction::Refresh(_) | Transaction::Lapse(_))
    )
}
