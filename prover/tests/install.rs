//! Keys that somebody else has made: taken up, refused, found again.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod common;

use std::fs;
use std::path::PathBuf;

use ark_bls12_381::{Fq, Fq2, G1Affine, g1, g2};
use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_serialize::CanonicalSerialize;
use common::{Factors, Small, SmallChanged, keys, rng};
use tally_prover::cache::{Damage, KeyPart};
use tally_prover::{
    CacheError, ExpectedFile, ExpectedKeys, InsecureOneParty, KeyCache, KeyDecodeError, Keys, Kind,
    ProveError, R1cs, Statement, prove, verify,
};
use tempfile::TempDir;

/// Where the verifying key, and before it its length, begins in an encoded proving key of the statement "small".
const VERIFYING_LENGTH: usize = 47;
const VERIFYING: usize = VERIFYING_LENGTH + 4;

/// What is done to an offer, the key that is refused, and what is said of it.
type Refused<'a> = (&'a dyn Fn(&mut Offer), KeyPart, fn(&Damage) -> bool);

/// Keys as they come over the line.
#[derive(Clone)]
struct Offer {
    expected: ExpectedKeys,
    proving: Vec<u8>,
    verifying: Vec<u8>,
}

impl Offer {
    /// Fresh keys of a maker whom nobody knows.
    fn of<S: Statement>() -> Self {
        let (_guard, cache) = cache();
        cache.load_or_create::<S>().unwrap();
        let files = cache.files::<S>().unwrap().unwrap();
        Self {
            expected: files.expected,
            proving: fs::read(files.proving_path).unwrap(),
            verifying: fs::read(files.verifying_path).unwrap(),
        }
    }

    /// The same with a changed proving key, of which the genesis says that it is right.
    fn with_proving(mut self, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        change(&mut self.proving);
        self.expected.proving = ExpectedFile::of(&self.proving);
        self
    }

    /// The same with a changed verifying key.
    fn with_verifying(mut self, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        change(&mut self.verifying);
        self.expected.verifying = ExpectedFile::of(&self.verifying);
        self
    }

    fn install(&self, cache: &KeyCache) -> Result<Keys<InsecureOneParty>, CacheError> {
        cache.install::<Small>(&self.expected, &self.proving, &self.verifying)
    }

    /// Installing must fail, also the verifying key alone if it is at fault, and leave no trace.
    fn refusal(&self) -> CacheError {
        let (_guard, cache) = cache();
        let error = self.install(&cache).unwrap_err();
        assert_eq!(names(&cache), [""; 0], "{error}");
        let alone = cache.install_verifying::<Small>(&self.expected, &self.verifying);
        if !matches!(
            error,
            CacheError::Refused {
                part: KeyPart::Proving,
                ..
            } | CacheError::Unusable {
                part: KeyPart::Proving,
                ..
            }
        ) {
            assert_eq!(alone.unwrap_err().to_string(), error.to_string());
            assert_eq!(names(&cache), [""; 0]);
        }
        error
    }

    /// The proving key has the right hash and is refused all the same.
    fn unusable_proving(&self) -> KeyDecodeError {
        match self.refusal() {
            CacheError::Unusable {
                statement: "small",
                part: KeyPart::Proving,
                damage: Damage::Key(error),
            } => error,
            other => panic!("{other}"),
        }
    }
}

fn cache() -> (TempDir, KeyCache) {
    let directory = tempfile::tempdir().unwrap();
    let cache = KeyCache::open(directory.path().join("keys")).unwrap();
    (directory, cache)
}

/// The sets of keys in a cache.
fn names(cache: &KeyCache) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(cache.directory())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

fn the_only_slot(cache: &KeyCache) -> PathBuf {
    let names = names(cache);
    assert_eq!(names.len(), 1);
    cache.directory().join(&names[0])
}

fn proves(keys: &Keys<InsecureOneParty>) {
    let circuit = Factors::<20>::new(11, 13);
    let public = circuit.public;
    let proof = prove(&keys.proving, circuit, &mut rng(1)).unwrap();
    assert_eq!(verify(&keys.verifying, &public, &proof), Ok(()));
}

