//! What an Act that posts or takes back a bond must satisfy.

use super::Market;
use crate::epoch::seats::SeatError;
use crate::refusal::Refusal;
use tally_circuits::field::Element;
use tally_circuits::jubjub::{CurvePoint, Point};
use tally_mpc::MAX_SEATS;
use tally_mpc::schnorr::{Signature, verify_possession};

impl Market {
    /// The key of a new seat: a key nobody else has, and the sender knows its secret. The proof is bound to the Act's tag,
    /// which only its owner can prove to be his: nobody can post another one's key.
    pub(super) fn check_seat_key(
        &self,
        tag: &Element,
        seat_key: CurvePoint,
        possession: &Signature,
    ) -> Result<Point, Refusal> {
        let key = seat_key.as_key().map_err(|_| Refusal::SeatKey)?;
        let bond = self.specification.decryptor_bond;
        self.committee
            .seats
            .check(key, *tag, bond)
            .map_err(|error| match error {
                SeatError::Full => {
                    Refusal::SeatsTaken(u32::try_from(MAX_SEATS).unwrap_or(u32::MAX))
                }
                SeatError::TagTaken => Refusal::Tag,
                SeatError::Amount(_) => Refusal::Range,
                SeatError::KeyTaken
                | SeatError::Unknown(_)
                | SeatError::Leaving(_)
                | SeatError::UnknownBond
                | SeatError::NotReleased(_) => Refusal::SeatKey,
            })?;
        verify_possession(
            seat_key,
            &self.mpc_context_for_bond(),
            &tag.to_bytes(),
            possession,
        )
        .map_err(|_| Refusal::Possession)
    }

    /// Whether exactly `amount` comes back for the bond.
    pub(super) fn check_unbond(&self, bond: Element, amount: u64) -> Result<(), Refusal> {
        let held = self
            .committee
            .seats
            .withdrawable(bond)
            .map_err(|error| match error {
                SeatError::NotReleased(seat) => Refusal::BondHeld(seat),
                _ => Refusal::UnknownBond,
            })?;
        let held = u64::try_from(held).map_err(|_| Refusal::Range)?;
        if held != amount {
            return Err(Refusal::BondAmount {
                given: amount,
                held,
            });
        }
        Ok(())
    }
}
