//! The retail trader: the median one, by messages, of the traders below the reporting level.

use super::sessions::TRADERS;
use tally_bench_data::{Flow, Intent, TraderClass};

/// What the retail trader is, as figures say it.
#[must_use]
pub fn retail_trader() -> String {
    format!(
        "the median trader, by messages of the day, of those below the reporting level (class non-reportable), when each \
         session's complete synthetic flow is dealt to {TRADERS} traders by the commitments of traders; every order is \
         one post and, unless a replace claims it, one claim; after a halt one more of each; one decryptor's seat, present \
         at every revalidation. Really there are more small traders than the flow is dealt to, and each sends less: the \
         figure is high for Tally. The passive trader posts nothing"
    )
}

/// One trader's messages of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RetailMessages {
    /// Limit and market orders.
    pub(super) orders: u64,
    /// Replaces: each claims the old order and posts the new one in one Act.
    pub(super) replaces: u64,
    /// Cancels and reduces: signed, not proven.
    pub(super) cancels: u64,
}

impl RetailMessages {
    /// Acts on a day with so many halts.
    ///
    /// An order is claimed once: what filled is credited, what did not is released. That is one Act for the post and one
    /// for the claim of every order, and one for a replace, which does both. A halt cancels what rests: it is posted
    /// again in one message and claimed with another.
    pub(super) const fn acts(&self, halts: u64) -> u64 {
        2 * self.orders + self.replaces + 2 * halts
    }

    /// All messages on a day with so many halts.
    pub(super) const fn messages(&self, halts: u64) -> u64 {
        self.acts(halts) + self.cancels
    }

    const fn sent(&self) -> u64 {
        self.orders + self.replaces + self.cancels
    }
}

/// The messages of the median non-reportable trader, of all traders if the flow has none of that class. Of an even
/// number the upper one in the middle.
pub(super) fn median_messages(flow: &Flow) -> RetailMessages {
    let mut by_trader = vec![RetailMessages::default(); flow.profiles.len()];
    for event in &flow.events {
        // Events name traders by their index in the profiles.
        let Some(messages) = by_trader.get_mut(event.trader as usize) else {
            continue;
        };
        match event.intent {
            Intent::Add { .. } | Intent::Market { .. } => messages.orders += 1,
            Intent::Replace { .. } => messages.replaces += 1,
            Intent::Reduce { .. } | Intent::Cancel { .. } => messages.cancels += 1,
        }
    }
    let mut small: Vec<RetailMessages> = flow
        .profiles
        .iter()
        .zip(&by_trader)
        .filter(|(profile, _)| profile.class == TraderClass::NonReportable)
        .map(|(_, messages)| *messages)
        .collect();
    if small.is_empty() {
        small = by_trader;
    }
    // The other counts make the order, and so the median, the same on every machine.
    small.sort_unstable_by_key(|messages| (messages.sent(), messages.orders, messages.replaces));
    small.get(small.len() / 2).copied().unwrap_or_default()
}
