//! The wallet file: whatever stands in it, reading it ends soon, and with the seed or a clear error.

// A test may panic: that is how it fails.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tally_trader::lock::{LockError, WalletLock};
use tally_trader::seed::Seed;
use tally_trader::vault::{PasswordCost, VaultError, change_password, create, open};

/// Small costs: these tests are about the file, not about guessing.
const CHEAP: PasswordCost = PasswordCost {
    memory_kib: 64,
    passes: 1,
};

fn made() -> (tempfile::TempDir, PathBuf, Seed, ChaCha20Rng) {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wallet");
    let seed = Seed::generate(&mut rng);
    create(&path, &seed, "hogs", CHEAP, &mut rng).unwrap();
    (folder, path, seed, rng)
}

#[test]
fn opens_with_the_password_only() {
    let (_folder, path, seed, _) = made();
    assert_eq!(open(&path, "hogs").unwrap(), seed);
    for wrong in ["Hogs", "hogs ", "", "hogshogs"] {
        assert!(matches!(
            open(&path, wrong),
            Err(VaultError::Password { .. })
        ));
    }
}

#[test]
fn never_replaces_a_file() {
    let (_folder, path, seed, mut rng) = made();
    let before = fs::read(&path).unwrap();
    let again = create(&path, &seed, "other", CHEAP, &mut rng);
    assert!(matches!(again, Err(VaultError::Exists { .. })));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn every_truncation_and_every_flipped_bit_is_refused() {
    let (_folder, path, _, _) = made();
    let good = fs::read(&path).unwrap();
    for length in 0..good.len() {
        fs::write(&path, &good[..length]).unwrap();
        assert!(
            matches!(open(&path, "hogs"), Err(VaultError::Damaged { .. })),
            "length {length}"
        );
    }
    // Bits of the costs above the lowest would be paid for, or refused; see below.
    let costs = 9..17;
    for index in 0..good.len() {
        let bits = if costs.contains(&index) { 1 } else { 8 };
        for bit in 0..bits {
            let mut bad = good.clone();
            bad[index] ^= 1 << bit;
            fs::write(&path, &bad).unwrap();
            assert!(open(&path, "hogs").is_err(), "byte {index}, bit {bit}");
        }
    }
    let mut longer = good;
    longer.push(0);
    fs::write(&path, &longer).unwrap();
    assert!(matches!(
        open(&path, "hogs"),
        Err(VaultError::Damaged { .. })
    ));
}

#[test]
fn a_later_version_is_named() {
    let (_folder, path, _, _) = made();
    let mut bytes = fs::read(&path).unwrap();
    bytes[8] = 2;
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(
        open(&path, "hogs"),
        Err(VaultError::Version { found: 2, .. })
    ));
}

/// Costs beyond the bounds are neither paid when a file asks for them nor written into one.
#[test]
fn absurd_costs_are_not_paid() {
    let (folder, path, seed, mut rng) = made();
    let good = fs::read(&path).unwrap();
    let absurd = [
        (u32::MAX, 1),
        (256 * 1024 + 1, 1),
        (8, u32::MAX),
        (64 * 1024, 17),
        (0, 1),
        (64, 0),
        (7, 1),
    ];
    for (memory_kib, passes) in absurd {
        let mut bytes = good.clone();
        bytes[9..13].copy_from_slice(&u32::to_le_bytes(memory_kib));
        bytes[13..17].copy_from_slice(&u32::to_le_bytes(passes));
        fs::write(&path, &bytes).unwrap();
        let start = Instant::now();
        assert!(matches!(
            open(&path, "hogs"),
            Err(VaultError::Damaged { .. })
        ));
        assert!(start.elapsed() < Duration::from_secs(1));
        let cost = PasswordCost { memory_kib, passes };
        let other = folder.path().join("other");
        let made = create(&other, &seed, "hogs", cost, &mut rng);
        assert!(matches!(made, Err(VaultError::Cost { .. })));
        assert!(!other.exists());
    }
}

/// What is recommended can be made and opened.
#[test]
fn the_recommended_costs_work() {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wallet");
    let seed = Seed::generate(&mut rng);
    create(&path, &seed, "hogs", PasswordCost::RECOMMENDED, &mut rng).unwrap();
    assert_eq!(open(&path, "hogs").unwrap(), seed);
}

#[test]
fn changes_its_password() {
    let (_folder, path, seed, mut rng) = made();
    let before = fs::read(&path).unwrap();
    assert!(change_password(&path, "wrong", "new", CHEAP, &mut rng).is_err());
    assert!(change_password(&path, "hogs", "", CHEAP, &mut rng).is_err());
    assert_eq!(fs::read(&path).unwrap(), before);
    change_password(&path, "hogs", "new", CHEAP, &mut rng).unwrap();
    assert!(open(&path, "hogs").is_err());
    assert_eq!(open(&path, "new").unwrap(), seed);
}

