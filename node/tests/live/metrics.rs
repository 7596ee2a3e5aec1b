//! Health and metrics over HTTP.

use crate::support::*;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

fn try_http(address: SocketAddr, head: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(head.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn http(address: SocketAddr, head: &str) -> String {
    try_http(address, head).unwrap()
}

fn get(address: SocketAddr, path: &str) -> String {
    http(address, &format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"))
}

#[test]
fn health_figures_and_nothing_else() {
    let root = market_folder();
    let node = start(root.path(), &options());
    Trader::opened(&node, 1);
    let address = node.metrics_address().unwrap();
    let health = get(address, "/health");
    assert!(health.starts_with("HTTP/1.1 200 "), "{health}");
    let (_, body) = health.split_once("\r\n\r\n").unwrap();
    let json: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(json["height"], node.engine().tip().height);
    assert_eq!(
        (&json["producing"], &json["queued"]),
        (&true.into(), &0.into())
    );
    assert!(json["uptime_s"].is_u64() && json["time"].is_u64());

    let metrics = get(address, "/metrics");
    assert!(metrics.contains("text/plain; version=0.0.4"), "{metrics}");
    // The market may have had a block of its own to make when it began.
    let height = node.engine().tip().height;
    for line in [
        &format!("tally_height {height}"),
        &format!("tally_blocks_total {height}"),
        "tally_entries_total 2",
        "tally_entries_refused_total 0",
        "tally_entries_declined_total 0",
        "tally_false_proofs_total 0",
        "tally_queue_entries 0",
        "tally_proofs_verified_total 1",
        "tally_snapshot_height 0",
        "tally_notes{market=\"HEG7\"} 1",
        "tally_records{market=\"HEG7\"} 0",
        "tally_api_connections_displaced_total 0",
        "tally_api_connections_oversized_total 0",
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line}: {metrics}"
        );
    }
    for name in [
        "tally_block_time_seconds ",
        "tally_proof_verification_seconds_total 0.",
        "tally_api_connections_open ",
        "tally_api_requests_total ",
        "tally_resident_memory_bytes ",
        "tally_uptime_seconds ",
    ] {
        assert!(metrics.contains(name), "{name}: {metrics}");
    }
    assert!(get(address, "/").starts_with("HTTP/1.1 404 "));
    assert!(get(address, "/metrics/x").starts_with("HTTP/1.1 404 "));
    let post = "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
    let refused = http(address, post);
    assert!(
        refused.starts_with("HTTP/1.1 405 ") && refused.contains("allow: GET"),
        "{refused}"
    );
    let long = format!("GET /health HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(20_000));
    assert!(http(address, &long).starts_with("HTTP/1.1 431 "));
    node.stop().unwrap();
}

/// Sixteen who say nothing take all places; they are gone after a while, and the seventeenth is hung up on at once.
#[test]
fn connections_are_few() {
    let root = market_folder();
    let node = start(root.path(), &options());
    let address = node.metrics_address().unwrap();
    let silent: Vec<_> = (0..16)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    std::thread::sleep(Duration::from_millis(300));
    let mut one_more = TcpStream::connect(address).unwrap();
    one_more
        .set_read_timeout(Some(Duration::from_secs(3)))
        .unwrap();
    assert!(matches!(one_more.read(&mut [0]), Ok(0) | Err(_)));
    drop(silent);
    let start = Instant::now();
    let health = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
    while !try_http(address, health).is_ok_and(|text| text.starts_with("HTTP/1.1 200 ")) {
        assert!(start.elapsed() < Duration::from_secs(20), "no place");
        std::thread::sleep(Duration::from_millis(50));
    }
    node.stop().unwrap();
}
