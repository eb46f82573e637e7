//! [`Rule`]: an exception that an operator writes down.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use url::Host;

use super::network::Network;
use crate::error::Excerpt;
use crate::{Error, Result};

const EXPECTED: &str = "expected a network such as 10.0.0.0/8, an address, or a name such as smo.example or *.smo.example, \
                        each with a port or without: smo.example:8443, [fd00::/8]:8443";

/// A network, an address or a name, with a port or without: `10.1.0.0/16`, `fd00::/8`, `[fd00::/8]:8443`, `smo.lab:8443`.
/// `*.smo.lab` is every name below `smo.lab`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rule {
    place: Place,
    port: Option<u16>,
}

/// What a rule names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Network(Network),
    Name(String),
    /// All names that end with this text, which begins with a dot.
    Below(String),
}

impl Rule {
    /// What it names, if it says something about `port`.
    pub(super) fn at_port(&self, port: u16) -> Option<&Place> {
        self.port.is_none_or(|own| own == port).then_some(&self.place)
    }
}

impl Place {
    pub(super) fn has_address(&self, address: IpAddr) -> bool {
        matches!(self, Self::Network(network) if network.contains(address))
    }

    pub(super) fn has_name(&self, host: &str) -> bool {
        match self {
            Self::Network(_) => false,
            Self::Name(name) => host == name,
            Self::Below(end) => host.ends_with(end),
        }
    }

    fn parse(text: &str) -> Result<Self> {
        if let Some(network) = Network::parse(text) {
            return network.map(Self::Network);
        }
        let (name, is_below) = match text.strip_prefix("*.") {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let name = match Host::parse(name) {
            Ok(Host::Domain(name)) if !name.contains('*') => name,
            Ok(Host::Ipv4(address)) => return Err(Error::invalid(format!("another way to write {address}"))),
            _ => return Err(Error::invalid(EXPECTED)),
        };
        match plain_name(&name) {
            name if name.is_empty() => Err(Error::invalid(EXPECTED)),
            name if is_below => Ok(Self::Below(format!(".{name}"))),
            name => Ok(Self::Name(name)),
        }
    }
}

/// A name without the dot that may end it, in lower case.
pub(super) fn plain_name(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

impl FromStr for Rule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (place, port) = split(text).ok_or_else(|| Error::invalid(EXPECTED))?;
        let port = match port.map(str::parse) {
            None => None,
            Some(Ok(port)) if port != 0 => Some(port),
            Some(_) => return Err(Error::invalid("expected a port from 1 to 65535 after the colon")),
        };
        let place =
            Place::parse(place).map_err(|error| Error::invalid(format!("'{}': {}", Excerpt(text), error.message())))?;
        Ok(Self { place, port })
    }
}

/// Separates the port. Colons of IPv6 stand in brackets, or there is no port.
fn split(text: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (place, rest) = rest.split_once(']')?;
        return match rest {
            "" => Some((place, None)),
            rest => Some((place, Some(rest.strip_prefix(':')?))),
        };
    }
    match text.split_once(':') {
        Some((place, port)) if !port.contains(':') => Some((place, Some(port))),
        _ => Some((text, None)),
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.place, self.port) {
            (Place::Network(network), Some(port)) if network.is_v6() => write!(f, "[{network}]:{port}"),
            (place, Some(port)) => write!(f, "{place}:{port}"),
            (place, None) => write!(f, "{place}"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(network) => write!(f, "{network}"),
            Self::Name(name) => f.write_str(name),
            Self::Below(end) => write!(f, "*{end}"),
        }
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
