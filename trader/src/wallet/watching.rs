//! A wallet that finds its lineages by itself while it follows the ledger.

use super::{GAP, Wallet};
use crate::keys::nullifier_key;
use crate::lineage::Lineage;
use crate::seed::Seed;
use tally_circuits::field::Element;

impl Wallet {
    /// A wallet that follows the ledger from its first block and finds all its lineages on the way, without a history of
    /// everybody's statements: it always has [`RECOVERY_GAP`](crate::keys::RECOVERY_GAP) unopened lineages beyond the
    /// last that was opened.
    ///
    /// After the whole ledger [`Wallet::settle_lineages`] leaves what [`Wallet::recover`] finds: every lineage that a
    /// wallet of this seed could [add](Wallet::add_lineage) when it was opened.
    #[must_use]
    pub fn watching(seed: Seed, market: Element) -> Self {
        let mut wallet = Self {
            is_watching: true,
            ..Self::new(seed, market)
        };
        wallet.look_ahead();
        wallet
    }

    /// Ends the watching: the wallet keeps its lineages up to the last that was opened, at least one. From then on only
    /// [`Wallet::add_lineage`] adds to them.
    pub fn settle_lineages(&mut self) {
        self.is_watching = false;
        self.lineages.truncate(self.opened().max(1));
    }

    /// Whether the wallet looks for lineages of its seed while it follows the ledger.
    #[must_use]
    pub const fn is_watching(&self) -> bool {
        self.is_watching
    }

    /// Adds unopened lineages up to the gap, while the wallet is watching.
    pub(super) fn look_ahead(&mut self) {
        if !self.is_watching {
            return;
        }
        let wanted = self.opened().saturating_add(GAP);
        while let Some(index) = self.next_index().filter(|_| self.lineages.len() < wanted) {
            let key = nullifier_key(&self.seed, index);
            self.lineages.push(Lineage::unopened(key, self.market));
        }
    }

    /// Whether there are as many unopened lineages at the end as there should be.
    pub(super) fn has_its_gap(&self) -> bool {
        let unopened = self.lineages.len().saturating_sub(self.opened());
        unopened == GAP || (unopened < GAP && !self.is_watching)
    }

    /// How many lineages there are up to the last that was opened.
    fn opened(&self) -> usize {
        let last = self.lineages.iter().rposition(|l| l.place().is_some());
        last.map_or(0, |last| last.saturating_add(1))
    }

    /// The index of the next nullifier key. The market has room for 2^20 notes, far fewer than there are keys.
    pub(super) fn next_index(&self) -> Option<u32> {
        u32::try_from(self.lineages.len()).ok()
    }
}
