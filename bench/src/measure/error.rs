//! Why a measurement can't be made.

use crate::burden::BurdenError;
use crate::peers::PeerError;
use tally_node::epoch_cost::EpochCostError;
use tally_prover::{CacheError, ProveError, R1csError, SetupError, VerifyError};

/// Why a measurement can't be made.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// No folder for a live node.
    #[error("can't make a temporary folder: {0}; free some space, or set TMPDIR")]
    Folder(#[from] std::io::Error),
    /// The market of the live node is not made.
    #[error(transparent)]
    Practice(#[from] tally_node::live::practice::PracticeError),
    /// The live node does not start, or has stopped.
    #[error(transparent)]
    Node(#[from] tally_node::live::node::NodeError),
    /// The live node can't be reached.
    #[error(transparent)]
    Transport(#[from] tally_transport::TransportError),
    /// The desk does not open.
    #[error(transparent)]
    Open(#[from] Box<tally_client::desk::DeskError>),
    /// The desk does not do what it is asked.
    #[error("a desk at the live node fails: {0}")]
    Desk(String),
    /// The proving keys can't be used.
    #[error(transparent)]
    Keys(#[from] CacheError),
    /// The keys of a statement are not in the cache although they have just been made.
    #[error("the keys of {statement} have vanished from {directory}; run again")]
    NoKeys {
        /// The statement.
        statement: &'static str,
        /// The cache's directory.
        directory: String,
    },
    /// A circuit is no constraint system.
    #[error(transparent)]
    R1cs(#[from] R1csError),
    /// No fresh keys.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The sample breaks a rule of its statement: a fault of the benchmark.
    #[error("sample {number} of statement {statement} does not hold")]
    Sample {
        /// The statement.
        statement: &'static str,
        /// The sample.
        number: u64,
    },
    /// No proof of a sample.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// A proof just made is refused.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// A batch got the wrong answer.
    #[error("a batch of {size} proofs of which {bad} are bad was answered wrongly")]
    Batch {
        /// Proofs.
        size: usize,
        /// Bad ones among them.
        bad: usize,
    },
    /// The system gives no thread to measure one core with.
    #[error("no thread for the measurements on one core: {0}")]
    Thread(#[from] rayon::ThreadPoolBuildError),
    /// Another prover fails.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// An epoch can't be measured.
    #[error(transparent)]
    Epoch(#[from] EpochCostError),
    /// The burden can't be found out.
    #[error(transparent)]
    Burden(#[from] BurdenError),
}

impl From<tally_client::desk::DeskError> for BenchError {
    fn from(error: tally_client::desk::DeskError) -> Self {
        Self::Open(Box::new(error))
    }
}
