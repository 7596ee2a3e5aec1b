//! What must not drift: size and digest of the constraints.

use crate::act::{ActCircuit, PUBLIC_INPUTS};
use crate::r1cs::summarize;

/// The protocol's limit.
const LARGEST: usize = 6_000;

/// Set this variable to rewrite the file on purpose: every proving key has to be made again.
const REGENERATE: &str = "TALLY_REGENERATE_R1CS";

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/act-r1cs.txt");

#[test]
fn size_and_digest_are_pinned() {
    let summary = summarize(ActCircuit::blank()).unwrap();
    assert_eq!(summary.public_inputs, PUBLIC_INPUTS);
    assert!(summary.constraints <= LARGEST);
    let text = format!(
        "constraints {}\nwitnesses {}\npublic inputs {}\nsha256 {}\n",
        summary.constraints,
        summary.witnesses,
        summary.public_inputs,
        hex::encode(summary.digest)
    );
    if std::env::var_os(REGENERATE).is_some() {
        std::fs::write(FILE, &text).unwrap();
    }
    let pinned = std::fs::read_to_string(FILE).unwrap();
    assert_eq!(
        text, pinned,
        "the circuit changed: if on purpose, run with {REGENERATE}=1"
    );
    assert_eq!(summary.constraints, 5_145);
}
