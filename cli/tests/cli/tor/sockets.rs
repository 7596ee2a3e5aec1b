//! What sockets processes have, as the kernel lists them.

use std::collections::BTreeSet;
use std::fs;

/// Checks that these processes, and this one, have no socket of the internet that is not on loopback.
pub fn are_on_loopback(processes: &[u64]) {
    let own = u64::from(std::process::id());
    let mut seen = 0;
    for process in processes.iter().chain([&own]) {
        let sockets = sockets(*process);
        for (table, loopback) in [("tcp", "0100007F"), ("udp", "0100007F")] {
            for (inode, local, remote) in rows(&format!("/proc/{process}/net/{table}")) {
                if !sockets.contains(&inode) {
                    continue;
                }
                seen += 1;
                assert!(local.starts_with(loopback), "{table} {local} of {process}");
                assert!(
                    remote.starts_with(loopback) || remote == "00000000:0000",
                    "{table} {remote} of {process}"
                );
            }
        }
        for table in ["tcp6", "udp6", "raw", "raw6"] {
            for (inode, local, _) in rows(&format!("/proc/{process}/net/{table}")) {
                assert!(!sockets.contains(&inode), "{table} {local} of {process}");
            }
        }
    }
    assert!(seen >= processes.len(), "each is connected to Tor: {seen}");
}

/// The numbers of a process's sockets.
fn sockets(process: u64) -> BTreeSet<String> {
    let open = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    open.filter_map(|entry| {
        let target = fs::read_link(entry.ok()?.path()).ok()?;
        let target = target
            .to_str()?
            .strip_prefix("socket:[")?
            .strip_suffix(']')?;
        Some(target.to_owned())
    })
    .collect()
}

/// Inode, local and remote address of each row.
fn rows(table: &str) -> Vec<(String, String, String)> {
    let text = fs::read_to_string(table).unwrap_or_default();
    let row = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        Some((
            (*fields.get(9)?).to_owned(),
            (*fields.get(1)?).to_owned(),
            (*fields.get(2)?).to_owned(),
        ))
    };
    text.lines().skip(1).filter_map(row).collect()
}
