//! What became of something, in one line.

use crate::output::word;
use crate::text::layout::clean;
use tally_client::reply::{OrderLine, Reply, Sent};
use tally_exchange::record::OrderStatus;

/// A reply in one line of the screen.
pub fn told(reply: &Reply) -> String {
    match reply {
        Reply::Sent(sent) => of_sent(sent),
        Reply::Orders { orders } if orders.is_empty() => "nothing to cancel".to_owned(),
        Reply::Orders { orders } => {
            let words: Vec<String> = orders.iter().map(of_cancelled).collect();
            words.join(", ")
        }
        Reply::Failed(failure) => format!("error: {}", clean(&failure.error)),
        _ => "done".to_owned(),
    }
}

fn of_sent(sent: &Sent) -> String {
    let repeated = if sent.repeated {
        " (same as before: nothing sent)"
    } else {
        ""
    };
    let orders = sent.orders.iter().map(|order| {
        let at = order.average_price.as_ref();
        let at = at.map_or_else(String::new, |price| format!(" @ {price}"));
        format!(
            "order {}: {}/{} filled{at}",
            order.order, order.filled, order.quantity
        )
    });
    let proof = sent.proof_ms.map(|ms| format!("proof {ms} ms"));
    let receipt = sent.receipt_ms.map(|ms| format!("receipt {ms} ms"));
    let reason = sent.reason.clone();
    let details: Vec<String> = reason
        .into_iter()
        .chain(orders)
        .chain(proof)
        .chain(receipt)
        .collect();
    let line = format!(
        "{}: {}{repeated}; {}",
        word(&sent.outcome),
        sent.action,
        details.join(", ")
    );
    clean(line.trim_end_matches("; "))
}

fn of_cancelled(order: &OrderLine) -> String {
    match order.status {
        OrderStatus::Cancelled => format!("order {} cancelled", order.order),
        status => format!("order {}: {}", order.order, word(&status)),
    }
}
