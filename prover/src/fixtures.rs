//! Keys for tests, made once and shared: by all threads of a process, and through the temporary
//! directory by all test processes.

use std::sync::OnceLock;

use crate::cache::KeyCache;
use crate::keys::{ProvingKey, VerifyingKey};
use crate::kind::SeededTest;
use crate::setup::seeded_test_setup;
use crate::statement::{Act, Lapse, Refresh, Statement};

/// The seed of [`act_test_keys`].
pub const ACT_TEST_SEED: u64 = 1;
/// The seed of [`refresh_test_keys`].
pub const REFRESH_TEST_SEED: u64 = 1;
/// The seed of [`lapse_test_keys`].
pub const LAPSE_TEST_SEED: u64 = 1;

/// Name of the shared cache in the temporary directory.
const DIRECTORY: &str = "tally-test-keys";

/// A pair of keys whose trapdoor everybody knows.
type TestKeys = (ProvingKey<SeededTest>, VerifyingKey<SeededTest>);

/// Keys for [`Act`] from [`ACT_TEST_SEED`]: everybody knows their trapdoor, tests only.
///
/// The first caller loads them from the temporary directory, or makes them (a few seconds) and leaves
/// them there. They follow from the seed and the circuit alone, so if the directory is damaged or can't
/// be written they are made again in memory.
///
/// # Panics
/// If the circuit of Act is faulty.
#[must_use]
pub fn act_test_keys() -> &'static TestKeys {
    static KEYS: OnceLock<TestKeys> = OnceLock::new();
    KEYS.get_or_init(|| load_or_make::<Act>(ACT_TEST_SEED))
}

/// Keys for [`Refresh`] from [`REFRESH_TEST_SEED`], as [`act_test_keys`].
///
/// # Panics
/// If the circuit of Refresh is faulty.
#[must_use]
pub fn refresh_test_keys() -> &'static TestKeys {
    static KEYS: OnceLock<TestKeys> = OnceLock::new();
    KEYS.get_or_init(|| load_or_make::<Refresh>(REFRESH_TEST_SEED))
}

/// Keys for [`Lapse`] from [`LAPSE_TEST_SEED`], as [`act_test_keys`].
///
/// # Panics
/// If the circuit of Lapse is faulty.
#[must_use]
pub fn lapse_test_keys() -> &'static TestKeys {
    static KEYS: OnceLock<TestKeys> = OnceLock::new();
    KEYS.get_or_init(|| load_or_make::<Lapse>(LAPSE_TEST_SEED))
}

fn load_or_make<S: Statement>(seed: u64) -> TestKeys {
    let keys = KeyCache::open(std::env::temp_dir().join(DIRECTORY))
        .and_then(|cache| cache.load_or_create_seeded::<S>(seed))
        .or_else(|_| seeded_test_setup::<S>(seed))
        // Only tests call this, and without keys they can do nothing but fail.
        .expect("the statement's circuit can be set up");
    (keys.proving, keys.verifying)
}
