//! Addresses without names.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::TransportError;
use crate::tor::is_onion;

/// Reads `IP:PORT` or `localhost:PORT`, the latter as `127.0.0.1:PORT`. Looks nothing up.
pub(super) fn parse(address: &str) -> Result<SocketAddr, TransportError> {
    let bad = || TransportError::BadAddress {
        address: address.to_owned(),
    };
    if is_onion(address) {
        return Err(TransportError::OnionOverTcp {
            address: address.to_owned(),
        });
    }
    if let Ok(parsed) = address.parse::<SocketAddr>() {
        return if parsed.port() == 0 {
            Err(bad())
        } else {
            Ok(parsed)
        };
    }
    let (host, port) = address.rsplit_once(':').unwrap_or((address, ""));
    if !host.eq_ignore_ascii_case("localhost") {
        return Err(if looks_like_name(host) {
            TransportError::HostName {
                address: address.to_owned(),
            }
        } else {
            bad()
        });
    }
    match port.parse::<u16>() {
        Ok(port) if port != 0 => Ok((Ipv4Addr::LOCALHOST, port).into()),
        _ => Err(bad()),
    }
}

/// Whether `address` is of this machine or of a private network. Link-local ones are not among them:
/// machines in data centres find services there that nobody should be led to.
pub(super) fn is_private(address: SocketAddr) -> bool {
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    }
}

/// Only tells which error helps more; neither connects.
fn looks_like_name(host: &str) -> bool {
    let characters = |c: char| c.is_alphanumeric() || c == '.' || c == '-' || c == '_';
    host.chars().any(char::is_alphabetic) && host.chars().all(characters)
}

#[cfg(test)]
mod tests {
    use super::{is_private, parse};

    #[test]
    fn private_is_this_machine_and_private_networks() {
        for address in [
            "127.0.0.1:1",
            "127.9.9.9:1",
            "10.1.2.3:1",
            "172.31.0.1:1",
            "192.168.0.1:1",
            "[::1]:1",
            "[fd00::1]:1",
            "[::ffff:10.0.0.1]:1",
            "LOCALHOST:1",
        ] {
            assert!(is_private(parse(address).unwrap()), "{address}");
        }
        for address in [
            "0.0.0.0:1",
            "8.8.8.8:1",
            "172.32.0.1:1",
            "169.254.169.254:1",
            "100.64.0.1:1",
            "[::]:1",
            "[2001:db8::1]:1",
            "[fe80::1]:1",
            "[::ffff:8.8.8.8]:1",
        ] {
            assert!(!is_private(parse(address).unwrap()), "{address}");
        }
    }
}
