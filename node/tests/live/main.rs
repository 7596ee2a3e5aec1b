//! A live node, in this process, asked over real TCP: what honest clients get, and what becomes of others.

#![allow(clippy::unwrap_used)]

mod day;
mod folder;
mod hostile;
mod metrics;
mod operate;
mod queue;
mod reading;
mod support;
