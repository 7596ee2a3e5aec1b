//! What can be said of a transaction before it is ordered: cheaply, and without changing anything.

use super::Market;
use crate::message::Transaction;
use crate::refusal::Refusal;

impl Market {
    /// Whether the present state refuses a transaction for anything but what is costly or has an effect to find out.
    ///
    /// Whoever takes transactions for the ledger keeps off with it what would only fill blocks. These are the same checks
    /// as those of [`Market::apply`], in the same order: what is refused here, `apply` would refuse now for the same
    /// reason. What passes may still be refused: for its Groth16 proof, for the cash of a deposit or a withdrawal, for
    /// fills that came after a claim was proven, for a seat's duty, or because of what is ordered before it. Heights and
    /// instants are those of the last block: a message passes up to the block before the one in which it expires.
    ///
    /// A dealing or a share is looked at for its signature only, for whatever a seat signs may cost its bond.
    ///
    /// # Errors
    /// The [`Refusal`] that including it now would give.
    pub fn screen(&self, transaction: &Transaction) -> Result<(), Refusal> {
        match transaction {
            Transaction::Act(act) => self.statement(act).map(drop),
            Transaction::Instruction(instruction) => self.check_instruction(instruction),
            Transaction::Refresh(refresh) => self.refresh_statement(&refresh.message).map(drop),
            Transaction::Lapse(lapse) => self.lapse_statement(&lapse.message).map(drop),
            Transaction::Seat(seat) => self.check_seat(seat),
            Transaction::Opening(opening) => self.check_opening(opening).map(drop),
            Transaction::FinalSettlement(settlement) => self.check_final_settlement(settlement),
        }
    }
}
