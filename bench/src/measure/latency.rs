//! From an order to its receipt: a live node with the default interval in this process, reached over TCP or Tor, and a
//! desk that verifies everything itself. Nobody else proves meanwhile.

use super::BenchError;
use super::plan::BenchPlan;
use super::steps::Steps;
use super::timing::{median, percentile, timed};
use crate::results::Latency;
use rand::RngCore;
use rand::rngs::OsRng;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use tally_client::desk::{Access, Desk, DeskOptions};
use tally_client::node_client::NodeClient;
use tally_client::reply::{Reply, Sent};
use tally_client::request::{OrderRequest, Request};
use tally_exchange::units::{OrderId, Quantity, Side, TimeInForce};
use tally_node::live::engine::EngineOptions;
use tally_node::live::node::{Node, NodeOptions};
use tally_node::live::practice::{IN_SESSION, make_practice_market};
use tally_prover::KeyCache;
use tally_trader::agent::AgentOptions;
use tally_trader::seed::Seed;
use tally_transport::carrier::TcpCarrier;
use tally_transport::client::{Client, ClientOptions};
use tally_transport::schedule::WarmCircuits;
use tally_transport::server::ServerLimits;
use tally_transport::tor::{Tor, TorCarrier, TorDirectory, TorOptions};

/// Steps of one way.
const STEPS: usize = 3;
/// Cents that the trader has.
const CASH: u64 = 100_000_000;
/// Longest time until Tor is there, a service is published, or a circuit is ready.
const PATIENCE: Duration = Duration::from_secs(180);

/// Steps of this part.
pub(super) fn steps(plan: &BenchPlan) -> usize {
    if plan.tor.is_some() { 3 * STEPS } else { STEPS }
}

/// Measures each way to the node.
pub(super) fn measure(
    plan: &BenchPlan,
    keys: &Path,
    steps: &mut Steps<'_>,
) -> Result<Vec<Latency>, BenchError> {
    let mut ways = vec![Way::Tcp];
    if let Some(configuration) = &plan.tor {
        ways.extend([Way::TorReady(configuration), Way::TorNew(configuration)]);
    }
    ways.into_iter()
        .map(|way| measure_way(way, plan, keys, steps))
        .collect()
}

/// A way to the node.
#[derive(Clone, Copy)]
enum Way<'a> {
    Tcp,
    /// Each message waits, untimed, until a circuit is ready.
    TorReady(&'a Path),
    /// Each message has to make its circuit.
    TorNew(&'a Path),
}

impl Way<'_> {
    const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::TorReady(_) => "tor, circuit ready",
            Self::TorNew(_) => "tor, new circuit",
        }
    }

    const fn configuration(&self) -> Option<&Path> {
        match self {
            Self::Tcp => None,
            Self::TorReady(path) | Self::TorNew(path) => Some(path),
        }
    }
}

/// Sends orders and cancels one after the other. The first of each is not counted.
fn measure_way(
    way: Way<'_>,
    plan: &BenchPlan,
    keys: &Path,
    steps: &mut Steps<'_>,
) -> Result<Latency, BenchError> {
    let folder = tempfile::tempdir()?;
    let mut market = steps.step("a live node, and a note", || {
        LiveMarket::start(folder.path(), keys, way)
    })?;
    let count = plan.orders_sent.max(1);
    let orders = steps.step("orders", || market.orders(count + 1))?;
    let cancels = steps.step("cancels", || market.cancels(&orders))?;
    let totals: Vec<f64> = orders[1..].iter().map(|order| order.took).collect();
    let proofs: Vec<f64> = orders[1..].iter().map(|order| order.proof).collect();
    market.node.stop()?;
    let interval = EngineOptions::default().interval.as_millis();
    Ok(Latency {
        way: way.name().to_owned(),
        interval_ms: u64::try_from(interval).unwrap_or(u64::MAX),
        samples: count,
        order_ms_median: median(&totals),
        order_ms_p95: percentile(&totals, 95),
        proof_ms_median: median(&proofs),
        cancel_ms_median: median(&cancels[1..]),
        cancel_ms_p95: percentile(&cancels[1..], 95),
    })
}

/// An order that was sent.
struct Timed {
    order: OrderId,
    took: f64,
    proof: f64,
}

struct LiveMarket {
    node: Node,
    desk: Desk,
    /// Asked before each message whether a circuit is ready.
    ready: Option<Arc<TorCarrier>>,
}

impl LiveMarket {
    fn start(folder: &Path, keys: &Path, way: Way<'_>) -> Result<Self, BenchError> {
        let cache = KeyCache::open(keys)?;
        let market = make_practice_market(&folder.join("market"), &cache, IN_SESSION, 1)?;
        let onion = way
            .configuration()
            .map(|file| tor(&folder.join("node"), file));
        let node = Node::start(
            &market,
            &NodeOptions {
                listen: Some(([127, 0, 0, 1], 0).into()),
                onion: onion.transpose()?,
                metrics: None,
                engine: EngineOptions::default(),
                limits: ServerLimits::default(),
                insecure_keys: true,
            },
        )?;
        let (client, address, ready) = match way.configuration() {
            None => over_tcp(&node)?,
            Some(file) => over_tor(&node, &tor(&folder.join("client"), file)?, way)?,
        };
        let mut entropy = [0; 32];
        OsRng.fill_bytes(&mut entropy);
        let options = DeskOptions {
            folder: folder.join("desk"),
            keys: market.keys_folder(),
            agent: AgentOptions::default(),
            is_agent: false,
            checkpoint: None,
        };
        let access = Access::Wallet(Seed::from_entropy(entropy));
        let node_client = NodeClient::new(client, address);
        let mut desk = Desk::open(node_client, &options, access, &mut |_| {})?;
        ask(&mut desk, Request::Fund { amount: CASH })?;
        let open = Request::Open {
            market: None,
            amount: CASH,
            preview: false,
        };
        ask(&mut desk, open)?;
        Ok(Self { node, desk, ready })
    }

