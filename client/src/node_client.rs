//! A node, as a client asks it: typed questions over the transport.

use rand::rngs::OsRng;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tally_node::api::{
    ApiDecodeError, BlockRange, KeyPart, KeyStatement, Request, Response, Submission, Welcome,
    faucet_bytes,
};
use tally_node::stamp;
use tally_transport::TransportError;
use tally_transport::carrier::Lane;
use tally_transport::client::Client;
use thiserror::Error;

/// Longest time for an answer that needs no waiting.
const ANSWER: Duration = Duration::from_secs(20);
/// Bytes that are asked for at a time, 1 MiB: through Tor some seconds' worth, and seen to come.
pub(crate) const READ_BYTES: u32 = 1024 * 1024;
/// Most bytes of a genesis or a key file that is downloaded, 64 MiB.
const MOST_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// Most bytes of a snapshot that is downloaded, 1 GiB.
const MOST_SNAPSHOT_BYTES: u64 = 1024 * 1024 * 1024;

/// Why a node does not answer as it should.
#[derive(Debug, Error)]
pub enum NodeError {
    /// It can't be reached.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// Not the API of this version.
    #[error("node {node}: {source}")]
    Decode {
        /// Where it is.
        node: String,
        /// What is wrong with the frame.
        source: ApiDecodeError,
    },
    /// It can't answer.
    #[error("node {node} can't answer: {text}")]
    Failed {
        /// Where it is.
        node: String,
        /// Its words, shortened.
        text: String,
    },
    /// Another answer than was asked for.
    #[error(
        "node {node} gives another answer than was asked for ({what}); it is no tally node of this version, or a liar: use another node"
    )]
    Answer {
        /// Where it is.
        node: String,
        /// What was asked for.
        what: &'static str,
    },
    /// It asks for stamps that nobody would make.
    #[error(
        "node {node} asks for stamps of {bits} zero bits, at most {} are made; use another node",
        stamp::MOST_BITS
    )]
    Stamps {
        /// Where it is.
        node: String,
        /// What it asks for.
        bits: u8,
    },
}

impl NodeError {
    /// Whether what was asked may have reached the node: then nobody knows what became of it.
    #[must_use]
    pub fn was_sent(&self) -> bool {
        match self {
            Self::Transport(error) => error.was_sent(),
            Self::Decode { .. } | Self::Failed { .. } | Self::Answer { .. } => true,
            Self::Stamps { .. } => false,
        }
    }
}

/// A node. Cloning copies pointers.
#[derive(Clone)]
pub struct NodeClient {
    client: Arc<Client>,
    name: String,
    welcome: Arc<Mutex<Option<Welcome>>>,
}

