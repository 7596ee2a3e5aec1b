//! SHARE: deadlines of the decryption, the posted values, and what the decryptors lose and earn.

use super::Market;
use crate::epoch::opening::{OpenedSums, OpeningRefusal, ShareDeadline, SumOpening};
use crate::epoch::seats::Pot;
use crate::message::OpeningMessage;
use crate::receipt::{Event, Offence, Receipt};
use crate::refusal::Refusal;

impl Market {
    /// Takes the opened sums; the result takes effect at the end of the block.
    pub(super) fn apply_opening(&mut self, message: &OpeningMessage) -> Result<Receipt, Refusal> {
        self.opened = Some(self.check_opening(message)?);
        Ok(Receipt::Opened)
    }

    /// The sums that posted values open, if they are right and waited for; nothing changes.
    pub(super) fn check_opening(&self, message: &OpeningMessage) -> Result<OpenedSums, Refusal> {
        if message.chain != self.chain {
            return Err(Refusal::Chain);
        }
        if message.market != self.symbol {
            return Err(Refusal::Market);
        }
        let waits = self.is_sharing() && message.epoch == self.epoch && self.opened.is_none();
        let opening = self.opening.as_ref().filter(|_| waits);
        let opening = opening.ok_or(Refusal::NotSharing(message.epoch))?;
        opening.check(message).map_err(|refusal| match refusal {
            OpeningRefusal::TooFewShares { shares, needed } => Refusal::TooFewShares {
                shares,
                threshold: needed,
            },
            OpeningRefusal::Epoch { given, .. } => Refusal::NotSharing(given),
            OpeningRefusal::Cash | OpeningRefusal::Bounds(_) | OpeningRefusal::Value(_) => {
                Refusal::Opening
            }
        })
    }

    /// The result, if the sums are posted; deadlines of the decryption.
    pub(super) fn advance_sharing(&mut self, events: &mut Vec<Event>) -> bool {
        if self.is_sharing()
            && let Some(sums) = self.opened.take().or_else(|| self.sums_of_nobody())
        {
            self.result(&sums, events);
            return true;
        }
        let share_time = self.specification.share_time;
        let deadline = self
            .opening
            .as_mut()
            .and_then(|opening| opening.advance(self.time, share_time));
        match deadline {
            Some(ShareDeadline::Over { offenders }) => {
                self.slash_missing(&offenders, events);
                self.reward_decryptors();
            }
            Some(ShareDeadline::Extended { offenders }) => self.slash_missing(&offenders, events),
            Some(ShareDeadline::Pending { offenders }) => {
                self.slash_missing(&offenders, events);
                self.reward_decryptors();
                self.opening = None;
                self.stay_pending(events);
            }
            None => {
                let is_over = self.opening.as_ref().is_some_and(SumOpening::is_closed);
                if !is_over || self.is_sharing() {
                    return false;
                }
                self.opening = None;
            }
        }
        true
    }

    /// The sums over no note: they hide nothing, and nobody needs to post them.
    fn sums_of_nobody(&self) -> Option<OpenedSums> {
        let opening = self.opening.as_ref().filter(|o| o.refreshed() == 0)?;
        Some(OpenedSums {
            position: 0,
            cash: (opening.ciphertexts().len() == 3).then_some(0),
        })
    }

    /// Ends an earlier decryption whose shares are still taken: its sums are opened, and the next ones wait.
    pub(super) fn finish_opening(&mut self) {
        if let Some(opening) = self.opening.take().filter(|opening| !opening.is_closed()) {
            self.share_pot(Pot::Decryption, &opening.completers());
        }
    }

    fn slash_missing(&mut self, offenders: &[u32], events: &mut Vec<Event>) {
        for seat in offenders {
            self.slash(*seat, Pot::Decryption, Offence::NoShare, events);
        }
    }

    fn reward_decryptors(&mut self) {
        let completers = self.opening.as_ref().map(SumOpening::completers);
        self.share_pot(Pot::Decryption, &completers.unwrap_or_default());
    }
}
