//! What classes of traders pay in proofs: the more somebody sends, the more he pays, and whoever sends nothing pays for
//! epochs alone.

use super::Sent;
use super::queue::Service;
use crate::replay::record::ClassCost;

/// The classes: their names, and the fewest messages of each.
const CLASSES: [(u64, &str); 5] = [
    (0, "no message"),
    (1, "1 to 9 messages"),
    (10, "10 to 99 messages"),
    (100, "100 to 999 messages"),
    (1_000, "1,000 messages and more"),
];

/// Costs by class, classes without traders left out. `messages` are those of the flow that each trader sent.
pub(super) fn classes(messages: &[u64], sent: &[Sent], service: &Service) -> Vec<ClassCost> {
    let mut proofs = vec![(0_u64, 0.0_f64); messages.len()];
    for sent in sent {
        let (count, seconds) = &mut proofs[sent.trader as usize];
        *count += 1;
        if service.is_measured() {
            *seconds += service.of(sent.kind).as_secs_f64();
        }
    }
    let mut costs = CLASSES.map(|(_, class)| ClassCost {
        class: class.to_owned(),
        traders: 0,
        proofs: 0,
        proof_s: 0.0,
        per_trader_s: 0.0,
        most_s: 0.0,
    });
    for (messages, (count, seconds)) in messages.iter().zip(proofs) {
        let place = CLASSES.iter().rposition(|(least, _)| messages >= least);
        // The first class begins at zero.
        let cost = &mut costs[place.unwrap_or(0)];
        cost.traders += 1;
        cost.proofs += count;
        cost.proof_s += seconds;
        cost.most_s = cost.most_s.max(seconds);
    }
    for cost in &mut costs {
        cost.per_trader_s = cost.proof_s / f64::from(cost.traders.max(1));
    }
    costs.into_iter().filter(|cost| cost.traders > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::super::queue::{Kind, ServiceTimes};
    use super::*;
    use std::time::Duration;

    #[test]
    fn costs_by_class() {
        let mut times = ServiceTimes::default();
        times.take(Kind::Act, Duration::from_millis(100), true);
        times.take(Kind::Refresh, Duration::from_millis(300), true);
        let service = Service::new(&times);
        let sent = |trader, kind| Sent {
            trader,
            at_us: 0,
            kind,
            is_flow: true,
        };
        let all = [
            sent(0, Kind::Refresh),
            sent(1, Kind::Act),
            sent(1, Kind::Refresh),
            sent(2, Kind::Act),
        ];
        let found = classes(&[0, 9, 1, 1_000], &all, &service);
        let names: Vec<&str> = found.iter().map(|class| class.class.as_str()).collect();
        assert_eq!(
            names,
            ["no message", "1 to 9 messages", "1,000 messages and more"]
        );
        let figures: Vec<(u32, u64)> = found.iter().map(|c| (c.traders, c.proofs)).collect();
        assert_eq!(figures, [(1, 1), (2, 3), (1, 0)]);
        assert!((found[1].proof_s - 0.5).abs() < 1e-9);
        assert!((found[1].per_trader_s - 0.25).abs() < 1e-9);
        assert!((found[1].most_s - 0.4).abs() < 1e-9);

        let dry = classes(
            &[0, 9, 1, 1_000],
            &all,
            &Service::new(&ServiceTimes::default()),
        );
        assert!(
            dry.iter()
                .all(|class| class.proof_s == 0.0 && class.most_s == 0.0)
        );
        assert_eq!(dry[1].proofs, 3);
    }
}
