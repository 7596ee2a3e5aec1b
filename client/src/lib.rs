//! A trader at a node.

#![forbid(unsafe_code)]
