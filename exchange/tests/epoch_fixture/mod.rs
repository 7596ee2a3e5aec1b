//! Seats with their secret keys, and key generations among them.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "a test helper that fails the test; not every test uses all of it"
)]

use tally_circuits::jubjub::Point;
use tally_exchange::epoch::rounds::{KeyRound, Progress, RoundKey};
use tally_exchange::units::Time;
use tally_mpc::Context;
use tally_mpc::keygen::{
    CheckedDealing, Complaint, Dealing, KeyShare, complain, deal, open_shares,
};
use tally_mpc::schnorr::SeatKey;

pub const DEALING_TIME: u64 = 900;
pub const COMPLAINT_TIME: u64 = 600;
/// Where rounds begin.
pub const START: Time = Time(1_000_000_000);

/// Seats with numbers of their own: the index among the participants is another thing.
pub struct Committee {
    pub context: Context,
    pub keys: Vec<SeatKey>,
    pub numbers: Vec<u32>,
}

pub fn at(seconds: u64) -> Time {
    START.plus_seconds(seconds)
}

pub fn seat_key(seed: u8) -> SeatKey {
    SeatKey::from_uniform_bytes(&[seed + 1; 64]).unwrap()
}

impl Committee {
    pub fn new(seats: u8) -> Self {
        Self {
            context: Context {
                chain: [7; 32],
                market: [8; 32],
                round: 3,
                epoch: 0,
            },
            keys: (0..seats).map(seat_key).collect(),
            numbers: (0..seats).map(|index| 10 + 3 * u32::from(index)).collect(),
        }
    }

    /// The seat number of a participant.
    pub fn seat(&self, index: u32) -> u32 {
        self.numbers[index as usize]
    }

    pub fn members(&self) -> Vec<(u32, Point)> {
        let keys = self.keys.iter().map(SeatKey::public);
        self.numbers.iter().copied().zip(keys).collect()
    }

    pub fn round(&self) -> KeyRound {
        KeyRound::start(
            self.context,
            &self.members(),
            START,
            DEALING_TIME,
            COMPLAINT_TIME,
        )
        .unwrap()
    }

    pub fn dealing(&self, round: &KeyRound, index: u32) -> Dealing {
        let key = &self.keys[index as usize];
        deal(round.context(), round.participants(), index, key).unwrap()
    }

    /// Lets these participants deal in time.
    pub fn deal(&self, round: &mut KeyRound, dealers: impl IntoIterator<Item = u32>) {
        for index in dealers {
            let dealing = self.dealing(round, index);
            assert_eq!(round.deal(self.seat(index), &dealing, START), Ok(()));
        }
    }

    /// What a participant says about a dealer's dealing.
    pub fn complaint(&self, round: &KeyRound, complainer: u32, dealer: u32) -> Complaint {
        let dealing = round.dealings().get(dealer).unwrap();
        let key = &self.keys[complainer as usize];
        complain(round.context(), key, complainer, dealing)
    }

    /// The key of a round in which everybody deals well.
    pub fn joint_key(&self) -> RoundKey {
        let mut round = self.round();
        self.deal(&mut round, 0..u32::try_from(self.keys.len()).unwrap());
        round.advance(at(1));
        finished(round.advance(at(1 + COMPLAINT_TIME)).progress)
    }

    /// A participant's share of the secret.
    pub fn key_share(&self, key: &RoundKey, index: u32) -> KeyShare {
        let seat = &self.keys[index as usize];
        let dealings = key.dealings().all().values();
        let opened = open_shares(key.context(), seat, index, dealings).unwrap();
        assert!(opened.at_fault.is_empty());
        KeyShare::new(key.joint(), index, &opened.shares).unwrap()
    }
}

pub fn finished(progress: Progress) -> RoundKey {
    match progress {
        Progress::Done(key) => *key,
        other => panic!("{other:?}"),
    }
}

/// The round as it would be if the dealer had exchanged the encrypted shares of two participants before it proved its
/// dealing: everybody takes it, and both recipients can show that it is wrong.
pub fn with_exchanged_shares(round: &KeyRound, dealer: u32, one: usize, other: usize) -> KeyRound {
    let good = borsh::to_vec(round.dealings().get(dealer).unwrap()).unwrap();
    let mut bad = good.clone();
    let seats = round.participants().seats();
    let share = |index: usize| good.len() - (seats - index) * 32;
    let (first, second) = (share(one), share(other));
    bad[first..first + 32].copy_from_slice(&good[second..second + 32]);
    bad[second..second + 32].copy_from_slice(&good[first..first + 32]);
    assert!(borsh::from_slice::<CheckedDealing>(&bad).is_ok());
    let mut bytes = borsh::to_vec(round).unwrap();
    let at = bytes
        .windows(good.len())
        .position(|part| part == good)
        .unwrap();
    bytes[at..at + bad.len()].copy_from_slice(&bad);
    borsh::from_slice(&bytes).unwrap()
}
