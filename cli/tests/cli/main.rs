//! The binary as its users meet it: words in, text and exit codes out.

#![allow(clippy::unwrap_used)]

mod bad_files;
mod bad_words;
mod bench;
mod kill;
mod live;
mod market_new;
mod node;
mod onion;
mod output;
mod readme;
mod replay_report;
mod support;
#[cfg(feature = "tor")]
mod tor;
mod trading;
mod watch;
mod words;
