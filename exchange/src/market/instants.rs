//! When the market acts by itself, so that whoever makes blocks makes an empty one then.

use super::Market;
use super::revalidation::Stage;
use crate::epoch::opening::SumOpening;
use crate::epoch::rounds::{KeyRound, RoundPhase};
use crate::receipt::Phase;
use crate::units::Time;

impl Market {
    /// The next instant after the market's time at which an empty block changes what happens; none if only messages do.
    ///
    /// Asked at a block end. With an empty block at each of these instants, and none otherwise, parts of the day, epochs
    /// and events come as with a block every second: a part of the day, the end of a window, a deadline of the decryptors
    /// or of a key generation, a trigger that has held, a side locked at the edge of the band, the end of the wait for the
    /// final settlement. What happens at the very next block end, whenever that is, is due a second after the last: a step
    /// of the clearing account's quote, the trigger of a tree that fills up.
    #[must_use]
    pub fn next_instant(&self) -> Option<Time> {
        let instants = [
            self.next_phase_instant(),
            self.window_instant(),
            self.sharing_instant(),
            self.key_round_instant(),
            self.trigger_due(),
            self.lock_instant(),
            self.final_settlement_instant(),
            self.next_block_instant(),
        ];
        let due = instants.into_iter().flatten();
        due.filter(|at| *at > self.time).min()
    }

    fn window_instant(&self) -> Option<Time> {
        match self.stage() {
            Stage::Window { until, .. } => Some(until),
            // Shares may be taken beyond the result: their deadline is looked at by itself.
            Stage::Open | Stage::AwaitingKey | Stage::Sharing { .. } => None,
        }
    }

    fn sharing_instant(&self) -> Option<Time> {
        let taken = self.opening.as_ref().filter(|opening| !opening.is_closed());
        taken.map(SumOpening::until)
    }

    fn key_round_instant(&self) -> Option<Time> {
        // As key generations advance.
        let advances = !self.halted && self.phase != Phase::Expired;
        let running = self.committee.running.as_ref().filter(|_| advances);
        running.map(KeyRound::phase).map(|phase| match phase {
            RoundPhase::Dealing { until } | RoundPhase::Complaining { until } => until,
        })
    }

    fn lock_instant(&self) -> Option<Time> {
        let due = || self.day.lock.due_at();
        self.phase.is_trading().then(due).flatten()
    }

    fn next_block_instant(&self) -> Option<Time> {
        (self.is_walking() || self.fills_up()).then(|| self.time.plus_seconds(1))
    }
}
