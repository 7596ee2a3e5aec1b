//! Keys for tests, made once and shared: by all threads of a process, and through the temporary
//! directory by all test processes.

use std::sync::OnceLock;

use crate::cache::KeyCache;
use crate::keys::{ProvingKey, VerifyingKey};
use crate::kind::SeededTest;
use crate::setup::seeded_test_setup;
use crate::statement::Act;

/// The seed of [`act_test_keys`].
pub const ACT_TEST_SEED: u64 = 1;

/// Name of the shared cache in the temporary directory.
const DIRECTORY: &str = "tally-test-keys";

/// Keys for [`Act`] from [`ACT_TEST_SEED`]: everybody knows their trapdoor, tests only.
///
/// The first caller loads them from the temporary directory, or makes them (a few seconds) and leaves
/// them there. They follow from the seed and the circuit alone, so if the directory is damaged or can't
/// be written they are made again in memory.
///
/// # Panics
/// If the circuit of Act is faulty.
#[must_use]
pub fn act_test_keys() -> &'static (ProvingKey<SeededTest>, VerifyingKey<SeededTest>) {
    static KEYS: OnceLock<(ProvingKey<SeededTest>, VerifyingKey<SeededTest>)> = OnceLock::new();
    KEYS.get_or_init(|| {
        let keys = KeyCache::open(std::env::temp_dir().join(DIRECTORY))
            .and_then(|cache| cache.load_or_create_seeded::<Act>(ACT_TEST_SEED))
            .or_else(|_| seeded_test_setup::<Act>(ACT_TEST_SEED))
            // Only tests call this, and without keys they can do nothing but fail.
            .expect("the circuit of Act can be set up");
        (keys.proving, keys.verifying)
    })
}
