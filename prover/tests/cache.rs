//! Keys on disk.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Factors, Small, SmallChanged, rng};
use sha2::{Digest, Sha256};
use tally_prover::cache::Damage;
use tally_prover::{
    CacheError, KeyCache, KeyDecodeError, Kind, ProveError, R1cs, prove, seeded_test_setup, verify,
};
use tempfile::TempDir;

fn cache() -> (TempDir, KeyCache) {
    let directory = tempfile::tempdir().unwrap();
    let cache = KeyCache::open(directory.path().join("deep/keys")).unwrap();
    (directory, cache)
}

/// The directory of the only set of keys.
fn slot(cache: &KeyCache) -> PathBuf {
    let mut entries = cache.list().unwrap();
    assert_eq!(entries.len(), 1);
    entries.remove(0).unwrap().directory
}

/// The file with this extension in a set of keys.
fn file(slot: &Path, extension: &str) -> PathBuf {
    fs::read_dir(slot)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == extension))
        .unwrap()
}

/// All names in a directory.
fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn edit(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

fn edit_text(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

/// Loading must fail, say which file and what to do, and change nothing.
fn damage(cache: &KeyCache, path: &Path) -> Damage {
    let slot = path.parent().unwrap();
    let before = names(slot);
    let error = cache.load_or_create::<Small>().unwrap_err();
    let text = error.to_string();
    assert!(text.contains(&path.display().to_string()), "{text}");
    let remedy = format!(
        "delete the directory {} and run again to make new keys, or to fetch the market's",
        slot.display()
    );
    assert!(text.ends_with(&remedy), "{text}");
    assert!(cache.load::<Small>().is_err());
    assert_eq!(names(slot), before);
    match error {
        CacheError::Damaged { damage, .. } => damage,
        other => panic!("{other}"),
    }
}

#[test]
fn keys_are_made_once_and_found_again() {
    let (_guard, cache) = cache();
    assert!(cache.load::<Small>().unwrap().is_none());
    assert_eq!(names(cache.directory()), [""; 0]);
    let made = cache.load_or_create::<Small>().unwrap();
    let found = cache.load_or_create::<Small>().unwrap();
    let loaded = cache.load::<Small>().unwrap().unwrap();
    assert_eq!(made.verifying, found.verifying);
    assert_eq!(made.verifying, loaded.verifying);
    assert_eq!(*loaded.proving.verifying_key(), loaded.verifying);

    // A proof by the loaded key is good for the one that was in memory.
    let circuit = Factors::<20>::new(11, 13);
    let public = circuit.public;
    let proof = prove(&loaded.proving, circuit, &mut rng(1)).unwrap();
    assert_eq!(verify(&made.verifying, &public, &proof), Ok(()));
}

#[test]
fn the_list_tells_what_is_there() {
    let (_guard, cache) = cache();
    assert!(cache.list().unwrap().is_empty());
    let keys = cache.load_or_create::<Small>().unwrap();
    cache.load_or_create_seeded::<Small>(7).unwrap();
    let entries: Vec<_> = cache
        .list()
        .unwrap()
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let kinds: Vec<Kind> = entries.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [Kind::InsecureOneParty, Kind::SeededTest]);
    let r1cs = R1cs::of::<Small>().unwrap();
    let manifest = &entries[0].manifest;
    assert_eq!(manifest.statement, "small");
    assert_eq!(manifest.circuit_digest, r1cs.digest().to_string());
    assert_eq!(manifest.constraints, 23);
    assert_eq!(manifest.public_inputs, 3);
    assert_eq!(manifest.private_variables, 22);
    assert_eq!(
        manifest.verifying_key.sha256,
        hex::encode(keys.verifying.sha256())
    );
    assert_eq!(
        manifest.created_by,
        concat!("tally-prover ", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(manifest.seed, None);
    assert_eq!(entries[1].manifest.seed, Some(7));
    for (key, suffix) in [
        (&manifest.proving_key, "pk"),
        (&manifest.verifying_key, "vk"),
    ] {
        let name = format!("small-{}-{}.{suffix}", r1cs.digest().prefix(), key.sha256);
        assert_eq!(key.file, name);
        let length = fs::metadata(entries[0].directory.join(name)).unwrap().len();
        assert_eq!(length, key.bytes);
    }
    assert!(
        entries[0]
            .directory
            .display()
            .to_string()
            .contains("insecure")
    );
}

#[test]
fn seeded_keys_come_from_their_seed_and_stay_apart() {
    let (_guard, cache) = cache();
    let one_party = cache.load_or_create::<Small>().unwrap();
    let made = cache.load_or_create_seeded::<Small>(7).unwrap();
    let found = cache.load_or_create_seeded::<Small>(7).unwrap();
    let other = cache.load_or_create_seeded::<Small>(8).unwrap();
    assert_eq!(
        made.verifying,
        seeded_test_setup::<Small>(7).unwrap().verifying
    );
    assert_eq!(made.verifying, found.verifying);
    assert_ne!(made.verifying, other.verifying);
    assert_eq!(
        cache.load_or_create::<Small>().unwrap().verifying,
        one_party.verifying
    );
    assert_eq!(cache.list().unwrap().len(), 3);
}

#[test]
fn a_changed_circuit_gets_new_keys_beside_the_old() {
    let (_guard, cache) = cache();
    let old = cache.load_or_create::<Small>().unwrap();
    assert!(cache.load::<SmallChanged>().unwrap().is_none());
    let new = cache.load_or_create::<SmallChanged>().unwrap();
    assert_ne!(
        old.verifying.circuit_digest(),
        new.verifying.circuit_digest()
    );
    assert_eq!(cache.list().unwrap().len(), 2);
    assert_eq!(
        cache.load_or_create::<Small>().unwrap().verifying,
        old.verifying
    );
    assert_eq!(
        cache.load_or_create::<SmallChanged>().unwrap().verifying,
        new.verifying
    );
}

#[test]
fn keys_of_another_circuit_under_our_name_are_refused() {
    let (_guard, cache) = cache();
    cache.load_or_create::<SmallChanged>().unwrap();
    let foreign = slot(&cache);
    let (changed, small) = (
        R1cs::of::<SmallChanged>().unwrap().digest(),
        R1cs::of::<Small>().unwrap().digest(),
    );
    let name = foreign.file_name().unwrap().to_str().unwrap();
    let ours = cache
        .directory()
        .join(name.replace(&changed.prefix(), &small.prefix()));
    fs::rename(&foreign, &ours).unwrap();
    let manifest = ours.join("manifest.json");
    let found = damage(&cache, &manifest);
    assert!(
        matches!(
            found,
            Damage::Field {
                field: "circuit_digest",
                ..
            }
        ),
        "{found}"
    );
    assert!(matches!(
        cache.list().unwrap()[..],
        [Err(CacheError::Foreign { .. })]
    ));
}

#[test]
fn any_changed_byte_of_a_key_is_noticed() {
    let (_guard, cache) = cache();
    cache.load_or_create::<Small>().unwrap();
    let slot = slot(&cache);
    for extension in ["pk", "vk"] {
        let path = file(&slot, extension);
        let length = fs::metadata(&path).unwrap().len();
        for position in [0, 8, length / 3, length / 2, length - 1] {
            let position = usize::try_from(position).unwrap();
            edit(&path, |bytes| bytes[position] ^= 1);
            assert!(matches!(damage(&cache, &path), Damage::Hash { .. }));
            edit(&path, |bytes| bytes[position] ^= 1);
        }
    }
    assert!(cache.load::<Small>().unwrap().is_some());
}

#[test]
fn truncated_extended_and_missing_keys_are_noticed() {
    let (_guard, cache) = cache();
    cache.load_or_create::<Small>().unwrap();
    let slot = slot(&cache);
    for extension in ["pk", "vk"] {
        let path = file(&slot, extension);
        let good = fs::read(&path).unwrap();
        for n in [0, 1, good.len() - 1] {
            edit(&path, |bytes| bytes.truncate(n));
            assert!(matches!(damage(&cache, &path), Damage::Length { .. }));
            fs::write(&path, &good).unwrap();
        }
        edit(&path, |bytes| bytes.push(0));
        assert!(matches!(damage(&cache, &path), Damage::Length { .. }));
        edit(&path, |bytes| bytes.resize(1_000_000, 0));
        assert!(matches!(damage(&cache, &path), Damage::TooLong { .. }));
        fs::remove_file(&path).unwrap();
        assert!(matches!(damage(&cache, &path), Damage::Missing));
        fs::write(&path, &good).unwrap();
    }
    assert!(cache.load::<Small>().unwrap().is_some());
}

#[test]
fn a_damaged_manifest_is_noticed() {
    let (_guard, cache) = cache();
    cache.load_or_create::<Small>().unwrap();
    let path = slot(&cache).join("manifest.json");
    let good = fs::read(&path).unwrap();

    for bad in [&b""[..], b"{}", b"\0\0", b"[1]", &good[..good.len() / 2]] {
        fs::write(&path, bad).unwrap();
        assert!(matches!(damage(&cache, &path), Damage::Manifest(_)));
        assert!(cache.list().unwrap()[0].is_err());
    }
    fs::write(&path, vec![b' '; 100_000]).unwrap();
    assert!(matches!(damage(&cache, &path), Damage::TooLong { .. }));
    fs::remove_file(&path).unwrap();
    assert!(matches!(damage(&cache, &path), Damage::Missing));

    let edits = [
        ("\"format\": 1", "\"format\": 2", "format"),
        (
            "\"statement\": \"small\"",
            "\"statement\": \"large\"",
            "statement",
        ),
        ("\"constraints\": 23", "\"constraints\": 24", "constraints"),
        (
            "\"public_inputs\": 3",
            "\"public_inputs\": 4",
            "public_inputs",
        ),
        (
            "\"file\": \"small",
            "\"file\": \"../small",
            "proving_key.file",
        ),
        ("\"insecure-one-party\"", "\"ceremony\"", "kind"),
    ];
    for (from, to, wrong) in edits {
        fs::write(&path, &good).unwrap();
        edit_text(&path, from, to);
        let found = damage(&cache, &path);
        assert!(
            matches!(found, Damage::Field { field, .. } if field == wrong),
            "{found}"
        );
    }
    fs::write(&path, &good).unwrap();
    edit_text(&path, "\"format\"", "\"unknown\": 1, \"format\"");
    assert!(matches!(damage(&cache, &path), Damage::Manifest(_)));
}

#[test]
fn a_manifest_can_not_point_outside_its_directory() {
    let (_guard, cache) = cache();
    cache.load_or_create::<Small>().unwrap();
    let slot = slot(&cache);
    let path = slot.join("manifest.json");
    let hash = file(&slot, "pk").file_stem().unwrap().to_str().unwrap()[23..].to_owned();
    edit_text(&path, &hash, "/../../../secret");
    assert!(matches!(
        damage(&cache, &path),
        Damage::Field {
            field: "sha256",
            ..
        }
    ));
}

/// A whole set of test keys dressed up as one-party keys.
#[test]
fn keys_of_another_kind_are_refused_whatever_the_manifest_says() {
    let (_guard, cache) = cache();
    cache.load_or_create_seeded::<Small>(7).unwrap();
    let seeded = slot(&cache);
    let name = seeded.file_name().unwrap().to_str().unwrap();
    let ours = name.replace("insecure-seeded-test-seed7", "insecure-one-party");
    let ours = cache.directory().join(ours);
    fs::rename(&seeded, &ours).unwrap();
    let manifest = ours.join("manifest.json");
    assert!(matches!(
        damage(&cache, &manifest),
        Damage::Field { field: "kind", .. }
    ));

    edit_text(&manifest, "insecure-seeded-test", "insecure-one-party");
    assert!(matches!(
        damage(&cache, &manifest),
        Damage::Field { field: "seed", .. }
    ));

    edit_text(&manifest, "\"seed\": 7,", "");
    let found = damage(&cache, &file(&ours, "vk"));
    let expected = Kind::InsecureOneParty;
    let kind = KeyDecodeError::Kind {
        expected,
        found: Some(Kind::SeededTest),
        tag: 3,
    };
    assert!(matches!(found, Damage::Key(error) if error == kind));
}

/// Proving and verifying key of two different set-ups, each with its right hash.
#[test]
fn keys_that_do_not_belong_together_are_refused() {
    let (_guard, cache) = cache();
    cache.load_or_create::<Small>().unwrap();
    let first = slot(&cache);
    let (_other_guard, other) = self::cache();
    other.load_or_create::<Small>().unwrap();
    let second = slot(&other);

    let (old, new) = (file(&first, "vk"), file(&second, "vk"));
    let hash = |path: &Path| path.file_stem().unwrap().to_str().unwrap()[23..].to_owned();
    edit_text(&first.join("manifest.json"), &hash(&old), &hash(&new));
    fs::remove_file(&old).unwrap();
    let path = first.join(new.file_name().unwrap());
    fs::copy(&new, &path).unwrap();
    let found = damage(&cache, &file(&first, "pk"));
    assert!(
        matches!(found, Damage::Key(KeyDecodeError::Mismatch)),
        "{found}"
    );
}

/// Changes a key file and makes its name and manifest agree with the new content.
fn reseal(slot: &Path, extension: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let path = file(slot, extension);
    let hash = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
    let old = hash(&fs::read(&path).unwrap());
    edit(&path, change);
    let new = hash(&fs::read(&path).unwrap());
    let renamed = path.to_str().unwrap().replace(&old, &new);
    fs::rename(&path, renamed).unwrap();
    edit_text(&slot.join("manifest.json"), &old, &new);
}

/// Even a forged key with all hashes in order gives no bad proof away.
#[test]
fn a_forged_proving_key_is_noticed_at_the_latest_when_proving() {
    let (_guard, cache) = cache();
    cache.load_or_create::<Small>().unwrap();
    let slot = slot(&cache);
    // Exchange the last two points of the last query.
    reseal(&slot, "pk", |bytes| {
        let tail = bytes.len() - 192;
        bytes[tail..].rotate_left(96);
    });
    let keys = cache.load_or_create::<Small>().unwrap();
    let error = prove(&keys.proving, Factors::<20>::new(3, 4), &mut rng(1)).unwrap_err();
    assert!(matches!(error, ProveError::SelfCheck { .. }), "{error}");
}

#[test]
fn a_malformed_proving_key_is_refused_even_with_the_right_hash() {
    let key_error = |change: &dyn Fn(&mut Vec<u8>)| {
        let (_guard, cache) = cache();
        cache.load_or_create::<Small>().unwrap();
        let slot = slot(&cache);
        reseal(&slot, "pk", change);
        match damage(&cache, &file(&slot, "pk")) {
            Damage::Key(error) => error,
            // The length in the manifest is still the old one.
            Damage::Length { expected, got } => KeyDecodeError::Length {
                expected: usize::try_from(expected).unwrap(),
                got: usize::try_from(got).unwrap(),
            },
            other => panic!("{other}"),
        }
    };
    let what = "proving key";
    assert_eq!(
        key_error(&|bytes| bytes[0] ^= 1),
        KeyDecodeError::Magic { what }
    );
    assert!(matches!(
        key_error(&|bytes| bytes[8] = 3),
        KeyDecodeError::Kind { tag: 3, .. }
    ));
    assert!(matches!(
        key_error(&|bytes| bytes[10] = b't'),
        KeyDecodeError::Statement { .. }
    ));
    assert!(matches!(
        key_error(&|bytes| bytes[15] ^= 1),
        KeyDecodeError::Circuit { .. }
    ));
    // The length of the verifying key inside.
    assert!(matches!(
        key_error(&|bytes| bytes[50] = 0xff),
        KeyDecodeError::Length { .. }
    ));
    // Its circuit digest.
    assert_eq!(key_error(&|bytes| bytes[66] ^= 1), KeyDecodeError::Mismatch);
    // The flags of the last point.
    let last_point = |bytes: &mut Vec<u8>| {
        let position = bytes.len() - 96;
        bytes[position] |= 0x80;
    };
    let (field, index) = ("l_query", 21);
    assert_eq!(
        key_error(&last_point),
        KeyDecodeError::Point { field, index }
    );
    assert!(matches!(
        key_error(&|bytes| bytes.push(0)),
        KeyDecodeError::Length { .. }
    ));
}

#[test]
fn foreign_things_are_named_and_left_alone() {
    let (_guard, cache) = cache();
    let keys = cache.load_or_create::<Small>().unwrap();
    let foreign = cache.directory().join("zebra.txt");
    fs::write(&foreign, "mine").unwrap();
    fs::create_dir(cache.directory().join("zoo")).unwrap();
    assert_eq!(
        cache.load_or_create::<Small>().unwrap().verifying,
        keys.verifying
    );
    let entries = cache.list().unwrap();
    assert!(entries[0].is_ok());
    for (entry, name) in entries[1..].iter().zip(["zebra.txt", "zoo"]) {
        let Err(error @ CacheError::Foreign { .. }) = entry else {
            panic!("{entry:?}");
        };
        assert!(error.to_string().contains(name));
    }
    assert_eq!(fs::read_to_string(&foreign).unwrap(), "mine");
}

#[test]
fn a_file_where_our_directory_should_be_is_an_error() {
    let (_guard, cache) = cache();
    cache.load_or_create::<Small>().unwrap();
    let slot = slot(&cache);
    fs::remove_dir_all(&slot).unwrap();
    fs::write(&slot, "mine").unwrap();
    assert!(cache.load_or_create::<Small>().is_err());
    assert_eq!(fs::read_to_string(&slot).unwrap(), "mine");
}

#[test]
fn deleting_the_directory_as_told_makes_new_keys() {
    let (_guard, cache) = cache();
    let old = cache.load_or_create::<Small>().unwrap();
    fs::remove_dir_all(slot(&cache)).unwrap();
    let new = cache.load_or_create::<Small>().unwrap();
    assert_ne!(old.verifying, new.verifying);
}

#[test]
fn what_an_interrupted_process_left_is_removed() {
    let (_guard, cache) = cache();
    let left = cache.directory().join(".making-abc");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("small.pk"), "half a key").unwrap();
    assert!(cache.list().unwrap().is_empty());
    cache.load_or_create::<Small>().unwrap();
    assert!(!left.exists());
    let visible = |name: &String| !name.starts_with('.');
    let names: Vec<String> = names(cache.directory())
        .into_iter()
        .filter(visible)
        .collect();
    assert_eq!(names.len(), 1);
}

#[test]
fn a_path_that_is_no_directory_is_refused() {
    let guard = tempfile::tempdir().unwrap();
    let path = guard.path().join("file");
    fs::write(&path, "mine").unwrap();
    for path in [path.clone(), path.join("keys")] {
        let error = KeyCache::open(&path).unwrap_err();
        assert!(matches!(error, CacheError::Io { .. }));
        assert!(error.to_string().contains(&path.display().to_string()));
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
}

#[cfg(unix)]
#[test]
fn an_unwritable_directory_is_an_error_that_names_it() {
    use std::os::unix::fs::PermissionsExt;
    let (_guard, cache) = cache();
    let permissions = |mode| fs::Permissions::from_mode(mode);
    fs::set_permissions(cache.directory(), permissions(0o555)).unwrap();
    // The superuser may write anywhere; there the test has nothing to test.
    if fs::write(cache.directory().join(".probe"), "").is_err() {
        let error = cache.load_or_create::<Small>().unwrap_err();
        assert!(matches!(error, CacheError::Io { .. }));
        assert!(
            error
                .to_string()
                .contains(&cache.directory().display().to_string())
        );
    }
    fs::set_permissions(cache.directory(), permissions(0o755)).unwrap();

    // For everybody: a directory that has gone away.
    fs::remove_dir_all(cache.directory()).unwrap();
    let error = cache.load_or_create::<Small>().unwrap_err();
    assert!(matches!(error, CacheError::Io { .. }), "{error}");
}

#[test]
fn whoever_comes_at_once_gets_the_same_keys() {
    let (_guard, cache) = cache();
    let hashes: Vec<[u8; 32]> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6)
            .map(|_| {
                // Each opens the cache for itself, as another process would.
                let directory = cache.directory();
                scope.spawn(move || {
                    let cache = KeyCache::open(directory).unwrap();
                    cache.load_or_create::<Small>().unwrap().verifying.sha256()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(hashes.iter().all(|hash| *hash == hashes[0]));
    assert_eq!(cache.list().unwrap().len(), 1);
}

/// Tables follow from the key: whatever happens to their file, keys load and prove, and the file is whole again.
#[test]
fn tables_that_are_not_whole_are_made_anew() {
    let (_guard, cache) = cache();
    cache.load_or_create::<Small>().unwrap();
    let path = file(&slot(&cache), "tables");
    let whole = fs::read(&path).unwrap();
    let changes: [fn(&mut Vec<u8>); 8] = [
        |bytes| bytes[7] ^= 1,
        |bytes| bytes[8] ^= 1,
        |bytes| bytes[40] ^= 1,
        |bytes| bytes[72] ^= 1,
        |bytes| *bytes.last_mut().unwrap() ^= 1,
        |bytes| bytes.truncate(71),
        |bytes| bytes.clear(),
        |bytes| bytes.push(0),
    ];
    let proves = || {
        let keys = cache.load_or_create::<Small>().unwrap();
        let circuit = Factors::<20>::new(11, 13);
        let public = circuit.public;
        let proof = prove(&keys.proving, circuit, &mut rng(1)).unwrap();
        assert_eq!(verify(&keys.verifying, &public, &proof), Ok(()));
    };
    for change in changes {
        edit(&path, change);
        assert_ne!(fs::read(&path).unwrap(), whole);
        proves();
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
    fs::remove_file(&path).unwrap();
    proves();
    assert_eq!(fs::read(&path).unwrap(), whole);
    // Something that can't be replaced by a file: keys still load.
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    proves();
}

/// Tables with a matching hash that are another key's.
#[test]
fn tables_of_another_key_are_not_taken() {
    let (_guard, cache) = cache();
    cache.load_or_create::<Small>().unwrap();
    let path = file(&slot(&cache), "tables");
    let whole = fs::read(&path).unwrap();
    let (_other_guard, other) = crate::cache();
    other.load_or_create::<Small>().unwrap();
    let foreign = fs::read(file(&slot(&other), "tables")).unwrap();
    // As it is, and with our key's hash written over the other's.
    let dressed = [&foreign[..8], &whole[8..40], &foreign[40..]].concat();
    for bytes in [&foreign, &dressed] {
        fs::write(&path, bytes).unwrap();
        let keys = cache.load_or_create::<Small>().unwrap();
        let circuit = Factors::<20>::new(11, 13);
        let public = circuit.public;
        let proof = prove(&keys.proving, circuit, &mut rng(1)).unwrap();
        assert_eq!(verify(&keys.verifying, &public, &proof), Ok(()));
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
}
