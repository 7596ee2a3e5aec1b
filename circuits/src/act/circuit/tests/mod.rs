//! The circuit against the native relation, and the hunt for missing constraints.

mod agreement;
mod broken;
mod fixture;
mod forged;
mod perturbed;
mod pinned;
mod solvency;
mod structure;
mod system;
