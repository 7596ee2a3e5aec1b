//! Points in time that cannot overflow.

use std::time::Duration;

use tokio::time::Instant;

/// As good as never, and still within what every platform's clock can count to.
const FAR: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// The instant `timeout` from now, at most ten years away.
pub(crate) fn after(timeout: Duration) -> Instant {
    Instant::now() + timeout.min(FAR)
}