#[test]
fn files_are_told_without_decoding() {
    let (_guard, cache) = cache();
    assert_eq!(cache.files::<Small>().unwrap(), None);
    let keys = cache.load_or_create::<Small>().unwrap();
    let files = cache.files::<Small>().unwrap().unwrap();
    let expected = files.expected;
    assert_eq!(expected.kind, Kind::InsecureOneParty);
    assert_eq!(expected.circuit_digest, keys.verifying.circuit_digest());
    assert_eq!(expected.verifying.sha256, keys.verifying.sha256());
    let content = |path| ExpectedFile::of(&fs::read(path).unwrap());
    assert_eq!(content(&files.proving_path), expected.proving);
    assert_eq!(content(&files.verifying_path), expected.verifying);
    let again = cache.files_expected::<Small>(&expected).unwrap();
    assert_eq!(again, Some(files.clone()));

    // What can't be served any more is noticed.
    let mut bytes = fs::read(&files.proving_path).unwrap();
    bytes[200] ^= 1;
    fs::write(&files.proving_path, &bytes).unwrap();
    for damaged in [
        cache.files::<Small>(),
        cache.files_expected::<Small>(&expected),
    ] {
        assert!(matches!(damaged, Err(CacheError::Damaged { .. })));
    }
}

#[test]
fn installed_keys_prove_and_are_found_again() {
    let offer = Offer::of::<Small>();
    let (_guard, cache) = cache();
    assert!(
        cache
            .load_expected::<Small>(&offer.expected)
            .unwrap()
            .is_none()
    );
    let installed = offer.install(&cache).unwrap();
    proves(&installed);
    let found = cache
        .load_expected::<Small>(&offer.expected)
        .unwrap()
        .unwrap();
    proves(&found);
    assert_eq!(found.verifying, installed.verifying);
    // Once more changes nothing.
    offer.install(&cache).unwrap();
    let slot = the_only_slot(&cache);
    let files = cache
        .files_expected::<Small>(&offer.expected)
        .unwrap()
        .unwrap();
    assert_eq!(files.expected, offer.expected);
    assert_eq!(files.proving_path.parent(), Some(slot.as_path()));
    // Manifest, two keys, tables.
    assert_eq!(fs::read_dir(&slot).unwrap().count(), 4);

    let info = cache.list().unwrap().remove(0).unwrap();
    assert!(info.is_installed);
    assert!(info.manifest.created_by.starts_with("installed by "));
    // They are not ours, and in nobody's way who makes keys.
    assert!(cache.load::<Small>().unwrap().is_none());
    assert_eq!(cache.files::<Small>().unwrap(), None);
}

#[test]
fn keys_of_several_markets_lie_beside_our_own() {
    let (_guard, cache) = cache();
    let own = cache.load_or_create::<Small>().unwrap();
    let offers = [Offer::of::<Small>(), Offer::of::<Small>()];
    for offer in &offers {
        offer.install(&cache).unwrap();
    }
    assert_eq!(names(&cache).len(), 3);
    for offer in &offers {
        let found = cache
            .load_expected::<Small>(&offer.expected)
            .unwrap()
            .unwrap();
        assert_eq!(found.verifying.sha256(), offer.expected.verifying.sha256);
    }
    assert_eq!(
        cache.load::<Small>().unwrap().unwrap().verifying,
        own.verifying
    );
    let installed: Vec<bool> = cache
        .list()
        .unwrap()
        .into_iter()
        .map(|info| info.unwrap().is_installed)
        .collect();
    assert_eq!(installed, [false, true, true]);
}

/// Who made the market's keys needs no second copy.
#[test]
fn our_own_keys_serve_where_they_are_expected() {
    let (_guard, cache) = cache();
    let own = cache.load_or_create::<Small>().unwrap();
    let files = cache.files::<Small>().unwrap().unwrap();
    let found = cache
        .load_expected::<Small>(&files.expected)
        .unwrap()
        .unwrap();
    assert_eq!(found.verifying, own.verifying);
    let [proving, verifying] =
        [&files.proving_path, &files.verifying_path].map(|path| fs::read(path).unwrap());
    cache
        .install::<Small>(&files.expected, &proving, &verifying)
        .unwrap();
    assert_eq!(names(&cache).len(), 1);
    // A damaged set of ours is not the market's.
    let offer = Offer::of::<Small>();
    fs::write(the_only_slot(&cache).join("manifest.json"), "{").unwrap();
    assert!(
        cache
            .load_expected::<Small>(&offer.expected)
            .unwrap()
            .is_none()
    );
    proves(&offer.install(&cache).unwrap());
}

