//! Days replayed, sent in several ways, and guessed at.

use super::adversary::Adversary;
use super::arguments::{ArgumentError, LinkabilityArguments};
use super::arrival::{DelayPlace, Seen, SeenDay, Sending, arrivals};
use super::circuits::Making;
use super::evidence::ALL;
use super::guesses::{Guesses, guesses, guesses_by, shuffled};
use super::habits::Habit;
use super::report::{LinkabilityReport, Row, Weight};
use super::sent::{Sent, sent};
use crate::replay::{ReplayArguments, ReplayError, dispatched_day};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rayon::prelude::{IntoParallelIterator, ParallelIterator};
use std::panic::resume_unwind;
use std::thread;
use std::time::Duration;
use tally_transport::schedule::SendDelay;
use thiserror::Error;

/// The adversary learns from so many other days, each with a seed of its own.
pub const TRAINING_DAYS: usize = 3;

/// Why there is no measurement.
#[derive(Debug, Error)]
pub enum MeasureError {
    /// The arguments don't go.
    #[error(transparent)]
    Argument(#[from] ArgumentError),
    /// A day can't be replayed.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The table of days can't be read.
    #[error(transparent)]
    Table(#[from] tally_bench_data::TableError),
}

/// One way in which a day is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// What traders are in the habit of.
    pub habit: Habit,
    /// When circuits are made.
    pub making: Making,
    /// The longest random delay, seconds.
    pub delay: u64,
    /// Where it comes.
    pub place: DelayPlace,
}

/// The messages of the attacked day, and of those from which the adversary learns.
pub struct Days {
    arguments: LinkabilityArguments,
    attacked: Vec<Sent>,
    known: Vec<Vec<Sent>>,
}

/// Measures everything.
///
/// # Errors
/// [`MeasureError`]: arguments that don't go, or a day that can't be replayed.
pub fn measure(arguments: &LinkabilityArguments) -> Result<LinkabilityReport, MeasureError> {
    let days = Days::replayed(arguments)?;
    let measured = settings(&arguments.delays).into_par_iter().map(|setting| {
        let (row, adversary, seen) = days.measure(&setting);
        let plain = (setting == Setting::PLAIN).then(|| days.plain(&adversary, &seen));
        (row, plain)
    });
    let (rows, plain): (Vec<_>, Vec<_>) = measured.unzip();
    let (shuffled, weights) = plain.into_iter().flatten().next().unzip();
    Ok(LinkabilityReport {
        arguments: arguments.clone(),
        rows,
        shuffled,
        weights: weights.unwrap_or_default(),
    })
}

impl Setting {
    /// The flow as it is, no delay, circuits as the transport makes them.
    pub const PLAIN: Self = Self {
        habit: Habit::None,
        making: Making::ByItsOwnClock,
        delay: 0,
        place: DelayPlace::BeforeBuilding,
    };
}

/// All settings that are compared: what programs do, with each habit and delay; then what no program does, each where
/// it shows what it would change.
#[must_use]
pub fn settings(delays: &[u64]) -> Vec<Setting> {
    let plain = Setting::PLAIN;
    let mut all = Vec::new();
    for habit in [Habit::None, Habit::BothSides, Habit::OwnQuantity] {
        let setting = Setting { habit, ..plain };
        all.push(setting);
        all.extend(delayed(setting, delays));
    }
    let making = |making| Setting { making, ..plain };
    let others = [
        Making::ByItsOwnClockOldestFirst,
        Making::AWaitAfterUse,
        Making::AtOnceAfterUse,
    ];
    all.extend(others.map(making));
    let after_proof = Setting {
        place: DelayPlace::AfterProof,
        ..plain
    };
    let longest = delays.iter().max().copied();
    all.extend(delayed(after_proof, longest.as_slice()));
    all
}

/// A setting with each of the delays.
fn delayed(setting: Setting, delays: &[u64]) -> impl Iterator<Item = Setting> {
    let delays = delays.iter().filter(|delay| **delay > 0);
    delays.map(move |delay| Setting {
        delay: *delay,
        ..setting
    })
}

impl Days {
    /// Replays the days, all at once.
    ///
    /// # Errors
    /// [`MeasureError`]: arguments that don't go, or a day that can't be replayed.
    pub fn replayed(arguments: &LinkabilityArguments) -> Result<Self, MeasureError> {
        arguments.check()?;
        let requests = requests(arguments)?;
        let replay = |request: &ReplayArguments| {
            let day = dispatched_day(request, arguments.messages)?;
            Ok::<_, ReplayError>(sent(&day, &mut StdRng::seed_from_u64(request.seed)))
        };
        let days: Result<Vec<_>, _> = thread::scope(|scope| {
            let start = |request| scope.spawn(move || replay(request));
            let threads: Vec<_> = requests.iter().map(start).collect();
            let join = |thread: thread::ScopedJoinHandle<'_, _>| {
                // A panic in a replay goes on in this thread.
                thread.join().unwrap_or_else(|panic| resume_unwind(panic))
            };
            threads.into_iter().map(join).collect()
        });
        let mut days = days?.into_iter();
        Ok(Self {
            arguments: arguments.clone(),
            attacked: days.next().unwrap_or_default(),
            known: days.collect(),
        })
    }