impl NodeClient {
    /// The node behind a client; nothing is asked yet.
    #[must_use]
    pub fn new(client: Client, name: String) -> Self {
        Self {
            client: Arc::new(client),
            name,
            welcome: Arc::default(),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who it is, and how far.
    ///
    /// # Errors
    /// [`NodeError`].
    pub fn hello(&self) -> Result<Welcome, NodeError> {
        match self.read(&Request::Hello, Duration::ZERO)? {
            Response::Hello(welcome) => {
                self.welcome().replace((*welcome).clone());
                Ok(*welcome)
            }
            _ => Err(self.other("hello")),
        }
    }

    /// The genesis.
    ///
    /// # Errors
    /// [`NodeError`].
    pub fn genesis(&self) -> Result<Vec<u8>, NodeError> {
        match self.read(&Request::Genesis, Duration::ZERO)? {
            Response::Genesis(bytes) => Ok(bytes),
            _ => Err(self.other("the genesis")),
        }
    }

    /// A key file of at most `most` bytes, whole. What it holds is for the caller to check.
    ///
    /// # Errors
    /// [`NodeError`].
    pub fn key_file(
        &self,
        statement: KeyStatement,
        part: KeyPart,
        most: u64,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Vec<u8>, NodeError> {
        let most = most.min(MOST_FILE_BYTES);
        let mut bytes = Vec::new();
        loop {
            let request = Request::Key {
                statement,
                part,
                offset: bytes.len() as u64,
                length: READ_BYTES,
            };
            let Response::Piece(piece) = self.read(&request, Duration::ZERO)? else {
                return Err(self.other("a key file"));
            };
            if piece.is_empty() {
                return Ok(bytes);
            }
            bytes.extend_from_slice(&piece);
            progress(bytes.len() as u64);
            if bytes.len() as u64 > most {
                return Err(self.other("a key file of the length in the genesis"));
            }
            if bytes.len() as u64 == most {
                return Ok(bytes);
            }
        }
    }

    /// Blocks from a height on; the answer comes at once if there are any, else as soon as there are, or after `wait`.
    ///
    /// # Errors
    /// [`NodeError`].
    pub fn blocks(
        &self,
        from: u64,
        most_bytes: u32,
        wait: Duration,
    ) -> Result<BlockRange, NodeError> {
        let request = Request::Blocks {
            from,
            most_bytes,
            wait_ms: milliseconds(wait),
        };
        match self.read(&request, wait)? {
            Response::Blocks(range) => Ok(range),
            _ => Err(self.other("blocks")),
        }
    }

    /// Says that an entry is about to be submitted: where a connection takes long to make, it is begun now.
    pub fn prepare(&self) {
        self.client.prepare();
    }

    /// Submits an entry on a connection of its own, and waits for its block.
    ///
    /// # Errors
    /// [`NodeError`]: see [`NodeError::was_sent`].
    pub fn submit(
        &self,
        chain: &[u8; 32],
        entry: Vec<u8>,
        has_proof: bool,
        wait: Duration,
    ) -> Result<Submission, NodeError> {
        let stamp = self.stamp(chain, &entry, has_proof)?;
        let request = Request::Submit {
            entry,
            stamp,
            wait_ms: milliseconds(wait),
        };
        self.submitted(&request, wait)
    }

    /// Asks a faucet for practice cash.
    ///
    /// # Errors
    /// [`NodeError`].
    pub fn faucet(
        &self,
        chain: &[u8; 32],
        account: [u8; 32],
        amount: u64,
        wait: Duration,
    ) -> Result<Submission, NodeError> {
        let stamp = self.stamp(chain, &faucet_bytes(&account, amount), false)?;
        let request = Request::Faucet {
            account,
            amount,
            stamp,
            wait_ms: milliseconds(wait),
        };
        self.submitted(&request, wait)
    }

    /// A snapshot of the node's state: of a height, or the newest. What it holds is for the caller to check.
    ///
    /// # Errors
    /// [`NodeError`].
    pub fn snapshot(
        &self,
        height: Option<u64>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(u64, Vec<u8>), NodeError> {
        let (mut bytes, mut at) = (Vec::new(), height);
        loop {
            let request = Request::Snapshot {
                height: at,
                offset: bytes.len() as u64,
                length: READ_BYTES,
            };
            let Response::Snapshot {
                height,
                total,
                piece,
            } = self.read(&request, Duration::ZERO)?
            else {
                return Err(self.other("a snapshot"));
            };
            at = Some(height);
            bytes.extend_from_slice(&piece);
            let length = bytes.len() as u64;
            progress(length, total);
            if length == total {
                return Ok((height, bytes));
            }
            if piece.is_empty() || length > total || total > MOST_SNAPSHOT_BYTES {
                return Err(self.other("a whole snapshot"));
            }
        }
    }

    /// A stamp as the node wants it. What it wants it has said when a desk was opened: only whoever sends without having
    /// asked who it is asks here, and that question would be seen beside the message.
    fn stamp(&self, chain: &[u8; 32], entry: &[u8], has_proof: bool) -> Result<u64, NodeError> {
        let known = self.welcome().clone();
        let welcome = match known {
            Some(welcome) => welcome,
            None => self.hello()?,
        };
        let bits = if has_proof {
            welcome.stamp_bits_proof
        } else {
            welcome.stamp_bits_other
        };
        if bits > stamp::MOST_BITS {
            return Err(NodeError::Stamps {
                node: self.name.clone(),
                bits,
            });
        }
        Ok(stamp::make_stamp(chain, entry, bits, &mut OsRng))
    }

    fn submitted(&self, request: &Request, wait: Duration) -> Result<Submission, NodeError> {
        match self.ask(Lane::Isolated, request, wait)? {
            Response::Submitted(submission) => Ok(submission),
            _ => Err(self.other("what became of a message")),
        }
    }

    fn read(&self, request: &Request, wait: Duration) -> Result<Response, NodeError> {
        self.ask(Lane::Reading, request, wait)
    }

    fn ask(&self, lane: Lane, request: &Request, wait: Duration) -> Result<Response, NodeError> {
        let bytes = self
            .client
            .request(lane, &request.to_bytes(), ANSWER.saturating_add(wait))?;
        let response = Response::from_bytes(&bytes).map_err(|source| NodeError::Decode {
            node: self.name.clone(),
            source,
        })?;
        match response {
            Response::Failed(text) => Err(NodeError::Failed {
                node: self.name.clone(),
                text: shortened(&text),
            }),
            response => Ok(response),
        }
    }

    /// An answer that is another than was asked for.
    pub(crate) fn other(&self, what: &'static str) -> NodeError {
        NodeError::Answer {
            node: self.name.clone(),
            what,
        }
    }

    fn welcome(&self) -> std::sync::MutexGuard<'_, Option<Welcome>> {
        self.welcome.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn milliseconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis()).unwrap_or(u32::MAX)
}

/// Words from outside: printable, and not too many.
fn shortened(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .take(300)
        .collect()
}
