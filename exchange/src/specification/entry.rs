//! One parameter as the text gives it: what it is, who says so, and why.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Where the value of a parameter comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A rulebook or the protocol sets it.
    Document,
    /// No document sets it: it was chosen, for the reason given.
    Chosen,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Document => "document",
            Self::Chosen => "chosen",
        })
    }
}

/// A parameter with its unit, its source and its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Name of the parameter in the specification text.
    pub name: &'static str,
    /// Value as written: an integer or an exact decimal.
    pub value: String,
    /// Unit of the value.
    pub unit: &'static str,
    /// Who sets the value.
    pub source: Source,
    /// Which document, or why this value was chosen.
    pub why: String,
}
