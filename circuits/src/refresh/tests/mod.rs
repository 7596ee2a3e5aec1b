//! The native arithmetic of Refresh: the reference's cases, what it promises, its bounds.

pub(crate) mod fixture;
mod promises;
mod relation;
pub(crate) mod vectors;
