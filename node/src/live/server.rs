//! Answers to what is asked over the API.

use super::engine::{Engine, Progress};
use super::keys::KeyFiles;
use super::queue::{Verdict, Waiting};
use super::view;
use crate::api::{
    BlockRange, Decline, MOST_BLOCK_BYTES, MOST_EVENT_BLOCKS, MOST_LEVELS, MOST_PIECE_BYTES,
    MOST_WAIT_MS, Request, Response, Submission, Welcome, WireBlock,
};
use crate::stamp;
use std::sync::Arc;
use std::time::Duration;
use tally_ledger_adapter::log::{LogError, OrderedLog};
use tally_transport::server::{Handler, Origin, Reply};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// Most questions that are read from the disk at once: what they have read is in memory until it is sent.
const MOST_READING: usize = 8;
/// What a block takes in an answer beside its bytes: their length and the state's hash.
const BYTES_BESIDE_A_BLOCK: usize = 4 + 32;

/// What answers for a node. Cloning copies pointers.
#[derive(Clone)]
pub struct Service {
    engine: Engine,
    genesis: Arc<Vec<u8>>,
    insecure_keys: bool,
    keys: Arc<KeyFiles>,
    reading: Arc<Semaphore>,
}

impl Service {
    /// The service of an engine, with the genesis and key files that it serves.
    #[must_use]
    pub fn new(engine: Engine, genesis: Vec<u8>, insecure_keys: bool, keys: KeyFiles) -> Self {
        Self {
            engine,
            genesis: Arc::new(genesis),
            insecure_keys,
            keys: Arc::new(keys),
            reading: Arc::new(Semaphore::new(MOST_READING)),
        }
    }

    /// Answers one question.
    pub async fn answer(&self, request: Request) -> Response {
        match request {
            Request::Hello => Response::Hello(Box::new(self.welcome())),
            Request::Genesis => Response::Genesis(self.genesis.to_vec()),
            Request::Key {
                statement,
                part,
                offset,
                length,
            } => {
                let keys = Arc::clone(&self.keys);
                let length = length.min(MOST_PIECE_BYTES);
                self.blocking(move |_| {
                    keys.piece(statement, part, offset, length)
                        .map(Response::Piece)
                })
                .await
            }
            Request::Blocks {
                from,
                most_bytes,
                wait_ms,
            } => self.blocks(from.max(1), most_bytes, wait_ms).await,
            Request::Submit {
                entry,
                stamp,
                wait_ms,
            } => {
                // Signatures and statements are checked: not on the threads that serve everybody.
                let queued = self.run(move |service| service.engine.submit_stamped(entry, stamp));
                self.submitted(queued.await, wait_ms).await
            }
            Request::Faucet {
                account,
                amount,
                stamp,
                wait_ms,
            } => {
                // It looks at the accounts, for which it may have to wait.
                let queued =
                    self.run(move |service| service.engine.faucet_stamped(account, amount, stamp));
                self.submitted(queued.await, wait_ms).await
            }
            Request::Snapshot {
                height,
                offset,
                length,
            } => {
                self.blocking(move |service| service.snapshot(height, offset, length))
                    .await
            }
            Request::Receipt { height, index } => {
                self.document(move |engine| view::receipt(engine, height, index))
                    .await
            }
            Request::Book { market, levels } => {
                let levels = levels.min(MOST_LEVELS);
                self.document(move |engine| view::book(engine, market, levels))
                    .await
            }
            Request::Events { from, blocks } => {
                let blocks = blocks.min(MOST_EVENT_BLOCKS);
                self.document(move |engine| Some(view::events(engine, from, blocks)))
                    .await
            }
            Request::Epoch => self.document(|engine| Some(view::epochs(engine))).await,
        }
    }

    fn welcome(&self) -> Welcome {
        let tip = self.engine.tip();
        let snapshot = self.engine.snapshot_height();
        let interval = self.engine.options().interval.as_millis();
        Welcome {
            software: format!("tally {}", env!("CARGO_PKG_VERSION")),
            chain: self.engine.chain(),
            height: tip.height,
            hash: tip.hash,
            time: tip.time,
            now: self.engine.clock().now(),
            speed: self.engine.clock().speed(),
            insecure_keys: self.insecure_keys,
            faucet: self.engine.has_faucet(),
            stamp_bits_proof: stamp::PROOF_BITS,
            stamp_bits_other: stamp::OTHER_BITS,
            interval_ms: u32::try_from(interval).unwrap_or(u32::MAX),
            snapshot: (snapshot > 0).then_some(snapshot),
        }
    }

    /// Waits for a block to come, and reads it and those after it.
    async fn blocks(&self, from: u64, most_bytes: u32, wait_ms: u32) -> Response {
        let mut progress = self.engine.progress();
        let reached = |progress: &Progress| progress.height >= from;
        let wait = Duration::from_millis(wait_ms.min(MOST_WAIT_MS).into());
        // Not reached in time is an answer, too.
        let _ = timeout(wait, progress.wait_for(reached)).await;
        self.blocking(move |service| service.range(from, most_bytes.min(MOST_BLOCK_BYTES)))
            .await
    }