#[test]
fn a_verifying_key_comes_alone_and_the_proving_key_later() {
    let offer = Offer::of::<Small>();
    let expected = &offer.expected;
    let (_guard, cache) = cache();
    assert!(cache.load_verifying::<Small>(expected).unwrap().is_none());
    let key = cache
        .install_verifying::<Small>(expected, &offer.verifying)
        .unwrap();
    assert_eq!(
        cache.load_verifying::<Small>(expected).unwrap(),
        Some(key.clone())
    );
    assert!(cache.load_expected::<Small>(expected).unwrap().is_none());
    assert!(
        cache
            .load_proving::<Small>(expected, &key)
            .unwrap()
            .is_none()
    );
    assert_eq!(cache.files_expected::<Small>(expected).unwrap(), None);
    assert!(cache.list().unwrap()[0].is_ok());

    offer.install(&cache).unwrap();
    let slot = the_only_slot(&cache);
    assert_eq!(fs::read_dir(&slot).unwrap().count(), 4);
    let proving = cache
        .load_proving::<Small>(expected, &key)
        .unwrap()
        .unwrap();
    proves(&Keys {
        proving,
        verifying: key,
    });

    let other = Offer::of::<Small>();
    let other_key = cache
        .install_verifying::<Small>(&other.expected, &other.verifying)
        .unwrap();
    let error = cache
        .load_proving::<Small>(expected, &other_key)
        .unwrap_err();
    assert!(
        matches!(error, CacheError::OtherVerifyingKey { .. }),
        "{error}"
    );
}

#[test]
fn other_bytes_than_the_expected_are_refused_undecoded() {
    let good = Offer::of::<Small>();
    let refused = |change: &dyn Fn(&mut Offer)| {
        let mut offer = good.clone();
        change(&mut offer);
        let error = offer.refusal();
        assert!(
            error
                .to_string()
                .ends_with("fetch it again, or from another node"),
            "{error}"
        );
        match error {
            CacheError::Refused { part, damage, .. } => (part, damage),
            other => panic!("{other}"),
        }
    };
    let [hash, length] = [
        |damage: &Damage| matches!(damage, Damage::Hash { .. }),
        |damage: &Damage| matches!(damage, Damage::Length { .. }),
    ];
    let cases: [Refused; 9] = [
        (&|offer| offer.proving[0] ^= 1, KeyPart::Proving, hash),
        (
            &|offer| *offer.proving.last_mut().unwrap() ^= 1,
            KeyPart::Proving,
            hash,
        ),
        (
            &|offer| offer.proving.truncate(offer.proving.len() - 1),
            KeyPart::Proving,
            length,
        ),
        (&|offer| offer.proving.push(0), KeyPart::Proving, length),
        (&|offer| offer.proving.clear(), KeyPart::Proving, length),
        (
            &|offer| offer.expected.proving.sha256[31] ^= 1,
            KeyPart::Proving,
            hash,
        ),
        (&|offer| offer.verifying[100] ^= 1, KeyPart::Verifying, hash),
        (
            &|offer| offer.verifying.truncate(100),
            KeyPart::Verifying,
            length,
        ),
        (
            &|offer| offer.expected.verifying.bytes += 1,
            KeyPart::Verifying,
            length,
        ),
    ];
    for (change, part, is_it) in cases {
        let (found, damage) = refused(change);
        assert_eq!(found, part);
        assert!(is_it(&damage), "{damage}");
    }
}

