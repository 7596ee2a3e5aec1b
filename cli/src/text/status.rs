//! `status` and `markets`.

use super::amounts::{bytes, grouped};
use super::layout::{Fields, clean};
use super::paint::{Paint, Style};
use super::times::to_the_second;
use tally_client::reply::{MarketLine, Status};

/// How far, and whose keys.
pub fn status(status: &Status, style: Style) -> String {
    let mut fields = Fields::new(style);
    fields
        .add("chain", status.chain.as_str())
        .add("name", status.name.as_str())
        .add("node", status.node.as_str());
    let behind = status.node_height.saturating_sub(status.height);
    match behind {
        0 => fields.add("height", status.height.to_string()),
        _ => fields.painted(
            "height",
            Paint::Warning,
            format!(
                "{} of {}, {behind} behind",
                status.height, status.node_height
            ),
        ),
    };
    fields
        .add("time", format!("{} UTC", to_the_second(&status.time)))
        .add("state", status.state.as_str())
        .add(
            "verified",
            format!("{} proofs", grouped(status.proofs_verified)),
        )
        .add("downloaded", bytes(status.bytes_downloaded))
        .keys(status.insecure_keys)
        .add(
            "agent",
            if status.agent {
                "keeps the position alive"
            } else {
                "none runs"
            },
        )
        .add(
            "last proof",
            status
                .last_proof_ms
                .map_or_else(|| "none made here yet".to_owned(), |ms| format!("{ms} ms")),
        )
        .maybe("checkpoint", status.checkpoint.as_deref())
        .list("no outcome", &status.pending);
    fields.text()
}

/// The contract months of a chain.
pub fn markets(
    chain: &str,
    name: &str,
    insecure_keys: bool,
    markets: &[MarketLine],
    style: Style,
) -> String {
    let mut fields = Fields::new(style);
    fields
        .add("chain", chain)
        .add("name", name)
        .keys(insecure_keys);
    let mut out = fields.text();
    for market in markets {
        let symbol = style.paint(Paint::Strong, market.market.as_str());
        let phase = clean(&market.phase);
        out += &format!("\n{symbol} on {}, {phase}\n", clean(&market.session));
        let mut fields = Fields::new(style);
        fields
            .add("last trading day", market.last_trading_day.as_str())
            .add("mark", market.mark.as_str())
            .add("band", format!("{} to {}", market.band[0], market.band[1]))
            .add("epoch", market.epoch.to_string())
            .add("notes", grouped(market.notes))
            .add("traded", grouped(market.traded))
            .add("own note", if market.is_open { "open" } else { "none" });
        out += &fields.text();
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::text::{Style, fixtures, text};
    use tally_client::reply::Reply;

    #[test]
    fn a_status() {
        let expected =
            "  chain       9f0c6a2be4d81735f0a1b2c3d4e5f60718293a4b5c6d7e8f9021a3b4c5d6e7f8
  name        practice
  node        127.0.0.1:7401
  height      1234
  time        2017-01-03 14:30:00 UTC
  state       00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
  verified    1,412 proofs
  downloaded  2.3 MB
  keys        INSECURE: whoever made these proving keys could forge proofs
  agent       keeps the position alive
  last proof  31 ms
";
        let reply = Reply::Status(fixtures::status());
        assert_eq!(text(&reply, Style::Plain), expected);
    }

    #[test]
    fn a_status_behind() {
        let mut status = fixtures::status();
        status.node_height = 1240;
        status.insecure_keys = false;
        status.agent = false;
        status.last_proof_ms = None;
        status.checkpoint = Some(format!("1200:{}", "ab".repeat(32)));
        status.pending = vec!["message 7 (buy 2 @ 66.150 in HEG7)".to_owned()];
        let expected =
            "  chain       9f0c6a2be4d81735f0a1b2c3d4e5f60718293a4b5c6d7e8f9021a3b4c5d6e7f8
  name        practice
  node        127.0.0.1:7401
  height      1234 of 1240, 6 behind
  time        2017-01-03 14:30:00 UTC
  state       00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
  verified    1,412 proofs
  downloaded  2.3 MB
  agent       none runs
  last proof  none made here yet
  checkpoint  1200:abababababababababababababababababababababababababababababababab
  no outcome  message 7 (buy 2 @ 66.150 in HEG7)
";
        assert_eq!(text(&Reply::Status(status), Style::Plain), expected);
    }

    #[test]
    fn contract_months() {
        let reply = Reply::Markets {
            chain: fixtures::CHAIN.to_owned(),
            name: "practice".to_owned(),
            insecure_keys: true,
            markets: vec![fixtures::market_line()],
        };
        let expected = "  chain  9f0c6a2be4d81735f0a1b2c3d4e5f60718293a4b5c6d7e8f9021a3b4c5d6e7f8
  name   practice
  keys   INSECURE: whoever made these proving keys could forge proofs

HEG7 on 2017-01-03, continuous
  last trading day  2017-02-14
  mark              66.175
  band              64.150 to 68.150
  epoch             3
  notes             50
  traded            1,234
  own note          open
";
        assert_eq!(text(&reply, Style::Plain), expected);
    }
}
