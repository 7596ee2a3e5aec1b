//! The window: it opens with a joint key, is extended while a third is missing, and closes over a frozen set.

use super::Market;
use super::closed::{ClosedEpoch, ClosedState};
use super::note_tree::NoteTree;
use super::revalidation::Progress;
use crate::epoch::opening::SumOpening;
use crate::epoch::rounds::RoundKey;
use crate::receipt::{Event, Phase};
use crate::units::Time;

/// How often a window is extended while a third or more of the expected notes are missing.
const MOST_EXTENSIONS: u8 = 2;

impl Market {
    /// Opens the window of a trigger that has waited for a key, and ends windows that are over.
    pub(super) fn advance_window(&mut self, events: &mut Vec<Event>) -> bool {
        let Some(revalidation) = &self.revalidation else {
            return false;
        };
        match revalidation.progress {
            Progress::AwaitingKey => self.open_window(events),
            Progress::Window { until, extensions } => {
                let refreshed = revalidation.refreshed;
                if refreshed >= self.notes_alive() {
                    // Everybody is there: nobody can come any more, and nothing is gained by waiting.
                    self.close_window(false, events);
                } else if self.time < until {
                    return false;
                } else if !self.lacks_quorum(refreshed) {
                    self.close_window(false, events);
                } else if extensions < MOST_EXTENSIONS {
                    self.extend_window(extensions + 1, events);
                } else {
                    self.close_window(true, events);
                }
                true
            }
            Progress::Sharing => false,
        }
    }

    /// Every lineage has one unspent note: those refreshed into the epoch, opened since, or back by Lapse.
    const fn notes_alive(&self) -> u64 {
        self.members.saturating_add(self.returned)
    }

    /// Whether less than two thirds of the expected notes have come.
    const fn lacks_quorum(&self, refreshed: u64) -> bool {
        // Both are at most the leaves of a tree, 2^20.
        refreshed.saturating_mul(3) < self.members.saturating_mul(2)
    }

    fn open_window(&mut self, events: &mut Vec<Event>) -> bool {
        let Some(round) = self.committee.key.as_ref().map(RoundKey::round) else {
            return false;
        };
        let until = self.window_end();
        if let Some(revalidation) = &mut self.revalidation {
            revalidation.progress = Progress::Window {
                until,
                extensions: 0,
            };
        }
        let epoch = self.epoch;
        events.push(Event::WindowOpened {
            epoch,
            round,
            until,
        });
        true
    }

    /// Within the session a fixed time; after the close until shortly before the next pre-open, but never less.
    fn window_end(&self) -> Time {
        let rules = &self.specification;
        let shortest = self.time.plus_seconds(rules.refresh_window);
        if self.phase == Phase::Halted {
            return shortest;
        }
        match self.next_session() {
            Some(next) if !self.is_last_day() => next
                .pre_open
                .minus_seconds(rules.daily_window_end)
                .max(shortest),
            _ => self.time.plus_seconds(rules.window_without_next_session),
        }
    }

    fn extend_window(&mut self, extensions: u8, events: &mut Vec<Event>) {
        let length = if self.phase == Phase::Halted {
            self.specification.refresh_window
        } else {
            self.specification.window_extension_daily
        };
        // From this block and not from the deadline: a gap between blocks takes nothing of it.
        let until = self.time.plus_seconds(length);
        if let Some(revalidation) = &mut self.revalidation {
            revalidation.progress = Progress::Window { until, extensions };
        }
        let epoch = self.epoch;
        events.push(Event::Extended { epoch, until });
    }

    /// CLOSE: the set is frozen, the epoch's records are claimed in its own lane from now on.
    fn close_window(&mut self, outage: bool, events: &mut Vec<Event>) {
        // A window opens with a key, and the key serves until the result.
        let (Some(revalidation), Some(key)) = (&mut self.revalidation, &self.committee.key) else {
            return;
        };
        revalidation.progress = Progress::Sharing;
        let refreshed = revalidation.refreshed;
        let sums = match revalidation.sums[..] {
            [position, low, high] => (position, Some([low, high])),
            [position, ..] => (position, None),
            [] => return,
        };
        let until = self.time.plus_seconds(self.specification.share_time);
        let opening = SumOpening::begin(key, self.epoch, sums, refreshed, until);
        let next = NoteTree::unpublished(std::mem::take(&mut revalidation.next));
        let state = ClosedState {
            number: self.epoch,
            band: self.day.band,
            maintenance: self.specification.maintenance_margin,
            terms: revalidation.terms,
            expected: self.members,
            refreshed,
            outage,
            day: self.day.number,
            reopening: None,
            liquidated: None,
            turnstile: None,
        };
        let notes = std::mem::replace(&mut self.notes, next);
        self.closed.insert(self.epoch, ClosedEpoch { notes, state });
        self.finish_opening();
        self.opening = Some(opening);
        self.closed_records.append(&mut self.records);
        events.push(Event::WindowClosed {
            epoch: self.epoch,
            expected: self.members,
            refreshed,
            outage,
        });
    }
}
