//! The way to a node's onion service: Tor, with a bar on the terminal while it starts.

use super::connect::Stay;
use super::error::TradeError;
use super::places::{Places, TOR_CONFIG, path_of};
use crate::arguments::tor::TorArguments;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::path::Path;
use std::time::Duration;
use tally_transport::TransportError;
use tally_transport::schedule::WarmCircuits;
use tally_transport::tor::{OnionAddress, Tor, TorCarrier, TorDirectory, TorOptions, TorProgress};

/// A carrier to an onion service. Whatever goes wrong, nothing is sent in another way.
pub fn carrier(places: &Places, address: &str, stay: Stay) -> Result<TorCarrier, TradeError> {
    let address: OnionAddress = address.parse()?;
    places.make_data()?;
    let directory = TorDirectory::take_free(&places.tor())?;
    let tor = start(directory, places.tor_config.as_deref(), places.tor_patience)?;
    let warm = match stay {
        Stay::Once => WarmCircuits::NONE,
        Stay::Long => WarmCircuits::THREE,
    };
    Ok(tor.carrier(address, warm)?)
}

/// The way of a node into the network, in the directory `tor` of its market's folder: the identity of its service is there.
pub fn of_node(folder: &Path, arguments: &TorArguments) -> Result<Tor, TransportError> {
    let directory = TorDirectory::take(&folder.join("tor"))?;
    let file = path_of(&arguments.tor_config, TOR_CONFIG, &None);
    let patience = arguments.tor_patience.map(u64::from);
    start(
        directory,
        file.as_deref(),
        patience.map(Duration::from_secs),
    )
}

fn start(
    directory: TorDirectory,
    configuration: Option<&Path>,
    patience: Option<Duration>,
) -> Result<Tor, TransportError> {
    let usual = TorOptions::in_directory(directory);
    let options = TorOptions {
        configuration: configuration.map(Path::to_owned),
        patience: patience.unwrap_or(usual.patience),
        ..usual
    };
    let bar = bar();
    let result = Tor::start(options, &mut |progress| show(&bar, &progress));
    bar.finish_and_clear();
    result
}

fn show(bar: &ProgressBar, progress: &TorProgress) {
    tracing::info!(
        percent = progress.percent,
        doing = progress.doing,
        blocked = progress.blocked,
        "Tor starts"
    );
    bar.set_position(progress.percent.into());
    let what = progress.blocked.as_ref().unwrap_or(&progress.doing);
    bar.set_message(what.clone());
}

/// It draws nothing where stderr is no terminal.
fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(100), ProgressDrawTarget::stderr());
    // The template is fixed; were it wrong, the usual one would do.
    if let Ok(style) = ProgressStyle::with_template("Tor starts: {pos} of 100 {bar:20} {wide_msg}")
    {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
