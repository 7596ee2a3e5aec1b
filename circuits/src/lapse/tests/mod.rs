//! The native arithmetic of Lapse: the reference's cases, what it promises, its bounds.

pub(crate) mod fixture;
mod promises;