#[test]
fn empty_password_missing_folder_and_a_folder_as_file() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let folder = tempfile::tempdir().unwrap();
    let seed = Seed::generate(&mut rng);
    let missing = folder.path().join("none").join("wallet");
    let made = create(&missing, &seed, "x", CHEAP, &mut rng);
    assert!(matches!(made, Err(VaultError::Io { .. })));
    assert!(matches!(open(&missing, "x"), Err(VaultError::Io { .. })));
    assert!(matches!(
        open(folder.path(), "x"),
        Err(VaultError::Io { .. })
    ));
    let path = folder.path().join("wallet");
    let made = create(&path, &seed, "", CHEAP, &mut rng);
    assert!(matches!(made, Err(VaultError::EmptyPassword)));
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "no file is left behind"
    );
}

#[test]
fn a_huge_file_is_not_read() {
    let (_folder, path, _, _) = made();
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(1 << 40).unwrap();
    let start = Instant::now();
    assert!(matches!(
        open(&path, "hogs"),
        Err(VaultError::Damaged { .. })
    ));
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (_folder, path, _, mut rng) = made();
    assert_eq!(mode(&path), 0o600);
    // Also after the file was replaced, even if somebody had opened it up.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    change_password(&path, "hogs", "new", CHEAP, &mut rng).unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn two_at_a_time_are_refused() {
    let (_folder, path, _, mut rng) = made();
    let lock = WalletLock::acquire(&path).unwrap();
    let second = WalletLock::acquire(&path).unwrap_err();
    assert!(matches!(second, LockError::InUse { .. }));
    assert_eq!(
        second.to_string(),
        format!(
            "wallet file {} is in use by another process; close that first, or wait until it ends",
            path.display()
        )
    );
    // The lock outlives a change of the password, which replaces the file.
    change_password(&path, "hogs", "new", CHEAP, &mut rng).unwrap();
    assert!(WalletLock::acquire(&path).is_err());
    drop(lock);
    let lock = WalletLock::acquire(&path).unwrap();
    // Another wallet in the same folder is free.
    let other = WalletLock::acquire(&path.with_file_name("other")).unwrap();
    drop((lock, other));
    let missing = path.with_file_name("none").join("wallet");
    assert!(matches!(
        WalletLock::acquire(&missing),
        Err(LockError::Io { .. })
    ));
}

/// A process that is killed leaves no lock behind: the lock is the operating system's, not the file's.
#[test]
fn a_lock_file_alone_locks_nothing() {
    let (_folder, path, _, _) = made();
    drop(WalletLock::acquire(&path).unwrap());
    let mut name = path.clone().into_os_string();
    name.push(".lock");
    assert!(PathBuf::from(name).exists());
    assert!(WalletLock::acquire(&path).is_ok());
}

/// A header with any costs; most are out of bounds, none takes long.
fn header() -> impl Strategy<Value = Vec<u8>> {
    let cost = prop_oneof![any::<u32>(), 0..2048_u32, 1_u32 << 20..];
    (
        cost.clone(),
        cost,
        prop::collection::vec(any::<u8>(), 0..160),
    )
        .prop_map(|(memory, passes, rest)| {
            let mut bytes = b"TALLYWAL\x01".to_vec();
            bytes.extend(memory.to_le_bytes());
            bytes.extend(passes.to_le_bytes());
            bytes.extend(rest);
            bytes
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_refused(bytes in prop_oneof![prop::collection::vec(any::<u8>(), 0..5000), header()]) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wallet");
        fs::write(&path, &bytes).unwrap();
        prop_assert!(open(&path, "hogs").is_err());
    }

    /// A real file with some bytes overwritten, costs excepted, is refused or, if nothing changed, opened.
    #[test]
    fn mutated_files_are_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let (_folder, path, seed, _) = made();
        let good = fs::read(&path).unwrap();
        let mut bytes = good.clone();
        for (index, value) in changes {
            let index = index.index(good.len());
            if !(9..17).contains(&index) {
                bytes[index] = value;
            }
        }
        fs::write(&path, &bytes).unwrap();
        let opened = open(&path, "hogs");
        prop_assert_eq!(opened.ok(), (bytes == good).then_some(seed));
    }

    /// Whatever is typed as a phrase: no panic, and only a phrase of the list gives a seed, which gives it back.
    #[test]
    fn any_phrase_is_read_or_refused(text in "\\PC{0,200}", words in prop::collection::vec("[a-z]{3,8}", 20..28)) {
        let _ = Seed::from_phrase(&text);
        let phrase = words.join(" ");
        if let Ok(seed) = Seed::from_phrase(&phrase) {
            prop_assert!(*seed.phrase() == phrase);
        }
    }
}