#[test]
fn another_circuit_is_another_version_of_the_software() {
    let theirs = Offer::of::<SmallChanged>();
    theirs.expected.check::<SmallChanged>().unwrap();
    let error = theirs.refusal();
    let text = error.to_string();
    assert!(text.contains("another version of the circuit"), "{text}");
    assert!(
        text.ends_with("use the version of the software that the market runs"),
        "{text}"
    );
    let ours = R1cs::of::<Small>().unwrap().digest();
    assert!(
        matches!(error, CacheError::OtherCircuit { market, ours: found, .. }
        if market == theirs.expected.circuit_digest && found == ours)
    );
    let (_guard, cache) = cache();
    let checks = [
        theirs.expected.check::<Small>().map(drop),
        cache.load_expected::<Small>(&theirs.expected).map(drop),
        cache.load_verifying::<Small>(&theirs.expected).map(drop),
        cache.files_expected::<Small>(&theirs.expected).map(drop),
    ];
    for outcome in checks {
        assert!(matches!(outcome, Err(CacheError::OtherCircuit { .. })));
    }

    // A genesis that says one thing of keys that say another.
    let mut liar = theirs;
    liar.expected.circuit_digest = ours;
    assert!(matches!(
        liar.refusal(),
        CacheError::Unusable {
            part: KeyPart::Verifying,
            damage: Damage::Key(KeyDecodeError::Circuit { .. }),
            ..
        }
    ));
}

#[test]
fn another_kind_is_refused() {
    let good = Offer::of::<Small>();
    for kind in [Kind::Ceremony, Kind::SeededTest] {
        let mut offer = good.clone();
        offer.expected.kind = kind;
        let error = offer.refusal();
        assert!(matches!(error, CacheError::UnknownKind { .. }), "{error}");
    }
    // Keys from a public seed under the name of one-party keys.
    let seeded = good
        .clone()
        .with_verifying(|bytes| *bytes = keys().verifying.to_bytes());
    let error = seeded.refusal();
    assert!(
        matches!(
            error,
            CacheError::Unusable {
                damage: Damage::Key(KeyDecodeError::Kind { tag: 3, .. }),
                ..
            }
        ),
        "{error}"
    );
    let error = good.with_proving(|bytes| bytes[8] = 3).unusable_proving();
    assert!(
        matches!(error, KeyDecodeError::Kind { tag: 3, .. }),
        "{error}"
    );
}

#[test]
fn a_length_that_no_key_has_is_refused_before_anything_is_fetched() {
    let good = Offer::of::<Small>().expected;
    good.check::<Small>().unwrap();
    let huge = |change: fn(&mut ExpectedKeys)| {
        let mut expected = good;
        change(&mut expected);
        expected.check::<Small>().unwrap_err()
    };
    for error in [
        huge(|expected| expected.proving.bytes = u64::MAX),
        huge(|expected| expected.verifying.bytes = 1 << 20),
    ] {
        assert!(matches!(
            error,
            CacheError::Unusable {
                damage: Damage::TooLong { .. },
                ..
            }
        ));
    }
}

fn uncompressed(point: &impl CanonicalSerialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    point.serialize_uncompressed(&mut bytes).unwrap();
    bytes
}

/// A point on the curve and outside the prime-order group: most are.
fn outside_group<P: SWCurveConfig>(of: impl Fn(u64) -> P::BaseField) -> Affine<P> {
    (1..)
        .filter_map(|i| Affine::<P>::get_point_from_x_unchecked(of(i), false))
        .find(|point| !point.is_in_correct_subgroup_assuming_on_curve())
        .unwrap()
}

#[test]
fn a_point_outside_its_group_is_refused_even_if_the_genesis_names_it() {
    let good = Offer::of::<Small>();
    let beta = VERIFYING + good.verifying.len();
    let a_query = beta + 2 * 96;
    // The constant, three inputs and 22 private variables.
    let (variables, witness) = (26, 22);
    let b_g2_query = a_query + 2 * variables * 96;
    let last = good.proving.len() - 96;
    let g1 = uncompressed(&outside_group::<g1::Config>(Fq::from));
    let g2 = uncompressed(&outside_group::<g2::Config>(|i| {
        Fq2::new(Fq::from(i), Fq::from(1))
    }));
    let off_curve = uncompressed(&G1Affine::new_unchecked(Fq::from(1), Fq::from(1)));
    let cases = [
        (beta, &g1, "beta_g1", 0),
        (beta + 96, &g1, "delta_g1", 0),
        (a_query + 5 * 96, &g1, "a_query", 5),
        (b_g2_query + 3 * 192, &g2, "b_g2_query", 3),
        (last, &g1, "l_query", witness - 1),
        (last, &off_curve, "l_query", witness - 1),
    ];
    for (position, point, field, index) in cases {
        let bad = good
            .clone()
            .with_proving(|bytes| bytes[position..][..point.len()].copy_from_slice(point));
        assert_eq!(
            bad.unusable_proving(),
            KeyDecodeError::Point { field, index }
        );
    }

    // The verifying key's delta.
    let mut twisted = Vec::new();
    outside_group::<g2::Config>(|i| Fq2::new(Fq::from(i), Fq::from(1)))
        .serialize_compressed(&mut twisted)
        .unwrap();
    let bad = good.with_verifying(|bytes| bytes[289..385].copy_from_slice(&twisted));
    let (field, index) = ("delta", 0);
    assert!(matches!(
        bad.refusal(),
        CacheError::Unusable { part: KeyPart::Verifying, damage: Damage::Key(error), .. }
            if error == KeyDecodeError::Point { field, index }
    ));
}

