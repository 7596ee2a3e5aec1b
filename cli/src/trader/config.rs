//! The configuration file: profiles, each with a node and a wallet.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Longest file that is read, bytes.
const MOST_BYTES: u64 = 64 * 1024;
/// The profile that is used if none is named anywhere.
pub const DEFAULT_PROFILE: &str = "default";

/// What is wrong with the configuration.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// No place for it.
    #[error(
        "no configuration file: neither TALLY_CONFIG, XDG_CONFIG_HOME nor HOME is set; set TALLY_CONFIG"
    )]
    NoPath,
    /// It can't be read or written.
    #[error("configuration {}: {source}; check the path, or name another in TALLY_CONFIG", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It says nothing that is understood.
    #[error("configuration {}: {problem}; mend it, or remove it and set it anew with `tally config set`", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A profile that is not there.
    #[error("profile {name:?} is not in {}; there are {known}; make it with `tally config set node HOST:PORT --profile {name}`", path.display())]
    Profile {
        /// What was named.
        name: String,
        /// Those that are there.
        known: String,
        /// The file.
        path: PathBuf,
    },
    /// A name that is none.
    #[error("profile {0:?} must be 1 to 32 letters, digits, - or _; choose another name")]
    Name(String),
}

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The profile that is used if none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// All profiles.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub profiles: BTreeMap<String, Profile>,
}

/// A node and a wallet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The wallet file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet: Option<PathBuf>,
    /// The configuration of Tor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tor_config: Option<PathBuf>,
    /// The longest random wait before a message, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_delay: Option<String>,
}

/// Where the file is, whether it exists or not.
pub fn path() -> Result<PathBuf, ConfigError> {
    let variable = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    variable("TALLY_CONFIG")
        .or_else(|| variable("XDG_CONFIG_HOME").map(|path| path.join("tally/config.toml")))
        .or_else(|| variable("HOME").map(|path| path.join(".config/tally/config.toml")))
        .ok_or(ConfigError::NoPath)
}

impl Config {
    /// Reads the file; nothing is said where there is none.
    pub fn read() -> Result<Self, ConfigError> {
        match path() {
            Ok(path) => Self::read_from(&path),
            // A script without a home has no configuration, and needs none.
            Err(ConfigError::NoPath) => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    fn read_from(path: &Path) -> Result<Self, ConfigError> {
        let mut text = String::new();
        let read =
            fs::File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text));
        match read {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(ConfigError::Io {
                path: path.to_owned(),
                source,
            }),
            Ok(_) => toml::from_str(&text).map_err(|error| ConfigError::Content {
                path: path.to_owned(),
                problem: error.message().to_owned(),
            }),
        }
    }

    /// Writes the file.
    pub fn write(&self) -> Result<PathBuf, ConfigError> {
        let path = path()?;
        let io = |source| ConfigError::Io {
            path: path.clone(),
            source,
        };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(io)?;
        }
        let text = toml::to_string(self).map_err(|error| ConfigError::Content {
            path: path.clone(),
            problem: error.to_string(),
        })?;
        // Written beside it and renamed: a reader sees the old one or the new one.
        let beside = path.with_extension("toml.new");
        fs::write(&beside, text).map_err(io)?;
        fs::rename(&beside, &path).map_err(io)?;
        Ok(path)
    }

    /// The name of the profile that is used.
    pub fn name<'a>(&'a self, named: Option<&'a str>) -> &'a str {
        named.or(self.profile.as_deref()).unwrap_or(DEFAULT_PROFILE)
    }

    /// The profile that is used: the one that is named must be there.
    pub fn profile(&self, named: Option<&str>) -> Result<Profile, ConfigError> {
        let name = self.name(named);
        match self.profiles.get(name) {
            Some(profile) => Ok(profile.clone()),
            None if name == DEFAULT_PROFILE => Ok(Profile::default()),
            None => Err(ConfigError::Profile {
                name: name.to_owned(),
                known: self.known(),
                path: path()?,
            }),
        }
    }

    fn known(&self) -> String {
        if self.profiles.is_empty() {
            return "none".to_owned();
        }
        let names: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
        names.join(", ")
    }
}

/// Checks the name of a profile.
pub fn check_name(name: &str) -> Result<(), ConfigError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=32).contains(&name.len()) && name.bytes().all(is_plain) {
        return Ok(());
    }
    Err(ConfigError::Name(name.chars().take(40).collect()))
}
