//! Circuits that nothing was sent through yet: one for each message that must not be linked to another.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rand::{Rng, thread_rng};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::network::{Client, Tor, open};
use super::{OnionAddress, network};
use crate::schedule::WarmCircuits;

/// Circuits to one onion service, each of an isolated client of its own: Tor shares nothing among those, neither circuits
/// nor what was learnt about the service.
pub(super) struct Circuits {
    client: Arc<Client>,
    address: OnionAddress,
    policy: WarmCircuits,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The oldest first.
    ready: VecDeque<Ready>,
    /// One that is being made for a message that is about to come.
    coming: Option<JoinHandle<Option<Arc<Client>>>>,
}

struct Ready {
    client: Arc<Client>,
    until: Instant,
}

impl Circuits {
    /// Begins to keep circuits ready, as the policy says.
    pub(super) fn new(tor: &Tor, address: OnionAddress, policy: WarmCircuits) -> Arc<Self> {
        let circuits = Arc::new(Self {
            client: Arc::clone(&tor.inner.client),
            address,
            policy,
            state: Mutex::default(),
        });
        if policy.ready > 0 {
            tor.inner
                .handle
                .spawn(keep_ready(Arc::downgrade(&circuits)));
        }
        circuits
    }

    /// How many are ready.
    pub(super) fn ready(&self) -> usize {
        self.state().ready.len()
    }

    /// Makes one if none is ready: a message is about to come.
    pub(super) fn prepare(self: &Arc<Self>, tor: &Tor) {
        let mut state = self.state();
        if state.ready.is_empty() && state.coming.is_none() {
            let circuits = Arc::clone(self);
            let making = async move { circuits.make().await };
            state.coming = Some(tor.inner.handle.spawn(making));
        }
    }

    /// An isolated client, with a circuit if one is ready or coming. It is used for one message.
    pub(super) async fn take(&self) -> Arc<Client> {
        let coming = {
            let mut state = self.state();
            let now = Instant::now();
            state.ready.retain(|ready| ready.until > now);
            if !state.ready.is_empty() {
                // Any of them: the oldest first, they would come in the order in which they were made.
                let place = thread_rng().gen_range(0..state.ready.len());
                if let Some(ready) = state.ready.remove(place) {
                    return ready.client;
                }
            }
            state.coming.take()
        };
        if let Some(coming) = coming
            && let Ok(Some(client)) = coming.await
        {
            return client;
        }
        self.client.isolated_client()
    }

    /// A client with a circuit through which nothing went. The service sees a stream that is opened and closed.
    async fn make(&self) -> Option<Arc<Client>> {
        let client = self.client.isolated_client();
        match open(&client, &self.address).await {
            Ok(stream) => {
                drop(stream);
                Some(client)
            }
            Err(error) => {
                let reason = error.map_or_else(
                    || "it took too long".to_owned(),
                    |error| network::reason(&error),
                );
                tracing::debug!(reason, "no circuit could be made ready");
                None
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another is ready; if there are enough, the oldest is given up.
    fn add(&self, client: Arc<Client>) {
        let until = Instant::now() + self.policy.kept;
        let mut state = self.state();
        state.ready.push_back(Ready { client, until });
        if state.ready.len() > self.policy.ready {
            state.ready.pop_front();
        }
    }
}

/// Makes circuits by a clock that nothing else moves, until nobody wants them any more.
async fn keep_ready(circuits: Weak<Circuits>) {
    while let Some(strong) = circuits.upgrade() {
        let wait = strong.policy.draw_wait(&mut thread_rng());
        drop(strong);
        sleep(wait).await;
        let Some(strong) = circuits.upgrade() else {
            return;
        };
        if let Some(client) = strong.make().await {
            strong.add(client);
        }
    }
}
