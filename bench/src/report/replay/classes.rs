//! What each class of traders paid in proofs.

use crate::report::chart::bars::{BAR, Rows, name_letters};
use crate::report::chart::style::{BLUE, VERMILLION};
use crate::report::chart::{
    Axis, Canvas, DrawError, Drawing, Drawn, Entry, Marker, Pen, Sample, draw, legend,
};
use crate::report::error::ReportError;
use crate::report::figure::Figure;
use crate::report::table::Table;
use crate::report::text::{capitalised, plural, seconds, shortened, whole};
use tally_node::replay::{ClassCost, ReplayRecord};

const MEAN: Pen = Pen::solid(BLUE, 2.0);
const MOST: Pen = Pen::solid(VERMILLION, 2.0);

/// Proving time of a trader, class by class.
pub(super) fn figure(record: &ReplayRecord) -> Result<Figure, ReportError> {
    let classes = &record.classes;
    let mut table = Table::new(&[
        ("class", "Class"),
        ("traders", "Traders"),
        ("proofs", "Proofs"),
        ("proof_s", "All of them, s"),
        ("per_trader_s", "Each, s"),
        ("most_s", "Most of one, s"),
    ]);
    for class in classes {
        table.row([
            (&class.class).into(),
            class.traders.into(),
            class.proofs.into(),
            class.proof_s.into(),
            class.per_trader_s.into(),
            class.most_s.into(),
        ]);
    }
    let is_drawn = classes.iter().any(|class| class.most_s > 0.0);
    let drawing = is_drawn.then(|| drawing(classes));
    let summary = summary(record, is_drawn);
    Figure::new(
        "classes",
        "What a trader pays in proofs, by class",
        summary,
        table,
        drawing,
    )
}

fn summary(record: &ReplayRecord, is_drawn: bool) -> String {
    if !is_drawn {
        return if record.dry_run {
            "A dry run: no proof was made, so that none has a time.".to_owned()
        } else {
            "No trader's proofs were timed.".to_owned()
        };
    }
    let class = |class: &ClassCost| {
        format!(
            "{}: {} with {}, {} each, {} at most.",
            capitalised(&class.class),
            plural(class.traders as usize, "trader", "traders"),
            if class.proofs == 1 {
                "1 proof".to_owned()
            } else {
                format!("{} proofs", whole(class.proofs.into()))
            },
            seconds(class.per_trader_s),
            seconds(class.most_s),
        )
    };
    let classes: Vec<String> = record.classes.iter().map(class).collect();
    format!("{} The scale is logarithmic.", classes.join(" "))
}

fn drawing(classes: &[ClassCost]) -> Result<Drawing, DrawError> {
    let times = classes
        .iter()
        .flat_map(|class| [class.per_trader_s, class.most_s]);
    let axis = Axis::logarithmic(
        "proving time of a trader over the day, s",
        times.filter(|s| *s > 0.0),
    );
    let entries = [
        Entry::new(Sample::Points(MEAN, Marker::Disc), "mean of the class"),
        Entry::new(Sample::Points(MOST, Marker::Diamond), "most of one trader"),
    ];
    let top = legend::height(&entries);
    let rows = Rows {
        axis: &axis,
        top,
        count: classes.len(),
    };
    draw(top + Rows::height(classes.len()), |canvas| {
        legend::draw(canvas, 0.0, &entries)?;
        rows.draw(canvas)?;
        let mut numbered = classes.iter().enumerate();
        numbered.try_for_each(|(row, class)| draw_row(canvas, &rows, row, class))
    })
}

fn draw_row(canvas: &Canvas<'_>, rows: &Rows<'_>, row: usize, class: &ClassCost) -> Drawn {
    let value = format!("{} each", seconds(class.per_trader_s));
    let traders = whole(class.traders.into());
    // The number of traders is never cut off.
    let letters = name_letters(&value).saturating_sub(traders.len() + 3);
    let name = shortened(&capitalised(&class.class), letters);
    rows.name(canvas, row, &format!("{name} ({traders})"), &value)?;
    let y = rows.bar_top(row) + BAR / 2.0;
    let place = |s: f64| (s > 0.0).then(|| (rows.x_at(s), y));
    let (mean, most) = (place(class.per_trader_s), place(class.most_s));
    if let (Some(mean), Some(most)) = (mean, most) {
        canvas.line(&[mean, most], Pen::solid(BLUE, 1.25))?;
    }
    if let Some(most) = most {
        canvas.marker(most, Marker::Diamond, 11.0, VERMILLION)?;
    }
    mean.map_or(Ok(()), |mean| canvas.marker(mean, Marker::Disc, 11.0, BLUE))
}
