//! `tally keys`.

use crate::arguments::KeysCommand;
use crate::exit::Exit;
use crate::output;
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;
use tally_node::replay::DataDirectory;
use tally_prover::{KeyCache, KeyInfo};

/// What is said of keys that are marked insecure.
const MEANING: &str = "\n  meaning  whoever made them can forge proofs: for trials, not for money";

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
    let root = command.data.directory()?;
    if command.make {
        let data = DataDirectory::open(&root)?;
        super::replay::obtain_keys(&data)?;
    }
    let lines = list(&root)?;
    if command.json {
        output::print_json(&lines)?;
    } else {
        output::print(&text(&root, &lines))?;
    }
    Ok(Exit::Ok)
}

/// The keys there are. Looking makes no folder.
fn list(root: &Path) -> anyhow::Result<Vec<KeyLine>> {
    let keys = DataDirectory::existing(root)?.map(|data| data.keys());
    let Some(folder) = keys.filter(|folder| folder.exists()) else {
        return Ok(Vec::new());
    };
    let entries = KeyCache::open(folder)?.list()?;
    entries.into_iter().map(|entry| Ok(line(&entry?))).collect()
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

fn text(root: &Path, lines: &[KeyLine]) -> String {
    if lines.is_empty() {
        return format!(
            "no proving keys in {} yet; `tally replay` or `tally keys --make` makes them\n",
            root.display()
        );
    }
    let mut out = String::new();
    for key in lines {
        // Writing to a string does not fail.
        let _ = writeln!(
            out,
            "{}: {}{}\n  circuit  {}\n  content  {} ({} bytes)\n  in       {}",
            key.statement,
            key.kind,
            if key.secure { "" } else { MEANING },
            key.circuit_digest,
            key.content_sha256,
            key.proving_key_bytes,
            key.directory
        );
    }
    out
}
