//! The duties of the wallet's seats.

use super::{Agent, Job, Plan, Purpose, View};
use crate::error::WalletError;
use crate::seat::{RoundShares, Seat, share_owed};
use std::collections::BTreeMap;
use tally_circuits::field::Element;
use tally_exchange::epoch::rounds::{KeyRound, RoundKey, RoundPhase};
use tally_exchange::epoch::seats::SeatStatus;
use tally_exchange::market::Market;
use tally_exchange::message::Transaction;

/// What the seats have opened, by seat and key generation: saved work, no state.
#[derive(Debug, Default)]
pub(super) struct OpenedKeys(BTreeMap<(u32, u64), RoundShares>);

impl OpenedKeys {
    /// Forgets, and wipes, what no key needs any more.
    pub(super) fn forget(&mut self, market: &Market) {
        let opening = market.opening().filter(|opening| !opening.is_closed());
        let keys = [
            opening.map(|opening| opening.context().round),
            market.joint_key().map(RoundKey::round),
            market.key_round().map(KeyRound::round),
        ];
        if let Some(oldest) = keys.into_iter().flatten().min() {
            self.0.retain(|(_, round), _| *round >= oldest);
        }
    }
}

impl Agent {
    pub(super) fn seat_jobs(&mut self, view: &View<'_>, plan: &mut Plan) {
        for index in 0..self.wallet.lineages().len() {
            let bonds: Vec<(Element, u32)> = self.wallet.lineages()[index]
                .bonds()
                .iter()
                .map(|(bond, seat)| (*bond, *seat))
                .collect();
            for (bond, number) in bonds {
                let Some(asked) = Asked::of(number, view.market, &self.opened, self.options.retire)
                else {
                    continue;
                };
                let seat = Seat::new(self.wallet.lineages()[index].key(), bond, number);
                match self.duties(&seat, &asked, view) {
                    Ok(duties) => plan.messages.extend(duties),
                    Err(error) => plan.declined.push(error),
                }
            }
        }
    }

    fn duties(
        &mut self,
        seat: &Seat,
        asked: &Asked,
        view: &View<'_>,
    ) -> Result<Vec<Job>, WalletError> {
        let market = view.market;
        let mut jobs = Vec::new();
        let mut add = |purpose, transaction: Transaction| {
            // The same duty is the same bytes: it is not sent twice.
            if !view.in_flight.contains(&transaction) {
                jobs.push(Job::ready(purpose, transaction));
            }
        };
        if asked.deal
            && let Some(dealing) = seat.deal(market)?
        {
            add(Purpose::Deal, dealing);
        }
        if let Some(round) = asked.complain {
            let place = (seat.number(), round);
            if !self.opened.0.contains_key(&place)
                && let Some(shares) = seat.open_dealings(market)?
            {
                self.opened.0.insert(place, shares);
            }
            if let Some(shares) = self.opened.0.get(&place) {
                for complaint in seat.complaints(market, shares) {
                    add(Purpose::Complain, complaint);
                }
            }
        }
        if let Some(round) = asked.share
            && let Some(share) = self.share(seat, round, market)?
        {
            add(Purpose::Share, share);
        }
        if asked.leave
            && let Some(leave) = seat.leave(market)
        {
            add(Purpose::Leave, leave);
        }
        Ok(jobs)
    }

    fn share(
        &mut self,
        seat: &Seat,
        round: u64,
        market: &Market,
    ) -> Result<Option<Transaction>, WalletError> {
        let place = (seat.number(), round);
        let key = market.joint_key().filter(|key| key.round() == round);
        if !self.opened.0.contains_key(&place)
            && let Some(key) = key
        {
            self.opened.0.insert(place, seat.open_key(key)?);
        }
        match self.opened.0.get(&place) {
            Some(shares) => seat.share(market, shares),
            None => Ok(None),
        }
    }
}

/// What the market asks of one seat. It is read off the market's records, before any key is derived.
struct Asked {
    deal: bool,
    /// The key generation whose dealings can be complained about.
    complain: Option<u64>,
    /// The key generation under whose key the sums are encrypted that wait for a share.
    share: Option<u64>,
    leave: bool,
}

impl Asked {
    /// None if nothing is asked.
    fn of(number: u32, market: &Market, opened: &OpenedKeys, retires: bool) -> Option<Self> {
        let round = market.key_round().filter(|round| {
            let me = round.index_of(number);
            me.is_some_and(|me| !round.excluded().contains(&me))
        });
        let deals = |round: &&KeyRound| matches!(round.phase(), RoundPhase::Dealing { .. });
        let is_settled = |round: u64| {
            let opened = opened.0.get(&(number, round));
            opened.is_some_and(RoundShares::are_right)
        };
        let seat = market.seats().get(number);
        let asked = Self {
            deal: round
                .filter(deals)
                .is_some_and(|round| round.missing().contains(&number)),
            complain: round
                .filter(|round| !deals(round))
                .map(KeyRound::round)
                .filter(|round| !is_settled(*round)),
            share: share_owed(market, number).map(|opening| opening.context().round),
            leave: retires && seat.is_some_and(|seat| seat.status == SeatStatus::Active),
        };
        let is_any = asked.deal || asked.complain.is_some() || asked.share.is_some() || asked.leave;
        is_any.then_some(asked)
    }
}
