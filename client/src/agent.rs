//! The agent's socket: while an agent runs it owns the wallet, and commands, screens and sessions go through it.
//!
//! One JSON request a line, one JSON reply a line, over a Unix socket that its owner alone can open, beside the wallet
//! file. Lines and connections are bounded.

use crate::reply::{Failure, FailureKind, Reply};
use crate::request::Request;
use crate::runner::Asker;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
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
/// How long a reply is waited for: some claims before an order, a proof and a block each, with room to spare.
const ANSWER: Duration = Duration::from_secs(180);

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
    #[error("the agent at {} has ended before it answered; what was asked may be done all the same: look with `tally orders`, and repeat an order only under the --id that it had", path.display())]
    Gone {
        /// The socket.
        path: PathBuf,
    },
    /// It takes its time.
    #[error(
        "the agent at {} has not answered within {} s; what was asked may be done all the same: look with `tally orders`", path.display(), ANSWER.as_secs()
    )]
    Late {
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
        let listener = bind(&path).map_err(io)?;
        thread::spawn(move || accept(&listener, &asker));
        Ok(Self { path })
    }
}

/// Binds a socket that is nobody else's from the first moment on: it is made in a folder that others can't enter, and moved
/// to its place when its permissions are set.
fn bind(path: &Path) -> std::io::Result<UnixListener> {
    let mut folder = path.as_os_str().to_owned();
    folder.push(".new");
    let folder = PathBuf::from(folder);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::DirBuilder::new().mode(0o700).create(&folder)?;
    let made = folder.join("s");
    let listener = UnixListener::bind(&made)?;
    fs::set_permissions(&made, fs::Permissions::from_mode(0o600))?;
    fs::rename(&made, path)?;
    fs::remove_dir(&folder)?;
    Ok(listener)
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
    /// None after an error: an answer that comes late must not be taken for that to the next question.
    stream: Option<BufReader<UnixStream>>,
}

impl AgentClient {
    /// Connects to the agent of a wallet; none if none runs.
    ///
    /// # Errors
    /// [`AgentError::Io`] if there is a socket that can't be used.
    pub fn connect(wallet: &Path) -> Result<Option<Self>, AgentError> {
        let path = socket_path(wallet);
        let stream = connect(&path)?;
        Ok(stream.map(|stream| Self {
            path,
            stream: Some(stream),
        }))
    }

    /// Asks; after an error on a new connection.
    ///
    /// # Errors
    /// [`AgentError`]; what was asked may have been done all the same.
    pub fn ask(&mut self, request: &Request) -> Result<Reply, AgentError> {
        let gone = || AgentError::Gone {
            path: self.path.clone(),
        };
        let known = self.stream.take();
        let mut stream = match known {
            Some(stream) => stream,
            None => connect(&self.path)?.ok_or_else(gone)?,
        };
        let reply = exchange(&mut stream, &self.path, request)?;
        self.stream = Some(stream);
        Ok(reply)
    }
}

/// Connects to a socket; none if nobody listens.
fn connect(path: &Path) -> Result<Option<BufReader<UnixStream>>, AgentError> {
    let io = |source| AgentError::Io {
        path: path.to_owned(),
        source,
    };
    match UnixStream::connect(path) {
        Ok(stream) => {
            stream.set_read_timeout(Some(ANSWER)).map_err(io)?;
            Ok(Some(BufReader::new(stream)))
        }
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::ConnectionRefused
            ) =>
        {
            Ok(None)
        }
        Err(source) => Err(io(source)),
    }
}

fn exchange(
    stream: &mut BufReader<UnixStream>,
    path: &Path,
    request: &Request,
) -> Result<Reply, AgentError> {
    let path = || path.to_owned();
    let failed = |source: std::io::Error| match source.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => AgentError::Late { path: path() },
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => AgentError::Gone { path: path() },
        _ => AgentError::Io {
            path: path(),
            source,
        },
    };
    // Plain data with text keys: it encodes.
    let mut bytes = serde_json::to_vec(request).unwrap_or_default();
    bytes.push(b'\n');
    stream.get_mut().write_all(&bytes).map_err(failed)?;
    let mut line = String::new();
    let read = stream
        .by_ref()
        .take(MOST_REPLY_BYTES)
        .read_line(&mut line)
        .map_err(failed)?;
    if read == 0 {
        return Err(AgentError::Gone { path: path() });
    }
    serde_json::from_str(&line).map_err(|_| AgentError::Language { path: path() })
}

#[cfg(test)]
mod tests {
    use super::bind;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;

    #[test]
    fn a_socket_is_its_owners_and_replaces_what_was_left_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wallet.sock");
        let left_over = folder.path().join("a.wallet.sock.new");
        fs::create_dir(&left_over).unwrap();
        fs::write(left_over.join("s"), "").unwrap();
        drop(bind(&path).unwrap());
        assert!(UnixStream::connect(&path).is_err(), "nobody listens");

        let _listener = bind(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!left_over.exists());
        UnixStream::connect(&path).unwrap();
    }
}