    /// Trains the adversary on the known days and lets it guess on the attacked one, all sent in this way.
    #[must_use]
    pub fn measure(&self, setting: &Setting) -> (Row, Adversary, SeenDay) {
        let known: Vec<SeenDay> = (1..)
            .zip(&self.known)
            .map(|(number, day)| self.seen(day, setting, number))
            .collect();
        let adversary = Adversary::trained(&known);
        let seen = self.seen(&self.attacked, setting, 0);
        let guesses = guesses(&adversary, &seen);
        (Row::new(setting, &seen, guesses), adversary, seen)
    }

    /// What is found out of one setting only: guesses at shuffled senders, and what the adversary goes by.
    fn plain(&self, adversary: &Adversary, seen: &SeenDay) -> (Guesses, Vec<Weight>) {
        let mut random = StdRng::seed_from_u64(self.arguments.seed);
        let shuffled = shuffled(adversary, seen, &mut random);
        (shuffled, weights(adversary, seen))
    }

    fn seen(&self, day: &[Sent], setting: &Setting, number: u64) -> SeenDay {
        let seed = self.arguments.seed.wrapping_mul(1_000).wrapping_add(number);
        let mut random = StdRng::seed_from_u64(seed);
        let day = setting.habit.lay_over(day.to_vec(), &mut random);
        let sending = Sending {
            delay: SendDelay::at_most(Duration::from_secs(setting.delay)),
            place: setting.place,
            making: setting.making,
        };
        arrivals(&day, &sending, &mut random)
    }
}

/// The attacked day, then the sessions after it, around the table's end.
fn requests(arguments: &LinkabilityArguments) -> Result<Vec<ReplayArguments>, MeasureError> {
    let sessions = tally_bench_data::sessions()?;
    let dates = sessions.iter().map(|session| session.row.date.to_string());
    let days = dates
        .cycle()
        .skip_while(|date| *date != arguments.day)
        .take(1 + TRAINING_DAYS);
    let thinned = u32::try_from(arguments.messages).ok();
    let request = |(number, day): (u64, String)| {
        let messages = thinned.filter(|_| arguments.thinned);
        let seed = arguments.seed.wrapping_add(number);
        ReplayArguments::of_day(&day, messages, arguments.traders, seed)
    };
    Ok((0..).zip(days).map(request).collect())
}

/// What the adversary goes by, and how far each comparison alone would bring it.
fn weights(adversary: &Adversary, day: &SeenDay) -> Vec<Weight> {
    let weight = |(place, weight): (usize, &f64)| {
        let score = |earlier: &Seen, new: &Seen| adversary.score_alone(place, earlier, new);
        let alone = guesses_by(day, score);
        Weight {
            compared: ALL[place].name,
            weight: *weight,
            right_alone: alone.right,
            ranked_right_alone: alone.ranked_right,
        }
    };
    adversary.weights().iter().enumerate().map(weight).collect()
}
