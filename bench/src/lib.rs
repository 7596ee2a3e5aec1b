//! What proofs cost, and the reports that show it.
//!
//! | module | what is in it |
//! |---|---|
//! | [`results`] | every measured figure, as plain data |
//! | [`measure`] | statements, batches, sizes and epochs, measured on this machine |
//! | [`peers`] | the same constraint system and witness through other provers |
//! | [`burden`] | what privacy costs a retail trader a day, under three arrangements |
//! | [`report`] | one self-contained HTML page, JSON and CSV |

#![forbid(unsafe_code)]

pub mod burden;
pub mod measure;
pub mod peers;
pub mod report;
pub mod results;
