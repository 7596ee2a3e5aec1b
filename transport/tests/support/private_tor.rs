//! A private Tor network on loopback for tests: the script `transport/tools/private-tor.sh` with Debian's `tor`.

#![allow(dead_code, reason = "every test binary uses a part of it")]
#![allow(
    clippy::print_stderr,
    reason = "whoever runs the tests is told what is skipped"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A network of nine relays. It ends with this, and with this process, however that ends.
pub struct PrivateTor {
    folder: tempfile::TempDir,
    guard: Option<Child>,
}

impl PrivateTor {
    /// Starts one, in about 20 s; none, said clearly, where there is no `tor`.
    pub fn start() -> Option<Self> {
        let has = |program: &str| {
            let found = Command::new(program)
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            found.is_ok_and(|status| status.success())
        };
        // The other program answers no such question, but comes in the same package.
        if !has("tor") || !has("bash") {
            say(
                "SKIPPED: there is no `tor` on this machine, so nothing over a private Tor network was tested; install Debian's package tor",
            );
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let mut network = Self {
            folder,
            guard: None,
        };
        let up = network.script("up");
        assert!(
            up.status.success(),
            "{}",
            String::from_utf8_lossy(&up.stderr)
        );
        network.guard = Some(network.guard());
        Some(network)
    }

    /// The configuration for arti.
    pub fn configuration(&self) -> PathBuf {
        self.path().join("arti.toml")
    }

    /// Ends all relays.
    pub fn stop(&self) {
        assert!(self.script("down").status.success());
    }

    /// Starts them again, as they were.
    pub fn start_again(&self) {
        let started = self.script("start");
        assert!(
            started.status.success(),
            "{}",
            String::from_utf8_lossy(&started.stderr)
        );
    }

    /// Addresses that the configuration names: relays and authorities.
    pub fn addresses(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.configuration()).unwrap();
        let quoted = text.split('"').skip(1).step_by(2);
        quoted
            .filter(|part| part.starts_with("127.0.0.1:"))
            .map(str::to_owned)
            .collect()
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("network")
    }

    fn script(&self, command: &str) -> Output {
        Command::new(script())
            .arg(command)
            .arg(self.path())
            .output()
            .unwrap()
    }

    /// A process that outlives this one for a moment, and ends the relays.
    fn guard(&self) -> Child {
        let script = format!(
            "while kill -0 {} 2>/dev/null; do sleep 1; done; '{}' down '{}'",
            std::process::id(),
            script().display(),
            self.path().display()
        );
        let mut guard = Command::new("bash");
        guard
            .arg("-c")
            .arg(script)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        guard.spawn().unwrap()
    }
}

impl Drop for PrivateTor {
    fn drop(&mut self) {
        let _ = self.script("down");
        if let Some(mut guard) = self.guard.take() {
            let _ = guard.kill();
            let _ = guard.wait();
        }
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../transport/tools/private-tor.sh")
}

/// Past the capture of the test runner: a test that passes without a test must be seen.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "\n{text}");
}
