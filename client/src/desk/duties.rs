//! What a note needs: claims, the way back after an absence, and all that an agent does by itself.

use super::orders::free_margin;
use super::sending::Outgoing;
use super::{Desk, DeskError, words};
use crate::journal::Fate;
use crate::reply::{OutcomeWord, Preview, Reply, Sent};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tally_exchange::message::Symbol;
use tally_exchange::units::Time;
use tally_trader::agent::{Job, Purpose, View};
use tally_trader::claims::ClaimPlan;
use tally_trader::lineage::Standing;
use tally_trader::prepared::Prepared;

/// Most claims that one command makes.
const MOST_CLAIMS: usize = 64;
/// Most messages that a way back takes: claims in the closed epoch, then the Lapse.
const MOST_STEPS_BACK: usize = 16;
/// Most messages that an agent sends before it looks at what else has to be done.
const MOST_AT_ONCE: usize = 32;
/// How long a duty that failed is left alone.
const REST: Duration = Duration::from_secs(3);

/// Something that an agent did, or could not do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Duty {
    /// The contract month.
    pub market: Symbol,
    /// In one word.
    pub duty: String,
    /// In words.
    pub text: String,
    /// Whether it is done.
    pub done: bool,
}

/// Duties that failed, and until when they are left alone.
pub(super) type Resting = BTreeMap<(Symbol, Purpose, Option<usize>), Instant>;

impl Desk {
    /// Brings a note back that missed a revalidation: what is left to be claimed in its epoch, then the Lapse. Returns
    /// what was done; in a preview what would be.
    pub(super) fn come_back(
        &mut self,
        symbol: Symbol,
        preview: bool,
    ) -> Result<Vec<String>, DeskError> {
        let mut done = Vec::new();
        for _ in 0..MOST_STEPS_BACK {
            let (market, month) = (self.market(symbol)?, self.month(symbol)?);
            let place = month.lineage().place();
            if place.is_none_or(|place| place.standing(market) != Standing::Behind) {
                break;
            }
            if !preview {
                self.wait_to_build()?;
            }
            let jobs = self.jobs(symbol)?;
            let is_step = |job: &Job| {
                job.lineage == Some(0) && matches!(job.purpose, Purpose::Claim | Purpose::Lapse)
            };
            let Some(job) = jobs.into_iter().find(is_step) else {
                break;
            };
            if preview {
                done.push("the note missed a revalidation: it is brought back by Lapse".to_owned());
                break;
            }
            done.push(self.do_job(symbol, job)?.action);
        }
        Ok(done)
    }

    /// What a message on a note that missed a revalidation would do first: it can't be built before the note is back.
    /// None if nothing has to go first.
    pub(super) fn preview_way_back(
        &self,
        symbol: Symbol,
        then: &str,
    ) -> Result<Option<Preview>, DeskError> {
        let (market, month) = (self.market(symbol)?, self.month(symbol)?);
        let Some(back) = month.way_back(market) else {
            return Ok(None);
        };
        let closed = match back.closed {
            0 => "without a position".to_owned(),
            closed => format!(
                "its {} {} closed there",
                if closed > 0 { "long" } else { "short" },
                closed.unsigned_abs()
            ),
        };
        Ok(Some(Preview {
            market: symbol,
            action: format!(
                "bring the note back that missed the revalidation of epoch {}, {closed}; then {then}, if margin bears it",
                back.epoch
            ),
            reveals: vec![format!(
                "a note that stayed in epoch {} comes back",
                back.epoch
            )],
            hides: vec!["whose it is, what it held and what it holds".to_owned()],
            free_margin_before: 0,
            free_margin_after: free_margin(market, &back.note),
            fees: back.costs,
            proof_ms: self.holder()?.journal.last_proof_ms,
            needs_proof: true,
            insecure_keys: self.insecure_keys,
            first: Vec::new(),
        }))
    }

    /// Claims what is final, one tag at a time. Returns what was done; in a preview what would be.
    pub(super) fn claim_all(
        &mut self,
        symbol: Symbol,
        preview: bool,
    ) -> Result<Vec<String>, DeskError> {
        self.claim_plans(symbol, preview, false)
    }

    fn claim_plans(
        &mut self,
        symbol: Symbol,
        preview: bool,
        live_too: bool,
    ) -> Result<Vec<String>, DeskError> {
        let mut done = Vec::new();
        while done.len() < MOST_CLAIMS {
            let (market, month) = (self.market(symbol)?, self.month(symbol)?);
            let lineage = month.lineage();
            let mut plans: Vec<ClaimPlan> = lineage.finished_claims(market);
            if live_too {
                plans.extend(lineage.partial_claims(market));
            }
            if preview {
                done.extend(plans.iter().map(|plan| {
                    format!(
                        "claim {} record(s), each tag in a message of its own",
                        plan.records.len()
                    )
                }));
                break;
            }
            let Some(plan) = plans.first() else {
                break;
            };
            if self.wait_to_build()? {
                continue;
            }
            self.check_idle(symbol)?;
            let market = self.market(symbol)?;
            let act = self
                .month(symbol)?
                .lineage()
                .trade(market, Some(plan), &[])?;
            let action = words::action(market, &act.message.action);
            let sent = self.send_and_tell(Outgoing::act(act, action, None), Vec::new())?;
            done.push(sent.action);
        }
        Ok(done)
    }

