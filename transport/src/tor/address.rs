//! Addresses of onion services.

use std::fmt;
use std::str::FromStr;

use super::ONION_PORT;
use crate::TransportError;

/// What an address of an onion service ends with.
const SUFFIX: &str = ".onion";
/// Characters before that: 35 bytes (key, checksum, version) in base 32.
const CHARACTERS: usize = 56;

/// Whether a text means an onion service, well written or not: then nothing but Tor may be tried with it.
#[must_use]
pub fn is_onion(text: &str) -> bool {
    let text = text.trim().trim_end_matches('.').to_ascii_lowercase();
    let host = text
        .rsplit_once(':')
        .map_or(text.as_str(), |(host, _)| host);
    host.trim_end_matches('.').ends_with(SUFFIX)
}

/// `ADDRESS.onion`, with a port. The letters and the length are right; Tor checks the checksum in it when it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnionAddress {
    host: String,
    port: u16,
}

impl OnionAddress {
    /// The service, with `.onion`.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port of the service.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for OnionAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.host)?;
        if self.port == ONION_PORT {
            return Ok(());
        }
        write!(formatter, ":{}", self.port)
    }
}

impl FromStr for OnionAddress {
    type Err = TransportError;

    fn from_str(text: &str) -> Result<Self, TransportError> {
        let bad = || TransportError::BadOnionAddress {
            address: text.to_owned(),
        };
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| bad())?),
            None => (text, ONION_PORT),
        };
        let host = host.to_ascii_lowercase();
        let name = host.strip_suffix(SUFFIX).ok_or_else(bad)?;
        let is_base_32 = |byte: u8| byte.is_ascii_lowercase() || (b'2'..=b'7').contains(&byte);
        if name.len() != CHARACTERS || !name.bytes().all(is_base_32) || port == 0 {
            return Err(bad());
        }
        Ok(Self { host, port })
    }
}

#[cfg(test)]
mod tests {
    use super::{OnionAddress, is_onion};

    const GOOD: &str = "vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd.onion";

    #[test]
    fn addresses_are_read_and_written() {
        let address: OnionAddress = GOOD.parse().unwrap();
        assert_eq!((address.host(), address.port()), (GOOD, 7_227));
        assert_eq!(address.to_string(), GOOD);
        let address: OnionAddress = format!("{}:80", GOOD.to_uppercase()).parse().unwrap();
        assert_eq!(address.to_string(), format!("{GOOD}:80"));
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "",
            ".onion",
            "short.onion",
            &GOOD[1..],
            &GOOD.replace('v', "1"),
            &format!("{GOOD}:0"),
            &format!("{GOOD}:70000"),
            &format!("www.{GOOD}"),
            "127.0.0.1:7227",
        ] {
            let error = text.parse::<OnionAddress>().unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?}")), "{error}");
        }
    }

    #[test]
    fn onion_is_seen_however_it_is_written() {
        for text in [
            GOOD,
            "x.onion",
            "x.ONION:80",
            "x.onion.",
            " x.onion",
            "x.onion.:1",
        ] {
            assert!(is_onion(text), "{text}");
        }
        for text in ["onion", "127.0.0.1:80", "x.onion.example", "localhost:7227"] {
            assert!(!is_onion(text), "{text}");
        }
    }
}
