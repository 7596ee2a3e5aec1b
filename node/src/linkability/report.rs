//! What a measurement says, as a table and as JSON.

use super::adversary::LAST;
use super::arguments::LinkabilityArguments;
use super::arrival::{DelayPlace, SeenDay};
use super::guesses::Guesses;
use super::measure::{Setting, TRAINING_DAYS};
use super::statistics::{Estimate, quantile};
use super::{Micros, SECOND};
use serde::Serialize;
use std::fmt;

/// One way of sending and what the adversary made of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// What traders are in the habit of.
    pub habit: &'static str,
    /// When circuits are made.
    pub circuits: &'static str,
    /// The longest random delay, seconds.
    pub delay_s: u64,
    /// Whether the delay comes after the proof.
    pub delay_after_proof: bool,
    /// Messages that the node saw.
    pub messages: usize,
    /// Messages per second over the whole time, from the first to the last.
    pub messages_a_second: f64,
    /// Of them, those that name an earlier message: links by protocol.
    pub linked_by_protocol: usize,
    /// The guesses.
    pub guesses: Guesses,
    /// Half of all messages are in a block so long after they were wanted, seconds.
    pub late_median_s: f64,
    /// Nine of ten, seconds.
    pub late_nine_of_ten_s: f64,
}

/// How much a comparison counts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Weight {
    /// What is compared.
    pub compared: &'static str,
    /// The weight of what it says, beside all others.
    pub weight: f64,
    /// The share of right guesses by this comparison alone.
    pub right_alone: Estimate,
    /// How often this comparison alone ranks right.
    pub ranked_right_alone: Estimate,
}

/// A measurement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinkabilityReport {
    /// What was asked for.
    pub arguments: LinkabilityArguments,
    /// All ways of sending.
    pub rows: Vec<Row>,
    /// The plain flow without delay, with its senders dealt at random, several times over.
    pub shuffled: Option<Guesses>,
    /// What the adversary goes by, in the plain flow without delay.
    pub weights: Vec<Weight>,
}

impl Row {
    pub(super) fn new(setting: &Setting, day: &SeenDay, guesses: Guesses) -> Self {
        let linked = day.messages.iter().filter(|message| message.is_linked);
        let arrivals = day.messages.iter().map(|message| message.arrival);
        let span = arrivals.clone().max().unwrap_or(0) - arrivals.min().unwrap_or(0);
        Self {
            habit: setting.habit.name(),
            circuits: setting.making.name(),
            delay_s: setting.delay,
            delay_after_proof: setting.place == DelayPlace::AfterProof,
            messages: day.messages.len(),
            messages_a_second: day.messages.len() as f64 / seconds(span).max(1.0),
            linked_by_protocol: linked.count(),
            guesses,
            late_median_s: seconds(quantile(&day.late, 50)),
            late_nine_of_ten_s: seconds(quantile(&day.late, 90)),
        }
    }
}

impl LinkabilityReport {
    /// The report as one JSON document.
    ///
    /// # Errors
    /// None that could happen with its plain fields.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

impl fmt::Display for LinkabilityReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.head(out)?;
        writeln!(
            out,
            "{:<24} {:<19} {:<15} {:>6} {:>7} {:>7} {:>20} {:>20} {:>13}",
            "habit",
            "circuits made",
            "delay, s",
            "orders",
            "chance",
            "last",
            "right",
            "ranked right",
            "late, s"
        )?;
        for row in &self.rows {
            row.line(out)?;
        }
        if let Some(shuffled) = &self.shuffled {
            line(out, ["none", "senders shuffled", "0"], shuffled)?;
            writeln!(out)?;
        }
        self.evidence(out)?;
        self.foot(out)
    }
}

impl LinkabilityReport {
    fn evidence(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "\n{:<90} {:>6} {:>20} {:>20}",
            "compared, without habits and delay", "weight", "right alone", "ranked right alone"
        )?;
        for weight in &self.weights {
            writeln!(
                out,
                "{:<90} {:>6.2} {:>20} {:>20}",
                weight.compared,
                weight.weight,
                percent(&weight.right_alone),
                percent(&weight.ranked_right_alone)
            )?;
        }
        Ok(())
    }

    fn head(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LinkabilityArguments {
            day,
            traders,
            messages,
            seed,
            thinned,
            ..
        } = &self.arguments;
        let part = if *thinned {
            "over the whole of"
        } else {
            "from the open of"
        };
        writeln!(
            out,
            "{messages} messages {part} {day}, {traders} traders, seed {seed}"
        )?;
        if let Some(row) = self.rows.first() {
            writeln!(
                out,
                "the node sees {} messages, {:.2} a second; {} of them name an earlier one: links by protocol",
                row.messages, row.messages_a_second, row.linked_by_protocol
            )?;
        }
        writeln!(out)
    }

    fn foot(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "\nFor each new order that names nothing earlier the adversary, trained on {TRAINING_DAYS} other days, names one of the {LAST} messages before it."
        )?;
        writeln!(
            out,
            "chance: any of them; last: always the one before; right: the adversary names one of the same trader."
        )?;
        writeln!(
            out,
            "ranked right: of one of the same trader and one of another, the same has the higher score; 50 % is chance."
        )?;
        writeln!(
            out,
            "Brackets: 95 % intervals, of ranks by senders. late: from wanted to included, median and nine of ten."
        )?;
        writeln!(out, "* For comparison: no program sends so.")
    }
}

impl Row {
    fn line(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let after = if self.delay_after_proof {
            " after proof*"
        } else {
            ""
        };
        let delay = format!("{}{after}", self.delay_s);
        line(out, [self.habit, self.circuits, &delay], &self.guesses)?;
        writeln!(
            out,
            " {:>6.1} {:>6.1}",
            self.late_median_s, self.late_nine_of_ten_s
        )
    }
}

fn line(out: &mut fmt::Formatter<'_>, names: [&str; 3], guesses: &Guesses) -> fmt::Result {
    let [habit, circuits, delay] = names;
    write!(
        out,
        "{habit:<24} {circuits:<19} {delay:<15} {:>6} {:>6.1}% {:>6.1}% {:>20} {:>20}",
        guesses.new_orders,
        100.0 * guesses.by_chance,
        100.0 * guesses.by_the_last.value,
        percent(&guesses.right),
        percent(&guesses.ranked_right),
    )
}

fn percent(estimate: &Estimate) -> String {
    let [value, low, high] =
        [estimate.value, estimate.low, estimate.high].map(|share| 100.0 * share);
    format!("{value:.1}% [{low:.1}, {high:.1}]")
}

fn seconds(time: Micros) -> f64 {
    time as f64 / SECOND as f64
}
