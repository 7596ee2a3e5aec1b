//! A decryptor's seat: its part in the key generations, and its share of every epoch's sums.
//!
//! Everything follows from the seed and the market: a trader that is killed and restarted sends the very same bytes, and
//! the state machine refuses what it has already. A seat makes one share for one epoch, that of the sums which the market
//! froze; the wallet takes the market from no one but itself.

use crate::error::WalletError;
use crate::keys::seat_key;
use crate::lineage::Lineage;
use tally_circuits::field::Element;
use tally_circuits::note::NullifierKey;
use tally_exchange::epoch::opening::SumOpening;
use tally_exchange::epoch::rounds::{KeyRound, RoundKey, RoundPhase};
use tally_exchange::epoch::seats::SeatStatus;
use tally_exchange::market::Market;
use tally_exchange::message::{Duty, SeatMessage, SeatTransaction, Transaction};
use tally_mpc::decryption;
use tally_mpc::keygen::{KeyShare, OpenedShares, complain, deal, open_shares};
use tally_mpc::schnorr::SeatKey;

/// One seat of a wallet.
pub struct Seat {
    number: u32,
    key: SeatKey,
}

/// What a seat has found in the dealings of one key generation: its secret shares. They take a while to open, so an agent
/// keeps them; they can always be opened again.
#[derive(Debug)]
pub struct RoundShares {
    round: u64,
    opened: OpenedShares,
}

impl RoundShares {
    /// The key generation they belong to.
    #[must_use]
    pub const fn round(&self) -> u64 {
        self.round
    }

    /// Whether all of them are right: there is nothing to complain about.
    #[must_use]
    pub fn are_right(&self) -> bool {
        self.opened.at_fault.is_empty()
    }
}

impl Seat {
    /// The seat with this number, whose bond the Act with this nullifier posted.
    #[must_use]
    pub fn new(key: &NullifierKey, bond: Element, number: u32) -> Self {
        Self {
            number,
            key: seat_key(key, bond),
        }
    }

    /// Its number.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Its dealing, if a key generation asks for one and has none of this seat.
    ///
    /// # Errors
    /// [`WalletError::Deal`] if the seat's key is not the one that the market knows.
    pub fn deal(&self, market: &Market) -> Result<Option<Transaction>, WalletError> {
        let Some((round, me)) = self.part(market) else {
            return Ok(None);
        };
        let is_asked =
            matches!(round.phase(), RoundPhase::Dealing { until } if market.time() < until);
        if !is_asked || round.dealings().contains(me) {
            return Ok(None);
        }
        let dealing = deal(round.context(), round.participants(), me, &self.key)?;
        let duty = Duty::Deal(Box::new(dealing));
        Ok(Some(self.signed(market, round.round(), 0, duty)))
    }

    /// Opens what the others dealt to this seat, once all have: the time for complaints has begun.
    ///
    /// # Errors
    /// [`WalletError::SeatShares`] if the seat is no participant, which the market rules out.
    pub fn open_dealings(&self, market: &Market) -> Result<Option<RoundShares>, WalletError> {
        let Some((round, me)) = self.part(market) else {
            return Ok(None);
        };
        match round.phase() {
            RoundPhase::Dealing { .. } => Ok(None),
            RoundPhase::Complaining { .. } => {
                let dealings = round.dealings().all().values();
                let opened = open_shares(round.context(), &self.key, me, dealings)?;
                let round = round.round();
                Ok(Some(RoundShares { round, opened }))
            }
        }
    }