    fn range(&self, from: u64, most_bytes: u32) -> Result<Response, LogError> {
        let tip = self.engine.progress().borrow().height;
        let mut blocks = Vec::new();
        let mut left = most_bytes as usize;
        for height in from..=tip {
            let (Some(block), Some(state)) = (
                self.engine.log().block(height)?,
                self.engine.log().outcome(height)?,
            ) else {
                break;
            };
            let bytes = block.encode();
            let on_the_wire = bytes.len() + BYTES_BESIDE_A_BLOCK;
            if !blocks.is_empty() && on_the_wire > left {
                break;
            }
            left = left.saturating_sub(on_the_wire);
            blocks.push(WireBlock {
                bytes,
                state: state.try_into().unwrap_or([0; 32]),
            });
        }
        Ok(Response::Blocks(BlockRange {
            tip,
            now: self.engine.clock().now(),
            speed: self.engine.clock().speed(),
            blocks,
        }))
    }

    async fn submitted(&self, queued: Option<Result<Waiting, Decline>>, wait_ms: u32) -> Response {
        let waiting = match queued {
            Some(Ok(waiting)) => waiting,
            Some(Err(why)) => return Response::Submitted(Submission::Declined(why)),
            None => return Response::Failed(ENDED.to_owned()),
        };
        let wait = Duration::from_millis(wait_ms.min(MOST_WAIT_MS).into());
        Response::Submitted(match timeout(wait, waiting).await {
            Ok(Ok(Verdict::Included {
                height,
                index,
                answer,
            })) => Submission::Included {
                height,
                index,
                receipt: view::answer(&answer),
            },
            Ok(Ok(Verdict::Declined(why))) => Submission::Declined(why),
            Ok(Err(_)) => Submission::Declined(Decline::Stopping),
            Err(_) => Submission::Waiting,
        })
    }

    fn snapshot(
        &self,
        height: Option<u64>,
        offset: u64,
        length: u32,
    ) -> Result<Response, LogError> {
        let Some(snapshot) = self.engine.snapshot(height)? else {
            return Ok(Response::Failed(
                "the node has no snapshot of that height; ask for its newest, or read the ledger from its first block".to_owned(),
            ));
        };
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = snapshot.bytes.get(start..).unwrap_or_default();
        let length = rest.len().min(length.min(MOST_PIECE_BYTES) as usize);
        Ok(Response::Snapshot {
            height: snapshot.height,
            total: snapshot.bytes.len() as u64,
            piece: rest[..length].to_vec(),
        })
    }

    /// Does something that reads the disk or takes its time, on a thread of its own.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Option<T> {
        let service = self.clone();
        spawn_blocking(move || work(&service)).await.ok()
    }

    /// A document about the state, which may be under the lock of a block that is executed: waited for on a thread of its
    /// own, or a slow block would hold up everybody who is served.
    async fn document(
        &self,
        view: impl FnOnce(&Engine) -> Option<Vec<u8>> + Send + 'static,
    ) -> Response {
        self.blocking(move |service| Ok::<_, LogError>(document(view(&service.engine))))
            .await
    }

    async fn blocking<E: std::fmt::Display + Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<Response, E> + Send + 'static,
    ) -> Response {
        // An error means that it is closed, which it never is. The place is the work's: it goes on though its asker is gone.
        let place = Arc::clone(&self.reading).acquire_owned().await;
        let work = move |service: &Self| {
            let _place = place;
            work(service)
        };
        match self.run(work).await {
            Some(Ok(response)) => response,
            Some(Err(error)) => {
                // Paths of this machine are nobody else's business.
                tracing::error!(%error, "a question can't be answered");
                Response::Failed("the node can't read what was asked for; its operator finds the reason in its log".to_owned())
            }
            None => Response::Failed(ENDED.to_owned()),
        }
    }
}

const ENDED: &str = "the node is shutting down; try again when it is back";

fn document(json: Option<Vec<u8>>) -> Response {
    json.map_or_else(
        || {
            Response::Failed(
                "no such contract month, or the block is not among the last ones; read the ledger"
                    .to_owned(),
            )
        },
        Response::Document,
    )
}

impl Handler for Service {
    async fn handle(&self, _: Origin, request: Vec<u8>) -> Reply {
        let response = match Request::from_bytes(&request) {
            Ok(request) => self.answer(request).await,
            Err(error) => return Reply::Close(Response::Failed(error.to_string()).to_bytes()),
        };
        let bytes = response.to_bytes();
        match response {
            Response::Submitted(Submission::Declined(why)) if why.is_misbehaviour() => {
                Reply::Close(bytes)
            }
            _ => Reply::Keep(bytes),
        }
    }
}
