//! Ranges and ticks.

use crate::report::text;

/// Largest size of a value that an axis shows; what lies beyond is at its edge.
const LARGEST: f64 = 1e15;
/// Least value that a logarithmic axis shows.
const LEAST: f64 = 1e-9;

/// An axis: what it shows, from where to where, and its ticks.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    /// What it shows, with its unit.
    pub(crate) title: String,
    is_logarithmic: bool,
    low: f64,
    high: f64,
    ticks: Vec<Tick>,
}

/// A place on an axis and what is written there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    /// The value.
    pub(crate) value: f64,
    /// Its text.
    pub(crate) text: String,
}

impl Axis {
    /// A linear axis over the values, with about so many ticks.
    pub(crate) fn linear(
        title: impl Into<String>,
        values: impl IntoIterator<Item = f64>,
        ticks: u32,
    ) -> Self {
        let (low, high) = range(values, -LARGEST).unwrap_or((0.0, 1.0));
        let step = nice_step(high - low, ticks, high.abs().max(low.abs()));
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        let last = match last > first {
            true => last,
            // Nothing but zero: as far as one.
            false if low == 0.0 => (1.0 / step).ceil().max(1.0),
            false => first + 1.0,
        };
        // A nice step makes few ticks of any range.
        let count = super::canvas::whole(last - first).min(100);
        let decimals = decimals(step);
        let ticks = (0..=count).map(|n| {
            let value = (first + f64::from(u32::try_from(n).unwrap_or(0))) * step;
            Tick {
                value,
                text: text::fixed(value, decimals),
            }
        });
        Self {
            title: title.into(),
            is_logarithmic: false,
            low: first * step,
            high: last * step,
            ticks: ticks.collect(),
        }
    }

    /// A linear axis over zero and the values.
    pub(crate) fn from_zero(
        title: impl Into<String>,
        values: impl IntoIterator<Item = f64>,
        ticks: u32,
    ) -> Self {
        Self::linear(title, values.into_iter().chain([0.0]), ticks)
    }

    /// A logarithmic axis over the values above zero, its ticks at powers of ten and, where these are few, between.
    pub(crate) fn logarithmic(
        title: impl Into<String>,
        values: impl IntoIterator<Item = f64>,
    ) -> Self {
        let (low, high) = range(values, LEAST).unwrap_or((1.0, 10.0));
        let marks = marks(low, high);
        let ticks = marks.iter().map(|&value| Tick {
            value,
            text: power_text(value),
        });
        Self {
            title: title.into(),
            is_logarithmic: true,
            low: marks.first().map_or(low, |first| first.min(low)),
            high: marks.last().map_or(high, |last| last.max(high)),
            ticks: ticks.collect(),
        }
    }

    /// The same axis without its title, for a panel above another that has it.
    pub(crate) fn untitled(mut self) -> Self {
        self.title.clear();
        self
    }

    /// The same axis with its ticks' values written otherwise.
    pub(crate) fn written(mut self, write: impl Fn(f64) -> String) -> Self {
        for tick in &mut self.ticks {
            tick.text = write(tick.value);
        }
        self
    }

    /// The same axis with other ticks: those of these values that it covers.
    pub(crate) fn ticked(mut self, ticks: impl IntoIterator<Item = (f64, String)>) -> Self {
        let (low, high) = (self.low, self.high);
        let ticks = ticks
            .into_iter()
            .filter(|(value, _)| (low..=high).contains(value));
        self.ticks = ticks.map(|(value, text)| Tick { value, text }).collect();
        self
    }

    /// The same axis ending exactly at these values.
    pub(crate) fn cut(mut self, low: f64, high: f64) -> Self {
        if low < high && low.is_finite() && high.is_finite() && (!self.is_logarithmic || low > 0.0)
        {
            (self.low, self.high) = (low, high);
            self.ticks.retain(|tick| (low..=high).contains(&tick.value));
        }
        self
    }

    /// The same axis ending at the least and the greatest of these values, where they differ.
    pub(crate) fn cut_to(self, values: impl IntoIterator<Item = f64>) -> Self {
        match range(values, -LARGEST) {
            Some((low, high)) => self.cut(low, high),
            None => self,
        }
    }

    /// Where a value lies, from 0 at the low end to 1 at the high end, and nowhere beyond. What is not above zero lies
    /// at the low end of a logarithmic axis.
    pub(crate) fn position(&self, value: f64) -> f64 {
        let scaled = |value: f64| {
            if self.is_logarithmic {
                value.max(LEAST).log10()
            } else {
                value
            }
        };
        let (low, high) = (scaled(self.low), scaled(self.high));
        let position = (scaled(value) - low) / (high - low);
        if position.is_nan() {
            return 0.0;
        }
        position.clamp(0.0, 1.0)
    }

    /// The ticks.
    pub(crate) fn ticks(&self) -> &[Tick] {
        &self.ticks
    }
}

/// Least and greatest of the values that are numbers and not below `least`.
fn range(values: impl IntoIterator<Item = f64>, least: f64) -> Option<(f64, f64)> {
    values
        .into_iter()
        .filter(|value| value.is_finite() && *value >= least)
        .map(|value| value.min(LARGEST))
        .fold(None, |range, value| match range {
            None => Some((value, value)),
            Some((low, high)) => Some((value.min(low), value.max(high))),
        })
}