/// Without its blinding by delta, a proof would tell about the witness.
#[test]
fn beta_and_delta_must_be_those_of_the_verifying_key() {
    let good = Offer::of::<Small>();
    let beta = VERIFYING + good.verifying.len();
    let generator = uncompressed(&G1Affine::generator());
    let identity = uncompressed(&G1Affine::zero());
    for (position, field) in [(beta, "beta_g1"), (beta + 96, "delta_g1")] {
        for point in [&generator, &identity] {
            let bad = good
                .clone()
                .with_proving(|bytes| bytes[position..][..96].copy_from_slice(point));
            assert_eq!(bad.unusable_proving(), KeyDecodeError::Twin { field });
        }
    }
}

#[test]
fn a_proving_key_to_another_verifying_key_is_refused() {
    let (good, other) = (Offer::of::<Small>(), Offer::of::<Small>());
    let bad = good.with_proving(|bytes| bytes.clone_from(&other.proving));
    assert_eq!(bad.unusable_proving(), KeyDecodeError::Mismatch);
}

#[test]
fn a_malformed_proving_key_with_the_right_hash_is_refused() {
    let good = Offer::of::<Small>();
    let error =
        |change: &dyn Fn(&mut Vec<u8>)| good.clone().with_proving(change).unusable_proving();
    let what = "proving key";
    assert_eq!(
        error(&|bytes| bytes[0] ^= 1),
        KeyDecodeError::Magic { what }
    );
    assert!(matches!(
        error(&|bytes| bytes[10] = b't'),
        KeyDecodeError::Statement { .. }
    ));
    assert!(matches!(
        error(&|bytes| bytes[15] ^= 1),
        KeyDecodeError::Circuit { .. }
    ));
    for n in [0, 7, 40, VERIFYING_LENGTH + 2, VERIFYING + 9] {
        assert!(matches!(
            error(&|bytes| bytes.truncate(n)),
            KeyDecodeError::Length { .. }
        ));
    }
    assert!(matches!(
        error(&|bytes| bytes.truncate(bytes.len() - 1)),
        KeyDecodeError::Length { .. }
    ));
    assert!(matches!(
        error(&|bytes| bytes.push(0)),
        KeyDecodeError::Length { .. }
    ));
    let length = |value: u32| {
        move |bytes: &mut Vec<u8>| {
            bytes[VERIFYING_LENGTH..VERIFYING].copy_from_slice(&value.to_le_bytes());
        }
    };
    assert!(matches!(
        error(&length(u32::MAX)),
        KeyDecodeError::Length { .. }
    ));
    assert_eq!(error(&length(0)), KeyDecodeError::Mismatch);
}

/// Points of the group that are not the circuit's: such a key is taken up, and no proof leaves the prover.
#[test]
fn a_wrong_key_of_good_points_makes_no_proof() {
    let bad = Offer::of::<Small>().with_proving(|bytes| {
        let tail = bytes.len() - 192;
        bytes[tail..].rotate_left(96);
    });
    let (_guard, cache) = cache();
    let keys = bad.install(&cache).unwrap();
    let error = prove(&keys.proving, Factors::<20>::new(3, 4), &mut rng(1)).unwrap_err();
    assert!(matches!(error, ProveError::SelfCheck { .. }), "{error}");
}

