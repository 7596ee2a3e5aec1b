//! All provers prove the same, and a comparison says what it should.

use super::*;
use crate::measure::Chain;
use rand::rngs::OsRng;
use tally_prover::one_party_setup;

/// Whatever a prover returns is verified under our key in every round, so a comparison that ends is one of equals.
#[test]
fn proofs_of_all_provers_hold_under_one_key() {
    let keys = one_party_setup::<Chain<4>>(&mut OsRng).unwrap();
    let mut rounds = Vec::new();
    let costs = compare::<Chain<4>>(&keys, 2, &mut |statement, round| {
        rounds.push((statement.to_owned(), round));
    })
    .unwrap();
    assert_eq!(
        rounds,
        [("hash-chain".to_owned(), 0), ("hash-chain".to_owned(), 1)]
    );
    let names: Vec<&str> = costs.iter().map(|cost| cost.name.as_str()).collect();
    let mut expected = vec![
        "tally",
        "ark-groth16 0.6.0",
        "ark-groth16 0.6.0, matrices kept",
    ];
    if cfg!(feature = "peers") {
        expected.push("bellperson 0.26.0");
    }
    assert_eq!(names, expected);
    assert_eq!(costs[0].ratio_median, 1.0);
    for cost in &costs {
        assert_eq!(
            (cost.prove_ms.len(), cost.statement.as_str()),
            (2, "hash-chain")
        );
        assert!(cost.prove_ms_p10 <= cost.prove_ms_median, "{cost:?}");
        assert!(cost.prove_ms_median <= cost.prove_ms_p90, "{cost:?}");
        let ratio = cost.prove_ms_median / costs[0].prove_ms_median;
        assert!((cost.ratio_median - ratio).abs() < 1e-9, "{cost:?}");
    }
}

/// A prover whose proof is of something else is found out: the others' keys are not the ones that verify here.
#[test]
fn a_proof_under_another_key_is_refused() {
    let keys = one_party_setup::<Chain<4>>(&mut OsRng).unwrap();
    let other = one_party_setup::<Chain<4>>(&mut OsRng).unwrap();
    let strangers = provers::<Chain<4>>(&other).unwrap();
    for stranger in strangers {
        let name = stranger.name();
        let error = one_round(&keys, &[stranger], 7).unwrap_err();
        assert!(
            matches!(error, PeerError::Rejected { .. }),
            "{name}: {error}"
        );
    }
}