    pub(super) fn claim(&mut self, named: Option<Symbol>) -> Result<Reply, DeskError> {
        let symbols: Vec<Symbol> = match named {
            Some(symbol) => vec![symbol],
            None => self.holder()?.months.keys().copied().collect(),
        };
        let mut before = Vec::new();
        for symbol in symbols {
            if !self.month(symbol)?.is_open() {
                continue;
            }
            before.extend(self.come_back(symbol, false)?);
            before.extend(self.claim_plans(symbol, false, true)?);
        }
        Ok(Reply::Sent(Sent {
            message: self.holder()?.journal.newest(),
            market: named,
            action: if before.is_empty() {
                "nothing to claim".to_owned()
            } else {
                format!("{} claim(s)", before.len())
            },
            id: None,
            repeated: false,
            outcome: OutcomeWord::Accepted,
            reason: None,
            height: None,
            orders: Vec::new(),
            before,
            proof_ms: None,
            receipt_ms: None,
            insecure_keys: self.insecure_keys,
        }))
    }

    /// What the agent of a month wants to send now.
    fn jobs(&mut self, symbol: Symbol) -> Result<Vec<Job>, DeskError> {
        let (now, balance) = (self.now(), self.balance());
        let under_way = self.holder()?.journal.under_way(symbol);
        let symbols = self.symbols();
        let Self {
            follower, holder, ..
        } = self;
        let missing = || DeskError::Market(symbol, symbols.clone());
        let market = follower.replica().market(symbol).ok_or_else(missing)?;
        let holder = holder.as_mut().ok_or(DeskError::NoWallet)?;
        let month = holder.months.get_mut(&symbol).ok_or_else(missing)?;
        let plan = month.agent.next(&View {
            market,
            now,
            balance,
            in_flight: &under_way,
        });
        for error in &plan.declined {
            tracing::info!(market = %symbol, %error, "the agent declines");
        }
        Ok(plan.messages)
    }

    fn do_job(&mut self, symbol: Symbol, job: Job) -> Result<Sent, DeskError> {
        let market = self.market(symbol)?;
        let action = match &job.message {
            Prepared::Act(act) => words::action(market, &act.message.action),
            _ => format!("{} in {symbol}", purpose(job.purpose)),
        };
        let outgoing = Outgoing {
            message: job.message,
            action,
            id: None,
        };
        self.send_and_tell(outgoing, Vec::new())
    }

    /// Does what an agent has to do now; returns what it did and what it could not.
    ///
    /// # Errors
    /// [`DeskError`] if the node is gone or lies; whatever concerns one duty alone is in the answer.
    pub fn duties(&mut self) -> Result<Vec<Duty>, DeskError> {
        let mut done = Vec::new();
        self.has_sent();
        let symbols: Vec<Symbol> = self.holder()?.months.keys().copied().collect();
        for symbol in symbols {
            for _ in 0..MOST_AT_ONCE {
                self.resting.retain(|_, until| *until > Instant::now());
                let jobs = self.jobs(symbol)?;
                let is_free = |job: &Job| {
                    !self
                        .resting
                        .contains_key(&(symbol, job.purpose, job.lineage))
                };
                // What needs no proof first: a dealing or a share is sent at once, has a deadline, and loses a bond.
                let needs_proof = |job: &Job| !matches!(job.message, Prepared::Ready(_));
                let Some(job) = jobs.into_iter().filter(is_free).min_by_key(needs_proof) else {
                    break;
                };
                if self.wait_to_build()? {
                    continue;
                }
                done.push(self.duty(symbol, job)?);
            }
        }
        Ok(done)
    }

    fn duty(&mut self, symbol: Symbol, job: Job) -> Result<Duty, DeskError> {
        let (lineage, why) = (job.lineage, job.purpose);
        let mut duty = Duty {
            market: symbol,
            duty: purpose(why).to_owned(),
            text: String::new(),
            done: false,
        };
        match self.do_job(symbol, job) {
            Ok(sent) => {
                duty.text = sent.action;
                duty.done = true;
            }
            Err(
                error @ (DeskError::Follow(_)
                | DeskError::Node(_)
                | DeskError::Before(_)
                | DeskError::Keys(_)
                | DeskError::Sealed(_)),
            ) => return Err(error),
            Err(error) => {
                duty.text = error.to_string();
                self.resting
                    .insert((symbol, why, lineage), Instant::now() + REST);
            }
        }
        Ok(duty)
    }

    /// The next instant of the market's clock at which an agent wants to act though no block comes.
    #[must_use]
    pub fn wake(&self) -> Option<Time> {
        let holder = self.holder.as_ref()?;
        let replica = self.follower.replica();
        let wakes = holder.months.iter().filter_map(|(symbol, month)| {
            replica
                .market(*symbol)
                .and_then(|market| month.agent.wake(market))
        });
        wakes.min()
    }

    /// Whether some message has no outcome yet.
    #[must_use]
    pub fn has_pending(&self) -> bool {
        self.holder.iter().any(|holder| {
            holder
                .journal
                .pending()
                .any(|entry| entry.fate == Fate::Pending)
        })
    }
}

/// A purpose in one word or two.
const fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Claim => "claim",
        Purpose::TopUp => "margin-call deposit",
        Purpose::Refresh => "refresh",
        Purpose::Lapse => "lapse",
        Purpose::Repost => "repost",
        Purpose::Unbond => "unbond",
        Purpose::Deal => "deal",
        Purpose::Complain => "complain",
        Purpose::Share => "decryption share",
        Purpose::Leave => "leave",
        Purpose::OpenSums => "open sums",
    }
}