    fn wait_for_a_circuit(&self) -> Result<(), BenchError> {
        let Some(carrier) = &self.ready else {
            return Ok(());
        };
        let start = Instant::now();
        while carrier.ready() == 0 {
            if start.elapsed() > PATIENCE {
                return Err(BenchError::Desk("no circuit gets ready".to_owned()));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Buys that rest, each at a price of its own.
    fn orders(&mut self, count: usize) -> Result<Vec<Timed>, BenchError> {
        let one = |number: usize| {
            let tick = 25 * (number % 40);
            let request = Request::Order(OrderRequest {
                market: None,
                side: Side::Buy,
                quantity: Quantity(1),
                price: format!("{}.{:03}", 64 + tick / 1_000, tick % 1_000),
                tif: TimeInForce::Day,
                post_only: false,
                id: None,
                preview: false,
            });
            self.wait_for_a_circuit()?;
            let (sent, took) = timed(|| ask(&mut self.desk, request));
            let sent = sent?.ok_or_else(unexpected)?;
            let order = sent.orders.first().ok_or_else(unexpected)?;
            Ok(Timed {
                order: order.order,
                took,
                // Whole milliseconds, as the desk measures them.
                proof: sent
                    .proof_ms
                    .map_or(0.0, |ms| f64::from(u32::try_from(ms).unwrap_or(u32::MAX))),
            })
        };
        (0..count).map(one).collect()
    }

    fn cancels(&mut self, orders: &[Timed]) -> Result<Vec<f64>, BenchError> {
        let one = |timed_order: &Timed| {
            let orders = vec![timed_order.order];
            self.wait_for_a_circuit()?;
            let (done, took) = timed(|| ask(&mut self.desk, Request::Cancel { orders }));
            done.map(|_| took)
        };
        orders.iter().map(one).collect()
    }
}

type Reached = (Client, String, Option<Arc<TorCarrier>>);

fn over_tcp(node: &Node) -> Result<Reached, BenchError> {
    let address = node.address().ok_or_else(unexpected)?.to_string();
    let carrier = TcpCarrier::new(&address)?;
    let client = Client::new(Box::new(carrier), ClientOptions::default())?;
    Ok((client, address, None))
}

fn over_tor(node: &Node, tor: &Tor, way: Way<'_>) -> Result<Reached, BenchError> {
    let address = node.onion().ok_or_else(unexpected)?.clone();
    if !node.wait_for_onion(PATIENCE) {
        return Err(BenchError::Desk(
            "the onion service is not published in time".to_owned(),
        ));
    }
    let (name, is_ready) = (address.to_string(), matches!(way, Way::TorReady(_)));
    let warm = if is_ready {
        // Messages come one after the other here: at the usual pace they would wait for circuits most of the time.
        WarmCircuits {
            every: Duration::from_millis(500),
            ..WarmCircuits::THREE
        }
    } else {
        WarmCircuits::NONE
    };
    let carrier = Arc::new(tor.carrier(address, warm)?);
    let client = Client::new(Box::new(Arc::clone(&carrier)), ClientOptions::default())?;
    Ok((client, name, is_ready.then_some(carrier)))
}

/// A way into the network, with a directory of its own.
fn tor(folder: &Path, configuration: &Path) -> Result<Tor, BenchError> {
    let directory = TorDirectory::take(folder)?;
    let options = TorOptions {
        configuration: Some(configuration.to_owned()),
        patience: PATIENCE,
        ..TorOptions::in_directory(directory)
    };
    Ok(Tor::start(options, &mut |_| {})?)
}

/// Asks; what was sent, if something was.
fn ask(desk: &mut Desk, request: Request) -> Result<Option<Sent>, BenchError> {
    match desk.handle(request) {
        Reply::Failed(failure) => Err(BenchError::Desk(failure.error)),
        Reply::Sent(sent) => Ok(Some(sent)),
        _ => Ok(None),
    }
}

fn unexpected() -> BenchError {
    BenchError::Desk("the desk answers something else than what was sent".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_node::keys::MarketKeys;

    /// Slow machines and dev builds take longer; what is tested is that it measures what it names.
    #[test]
    fn orders_and_cancels_get_receipts() {
        let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tmp/keys");
        MarketKeys::load_or_create(&KeyCache::open(&keys).unwrap()).unwrap();
        let plan = BenchPlan::quick().with_samples(1);
        let mut tell = |_: &super::super::Progress| {};
        let mut steps = Steps::new(STEPS, &mut tell);
        let latency = measure(&plan, &keys, &mut steps).unwrap();
        let [latency] = &latency[..] else {
            panic!("one way: {latency:?}")
        };
        assert_eq!((latency.samples, latency.way.as_str()), (1, "tcp"));
        assert!(latency.order_ms_median > latency.cancel_ms_median / 10.0);
        assert!(latency.order_ms_median >= latency.proof_ms_median);
        assert!(latency.cancel_ms_median > 0.0);
    }
}
