//! The day in numbers: what the replay did and whether its checks hold.

use crate::report::page::Page;
use crate::report::text::{plural, seconds, whole};
use tally_node::replay::{Check, EpochReport, PassiveCost, Projection, ReplayReport};

/// A row: its name and its value.
type Fact = (String, Vec<String>);

fn fact(name: &str, value: impl Into<String>) -> Fact {
    (name.to_owned(), vec![value.into()])
}

/// Epochs that the page lists.
const MOST_EPOCHS: usize = 100;

/// What happened and whether the checks hold.
pub(super) fn facts(page: &mut Page, report: &ReplayReport) {
    let settlement = match (&report.settlement, &report.settlement_tier) {
        (Some(price), Some(tier)) => format!("{price} cents per pound, {tier}"),
        (Some(price), None) => format!("{price} cents per pound"),
        (None, _) => "none".to_owned(),
    };
    let mut rows = vec![
        fact("Messages of the flow", whole(report.messages.into())),
        fact("Orders posted", whole(report.orders_posted.into())),
        fact("Orders cancelled", whole(report.cancels.into())),
        fact("Contracts traded", whole(report.contracts_traded.into())),
        fact("Fills", whole(report.fills.into())),
        fact("Messages refused", whole(report.rejected.into())),
        fact("Settlement", settlement),
        fact(
            "Settlement of the day before",
            format!("{} cents per pound", report.prior_settlement),
        ),
        fact("Epochs closed", whole(report.epochs.len() as i128)),
        fact(
            "Key generations",
            whole(report.key_generations.len() as i128),
        ),
        fact("Faults on demand", report.faults.to_string()),
    ];
    if report.days.len() > 1 {
        let days = plural(report.days.len(), "day", "days");
        let text = format!("{days}; the figures above show the first");
        rows.insert(0, fact("Days replayed", text));
    }
    if let Some(cost) = &report.passive_trader_cpu {
        rows.push(fact("A trader who posts nothing", passive(cost)));
    }
    let projections = [
        ("Complete day, projected", &report.projected_full_day),
        ("Check of the model, projected", &report.projected_check),
    ];
    for (name, projection) in projections {
        if let Some(projection) = projection {
            rows.push(fact(name, projected(projection)));
        }
    }
    if let Some(recovery) = report.drop_out_recovery_s {
        rows.push(fact("Longest way back of a drop-out", seconds(recovery)));
    }
    rows.extend(Check::ALL.map(|check| {
        let holds = if check.holds(&report.checks) {
            "✓ holds"
        } else {
            "✗ does NOT hold"
        };
        fact(&format!("Check: {}", check.name()), holds)
    }));
    rows.push(fact("Final state", &*report.final_state_hash));
    page.facts(&[], &rows);
}

/// The epochs that the replay closed, in order; nothing if there are none.
pub(super) fn epochs(page: &mut Page, report: &ReplayReport) {
    if report.epochs.is_empty() {
        return;
    }
    page.heading("The epochs");
    page.paragraph(
        "P is the price at which everybody was revalued, cents per pound. L is what absent and distressed traders left to \
         the clearing account, contracts.",
    );
    let headings = ["P", "Came", "Absent", "Cut back", "L", "Halt"].map(str::to_owned);
    let row = |epoch: &EpochReport| {
        let closed = |value: i64| whole(value.into());
        let halt = if epoch.halt_s > 0.0 {
            seconds(epoch.halt_s)
        } else {
            "–".to_owned()
        };
        let values = vec![
            epoch.price.clone(),
            format!(
                "{} of {}",
                whole(epoch.refreshed.into()),
                whole(epoch.expected.into())
            ),
            whole(epoch.absent.into()),
            whole(epoch.distressed.into()),
            epoch.liquidated.map_or_else(|| "closed".to_owned(), closed),
            halt,
        ];
        (format!("{} {}", epoch.market, epoch.epoch), values)
    };
    let rows: Vec<Fact> = report.epochs.iter().take(MOST_EPOCHS).map(row).collect();
    page.facts(&headings, &rows);
    let left_out = report.epochs.len() - rows.len();
    if left_out > 0 {
        let more = plural(left_out, "more is", "more are");
        page.paragraph(&format!("{more} in report.json."));
    }
}

/// What a run is expected to take, and what that rests on.
fn projected(projection: &Projection) -> String {
    let passive = projection
        .passive_trader_cpu_s
        .map_or_else(String::new, |cpu| {
            let cpu = seconds(cpu);
            format!("; {cpu} of processor time for a trader who posts nothing")
        });
    format!(
        "{} messages, {} proofs: {}{passive}. From {}",
        whole(projection.messages.into()),
        whole(projection.proofs.into()),
        seconds(projection.wall_s),
        projection.basis,
    )
}

/// What the processor time of a passive trader is made of.
fn passive(cost: &PassiveCost) -> String {
    format!(
        "{} of processor time in {}: key generation {}, Refreshes {}, decryption shares {}, finding the sums {}, \
         reading the ledger {}",
        seconds(cost.total_s()),
        plural(cost.epochs as usize, "epoch", "epochs"),
        seconds(cost.deal_s + cost.check_dealings_s),
        seconds(cost.refresh_s),
        seconds(cost.share_s),
        seconds(cost.discrete_log_s),
        seconds(cost.follow_s),
    )
}
