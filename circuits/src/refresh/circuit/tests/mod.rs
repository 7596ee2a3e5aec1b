//! The circuit against the native relation, and the hunt for missing constraints.

mod agreement;
mod broken;
mod forged;
mod pinned;
mod revaluation;
