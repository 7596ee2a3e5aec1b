//! Running the binary, and folders to run it in.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tally_prover::{Act, KeyCache, Lapse, Refresh, Statement};
use tempfile::TempDir;

/// The smallest replay there is: about 40 proofs.
pub const SMALL: [&str; 4] = ["--messages", "20", "--traders", "3"];

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("not killed"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

impl Ran {
    /// Checks that all went well, quietly.
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        assert_eq!(self.stderr, "", "{self:?}");
        self
    }

    /// Checks that the call was refused as wrong: exit code 2, nothing on stdout, and an error with all these parts.
    pub fn refused(self, parts: &[&str]) -> Self {
        assert_eq!(self.code, 2, "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        assert!(self.stderr.starts_with("error: "), "{self:?}");
        for part in parts {
            assert!(self.stderr.contains(part), "{part:?} missing: {self:?}");
        }
        self
    }

    /// The one JSON document on stdout.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The binary with these arguments, deaf to the environment of whoever runs the tests.
pub fn command(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tally"));
    for name in [
        "RUST_LOG",
        "XDG_DATA_HOME",
        "XDG_CONFIG_HOME",
        "HOME",
        "TALLY_NODE",
        "TALLY_TOR_CONFIG",
        "TALLY_SEND_DELAY",
        "TALLY_WALLET",
        "TALLY_CONFIG",
        "TALLY_PASSWORD_FILE",
        "TALLY_NEW_PASSWORD_FILE",
    ] {
        command.env_remove(name);
    }
    command.env("TALLY_DATA_DIR", data).args(arguments);
    command
}

/// Runs it to its end.
pub fn tally(data: &Path, arguments: &[&str]) -> Ran {
    command(data, arguments).output().expect("it starts").into()
}

/// A data directory with keys in it. Making keys takes seconds: they are made once and copied.
pub fn data_with_keys() -> TempDir {
    let cache = KeyCache::open(Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys")).unwrap();
    let digests = [
        digest::<Act>(&cache),
        digest::<Refresh>(&cache),
        digest::<Lapse>(&cache),
    ];
    let data = TempDir::new().unwrap();
    fs::write(data.path().join("tally-data"), "1\n").unwrap();
    for info in cache.list().unwrap() {
        let info = info.unwrap();
        // Keys of a circuit that is no more may stand beside the present ones.
        if digests.contains(&info.manifest.circuit_digest) {
            let folder = info.directory.file_name().unwrap();
            copy(&info.directory, &data.path().join("keys").join(folder));
        }
    }
    data
}

/// The digest of a statement's circuit; its keys are made if need be.
fn digest<S: Statement>(cache: &KeyCache) -> String {
    let keys = cache.load_or_create::<S>().unwrap();
    keys.verifying.circuit_digest().to_string()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Everything below a folder, with its content.
#[derive(PartialEq, Eq)]
pub struct Tree(BTreeMap<PathBuf, Option<Vec<u8>>>);

impl Tree {
    /// Reads a folder; one that does not exist holds nothing, not even itself.
    pub fn of(root: &Path) -> Self {
        let mut tree = BTreeMap::new();
        let mut open = vec![root.to_owned()];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
                tree.insert(path, None);
            } else if path.exists() {
                let bytes = fs::read(&path).unwrap();
                tree.insert(path, Some(bytes));
            }
        }
        Self(tree)
    }

    /// The only file whose name ends like this, in a folder of this name or below one.
    pub fn file_in(&self, folder: &str, ending: &str) -> PathBuf {
        let mut found = self.0.keys().filter(|path| {
            let path = path.to_string_lossy();
            path.contains(folder) && path.ends_with(ending)
        });
        let file = found
            .next()
            .unwrap_or_else(|| panic!("no {ending} in {self:?}"));
        assert!(found.next().is_none(), "{self:?}");
        file.clone()
    }

    /// Every path.
    pub fn names(&self) -> Vec<&PathBuf> {
        self.0.keys().collect()
    }

    /// The only file whose name ends like this.
    pub fn file(&self, ending: &str) -> PathBuf {
        self.file_in("", ending)
    }
}

impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sizes = self
            .0
            .iter()
            .map(|(path, bytes)| (path, bytes.as_ref().map(Vec::len)));
        f.debug_map().entries(sizes).finish()
    }
}
