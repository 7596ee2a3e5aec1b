//! An orderly end: a flag that is set when the process is told to end.
//!
//! Signals are heard from the moment a flag is there: whoever has one may say that an interrupt ends its work orderly,
//! and whoever reads that may interrupt at once.

use super::error::TradeError;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use tokio::runtime::{Builder, Runtime};

/// What a shell shows of a process that an interrupt has ended.
const INTERRUPTED: i32 = 130;

/// Who is told to end, and by what.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Ends {
    /// A command: by an interrupt or a termination. The second one ends the process.
    Command,
    /// A screen: by a termination or the end of its terminal, for which an interrupt is a key like any other.
    Screen,
}

/// A flag that is set by the first interrupt or termination; the second ends the process.
///
/// # Errors
/// [`TradeError::Machine`] if the system gives no thread or lets no signal be heard.
pub fn flag() -> Result<Arc<AtomicBool>, TradeError> {
    hear(Ends::Command).map_err(not_heard)
}

/// A flag that is set by a termination or the end of the terminal, so that a screen gives the terminal back then too.
///
/// # Errors
/// [`TradeError::Machine`] if the system gives no thread or lets no signal be heard.
pub fn flag_of_screen() -> Result<Arc<AtomicBool>, TradeError> {
    hear(Ends::Screen).map_err(not_heard)
}

fn not_heard(source: io::Error) -> TradeError {
    TradeError::Machine {
        what: "an interrupt can't be waited for",
        source,
    }
}

fn hear(ends: Ends) -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let told = {
        let _within = runtime.enter();
        Told::listen(ends)?
    };
    let set = Arc::clone(&flag);
    thread::Builder::new()
        .name("tally-interrupt".to_owned())
        .spawn(move || wait(&runtime, told, ends, &set))?;
    Ok(flag)
}

fn wait(runtime: &Runtime, mut told: Told, ends: Ends, flag: &AtomicBool) {
    runtime.block_on(async {
        told.next().await;
        flag.store(true, Ordering::Release);
        if ends == Ends::Command {
            told.next().await;
            std::process::exit(INTERRUPTED);
        }
    });
}

/// What tells a process to end.
#[cfg(unix)]
struct Told([tokio::signal::unix::Signal; 2]);

#[cfg(unix)]
impl Told {
    /// Hears the signals from now on, within a runtime.
    fn listen(ends: Ends) -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let other = match ends {
            Ends::Command => SignalKind::interrupt(),
            Ends::Screen => SignalKind::hangup(),
        };
        Ok(Self([signal(SignalKind::terminate())?, signal(other)?]))
    }

    async fn next(&mut self) {
        let [terminate, other] = &mut self.0;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = other.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Told;

#[cfg(not(unix))]
impl Told {
    fn listen(_: Ends) -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::process::Command;
    use std::time::{Duration, Instant};

    /// Sends this process a signal, which ends it unless it is heard.
    fn send(signal: &str) {
        let sent = Command::new("kill")
            .args([signal, &std::process::id().to_string()])
            .status();
        assert!(sent.expect("kill runs").success());
    }

    fn is_set_soon(flag: &AtomicBool) -> bool {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(20) {
            if flag.load(Ordering::Acquire) {
                return true;
            }
            thread::sleep(Duration::from_millis(5));
        }
        false
    }

    #[test]
    fn signals_are_heard_from_the_moment_there_is_a_flag() {
        let (command, screen) = (flag().unwrap(), flag_of_screen().unwrap());
        assert!(!command.load(Ordering::Acquire) && !screen.load(Ordering::Acquire));
        send("-HUP");
        assert!(is_set_soon(&screen));
        assert!(!command.load(Ordering::Acquire));
        send("-TERM");
        assert!(is_set_soon(&command));
    }
}
