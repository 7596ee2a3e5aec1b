//! Another value for one parameter of a specification text.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use tally_exchange::specification::{Source, Specification, SpecificationError};
use thiserror::Error;
use toml::{Spanned, Value};

/// Why a parameter can't have this value.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum ParameterError {
    /// The text is no specification, before or after the change.
    #[error(transparent)]
    Specification(#[from] SpecificationError),
    /// The places of the values can't be found.
    #[error("the specification can't be changed ({0}); write the value into the text yourself")]
    Shape(toml::de::Error),
    /// No such parameter.
    #[error("parameter {name:?} is not in the specification; choose one that is")]
    Unknown {
        /// The name asked for, shortened.
        name: String,
    },
}

/// A parameter, with the places of what changes. The rest of the text stays as it is.
#[derive(Deserialize)]
struct Parameter {
    value: Spanned<Value>,
    source: Spanned<Source>,
    why: Spanned<String>,
}

#[derive(Deserialize)]
struct Parameters {
    parameters: BTreeMap<String, Parameter>,
}

/// The text with another value for the parameter `name`, in the unit in which the specification has it: the seed of the
/// fund (`fund_seed`) in cents, the mark's window (`mark_window`) in contracts. Whole numbers are integers, prices strings.
///
/// Source and reason are changed with it, since those of the old value are not the new one's. Everything else, comments
/// included, stays.
///
/// # Errors
/// [`ParameterError`] if there is no such parameter, or if the specification does not allow the value.
pub fn set_parameter(
    text: &str,
    name: &str,
    value: impl Into<Value>,
) -> Result<String, ParameterError> {
    Specification::from_toml(text)?;
    let mut found: Parameters = toml::from_str(text).map_err(ParameterError::Shape)?;
    let parameter = found
        .parameters
        .remove(name)
        .ok_or_else(|| ParameterError::Unknown {
            name: name.chars().take(40).collect(),
        })?;
    let old = parameter.value.get_ref().to_string().replace('"', "");
    let why = format!("Set for this market, in place of {old}.");
    let mut changes = [
        (parameter.value.span(), value.into()),
        (
            parameter.source.span(),
            Value::from(Source::Chosen.to_string()),
        ),
        (parameter.why.span(), Value::from(why)),
    ];
    // From the last to the first, so that places before a change stay where they are.
    changes.sort_by_key(|(place, _)| std::cmp::Reverse(place.start));
    let mut changed = text.to_owned();
    for (place, value) in changes {
        replace(&mut changed, place, &value);
    }
    Specification::from_toml(&changed)?;
    Ok(changed)
}

fn replace(text: &mut String, place: Range<usize>, value: &Value) {
    text.replace_range(place, &value.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_exchange::specification::LEAN_HOGS;

    #[test]
    fn seed_and_window() {
        let text = set_parameter(LEAN_HOGS, "fund_seed", 5_000_000).unwrap();
        let text = set_parameter(&text, "mark_window", 3).unwrap();
        let changed = Specification::from_toml(&text).unwrap();
        assert_eq!(changed.fund_seed, 5_000_000);
        assert_eq!(changed.mark_window.contracts(), 3);
        let entry = changed.entries().iter().find(|e| e.name == "mark_window");
        let entry = entry.unwrap();
        assert_eq!(entry.source, Source::Chosen);
        assert_eq!(entry.why, "Set for this market, in place of 20.");
        // Three lines of each differ, and nothing else.
        let differ = text.lines().zip(LEAN_HOGS.lines()).filter(|(a, b)| a != b);
        assert_eq!(
            differ.count(),
            5,
            "the source of fund_seed is chosen anyway"
        );
        assert_eq!(text.lines().count(), LEAN_HOGS.lines().count());
    }

    #[test]
    fn prices_are_strings() {
        let text = set_parameter(LEAN_HOGS, "warning_distance", "1.000").unwrap();
        let changed = Specification::from_toml(&text).unwrap();
        assert_eq!(changed.warning_distance, 40);
    }

    #[test]
    fn what_does_not_fit() {
        let error = |name: &str, value: i64| set_parameter(LEAN_HOGS, name, value).unwrap_err();
        assert!(error("fund_seed", -1).to_string().contains("fund_seed"));
        assert!(error("mark_window", 0).to_string().contains("mark_window"));
        assert!(error("fund_seeds", 1).to_string().contains("fund_seeds"));
        let quoted = set_parameter(LEAN_HOGS, "fund_seed", "5").unwrap_err();
        assert!(quoted.to_string().contains("without quotes"));
        assert!(set_parameter("x", "fund_seed", 1).is_err());
    }
}
