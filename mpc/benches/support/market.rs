//! A market of honest participants for the benchmarks.
#![allow(dead_code, missing_docs)]

use tally_circuits::elgamal::Ciphertext;
use tally_circuits::jubjub::{Point, Scalar};
use tally_mpc::Context;
use tally_mpc::keygen::{CheckedDealing, Dealing, Participants, deal, verify_dealing};
use tally_mpc::schnorr::SeatKey;

pub const CONTEXT: Context = Context {
    chain: [1; 32],
    market: [2; 32],
    round: 1,
    epoch: 0,
};

pub struct Market {
    pub seats: Vec<SeatKey>,
    pub participants: Participants,
    pub messages: Vec<Dealing>,
    pub dealings: Vec<CheckedDealing>,
}

impl Market {
    /// Everybody has dealt.
    pub fn new(seats: u32) -> Self {
        let key = |seat: u32| {
            let mut bytes = [1; 64];
            bytes[..4].copy_from_slice(&seat.to_le_bytes());
            SeatKey::from_uniform_bytes(&bytes).expect("not zero")
        };
        let seats: Vec<SeatKey> = (0..seats).map(key).collect();
        let keys = seats.iter().map(SeatKey::public).collect();
        let participants = Participants::new(keys).expect("distinct keys");
        let messages: Vec<Dealing> = (0..)
            .zip(&seats)
            .map(|(dealer, seat)| deal(&CONTEXT, &participants, dealer, seat).expect("own seat"))
            .collect();
        let check = |(dealer, dealing)| {
            verify_dealing(&CONTEXT, &participants, dealer, dealing).expect("honest dealing")
        };
        let dealings = (0..).zip(&messages).map(check).collect();
        Self {
            seats,
            participants,
            messages,
            dealings,
        }
    }

    /// The index of the last participant.
    pub fn last(&self) -> u32 {
        u32::try_from(self.seats.len() - 1).expect("few seats")
    }
}

/// The three sums of a daily settlement: position, low and high limb of the cash.
pub fn ciphertexts(key: Point) -> [Ciphertext; 3] {
    [(-12_345, 1_u64), (5_000_000_000, 2), (4_000_000_000, 3)]
        .map(|(value, randomness)| Ciphertext::encrypt(value, &Scalar::from(randomness), key))
}