/// 1, 2 or 5 times a power of ten, so that a range has about so many steps.
fn nice_step(range: f64, steps: u32, size: f64) -> f64 {
    // A range of nothing gets a step that shows against the value itself.
    let range = if range > size * 1e-9 {
        range
    } else if size > 0.0 {
        (size * 0.1).max(1e-6)
    } else {
        1.0
    };
    let rough = range / f64::from(steps.max(1));
    let power = 10f64.powf(rough.log10().floor());
    let nice = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    nice.into_iter()
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(rough)
}

fn decimals(step: f64) -> usize {
    super::canvas::whole((-step.log10() - 1e-9).ceil().clamp(0.0, 9.0))
}

/// Ticks of a logarithmic axis: every power of ten, every second or third if they are many, and 2 and 5 times them if
/// they are few.
fn marks(low: f64, high: f64) -> Vec<f64> {
    let (bottom, top) = ((low.log10() + 1e-9).floor(), (high.log10() - 1e-9).ceil());
    let decades = (top - bottom).max(1.0);
    if decades > 3.0 {
        let every = (decades / 9.0).ceil().max(1.0);
        let count = super::canvas::whole((decades / every).ceil());
        return (0..=count)
            .map(|n| 10f64.powf(bottom + every * f64::from(u32::try_from(n).unwrap_or(0))))
            .collect();
    }
    let count = super::canvas::whole(decades);
    let powers = (0..=count).map(|n| bottom + f64::from(u32::try_from(n).unwrap_or(0)));
    let all: Vec<f64> = powers
        .flat_map(|power| [1.0, 2.0, 5.0].map(|factor| factor * 10f64.powf(power)))
        .collect();
    // From the last that is not above all values to the first that is not below them.
    let first = all.iter().rposition(|mark| *mark <= low * 1.000_001);
    let last = all.iter().position(|mark| *mark >= high * 0.999_999);
    let first = first.unwrap_or(0);
    let last = last.unwrap_or(all.len() - 1).max(first + 1);
    all[first..=last.min(all.len() - 1)].to_vec()
}

/// A tick of a logarithmic axis, as short as it can be said.
fn power_text(value: f64) -> String {
    if (1e-4..1e6).contains(&value) {
        return text::fixed(value, decimals(value));
    }
    let power = (value.log10() + 1e-9).floor();
    let factor = (value / 10f64.powf(power)).round();
    let raised: String = format!("{power:.0}").chars().map(superscript).collect();
    if factor > 1.0 {
        format!("{factor:.0}·10{raised}")
    } else {
        format!("10{raised}")
    }
}

/// A digit or sign of an exponent, raised.
fn superscript(character: char) -> char {
    match character {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => digit
            .to_digit(10)
            .and_then(|digit| char::from_u32('⁰' as u32 + digit))
            .unwrap_or(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(axis: &Axis) -> Vec<&str> {
        axis.ticks().iter().map(|tick| tick.text.as_str()).collect()
    }

    #[test]
    fn linear_ticks_are_round() {
        let axis = Axis::from_zero("ms", [12.0, 87.0], 5);
        assert_eq!(texts(&axis), ["0", "20", "40", "60", "80", "100"]);
        assert!((axis.position(50.0) - 0.5).abs() < 1e-12);
        assert_eq!(texts(&Axis::linear("c", [66.1, 66.9], 4))[0], "66.0");
        assert_eq!(texts(&Axis::from_zero("n", [], 5)).len(), 6);
    }

    #[test]
    fn logarithmic_ticks_are_powers_of_ten_or_between() {
        let axis = Axis::logarithmic("ms", [0.3, 1.6]);
        assert_eq!(texts(&axis), ["0.2", "0.5", "1", "2"]);
        let axis = Axis::logarithmic("s", [0.02, 3e5]);
        assert_eq!(
            texts(&axis),
            [
                "0.01", "0.1", "1", "10", "100", "1,000", "10,000", "100,000", "10⁶"
            ]
        );
        assert_eq!(texts(&Axis::logarithmic("n", [100.0])), ["100", "200"]);
        assert_eq!(texts(&Axis::logarithmic("n", [3e7])), ["2·10⁷", "5·10⁷"]);
        assert_eq!(texts(&Axis::logarithmic("n", [1e-6, 9e-6]))[0], "10⁻⁶");
        assert_eq!(texts(&Axis::logarithmic("n", [0.0])), ["1", "2", "5", "10"]);
    }

    proptest! {
        #[test]
        fn every_value_lies_on_its_axis(values in prop::collection::vec(prop_oneof![
            any::<f64>(), -1e9..1e9, Just(0.0), Just(1e9), Just(66.475),
        ], 0..20)) {
            let linear = Axis::linear("x", values.iter().copied(), 5);
            let logarithmic = Axis::logarithmic("x", values.iter().copied());
            for axis in [linear, logarithmic] {
                prop_assert!((2..=100).contains(&axis.ticks().len()));
                prop_assert!(axis.low < axis.high);
                let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
                sorted.sort_by(f64::total_cmp);
                let positions: Vec<f64> = sorted.iter().map(|&v| axis.position(v)).collect();
                prop_assert!(positions.windows(2).all(|pair| pair[0] <= pair[1]));
                prop_assert!(positions.iter().all(|p| (0.0..=1.0).contains(p)));
                let ticks: Vec<f64> = axis.ticks().iter().map(|t| axis.position(t.value)).collect();
                prop_assert!(ticks.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", axis);
            }
        }
    }
}
