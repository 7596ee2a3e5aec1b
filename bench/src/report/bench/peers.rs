//! Other provers beside ours.

use crate::report::chart::bars::{BAR, Rows, name_letters};
use crate::report::chart::style::{BLACK, BLUE, ORANGE};
use crate::report::chart::{Axis, Canvas, DrawError, Drawing, Drawn, Fill, Hatch, Pen, draw};
use crate::report::error::ReportError;
use crate::report::figure::Figure;
use crate::report::table::Table;
use crate::report::text::{capitalised, milliseconds, shortened, significant};
use crate::results::{BenchReport, PeerCost};

/// The name of ours among the provers.
const OURS: &str = "tally";

/// The same constraint system and witness through several provers.
pub(super) fn figure(report: &BenchReport) -> Result<Figure, ReportError> {
    let peers = &report.peers;
    let mut table = Table::new(&[
        ("prover", "Prover"),
        ("statement", "Statement"),
        ("prove_ms_median", "Median, ms"),
        ("prove_ms_p10", "10th percentile, ms"),
        ("prove_ms_p90", "90th percentile, ms"),
        ("proofs", "Proofs"),
        ("ratio_median", "Theirs by ours"),
    ]);
    for peer in peers {
        table.row([
            (&peer.name).into(),
            (&peer.statement).into(),
            peer.prove_ms_median.into(),
            peer.prove_ms_p10.into(),
            peer.prove_ms_p90.into(),
            peer.prove_ms.len().into(),
            peer.ratio_median.into(),
        ]);
    }
    let drawing = (!peers.is_empty()).then(|| drawing(peers));
    Figure::new(
        "peers",
        "The same proof by other provers",
        summary(peers),
        table,
        drawing,
    )
}

fn summary(peers: &[PeerCost]) -> String {
    if peers.is_empty() {
        return "Other provers were not measured in this run; --peers does it.".to_owned();
    }
    let others = peers.iter().filter(|peer| peer.name != OURS).map(|peer| {
        format!(
            "{} takes {} times as long for {}.",
            peer.name,
            significant(peer.ratio_median),
            capitalised(&peer.statement),
        )
    });
    let others: Vec<String> = others.collect();
    format!(
        "{} Same constraint system, same witness, same threads, one after the other in turns; the ratio is that of the \
         medians. A bar is the median, the line in it goes from the 10th to the 90th percentile.",
        others.join(" ")
    )
}

fn drawing(peers: &[PeerCost]) -> Result<Drawing, DrawError> {
    let times = peers
        .iter()
        .flat_map(|peer| [peer.prove_ms_median, peer.prove_ms_p10, peer.prove_ms_p90]);
    let axis = Axis::from_zero("time of a whole proof, ms", times, 6);
    let rows = Rows {
        axis: &axis,
        top: 0.0,
        count: peers.len(),
    };
    draw(Rows::height(peers.len()), |canvas| {
        rows.draw(canvas)?;
        let mut numbered = peers.iter().enumerate();
        numbered.try_for_each(|(row, peer)| draw_row(canvas, &rows, row, peer))
    })
}

fn draw_row(canvas: &Canvas<'_>, rows: &Rows<'_>, row: usize, peer: &PeerCost) -> Drawn {
    let is_ours = peer.name == OURS;
    let time = milliseconds(peer.prove_ms_median);
    let value = if is_ours {
        time
    } else {
        format!("{time} = {} ×", significant(peer.ratio_median))
    };
    let name = format!("{}, {}", capitalised(&peer.statement), peer.name);
    rows.name(canvas, row, &shortened(&name, name_letters(&value)), &value)?;
    let fill = Fill {
        colour: if is_ours { BLUE } else { ORANGE },
        opacity: 1.0,
        hatch: if is_ours { Hatch::Plain } else { Hatch::Rising },
    };
    let top = rows.bar_top(row);
    let (from, to) = (
        (rows.x_at(0.0), top),
        (rows.x_at(peer.prove_ms_median), top + BAR),
    );
    canvas.rectangle(from, to, fill)?;
    canvas.outline(from, to, Pen::solid(BLACK, 0.75))?;
    let ends = [peer.prove_ms_p10, peer.prove_ms_p90].map(|end| rows.x_at(end));
    let (pen, y) = (Pen::solid(BLACK, 1.5), top + BAR / 2.0);
    canvas.line(&ends.map(|x| (x, y)), pen)?;
    ends.into_iter()
        .try_for_each(|x| canvas.line(&[(x, y - 5.0), (x, y + 5.0)], pen))
}
