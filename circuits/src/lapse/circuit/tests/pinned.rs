//! What must not drift: size and digest of the constraints.

use super::forged::system;
use crate::lapse::tests::fixture::Parts;
use crate::lapse::{LapseCircuit, PUBLIC_INPUTS};
use crate::r1cs::summarize;

/// With the public inputs and the constant one the constraints fit a domain of 2^12 points, half
/// of what one more would take.
const DOMAIN: usize = 1 << 12;

/// Set this variable to rewrite the file on purpose: every proving key has to be made again.
const REGENERATE: &str = "TALLY_REGENERATE_R1CS";

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/lapse-r1cs.txt");

#[test]
fn size_and_digest_are_pinned() {
    let summary = summarize(LapseCircuit::blank()).unwrap();
    assert_eq!(summary.public_inputs, PUBLIC_INPUTS);
    assert!(summary.constraints + 1 + PUBLIC_INPUTS <= DOMAIN);
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
}

/// As the protocol page of the statement lists them.
#[test]
fn the_clauses_have_their_documented_sizes() {
    let sizes = system(&Parts::solvent()).sizes();
    assert_eq!(
        sizes,
        [
            ("old cash", 48),
            ("old size", 23),
            ("side", 2),
            ("what is left", 2),
            ("sign", 1),
            ("magnitude", 62),
            ("new cash", 2),
            ("old commitment", 297),
            ("path", 3_020),
            ("root", 1),
            ("nullifier", 295),
            ("new commitment", 298),
            ("context", 1),
        ]
    );
    let total: usize = sizes.iter().map(|(_, size)| size).sum();
    assert_eq!(total, 4_052);
}
