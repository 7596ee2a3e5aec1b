//! Tells the program which commit it was built from; `unknown` outside a repository.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Letters of the commit's hash that are kept.
const SHORT: &str = "--short=12";

fn main() {
    // Cargo runs build scripts in the folder of their package.
    let package = PathBuf::from(".");
    let workspace = package.join("..");
    let commit = commit(&workspace).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo:rustc-env=TALLY_COMMIT={commit}");
    watch(&workspace);
}

/// The commit, with `-dirty` if files differ from it.
fn commit(workspace: &Path) -> Option<String> {
    let root = git(workspace, &["rev-parse", "--show-toplevel"])?;
    // Unpacked below somebody else's repository, that one's commit says nothing about these files.
    if Path::new(&root).canonicalize().ok()? != workspace.canonicalize().ok()? {
        return None;
    }
    let commit = git(workspace, &["rev-parse", SHORT, "HEAD"])?;
    let changes = git(workspace, &["status", "--porcelain"])?;
    let mark = if changes.is_empty() { "" } else { "-dirty" };
    Some(format!("{commit}{mark}"))
}

fn git(folder: &Path, words: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .args(words)
        .current_dir(folder)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Asks to be run again when the commit or a source file of the workspace changes.
fn watch(workspace: &Path) {
    let names = ["HEAD", "index"].map(|name| git(workspace, &["rev-parse", "--git-path", name]));
    let of_git = names.into_iter().flatten().map(|path| workspace.join(path));
    let entries = std::fs::read_dir(workspace).into_iter().flatten().flatten();
    let crates = entries
        .map(|entry| entry.path())
        .filter(|path| path.join("Cargo.toml").exists());
    let sources = crates.flat_map(|path| [path.join("src"), path.join("Cargo.toml")]);
    let lock = workspace.join("Cargo.lock");
    for path in of_git
        .chain(sources)
        .chain([lock, PathBuf::from("build.rs")])
    {
        if path.exists() {
            println!("cargo:rerun-if-changed={}", path.display());
        }
    }
}
