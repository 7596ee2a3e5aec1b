//! The agent's socket: while an agent runs it owns the wallet, and commands, screens and sessions go through it.
//!
//! One JSON request a line, one JSON reply a line, over a Unix socket that its owner alone can open, beside the wallet
//! file. Lines and connections are bounded.

use crate::reply::{Failure, FailureKind, Reply};
use crate::request::Request;
use crate::runner::Asker;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;
use thiserror::Error;

/// Longest request, bytes.
const MOST_REQUEST_BYTES: u64 = 64 * 1024;
/// Longest reply that is read, bytes.
const MOST_REPLY_BYTES: u64 = 64 * 1024 * 1024;
/// Connections at once.
const MOST_CONNECTIONS: usize = 32;
/// How long a reply is waited for: a proof and a block, with room to spare.
const ANSWER: Duration = Duration::from_secs(60);

/// What is wrong with an agent's socket.
#[derive(Debug, Error)]
pub enum AgentError {
    /// It can't be made or used.
    #[error("agent's socket {}: {source}; check that the wallet's folder is writable, and its path short", path.display())]
    Io {
        /// The socket.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It does not speak this language.
    #[error("the agent at {} answers something else; stop it and start the agent of this version", path.display())]
    Language {
        /// The socket.
        path: PathBuf,
    },
    /// It is gone.
    #[error("the agent at {} has ended before it answered; run the command again", path.display())]
    Gone {
        /// The socket.
        path: PathBuf,
    },
}

/// The socket that belongs to a wallet file.
#[must_use]
pub fn socket_path(wallet: &Path) -> PathBuf {
    let mut name = wallet.as_os_str().to_owned();
    name.push(".sock");
    PathBuf::from(name)
}

/// A socket that is served as long as this lives.
pub struct AgentSocket {
    path: PathBuf,
}

impl AgentSocket {
    /// Serves requests from the socket of a wallet; whoever calls has the wallet's lock, so a socket that is there was
    /// left by a killed agent.
    ///
    /// # Errors
    /// [`AgentError::Io`].
    pub fn serve(wallet: &Path, asker: Asker) -> Result<Self, AgentError> {
        let path = socket_path(wallet);
        let io = |source| AgentError::Io {
            path: path.clone(),
            source,
        };
        if path.exists() {
            fs::remove_file(&path).map_err(io)?;
        }
        let listener = UnixListener::bind(&path).map_err(io)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(io)?;
        thread::spawn(move || accept(&listener, &asker));
        Ok(Self { path })
    }
}

impl Drop for AgentSocket {
    fn drop(&mut self) {
        // What is left over is removed by the next agent.
        let _ = fs::remove_file(&self.path);
    }
}

fn accept(listener: &UnixListener, asker: &Asker) {
    let open = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        let Ok(stream) = stream else {
            thread::sleep(Duration::from_millis(50));
            continue;
        };
        if open.fetch_add(1, Ordering::AcqRel) >= MOST_CONNECTIONS {
            open.fetch_sub(1, Ordering::AcqRel);
            continue;
        }
        let (asker, open) = (asker.clone(), Arc::clone(&open));
        thread::spawn(move || {
            if let Err(error) = converse(&stream, &asker) {
                tracing::debug!(%error, "a connection to the agent ends");
            }
            open.fetch_sub(1, Ordering::AcqRel);
        });
    }
}

fn converse(stream: &UnixStream, asker: &Asker) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    loop {
        let mut line = String::new();
        let read = reader
            .by_ref()
            .take(MOST_REQUEST_BYTES)
            .read_line(&mut line)?;
        if read == 0 {
            return Ok(());
        }
        let reply = match serde_json::from_str::<Request>(&line) {
            Ok(request) => asker.ask(request),
            Err(error) => Some(Reply::Failed(Failure {
                kind: FailureKind::Usage,
                error: format!("request is not understood: {error}; use the same version of tally"),
            })),
        };
        let Some(reply) = reply else {
            return Ok(());
        };
        let mut bytes = serde_json::to_vec(&reply)?;
        bytes.push(b'\n');
        writer.write_all(&bytes)?;
        writer.flush()?;
        if !line.ends_with('\n') {
            // Too long, or cut off: what follows is no request.
            return Ok(());
        }
    }
}

/// A connection to a running agent.
pub struct AgentClient {
    path: PathBuf,
    stream: BufReader<UnixStream>,
}

impl AgentClient {
    /// Connects to the agent of a wallet; none if none runs.
    ///
    /// # Errors
    /// [`AgentError::Io`] if there is a socket that can't be used.
    pub fn connect(wallet: &Path) -> Result<Option<Self>, AgentError> {
        let path = socket_path(wallet);
        let stream = match UnixStream::connect(&path) {
            Ok(stream) => stream,
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::ConnectionRefused
                ) =>
            {
                return Ok(None);
            }
            Err(source) => return Err(AgentError::Io { path, source }),
        };
        let io = |source| AgentError::Io {
            path: path.clone(),
            source,
        };
        stream.set_read_timeout(Some(ANSWER)).map_err(io)?;
        Ok(Some(Self {
            path,
            stream: BufReader::new(stream),
        }))
    }

    /// Asks.
    ///
    /// # Errors
    /// [`AgentError`]; what was asked may have been done all the same.
    pub fn ask(&mut self, request: &Request) -> Result<Reply, AgentError> {
        let path = self.path.clone();
        let io = |source| AgentError::Io {
            path: path.clone(),
            source,
        };
        // Plain data with text keys: it encodes.
        let mut bytes = serde_json::to_vec(request).unwrap_or_default();
        bytes.push(b'\n');
        self.stream.get_mut().write_all(&bytes).map_err(io)?;
        let mut line = String::new();
        let read = self
            .stream
            .by_ref()
            .take(MOST_REPLY_BYTES)
            .read_line(&mut line)
            .map_err(io)?;
        if read == 0 {
            return Err(AgentError::Gone {
                path: self.path.clone(),
            });
        }
        serde_json::from_str(&line).map_err(|_| AgentError::Language {
            path: self.path.clone(),
        })
    }
}
