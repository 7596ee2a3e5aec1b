//! What seats send: dealings, complaints, shares, and the wish to leave.

use super::Market;
use crate::epoch::opening::{ShareFault, ShareRefusal};
use crate::epoch::rounds::{RoundFault, RoundRefusal};
use crate::epoch::seats::{Pot, SeatStatus};
use crate::message::{Duty, SeatMessage, SeatTransaction};
use crate::receipt::{DutyKind, Event, Offence, Receipt};
use crate::refusal::Refusal;
use tally_circuits::jubjub::Point;
use tally_mpc::decryption::DecryptionShare;
use tally_mpc::keygen::{Complaint, Dealing};
use tally_mpc::schnorr;

impl Market {
    pub(super) fn apply_seat(
        &mut self,
        transaction: &SeatTransaction,
        events: &mut Vec<Event>,
    ) -> Result<Receipt, Refusal> {
        self.check_seat(transaction)?;
        let message = &transaction.message;
        let seat = message.seat;
        match &message.duty {
            Duty::Deal(dealing) => self.take_dealing(seat, dealing, events),
            Duty::Complain(complaint) => self.take_complaint(seat, complaint, events),
            Duty::Share(share) => self.take_share(seat, share, events),
            Duty::Leave => self.take_leave(seat),
        }
    }

    /// Whether a seat's message is for this market and for the round that its duty belongs to, and signed by the seat.
    /// The duty itself is not looked at; nothing changes.
    pub(super) fn check_seat(&self, transaction: &SeatTransaction) -> Result<(), Refusal> {
        let message = &transaction.message;
        if message.chain != self.chain {
            return Err(Refusal::Chain);
        }
        if message.market != self.symbol {
            return Err(Refusal::Market);
        }
        self.check_round(message)?;
        let key = self.duty_key(message)?;
        let context = self.context(message.round, message.epoch);
        schnorr::verify(
            key,
            &context,
            &message.signed_bytes(),
            &transaction.signature,
        )
        .map_err(|_| Refusal::SeatSignature(message.seat))
    }

    /// The duty belongs to the key generation under way, or to the decryption under way.
    fn check_round(&self, message: &SeatMessage) -> Result<(), Refusal> {
        let (round, epoch) = match message.duty {
            Duty::Deal(_) | Duty::Complain(_) => {
                let running = self.committee.running.as_ref();
                (running.ok_or(Refusal::DutyNotDue)?.round(), 0)
            }
            Duty::Share(_) => {
                let opening = self.opening.as_ref().ok_or(Refusal::DutyNotDue)?;
                (opening.context().round, opening.epoch())
            }
            Duty::Leave => (0, 0),
        };
        if message.round != round {
            return Err(Refusal::Round {
                given: message.round,
                current: round,
            });
        }
        if message.epoch != epoch {
            return Err(Refusal::Epoch {
                given: message.epoch,
                current: epoch,
            });
        }
        Ok(())
    }

    /// The key that signs. A seat that has lost its bond for being late may still post its share.
    fn duty_key(&self, message: &SeatMessage) -> Result<Point, Refusal> {
        let seat = message.seat;
        let held = match (&message.duty, &self.opening) {
            (Duty::Share(_), Some(opening)) => opening.seat_key(seat),
            _ => self.committee.seats.get(seat).map(|seat| seat.key),
        };
        held.ok_or(Refusal::UnknownSeat(seat))
    }

    fn take_dealing(
        &mut self,
        seat: u32,
        dealing: &Dealing,
        events: &mut Vec<Event>,
    ) -> Result<Receipt, Refusal> {
        let running = self.committee.running.as_mut().ok_or(Refusal::DutyNotDue)?;
        match running.deal(seat, dealing, self.time) {
            Ok(()) => Ok(done(seat, DutyKind::Deal)),
            Err(RoundFault::Refused(refusal)) => Err(refusal_of(seat, refusal)),
            Err(RoundFault::Offence) => {
                Ok(self.punish(seat, Pot::KeyGeneration, Offence::BadDealing, events))
            }
        }
    }

    fn take_complaint(
        &mut self,
        seat: u32,
        complaint: &Complaint,
        events: &mut Vec<Event>,
    ) -> Result<Receipt, Refusal> {
        let running = self.committee.running.as_mut().ok_or(Refusal::DutyNotDue)?;
        match running.complain(seat, complaint, self.time) {
            Ok(dealer) => {
                self.slash(dealer, Pot::KeyGeneration, Offence::CheatingDealer, events);
                Ok(done(seat, DutyKind::Complain))
            }
            Err(RoundFault::Refused(refusal)) => Err(refusal_of(seat, refusal)),
            Err(RoundFault::Offence) => {
                Ok(self.punish(seat, Pot::KeyGeneration, Offence::FalseComplaint, events))
            }
        }
    }

    fn take_share(
        &mut self,
        seat: u32,
        share: &DecryptionShare,
        events: &mut Vec<Event>,
    ) -> Result<Receipt, Refusal> {
        let opening = self.opening.as_mut().ok_or(Refusal::DutyNotDue)?;
        match opening.add_share(seat, share, self.time) {
            Ok(()) => Ok(done(seat, DutyKind::Share)),
            Err(ShareFault::Refused(refusal)) => Err(match refusal {
                ShareRefusal::Closed => Refusal::DutyNotDue,
                ShareRefusal::NotParticipant(seat) | ShareRefusal::Excluded(seat) => {
                    Refusal::NotParticipant(seat)
                }
                ShareRefusal::Twice(seat) => Refusal::DutyDone(seat),
            }),
            Err(ShareFault::Offence) => {
                Ok(self.punish(seat, Pot::Decryption, Offence::BadShare, events))
            }
        }
    }

    fn take_leave(&mut self, seat: u32) -> Result<Receipt, Refusal> {
        let status = self.committee.seats.get(seat).map(|seat| seat.status);
        match status.ok_or(Refusal::UnknownSeat(seat))? {
            SeatStatus::Active => {}
            SeatStatus::Leaving | SeatStatus::Released => return Err(Refusal::DutyDone(seat)),
        }
        self.committee
            .seats
            .leave(seat)
            .map_err(|_| Refusal::UnknownSeat(seat))?;
        self.release_seats();
        Ok(done(seat, DutyKind::Leave))
    }

    fn punish(
        &mut self,
        seat: u32,
        pot: Pot,
        offence: Offence,
        events: &mut Vec<Event>,
    ) -> Receipt {
        self.slash(seat, pot, offence, events);
        Receipt::Slashed { seat }
    }
}

const fn done(seat: u32, duty: DutyKind) -> Receipt {
    Receipt::Seat { seat, duty }
}

fn refusal_of(seat: u32, refusal: RoundRefusal) -> Refusal {
    match refusal {
        RoundRefusal::Phase => Refusal::DutyNotDue,
        RoundRefusal::NotParticipant(seat) | RoundRefusal::Excluded(seat) => {
            Refusal::NotParticipant(seat)
        }
        RoundRefusal::Twice => Refusal::DutyDone(seat),
        RoundRefusal::NoDealing(_) | RoundRefusal::Proof => Refusal::Complaint,
    }
}
