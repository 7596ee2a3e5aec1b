//! What a day costs a trader who posts nothing: the processor time of all the cryptography of his seat and his note, and of
//! reading the ledger.

use super::traders::Plans;
use super::work::Purpose;
use serde::Serialize;
use std::time::Duration;
use tally_exchange::epoch::rounds::{KeyRound, RoundPhase};
use tally_exchange::market::{Market, Stage};
use tally_trader::agent;

/// Processor time of one trader, seconds, for one day: the first of the replay.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PassiveCost {
    /// Making the dealing of the key generation.
    pub deal_s: f64,
    /// Checking and opening the dealings of all others.
    pub check_dealings_s: f64,
    /// Building and proving the Refreshes.
    pub refresh_s: f64,
    /// Making the decryption shares.
    pub share_s: f64,
    /// Finding the opened sums: one trader is enough, and this one did it.
    pub discrete_log_s: f64,
    /// Reading the day's ledger for his own notes: all that grows with other people's messages.
    pub follow_s: f64,
    /// Epochs that ended in the day.
    pub epochs: u32,
}

impl PassiveCost {
    /// The cryptography of seat and note, seconds: it does not grow with other people's messages.
    #[must_use]
    pub fn crypto_s(&self) -> f64 {
        self.deal_s + self.check_dealings_s + self.refresh_s + self.share_s + self.discrete_log_s
    }

    /// All of it, seconds.
    #[must_use]
    pub fn total_s(&self) -> f64 {
        self.crypto_s() + self.follow_s
    }
}

/// What has been measured so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PassiveTime {
    deal: Duration,
    check_dealings: Duration,
    refresh: Duration,
    share: Duration,
    discrete_log: Duration,
    refreshes: u32,
    /// A part of it could not be measured, or was done by a run that was killed.
    is_incomplete: bool,
}

impl PassiveTime {
    /// Takes in what it cost to find out what to send now.
    pub(super) fn planned(&mut self, market: &Market, plans: &Plans, took: Option<Duration>) {
        let sends = |purpose| {
            let mut work = plans.work.iter();
            work.any(|work| work.purpose == Purpose::Agent(purpose))
        };
        let round = market.key_round().map(KeyRound::phase);
        let place = if sends(agent::Purpose::OpenSums) {
            &mut self.discrete_log
        } else if market.opening().is_some_and(|opening| !opening.is_closed()) {
            &mut self.share
        } else if matches!(market.stage(), Stage::Window { .. }) {
            &mut self.refresh
        } else {
            match round {
                Some(RoundPhase::Dealing { .. }) => &mut self.deal,
                Some(RoundPhase::Complaining { .. }) => &mut self.check_dealings,
                None => return,
            }
        };
        match took {
            Some(took) => *place += took,
            None => self.is_incomplete = true,
        }
    }

    /// Takes in what a Refresh's proof cost; none if it was not made or not measured.
    pub(super) fn proved(&mut self, took: Option<Duration>) {
        self.refreshes += 1;
        match took {
            Some(took) => self.refresh += took,
            None => self.is_incomplete = true,
        }
    }

    /// The cost of a day whose proofs were all made in this run, and whose ledger took so long to read.
    pub(super) fn cost(&self, follow_s: Option<f64>) -> Option<PassiveCost> {
        let follow_s = follow_s?;
        (!self.is_incomplete && self.refreshes > 0).then(|| PassiveCost {
            follow_s,
            deal_s: seconds(self.deal),
            check_dealings_s: seconds(self.check_dealings),
            refresh_s: seconds(self.refresh),
            share_s: seconds(self.share),
            discrete_log_s: seconds(self.discrete_log),
            epochs: self.refreshes,
        })
    }
}

/// Seconds to the millisecond.
pub(super) fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e3).round() / 1e3
}
