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
use tally_transport::TransportError;
use tally_transport::server::{Server, ServerCounters, ServerLimits};
use tally_transport::tor::{OnionAddress, Tor};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The port at which nodes and sandboxes listen, and clients look, unless something else is asked for.
pub const DEFAULT_PORT: u16 = 7_227;
/// Longest time that an orderly shutdown waits for connections.
const FAREWELL: Duration = Duration::from_secs(5);
/// Threads that serve the API; execution, proofs and disk have their own.
const API_THREADS: usize = 2;

/// How a node runs.
#[derive(Clone, Debug)]
pub struct NodeOptions {
    /// Where the API listens for TCP; none for nowhere.
    pub listen: Option<SocketAddr>,
    /// The way into the Tor network by which the API is an onion service as well; none for no such service.
    pub onion: Option<Tor>,
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
    /// The onion service does not start.
    #[error(transparent)]
    Onion(#[from] TransportError),
    /// No threads to be had.
    #[error("can't start: {0}; free some memory")]
    Runtime(std::io::Error),
}

/// An onion service of a node.
#[derive(Clone)]
struct PublishedOnion {
    address: OnionAddress,
    is_published: watch::Receiver<bool>,
}

/// A running node.
pub struct Node {
    engine: Engine,
    production: Production,
    runtime: Runtime,
    address: Option<SocketAddr>,
    onion: Option<PublishedOnion>,
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
        let server = Server::new(options.limits, Arc::new(service));
        let counters = server.counters();
        let mut tasks = Vec::new();
        let mut address = None;
        if let Some(wanted) = options.listen {
            let listener = listen(&runtime, wanted, "--listen")?;
            address = Some(local(&listener, wanted));
            let (server, stopped) = (server.clone(), until(stopped.clone()));
            tasks.push(runtime.spawn(async move {
                if let Err(error) = server.serve(listener, stopped).await {
                    tracing::error!(%error, "the API has ended");
                }
            }));
        }
        let onion = match &options.onion {
            Some(tor) => Some(publish(&runtime, tor, server, stopped.clone(), &mut tasks)?),
            None => None,
        };
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
            onion,
            metrics,
            stop,
            tasks,
            counters,
        })
    }

    /// Where the API listens for TCP, if it does.
    #[must_use]
    pub const fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// The address of the onion service, if there is one.
    #[must_use]
    pub fn onion(&self) -> Option<&OnionAddress> {
        self.onion.as_ref().map(|onion| &onion.address)
    }

    /// Waits until the onion service can be reached, as far as Tor knows, or this long; says whether it can. Without a
    /// service it can't.
    #[must_use]
    pub fn wait_for_onion(&self, patience: Duration) -> bool {
        let Some(onion) = &self.onion else {
            return false;
        };
        let mut is_published = onion.is_published.clone();
        self.runtime.block_on(async move {
            let published = is_published.wait_for(|published| *published);
            matches!(tokio::time::timeout(patience, published).await, Ok(Ok(_)))
        })
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
        let _ = self.wait_with::<std::convert::Infallible>(|| Ok(()), std::future::pending());
    }

    /// As [`Node::wait`], or until something else happens; with something to do once signals are heard: whoever is told
    /// then that the node runs can end it in order.
    ///
    /// # Errors
    /// That of `ready`; nothing is waited for then.
    pub fn wait_with<E>(
        &self,
        ready: impl FnOnce() -> Result<(), E>,
        other: impl Future<Output = ()>,
    ) -> Result<(), E> {
        let engine = self.engine.clone();
        self.runtime.block_on(async move {
            let told_to_end = told_to_end();
            ready()?;
            tokio::select! {
                () = told_to_end => {}
                () = production_ended(&engine) => {}
                () = other => {}
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

fn publish(
    runtime: &Runtime,
    tor: &Tor,
    server: Server<Service>,
    stopped: watch::Receiver<bool>,
    tasks: &mut Vec<JoinHandle<()>>,
) -> Result<PublishedOnion, NodeError> {
    let service = tor.publish()?;
    let address = service.address().clone();
    let (published, is_published) = watch::channel(false);
    let reachable = service.reachable();
    runtime.spawn(async move {
        reachable.await;
        // Nobody may wait for it.
        let _ = published.send(true);
        // As long as the node runs: whoever waits later sees it.
        published.closed().await;
    });
    tasks.push(runtime.spawn(async move {
        let end = {
            let server = server.clone();
            async move {
                until_stopped(stopped).await;
                server.stop().await;
            }
        };
        service.serve(server, end).await;
    }));
    Ok(PublishedOnion {
        address,
        is_published,
    })
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
