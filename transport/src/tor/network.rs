//! A process's way into the Tor network.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arti_client::config::BoolOrAuto;
use arti_client::status::BootstrapStatus;
use arti_client::{BootstrapBehavior, DataStream, StreamPrefs, TorClient};
use futures::StreamExt;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::{Instant, sleep_until, timeout};
use tor_rtcompat::PreferredRuntime;

use super::configuration::configuration;
use super::{OnionAddress, OnionService, TorCarrier, TorDirectory, TorOptions, TorProgress};
use crate::TransportError;
use crate::deadline::after;
use crate::schedule::WarmCircuits;

/// Arti on tokio.
pub(super) type Client = TorClient<PreferredRuntime>;

/// Threads for all of Tor: the cells of a process's circuits, and at times the check of a directory.
const THREADS: usize = 2;
/// How long Tor may see itself blocked before a start is given up: what passes by itself has passed by then.
const BLOCKED: Duration = Duration::from_secs(25);
/// How long one attempt to connect may take: six relays have to be joined, three of them of the service's choice.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest reason in a message to people, in characters.
const MOST_REASON: usize = 400;

/// A process's way into the Tor network. Clones are the same one.
///
/// When the last is dropped its circuits close, whoever still uses them.
#[derive(Clone)]
pub struct Tor {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) client: Arc<Client>,
    pub(super) handle: Handle,
    /// Always there until it is dropped.
    runtime: Option<Runtime>,
    _directory: TorDirectory,
}

impl Tor {
    /// Finds a way into the network, and tells how far it is. Blocks, so it must not be called from an asynchronous
    /// task.
    ///
    /// # Errors
    /// [`TransportError::TorConfiguration`]; [`TransportError::TorNotReady`] if there is no way within the options'
    /// patience, or Tor sees itself blocked for long; [`TransportError::Runtime`]. Nothing is left behind, but for what
    /// was learnt of the network.
    pub fn start(
        options: TorOptions,
        progress: &mut dyn FnMut(TorProgress),
    ) -> Result<Self, TransportError> {
        // Fails only if the process has chosen another one before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let configuration = configuration(&options)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("tally-tor")
            .enable_all()
            .build()
            .map_err(|source| TransportError::Runtime { source })?;
        let started = runtime.block_on(async {
            let runtime =
                PreferredRuntime::current().map_err(|source| TransportError::Runtime { source })?;
            let client = TorClient::with_runtime(runtime)
                .config(configuration)
                // A request never starts it: only this does, and says so.
                .bootstrap_behavior(BootstrapBehavior::Manual)
                .create_unbootstrapped_async()
                .await
                .map_err(|error| failed(&error))?;
            bootstrap(&client, options.patience, progress).await?;
            Ok(client)
        });
        match started {
            Ok(client) => Ok(Self {
                inner: Arc::new(Inner {
                    client,
                    handle: runtime.handle().clone(),
                    runtime: Some(runtime),
                    _directory: options.directory,
                }),
            }),
            Err(error) => {
                runtime.shutdown_timeout(Duration::from_secs(1));
                Err(error)
            }
        }
    }

    /// A carrier to a node's onion service. Does not connect yet; with a policy that keeps circuits ready it begins to
    /// make them.
    ///
    /// # Errors
    /// [`TransportError::BadOnionAddress`] if the checksum in the address is wrong.
    pub fn carrier(
        &self,
        address: OnionAddress,
        warm: WarmCircuits,
    ) -> Result<TorCarrier, TransportError> {
        TorCarrier::new(self.clone(), address, warm)
    }

    /// Starts the onion service of this process. Its identity is in Tor's directory, and made if there is none yet.
    ///
    /// # Errors
    /// [`TransportError::Tor`].
    pub fn publish(&self) -> Result<OnionService, TransportError> {
        OnionService::launch(self)
    }
}

impl fmt::Debug for Tor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tor").finish_non_exhaustive()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The other way to end a runtime waits for it, and panics within another one.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Opens a stream to an onion service; no error at all if that takes longer than [`CONNECT_TIMEOUT`].
pub(super) async fn open(
    client: &Client,
    address: &OnionAddress,
) -> Result<DataStream, Option<arti_client::Error>> {
    let mut preferences = StreamPrefs::new();
    preferences.connect_to_onion_services(BoolOrAuto::Explicit(true));
    let target = (address.host(), address.port());
    let connecting = client.connect_with_prefs(target, &preferences);
    match timeout(CONNECT_TIMEOUT, connecting).await {
        Ok(connected) => connected.map_err(Some),
        Err(_elapsed) => Err(None),
    }
}

async fn bootstrap(
    client: &Client,
    patience: Duration,
    progress: &mut dyn FnMut(TorProgress),
) -> Result<(), TransportError> {
    let start = Instant::now();
    let mut events = client.bootstrap_events();
    let mut last = client.bootstrap_status();
    let mut blocked_since = None;
    let work = client.bootstrap();
    tokio::pin!(work);
    loop {
        let give_up = blocked_since.map_or(after(patience), |since: Instant| since + BLOCKED);
        let give_up = give_up.min(start + patience.min(Duration::from_secs(24 * 3600)));
        tokio::select! {
            result = &mut work => return result.map_err(|error| failed(&error)),
            Some(status) = events.next() => {
                progress(told(&status));
                blocked_since = match (status.blocked(), blocked_since) {
                    (None, _) => None,
                    (Some(_), Some(since)) => Some(since),
                    (Some(_), None) => Some(Instant::now()),
                };
                last = status;
            }
            () = sleep_until(give_up) => return Err(not_ready(&last, start.elapsed())),
        }
    }
}

fn told(status: &BootstrapStatus) -> TorProgress {
    TorProgress {
        percent: percent(status),
        doing: shortened(&status.to_string()),
        blocked: status
            .blocked()
            .map(|blockage| shortened(&blockage.to_string())),
    }
}

/// For people only.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn percent(status: &BootstrapStatus) -> u8 {
    (status.as_frac().clamp(0.0, 1.0) * 100.0) as u8
}

fn not_ready(status: &BootstrapStatus, waited: Duration) -> TransportError {
    let why = status
        .blocked()
        .map_or_else(|| status.to_string(), |blockage| blockage.to_string());
    TransportError::TorNotReady {
        seconds: waited.as_secs(),
        percent: percent(status),
        why: shortened(&why),
    }
}

fn failed(error: &dyn Error) -> TransportError {
    TransportError::Tor {
        problem: reason(error),
    }
}

/// An error with what it comes from, for people.
pub(super) fn reason(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        source = error.source();
    }
    shortened(&text)
}

fn shortened(text: &str) -> String {
    let clean = text.chars().filter(|character| !character.is_control());
    clean.take(MOST_REASON).collect()
}
