//! `tally keys`.

use crate::arguments::KeysCommand;
use crate::exit::Exit;
use crate::output;
use serde::Serialize;
use std::fmt::Write;
use tally_node::replay::DataDirectory;
use tally_prover::{Act, KeyCache, KeyInfo};

#[derive(Serialize)]
struct KeyLine {
    statement: String,
    kind: String,
    secure: bool,
    circuit_digest: String,
    content_sha256: String,
    proving_key_bytes: u64,
    directory: String,
}

/// Lists the keys in the data directory; with `--make` it makes what is missing.
pub fn run(command: &KeysCommand) -> anyhow::Result<Exit> {
    let data = DataDirectory::open(&command.data.directory()?)?;
    let cache = KeyCache::open(data.keys())?;
    if command.make {
        cache.load_or_create::<Act>()?;
    }
    let mut lines = Vec::new();
    for entry in cache.list()? {
        lines.push(line(&entry?));
    }
    if command.json {
        output::print_json(&lines)?;
    } else {
        output::print(&text(&lines))?;
    }
    Ok(Exit::Ok)
}

fn line(info: &KeyInfo) -> KeyLine {
    KeyLine {
        statement: info.manifest.statement.clone(),
        kind: info.kind.to_string(),
        secure: info.kind.is_secure(),
        circuit_digest: info.manifest.circuit_digest.clone(),
        content_sha256: info.manifest.proving_key.sha256.clone(),
        proving_key_bytes: info.manifest.proving_key.bytes,
        directory: info.directory.display().to_string(),
    }
}

fn text(lines: &[KeyLine]) -> String {
    if lines.is_empty() {
        return "no proving keys yet; `tally replay` or `tally keys --make` makes them\n"
            .to_owned();
    }
    let mut out = String::new();
    for key in lines {
        // Writing to a string does not fail.
        let _ = writeln!(
            out,
            "{}: {}\n  circuit  {}\n  content  {} ({} bytes)\n  in       {}",
            key.statement,
            key.kind,
            key.circuit_digest,
            key.content_sha256,
            key.proving_key_bytes,
            key.directory
        );
    }
    out
}
