//! Health and metrics over HTTP, for whoever watches a node: `/health` (JSON) and `/metrics` (Prometheus text).
//!
//! Everything a peer can take is bounded: connections, the size of a head, and the time from connecting to the last byte
//! of the answer. One connection asks one question.

mod figures;

use super::engine::Engine;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tally_transport::server::ServerCounters;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{sleep, timeout};

/// Most connections at once; more are dropped as they come.
const MOST_CONNECTIONS: usize = 16;
/// Longest time for the head of a request.
const HEAD: Duration = Duration::from_secs(5);
/// Longest time for question and answer together.
const WHOLE: Duration = Duration::from_secs(10);
/// Most bytes of a head. The library takes no smaller buffer.
const MOST_HEAD_BYTES: usize = 8 * 1024;
/// Most header lines.
const MOST_HEADERS: usize = 32;
/// Pause after a connection could not be accepted, most often for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What answers.
#[derive(Clone)]
struct Watched {
    engine: Engine,
    server: Arc<ServerCounters>,
}

/// Serves until `stopped`; connections that are open then are dropped.
pub(super) async fn serve(
    listener: TcpListener,
    engine: Engine,
    server: Arc<ServerCounters>,
    stopped: impl Future<Output = ()> + Send,
) {
    let watched = Watched { engine, server };
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut tasks = JoinSet::new();
    let mut stopped = pin!(stopped);
    loop {
        let stream = tokio::select! {
            biased;
            () = &mut stopped => return,
            Some(_) = tasks.join_next() => continue,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection for metrics could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            tracing::debug!("a connection for metrics is refused: no place");
            continue;
        };
        let watched = watched.clone();
        tasks.spawn(async move {
            converse(watched, stream).await;
            drop(place);
        });
    }
}

/// One question, one answer. Who is too slow for it is hung up on.
async fn converse(watched: Watched, stream: TcpStream) {
    let service = service_fn(move |request| {
        let watched = watched.clone();
        async move { Ok::<_, Infallible>(watched.answer(&request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_headers(MOST_HEADERS)
        .max_buf_size(MOST_HEAD_BYTES)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    match timeout(WHOLE, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a connection for metrics failed"),
        Err(_) => tracing::debug!("a connection for metrics was too slow"),
    }
}

impl Watched {
    async fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let answers: fn(&Engine, &ServerCounters) -> Answer = match request.uri().path() {
            "/health" => health,
            "/metrics" => metrics,
            _ => return refusal(StatusCode::NOT_FOUND, "ask for /health or /metrics\n"),
        };
        if *request.method() != Method::GET {
            let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, "use GET\n");
            let headers = response.headers_mut();
            headers.insert(ALLOW, HeaderValue::from_static("GET"));
            return response;
        }
        let watched = self.clone();
        // The state is locked while a block is executed: not on the threads that serve everybody.
        let answer = spawn_blocking(move || answers(&watched.engine, &watched.server)).await;
        answer.map_or_else(
            |_| refusal(StatusCode::SERVICE_UNAVAILABLE, "shutting down\n"),
            Answer::into_response,
        )
    }
}

struct Answer {
    status: StatusCode,
    kind: &'static str,
    text: String,
}

impl Answer {
    fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(Bytes::from(self.text)));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

fn health(engine: &Engine, _: &ServerCounters) -> Answer {
    let health = figures::Health::of(engine);
    Answer {
        status: if health.producing {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        },
        kind: "application/json",
        text: health.json(),
    }
}

fn metrics(engine: &Engine, server: &ServerCounters) -> Answer {
    match figures::text(engine, server.counts()) {
        Ok(text) => Answer {
            status: StatusCode::OK,
            kind: figures::CONTENT_TYPE,
            text,
        },
        Err(error) => {
            tracing::error!(%error, "metrics can't be written");
            Answer {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                kind: PLAIN,
                text: "metrics can't be written\n".to_owned(),
            }
        }
    }
}

const PLAIN: &str = "text/plain; charset=utf-8";

fn refusal(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let text = text.to_owned();
    let kind = PLAIN;
    Answer { status, kind, text }.into_response()
}
