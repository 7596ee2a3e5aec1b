//! The choice of band: margin against the number of epochs.

use crate::report::chart::{
    Axis, DrawError, Drawing, Entry, Labels, Panel, Sample, draw, legend, series,
};
use crate::report::error::ReportError;
use crate::report::figure::Figure;
use crate::report::table::Table;
use crate::report::text::{plural, price};
use crate::results::{BandChoice, BenchReport};
use std::collections::BTreeMap;

/// Height of the frame, points.
const HEIGHT: f64 = 310.0;

/// Epochs by margin, a line for each part of the half-width that the trigger distance is.
pub(super) fn figure(report: &BenchReport) -> Result<Figure, ReportError> {
    let bands = &report.bands;
    let mut table = Table::new(&[
        ("half_width_mills", "Half-width, 0.001 cents/lb"),
        ("trigger_distance_mills", "Trigger distance, 0.001 cents/lb"),
        ("margin_cents", "Initial margin, cents a contract"),
        ("intraday_epochs", "Intraday epochs"),
        ("most_in_a_session", "Most in a session"),
    ]);
    for band in bands {
        table.row([
            band.half_width.into(),
            band.trigger_distance.into(),
            band.margin_cents.into(),
            band.intraday_epochs.into(),
            band.most_in_a_session.into(),
        ]);
    }
    let drawing = (!bands.is_empty()).then(|| drawing(bands));
    Figure::new(
        "bands",
        "Wider bands: more margin, fewer epochs",
        summary(bands),
        table,
        drawing,
    )
}

fn summary(bands: &[BandChoice]) -> String {
    let least = bands.iter().min_by_key(|band| band.margin_cents);
    let most = bands.iter().max_by_key(|band| band.margin_cents);
    let (Some(least), Some(most)) = (least, most) else {
        return "Choices of band were not compared in this run.".to_owned();
    };
    let choice = |band: &BandChoice| {
        format!(
            "half-width {}, trigger {}: {} a contract and {}",
            price(band.half_width, 1),
            price(band.trigger_distance, 1),
            dollars(band.margin_cents),
            plural(
                band.intraday_epochs as usize,
                "intraday epoch",
                "intraday epochs"
            ),
        )
    };
    format!(
        "Over all sessions, the choice with least margin (cents per pound): {}. With most: {}. A point is one choice; \
         where it has a number, that is the half-width.",
        choice(least),
        choice(most)
    )
}

fn dollars(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let size = cents.unsigned_abs();
    let whole = crate::report::text::whole((size / 100).into());
    match size % 100 {
        0 => format!("{sign}${whole}"),
        rest => format!("{sign}${whole}.{rest:02}"),
    }
}

/// The choices whose trigger distance is about the same part of the half-width, in eighths, by half-width.
fn by_part(bands: &[BandChoice]) -> BTreeMap<i64, Vec<&BandChoice>> {
    let mut parts: BTreeMap<i64, Vec<&BandChoice>> = BTreeMap::new();
    for band in bands {
        // To the nearest eighth: distances are rounded to ticks.
        let width = i128::from(band.half_width).max(1);
        let eighths = (i128::from(band.trigger_distance) * 16 + width).div_euclid(2 * width);
        let eighths = i64::try_from(eighths).unwrap_or(i64::MAX);
        parts.entry(eighths).or_default().push(band);
    }
    for choices in parts.values_mut() {
        choices.sort_by_key(|band| (band.half_width, band.trigger_distance));
    }
    parts
}

/// A number of eighths as one writes it.
fn part_text(eighths: i64) -> String {
    let text = match eighths {
        1 => "⅛",
        2 => "¼",
        3 => "⅜",
        4 => "½",
        5 => "⅝",
        6 => "¾",
        7 => "⅞",
        8 => "all",
        other => return format!("{other}/8"),
    };
    text.to_owned()
}

fn point(band: &BandChoice) -> (f64, f64) {
    (
        band.margin_cents as f64 / 100.0,
        f64::from(band.intraday_epochs),
    )
}

fn drawing(bands: &[BandChoice]) -> Result<Drawing, DrawError> {
    let parts = by_part(bands);
    let entries: Vec<Entry> = parts
        .keys()
        .enumerate()
        .map(|(n, eighths)| {
            let (pen, marker) = series(n);
            let text = format!("trigger at {} of the half-width", part_text(*eighths));
            Entry::new(Sample::Line(pen, Some(marker)), text)
        })
        .collect();
    let top = legend::height(&entries);
    let panel = Panel::new(
        Axis::linear(
            "initial margin, dollars a contract",
            bands.iter().map(|band| point(band).0),
            5,
        ),
        Axis::from_zero(
            "intraday epochs, all sessions",
            bands.iter().map(|band| point(band).1),
            6,
        ),
        top,
        HEIGHT,
    );
    draw(top + HEIGHT + Panel::AROUND, |canvas| {
        legend::draw(canvas, 0.0, &entries)?;
        panel.draw(canvas)?;
        let mut names = Vec::new();
        for (n, choices) in parts.values().enumerate() {
            let points: Vec<(f64, f64)> = choices.iter().map(|band| point(band)).collect();
            let (pen, marker) = series(n);
            panel.series(canvas, &points, (pen, Some(marker)))?;
            names.extend(panel.places(&points).into_iter().zip(choices));
        }
        let places: Vec<(f64, f64)> = names.iter().map(|(place, _)| *place).collect();
        let mut labels = Labels::around(&places);
        // A name at every point would be a thicket.
        let mut named = names.iter().filter(|(_, band)| band.half_width % 500 == 0);
        named.try_for_each(|(place, band)| {
            labels.place(canvas, *place, panel.frame(), &short(band.half_width))
        })
    })
}

/// Cents per pound from thousandths of them, without the zeros at the end.
fn short(mills: i64) -> String {
    let text = price(mills, 1);
    let text = text.trim_end_matches('0');
    match text.strip_suffix('.') {
        Some(whole) => format!("{whole}.0"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_and_distances_read_well() {
        assert_eq!(dollars(150_000), "$1,500");
        assert_eq!(dollars(-1_205), "-$12.05");
        assert_eq!(dollars(i64::MIN), "-$92,233,720,368,547,758.08");
        assert_eq!(short(1_500), "1.5");
        assert_eq!(short(2_000), "2.0");
        assert_eq!(short(1_125), "1.125");
    }

    #[test]
    fn choices_are_grouped_by_the_trigger_s_part() {
        let choice = |half_width, trigger_distance| BandChoice {
            half_width,
            trigger_distance,
            margin_cents: 0,
            intraday_epochs: 0,
            most_in_a_session: 0,
        };
        // 50 ticks: three quarters are 37, seven eighths 43.
        let bands = [
            (1_250, 925),
            (1_250, 1_075),
            (1_000, 750),
            (0, 0),
            (-1, i64::MAX),
        ];
        let bands = bands.map(|(half, trigger)| choice(half, trigger));
        let parts = by_part(&bands);
        assert_eq!(
            parts.keys().copied().collect::<Vec<_>>(),
            [0, 6, 7, i64::MAX]
        );
        assert_eq!(parts[&6][0].half_width, 1_000);
        assert_eq!(part_text(6), "¾");
        assert_eq!(part_text(9), "9/8");
    }
}
