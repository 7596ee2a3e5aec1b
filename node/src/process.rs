//! What the process itself has used.

use std::time::Duration;

/// The largest resident memory of this process so far, MiB; none where the system does not tell.
#[must_use]
pub fn peak_memory_mib() -> Option<u64> {
    memory_kib("VmHWM:").map(|kib| kib.div_ceil(1024))
}

/// The resident memory of this process now, KiB; none where the system does not tell.
#[must_use]
pub fn resident_memory_kib() -> Option<u64> {
    memory_kib("VmRSS:")
}

/// A line of what the system says about this process's memory.
fn memory_kib(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

/// Clock ticks in a second, as the system counts processor time for programs: 100 on every Linux.
const TICKS_PER_SECOND: u64 = 100;

/// The processor time that the whole process has used so far, to a hundredth of a second; none where the system does not
/// tell. Threads that have ended are included.
#[must_use]
pub fn process_cpu_time() -> Option<Duration> {
    let counters = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name, in brackets, may hold anything; user and system time are fields 14 and 15, the state is the 3rd.
    let (_, fields) = counters.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11);
    let user: u64 = times.next()?.parse().ok()?;
    let system: u64 = times.next()?.parse().ok()?;
    Some(Duration::from_millis(
        (user + system) * 1_000 / TICKS_PER_SECOND,
    ))
}

/// The processor time that the calling thread has used so far; none where the system does not tell.
///
/// Linux counts it in nanoseconds and brings the count up to date at its clock ticks, every few milliseconds.
fn thread_cpu_time() -> Option<Duration> {
    let counters = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = counters.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// Does something while the process does nothing else, and says how much processor time it took, on whatever threads;
/// none where the system does not tell.
///
/// The time is the process's, to a hundredth of a second, or that of the calling thread if it is longer: so short work
/// counts too.
pub fn measured_alone<T>(work: impl FnOnce() -> T) -> (T, Option<Duration>) {
    let start = (process_cpu_time(), thread_cpu_time());
    let result = work();
    let end = (process_cpu_time(), thread_cpu_time());
    let spent = |start: Option<Duration>, end: Option<Duration>| {
        start.zip(end).map(|(start, end)| end.saturating_sub(start))
    };
    (result, spent(start.0, end.0).max(spent(start.1, end.1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;
    use std::time::Instant;

    fn busy() {
        let start = Instant::now();
        let mut sum = 0_u64;
        while start.elapsed() < Duration::from_millis(300) {
            for term in 0..10_000 {
                sum = black_box(sum.wrapping_add(term));
            }
        }
    }

    /// Work counts on whatever thread it is done. Other tests run beside this one, so it may be more.
    #[test]
    fn time_of_all_threads() {
        let (_, here) = measured_alone(busy);
        let (_, elsewhere) = measured_alone(|| {
            std::thread::scope(|scope| {
                scope.spawn(busy);
            });
        });
        for spent in [here, elsewhere].into_iter().flatten() {
            // Other processes may take the core for a while.
            assert!(spent > Duration::from_millis(20), "{spent:?}");
        }
    }
}
