//! What must not drift: size and digest of the constraints.

use super::forged::system;
use crate::r1cs::summarize;
use crate::refresh::tests::fixture::Parts;
use crate::refresh::{PUBLIC_INPUTS, RefreshCircuit};

/// The protocol's limit.
const LARGEST: usize = 24_000;

/// With the public inputs and the constant one the constraints fit a domain of 2^14 points, half
/// of what one more would take.
const DOMAIN: usize = 1 << 14;

/// Set this variable to rewrite the file on purpose: every proving key has to be made again.
const REGENERATE: &str = "TALLY_REGENERATE_R1CS";

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/vectors/refresh-r1cs.txt"
);

#[test]
fn size_and_digest_are_pinned() {
    let summary = summarize(RefreshCircuit::blank()).unwrap();
    assert_eq!(summary.public_inputs, PUBLIC_INPUTS);
    assert!(summary.constraints <= LARGEST);
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
    let ciphertext = |sizes: &[(&'static str, usize)]| -> Vec<usize> {
        sizes.iter().map(|(_, size)| *size).collect()
    };
    let sizes = system(&Parts::cut()).sizes();
    assert_eq!(
        sizes[..20],
        [
            ("old cash", 48),
            ("old size", 23),
            ("side", 2),
            ("kept", 23),
            ("closed", 24),
            ("equity", 2),
            ("solvency", 67),
            ("whole", 2),
            ("forced", 2),
            ("largest", 66),
            ("new cash", 49),
            ("new position", 25),
            ("old commitment", 297),
            ("path", 3_020),
            ("root", 1),
            ("nullifier", 295),
            ("new commitment", 298),
            ("multiples of the joint key", 1_255),
            ("cash flag", 1),
            ("limbs", 48),
        ]
    );
    for three in sizes[20..29].chunks_exact(3) {
        assert_eq!(ciphertext(three), [378, 666, 1_326]);
    }
    assert_eq!(sizes[29..], [("context", 1)]);
    let total: usize = sizes.iter().map(|(_, size)| size).sum();
    assert_eq!(total, 12_659);
}
