//! What the adversary's guesses are worth.

use super::adversary::{Adversary, LAST, candidates, targets};
use super::arrival::{Seen, SeenDay};
use super::statistics::Estimate;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde::Serialize;
use std::cmp::Ordering;

/// So often senders are dealt anew: one deal leaves too much to luck.
const SHUFFLES: u64 = 10;

/// How the guesses of one day came out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Guesses {
    /// New orders that name no earlier message: for each the adversary names one of the last messages.
    pub new_orders: usize,
    /// Of them, those with a message of the same trader among the last: the others can't be guessed.
    pub can_be_guessed: usize,
    /// The share for which the named message is of the same trader.
    pub right: Estimate,
    /// The share that a guesser gets right who names any of the last messages.
    pub by_chance: f64,
    /// The share that a guesser gets right who always names the message before.
    pub by_the_last: Estimate,
    /// How often, of a message of the same trader and one of another, that of the same is given the higher score, ties half:
    /// one half is chance. The mean over new orders.
    pub ranked_right: Estimate,
}

/// Lets the adversary guess.
#[must_use]
pub fn guesses(adversary: &Adversary, day: &SeenDay) -> Guesses {
    guesses_by(day, |earlier, new| adversary.score(earlier, new))
}

/// Guesses by the score that pairs of an earlier message and a new order are given.
pub fn guesses_by(day: &SeenDay, score: impl Fn(&Seen, &Seen) -> f64) -> Guesses {
    let mut tally = Tally::default();
    tally.take_day(day, &day.senders, 0, &score);
    tally.finish()
}

/// Lets the adversary guess at a day whose senders are dealt to its messages at random, several times over. What comes out
/// is chance, or the measurement itself gives something away.
#[must_use]
pub fn shuffled(adversary: &Adversary, day: &SeenDay, random: &mut StdRng) -> Guesses {
    let mut tally = Tally::default();
    let mut senders = day.senders.clone();
    for round in 0..SHUFFLES {
        senders.shuffle(random);
        tally.take_day(day, &senders, round, &|earlier: &Seen, new: &Seen| {
            adversary.score(earlier, new)
        });
    }
    tally.finish()
}

#[derive(Default)]
struct Tally {
    new_orders: usize,
    can_be_guessed: usize,
    right: usize,
    last: usize,
    same: usize,
    /// With the group of each: one sender's orders are alike.
    ranks: Vec<(u64, f64)>,
}

impl Tally {
    fn take_day(
        &mut self,
        day: &SeenDay,
        senders: &[u32],
        round: u64,
        score: &impl Fn(&Seen, &Seen) -> f64,
    ) {
        for new in targets(day) {
            let pair = |earlier: usize| {
                let score = score(&day.messages[earlier], &day.messages[new]);
                (score, senders[earlier] == senders[new])
            };
            let scored: Vec<(f64, bool)> = candidates(new).map(pair).collect();
            self.take((round << 32) + u64::from(senders[new]), &scored);
        }
    }

    fn take(&mut self, group: u64, scored: &[(f64, bool)]) {
        let same = scored.iter().filter(|(_, is_same)| *is_same).count();
        self.new_orders += 1;
        self.same += same;
        self.can_be_guessed += usize::from(same > 0);
        // Of equal scores the latest: the maximum that comes last.
        let best = scored.iter().max_by(|one, other| one.0.total_cmp(&other.0));
        self.right += usize::from(best.is_some_and(|(_, is_same)| *is_same));
        self.last += usize::from(scored.last().is_some_and(|(_, is_same)| *is_same));
        self.ranks
            .extend(ranked_right(scored).map(|share| (group, share)));
    }

    fn finish(self) -> Guesses {
        let compared = (self.new_orders * LAST).max(1);
        Guesses {
            new_orders: self.new_orders,
            can_be_guessed: self.can_be_guessed,
            right: Estimate::share(self.right, self.new_orders),
            by_chance: self.same as f64 / compared as f64,
            by_the_last: Estimate::share(self.last, self.new_orders),
            ranked_right: Estimate::grouped_mean(&self.ranks),
        }
    }
}

/// The share of pairs of a same and another trader's message in which the same has the higher score; none without such.
fn ranked_right(scored: &[(f64, bool)]) -> Option<f64> {
    let (mut won, mut pairs) = (0.0, 0.0);
    for (same, _) in scored.iter().filter(|(_, is_same)| *is_same) {
        for (other, _) in scored.iter().filter(|(_, is_same)| !*is_same) {
            pairs += 1.0;
            won += match same.total_cmp(other) {
                Ordering::Greater => 1.0,
                Ordering::Equal => 0.5,
                Ordering::Less => 0.0,
            };
        }
    }
    (pairs > 0.0).then(|| won / pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_by_hand() {
        let scored = [(3.0, true), (2.0, false), (1.0, true), (1.0, false)];
        // 3 beats both, 1 loses to 2 and ties with 1: 2.5 of 4.
        assert_eq!(ranked_right(&scored), Some(0.625));
        assert_eq!(ranked_right(&[(1.0, true)]), None);
    }

    #[test]
    fn of_equal_scores_the_latest_is_named() {
        let mut tally = Tally::default();
        tally.take(0, &[(1.0, false), (1.0, true)]);
        tally.take(0, &[(2.0, true), (1.0, false)]);
        tally.take(0, &[(1.0, false), (0.0, false)]);
        assert_eq!((tally.right, tally.last, tally.can_be_guessed), (2, 1, 2));
    }
}