    /// A complaint about every dealer whose share for this seat is wrong and whose dealing still counts.
    #[must_use]
    pub fn complaints(&self, market: &Market, shares: &RoundShares) -> Vec<Transaction> {
        let part = self.part(market);
        let Some((round, me)) = part.filter(|(round, _)| round.round() == shares.round) else {
            return Vec::new();
        };
        let is_asked =
            matches!(round.phase(), RoundPhase::Complaining { until } if market.time() < until);
        let at_fault = shares.opened.at_fault.iter().filter(|_| is_asked);
        at_fault
            .filter(|dealer| **dealer != me)
            .filter_map(|dealer| round.dealings().get(*dealer))
            .map(|dealing| {
                let complaint = complain(round.context(), &self.key, me, dealing);
                let duty = Duty::Complain(Box::new(complaint));
                self.signed(market, round.round(), 0, duty)
            })
            .collect()
    }

    /// Opens what the dealers of a joint key dealt to this seat.
    ///
    /// # Errors
    /// [`WalletError::UnknownSeat`] if the seat is no participant of that key.
    pub fn open_key(&self, key: &RoundKey) -> Result<RoundShares, WalletError> {
        let unknown = WalletError::UnknownSeat { seat: self.number };
        let me = key.index_of(self.number).ok_or(unknown)?;
        let dealings = key.dealings().all().values();
        let opened = open_shares(key.context(), &self.key, me, dealings)?;
        Ok(RoundShares {
            round: key.round(),
            opened,
        })
    }

    /// Its share of the closed epoch's sums, if the market waits for it and `shares` are those of the key under which the
    /// sums are encrypted.
    ///
    /// # Errors
    /// [`WalletError::KeyShare`] if a dealer's share was wrong and nobody complained, so that this seat has no share.
    pub fn share(
        &self,
        market: &Market,
        shares: &RoundShares,
    ) -> Result<Option<Transaction>, WalletError> {
        let Some(opening) = share_owed(market, self.number) else {
            return Ok(None);
        };
        let me = opening.index_of(self.number);
        let Some(me) = me.filter(|_| opening.context().round == shares.round) else {
            return Ok(None);
        };
        let secret = KeyShare::new(opening.joint(), me, &shares.opened.shares)?;
        let share = decryption::share(
            opening.context(),
            &secret,
            opening.joint(),
            opening.ciphertexts(),
        )?;
        let (round, epoch) = (shares.round, opening.epoch());
        let duty = Duty::Share(Box::new(share));
        Ok(Some(self.signed(market, round, epoch, duty)))
    }

    /// The request to be left out of later key generations; none if the seat leaves already or is no more.
    #[must_use]
    pub fn leave(&self, market: &Market) -> Option<Transaction> {
        let seat = market.seats().get(self.number)?;
        (seat.status == SeatStatus::Active).then(|| self.signed(market, 0, 0, Duty::Leave))
    }

    /// The key generation under way with this seat's index, if the seat takes part and is not excluded.
    fn part<'m>(&self, market: &'m Market) -> Option<(&'m KeyRound, u32)> {
        let round = market.key_round()?;
        let me = round.index_of(self.number)?;
        (!round.excluded().contains(&me)).then_some((round, me))
    }

    fn signed(&self, market: &Market, round: u64, epoch: u64, duty: Duty) -> Transaction {
        let message = SeatMessage {
            chain: market.chain(),
            market: market.symbol(),
            seat: self.number,
            round,
            epoch,
            duty,
        };
        let signature = self
            .key
            .sign(&market.context(round, epoch), &message.signed_bytes());
        Transaction::Seat(Box::new(SeatTransaction { message, signature }))
    }
}

/// The decryption that waits for the share of the seat with this number; also if it is late, and slashed for that.
pub(crate) fn share_owed(market: &Market, number: u32) -> Option<&SumOpening> {
    let opening = market.opening()?;
    let is_open = !opening.is_closed() && market.time() < opening.until();
    (is_open && opening.missing().contains(&number)).then_some(opening)
}

impl Lineage {
    /// The seats of this lineage's bonds.
    #[must_use]
    pub fn seats(&self) -> Vec<Seat> {
        let seat = |(bond, number): (&Element, &u32)| Seat::new(self.key(), *bond, *number);
        self.bonds().iter().map(seat).collect()
    }
}

impl std::fmt::Debug for Seat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seat")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}
