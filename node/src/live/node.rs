//! A node: engine, API, metrics, from a market's folder, until it is told to stop.

use super::clock::Clock;
use super::directory::{MarketFolder, MarketFolderError};
use super::engine::{Engine, EngineError, EngineOptions, Production};
use super::server::Service;
use crate::genesis::{ChainGenesis, GenesisClock};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tally_ledger_adapter::log::Tip;
use tally_transport::server::{Server, ServerCounters, ServerLimits};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Longest time that an orderly shutdown waits for connections.
const FAREWELL: Duration = Duration::from_secs(5);
/// Threads that serve the API; execution, proofs and disk have their own.
const API_THREADS: usize = 2;

/// How a node runs.
#[derive(Clone, Debug)]
pub struct NodeOptions {
    /// Where the API listens.
    pub listen: SocketAddr,
    /// Where metrics and health are served; none for nowhere.
    pub metrics: Option<SocketAddr>,
    /// How blocks are made.
    pub engine: EngineOptions,
    /// What the API's server allows.
    pub limits: ServerLimits,
    /// Whether its operator has agreed to insecure proving keys.
    pub insecure_keys: bool,
}

/// Why a node does not start, or has stopped.
#[derive(Debug, Error)]
pub enum NodeError {
    /// The folder is no market's, or its market does not start.
    #[error(transparent)]
    Folder(#[from] MarketFolderError),
    /// The engine has stopped.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The address can't be listened at.
    #[error("can't listen at {address}: {source}; choose another address with {option}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The option that names it.
        option: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
    /// No threads to be had.
    #[error("can't start: {0}; free some memory")]
    Runtime(std::io::Error),
}

/// A running node.
pub struct Node {
    engine: Engine,
    production: Production,
    runtime: Runtime,
    address: SocketAddr,
    metrics: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    counters: Arc<ServerCounters>,
}

impl Node {
    /// Starts a node on a market's folder.
    ///
    /// # Errors
    /// [`NodeError`].
    pub fn start(folder: &MarketFolder, options: &NodeOptions) -> Result<Self, NodeError> {
        let genesis = folder.genesis()?;
        if genesis.is_insecure() && !options.insecure_keys {
            return Err(MarketFolderError::Insecure.into());
        }
        let (files, verifying) = folder.keys(&genesis)?;
        let engine = Engine::open(
            &folder.ledger(),
            &genesis,
            verifying,
            |tip| clock(&genesis, tip),
            folder.faucet(&genesis)?,
            options.engine,
        )?;
        let service = Service::new(
            engine.clone(),
            genesis.to_bytes(),
            genesis.is_insecure(),
            files,
        );
        Self::serve(engine, service, options)
    }

    fn serve(engine: Engine, service: Service, options: &NodeOptions) -> Result<Self, NodeError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(API_THREADS)
            .thread_name("tally-api")
            .enable_all()
            .build()
            .map_err(NodeError::Runtime)?;
        let (stop, stopped) = watch::channel(false);
        let listener = listen(&runtime, options.listen, "--listen")?;
        let address = local(&listener, options.listen);
        let server = Server::new(options.limits, Arc::new(service));
        let counters = server.counters();
        let mut tasks = vec![runtime.spawn({
            let stopped = until(stopped.clone());
            async move {
                if let Err(error) = server.serve(listener, stopped).await {
                    tracing::error!(%error, "the API has ended");
                }
            }
        })];
        let mut metrics = None;
        if let Some(wanted) = options.metrics {
            let listener = listen(&runtime, wanted, "--metrics")?;
            metrics = Some(local(&listener, wanted));
            let task = super::metrics::serve(
                listener,
                engine.clone(),
                Arc::clone(&counters),
                until(stopped),
            );
            tasks.push(runtime.spawn(task));
        }
        let production = engine.produce()?;
        Ok(Self {
            engine,
            production,
            runtime,
            address,
            metrics,
            stop,
            tasks,
            counters,
        })
    }

    /// Where the API listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where metrics are served.
    #[must_use]
    pub const fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// Its engine.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What its API has seen.
    #[must_use]
    pub const fn counters(&self) -> &Arc<ServerCounters> {
        &self.counters
    }

    /// Waits until the process is told to end (interrupt or terminate), or block production has failed.
    pub fn wait(&self) {
        // Nothing to do meanwhile, and so nothing that fails.
        let _ = self.wait_with::<std::convert::Infallible>(|| Ok(()));
    }

    /// As [`Node::wait`], with something to do once signals are heard: whoever is told then that the node runs can end it
    /// in order.
    ///
    /// # Errors
    /// That of `ready`; nothing is waited for then.
    pub fn wait_with<E>(&self, ready: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        let engine = self.engine.clone();
        self.runtime.block_on(async move {
            let told_to_end = told_to_end();
            ready()?;
            tokio::select! {
                () = told_to_end => {}
                () = production_ended(&engine) => {}
            }
            Ok(())
        })
    }

    /// Orders what is queued, answers who waits, writes the state down, and ends.
    ///
    /// # Errors
    /// [`NodeError::Engine`]: what ended block production before, or the state can't be written.
    pub fn stop(self) -> Result<(), NodeError> {
        let Self {
            production,
            runtime,
            stop,
            tasks,
            ..
        } = self;
        // First the blocks: whoever waits for one gets it.
        let result = production.stop();
        let _ = stop.send(true);
        runtime.block_on(async {
            for task in tasks {
                let _ = tokio::time::timeout(FAREWELL, task).await;
            }
        });
        runtime.shutdown_timeout(FAREWELL);
        Ok(result?)
    }
}

/// The clock of a chain: the machine's, or a sandbox's that goes on where its ledger ends.
#[must_use]
pub fn clock(genesis: &ChainGenesis, tip: Tip) -> Clock {
    match genesis.document().clock {
        GenesisClock::System => Clock::System,
        GenesisClock::Sandbox {
            start_microseconds,
            speed,
        } => Clock::Sandbox(super::clock::SandboxClock::new(
            start_microseconds.max(tip.time),
            speed,
        )),
    }
}

fn listen(
    runtime: &Runtime,
    address: SocketAddr,
    option: &'static str,
) -> Result<TcpListener, NodeError> {
    runtime
        .block_on(TcpListener::bind(address))
        .map_err(|source| NodeError::Listen {
            address,
            option,
            source,
        })
}

fn local(listener: &TcpListener, wanted: SocketAddr) -> SocketAddr {
    listener.local_addr().unwrap_or(wanted)
}

async fn until_stopped(mut stopped: watch::Receiver<bool>) {
    // An error means that the node is gone: stopped as well.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

fn until(stopped: watch::Receiver<bool>) -> impl Future<Output = ()> + Send + 'static {
    until_stopped(stopped)
}

async fn production_ended(engine: &Engine) {
    while engine.is_producing() {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Is ready when the process is told to end. Signals are heard from the call on, within a runtime.
#[cfg(unix)]
fn told_to_end() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = [SignalKind::interrupt(), SignalKind::terminate()].map(|kind| {
        signal(kind)
            .inspect_err(|error| tracing::warn!(%error, "a signal ends the node at once"))
            .ok()
    });
    async move {
        let [interrupt, terminate] = signals.map(received);
        tokio::select! {
            () = interrupt => {}
            () = terminate => {}
        }
    }
}

#[cfg(unix)]
async fn received(signal: Option<tokio::signal::unix::Signal>) {
    match signal {
        Some(mut signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn told_to_end() {
    let _ = tokio::signal::ctrl_c().await;
}