#[test]
fn a_damaged_installed_file_is_noticed_and_replaced_by_installing_again() {
    let offer = Offer::of::<Small>();
    let (_guard, cache) = cache();
    let key = offer.install(&cache).unwrap().verifying;
    let files = cache
        .files_expected::<Small>(&offer.expected)
        .unwrap()
        .unwrap();
    let loads = || {
        [
            cache.load_expected::<Small>(&offer.expected).map(drop),
            cache.load_verifying::<Small>(&offer.expected).map(drop),
            cache.load_proving::<Small>(&offer.expected, &key).map(drop),
            cache.files_expected::<Small>(&offer.expected).map(drop),
        ]
    };
    let fails = || loads().map(|outcome| matches!(outcome, Err(CacheError::Damaged { .. })));
    for (path, wanted) in [
        (&files.proving_path, [true, false, true, true]),
        (&files.verifying_path, [true, true, false, true]),
    ] {
        let whole = fs::read(path).unwrap();
        for damaged in [&whole[..whole.len() - 1], &[0; 9], &vec![1; whole.len()]] {
            fs::write(path, damaged).unwrap();
            assert_eq!(fails(), wanted);
        }
        offer.install(&cache).unwrap();
        assert_eq!(fs::read(path).unwrap(), whole);
        assert_eq!(fails(), [false; 4]);
    }
    // A proving key that was lost is as one that never came; a verifying key belongs to every set.
    fs::remove_file(&files.proving_path).unwrap();
    assert!(
        cache
            .load_expected::<Small>(&offer.expected)
            .unwrap()
            .is_none()
    );
    fs::remove_file(&files.verifying_path).unwrap();
    assert_eq!(fails(), [false, true, false, false]);
}

#[test]
fn a_manifest_that_names_other_keys_is_noticed() {
    let offer = Offer::of::<Small>();
    let (_guard, cache) = cache();
    offer.install(&cache).unwrap();
    let path = the_only_slot(&cache).join("manifest.json");
    let text = fs::read_to_string(&path).unwrap();
    // All but the digits in the directory's name.
    let sha256 = hex::encode(offer.expected.proving.sha256);
    let other = format!("{}{}", &sha256[..16], "0".repeat(48));
    fs::write(&path, text.replace(&sha256, &other)).unwrap();
    for outcome in [
        cache.load_expected::<Small>(&offer.expected).map(drop),
        cache.load_verifying::<Small>(&offer.expected).map(drop),
        offer.install(&cache).map(drop),
    ] {
        let error = outcome.unwrap_err();
        assert!(
            matches!(
                error,
                CacheError::Damaged {
                    damage: Damage::Field {
                        field: "proving_key.file",
                        ..
                    },
                    ..
                }
            ),
            "{error}"
        );
    }
}

#[test]
fn whoever_installs_at_once_gets_the_same_keys() {
    let offer = Offer::of::<Small>();
    let (_guard, cache) = cache();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (offer, directory) = (&offer, cache.directory());
            scope.spawn(move || {
                // Each opens the cache for itself, as another process would.
                let cache = KeyCache::open(directory).unwrap();
                if number % 2 == 0 {
                    proves(&offer.install(&cache).unwrap());
                } else {
                    let key = cache.install_verifying::<Small>(&offer.expected, &offer.verifying);
                    assert_eq!(key.unwrap().sha256(), offer.expected.verifying.sha256);
                    // There by now or not: never half.
                    cache.load_expected::<Small>(&offer.expected).unwrap();
                }
            });
        }
    });
    let slot = the_only_slot(&cache);
    let files = cache
        .files_expected::<Small>(&offer.expected)
        .unwrap()
        .unwrap();
    assert_eq!(files.proving_path.parent(), Some(slot.as_path()));
    proves(
        &cache
            .load_expected::<Small>(&offer.expected)
            .unwrap()
            .unwrap(),
    );
}

#[test]
fn what_an_interrupted_installation_left_is_removed() {
    let offer = Offer::of::<Small>();
    let (_guard, cache) = cache();
    cache
        .install_verifying::<Small>(&offer.expected, &offer.verifying)
        .unwrap();
    let left = the_only_slot(&cache).join(".making-abc");
    fs::write(&left, "half a key").unwrap();
    offer.install(&cache).unwrap();
    assert!(!left.exists());
}
