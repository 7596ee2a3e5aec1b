//! This project's prover.

use super::{PeerError, Prover, Task, Timed};
use crate::measure::timed;
use rand::rngs::OsRng;
use std::hint::black_box;
use tally_prover::{InsecureOneParty, ProvingKey, Statement, prove};

/// This project's prover.
pub(super) struct Ours<'a>(pub(super) &'a ProvingKey<InsecureOneParty>);

impl<S: Statement> Prover<S> for Ours<'_> {
    fn name(&self) -> String {
        "tally".to_owned()
    }

    fn prove(&self, task: Task<'_, S>) -> Result<Timed, PeerError> {
        let (proof, took) = timed(|| prove(self.0, black_box(task.circuit), &mut OsRng));
        Ok((proof?.to_bytes().to_vec(), took))
    }
}
