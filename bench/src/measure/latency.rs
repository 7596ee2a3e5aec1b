//! From an order to its receipt: a live node with the default interval in this process, reached over TCP, and a desk that
//! verifies everything itself. Nobody else proves meanwhile.

use super::BenchError;
use super::plan::BenchPlan;
use super::steps::Steps;
use super::timing::{median, percentile, timed};
use crate::results::Latency;
use rand::RngCore;
use rand::rngs::OsRng;
use std::path::Path;
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
use tally_transport::server::ServerLimits;

/// Steps of this part.
pub(super) const STEPS: usize = 3;
/// Cents that the trader has.
const CASH: u64 = 100_000_000;

/// Sends orders and cancels one after the other. The first of each is not counted.
pub(super) fn measure(
    plan: &BenchPlan,
    keys: &Path,
    steps: &mut Steps<'_>,
) -> Result<Latency, BenchError> {
    let folder = tempfile::tempdir()?;
    let mut market = steps.step("a live node, and a note", || {
        LiveMarket::start(folder.path(), keys)
    })?;
    let count = plan.orders_sent.max(1);
    let orders = steps.step("orders", || market.orders(count + 1))?;
    let cancels = steps.step("cancels", || market.cancels(&orders))?;
    let totals: Vec<f64> = orders[1..].iter().map(|order| order.took).collect();
    let proofs: Vec<f64> = orders[1..].iter().map(|order| order.proof).collect();
    market.node.stop()?;
    let interval = EngineOptions::default().interval.as_millis();
    Ok(Latency {
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
}

impl LiveMarket {
    fn start(folder: &Path, keys: &Path) -> Result<Self, BenchError> {
        let cache = KeyCache::open(keys)?;
        let market = make_practice_market(&folder.join("market"), &cache, IN_SESSION, 1)?;
        let node = Node::start(
            &market,
            &NodeOptions {
                listen: Some(([127, 0, 0, 1], 0).into()),
                onion: None,
                metrics: None,
                engine: EngineOptions::default(),
                limits: ServerLimits::default(),
                insecure_keys: true,
            },
        )?;
        let address = node.address().ok_or_else(unexpected)?.to_string();
        let carrier = TcpCarrier::new(&address)?;
        let client = Client::new(Box::new(carrier), ClientOptions::default())?;
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
        Ok(Self { node, desk })
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
            let (done, took) = timed(|| ask(&mut self.desk, Request::Cancel { orders }));
            done.map(|_| took)
        };
        orders.iter().map(one).collect()
    }
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
        assert_eq!(latency.samples, 1);
        assert!(latency.order_ms_median > latency.cancel_ms_median / 10.0);
        assert!(latency.order_ms_median >= latency.proof_ms_median);
        assert!(latency.cancel_ms_median > 0.0);
    }
}
