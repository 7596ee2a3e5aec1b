//! Tor's own configuration.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use arti_client::TorClientConfig;
use arti_client::config::{CfgPath, TorClientConfigBuilder};

use super::TorOptions;
use crate::TransportError;

/// The longest configuration file that is read.
const MOST_BYTES: u64 = 1024 * 1024;

/// The configuration of a process, with its own directories in it.
pub(super) fn configuration(options: &TorOptions) -> Result<TorClientConfig, TransportError> {
    let mut builder = match &options.configuration {
        Some(path) => read(path)?,
        None => TorClientConfigBuilder::default(),
    };
    let directory = options.directory.path();
    builder
        .storage()
        .state_dir(CfgPath::new_literal(directory.join("state")))
        .cache_dir(CfgPath::new_literal(directory.join("cache")));
    builder.address_filter().allow_onion_addrs(true);
    builder.build().map_err(|error| wrong(options, &error))
}

fn read(path: &Path) -> Result<TorClientConfigBuilder, TransportError> {
    let wrong = |problem: String| TransportError::TorConfiguration {
        path: path.to_owned(),
        problem,
    };
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text))
        .map_err(|error| wrong(error.to_string()))?;
    toml::from_str(&text).map_err(|error| wrong(error.message().to_owned()))
}

fn wrong(options: &TorOptions, error: &dyn std::error::Error) -> TransportError {
    let directory = options.directory.path();
    TransportError::TorConfiguration {
        path: options
            .configuration
            .clone()
            .unwrap_or_else(|| directory.to_owned()),
        problem: super::network::reason(error),
    }
}
