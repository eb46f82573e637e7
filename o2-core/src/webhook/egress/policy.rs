//! [`EgressPolicy`]: where requests to URLs from outside may go.

use serde::Deserialize;
use url::{Host, Url};

use super::address::AddressPolicy;
use super::rule::{Place, Rule, plain_name};
use crate::{Error, Result, Violation};

/// Whether something may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Access {
    /// It may.
    Allow,
    /// It may not.
    Deny,
}

/// Where requests to URLs from outside may go.
///
/// Loopback, link-local, multicast and reserved addresses, and those where clouds serve metadata, are denied unless a network
/// in [`Self::allow`] contains them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct EgressPolicy {
    /// Plain HTTP, beside HTTPS. Default: deny.
    pub http: Access,
    /// Public addresses. Default: allow. Denied, only what [`Self::allow`] lists can be reached.
    pub public: Access,
    /// Private addresses: 10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7. Default: deny.
    pub private: Access,
    /// The ports that may be used. Default: none, which stands for all.
    pub ports: Vec<u16>,
    /// What may be reached all the same. A network opens all its addresses. A name opens the public, private and loopback
    /// addresses that it has; its owner decides which.
    pub allow: Vec<Rule>,
    /// What may not be reached in spite of all that.
    pub deny: Vec<Rule>,
}

impl Default for EgressPolicy {
    /// HTTPS to public addresses.
    fn default() -> Self {
        Self {
            http: Access::Deny,
            public: Access::Allow,
            private: Access::Deny,
            ports: Vec::new(),
            allow: Vec::new(),
            deny: Vec::new(),
        }
    }
}

impl EgressPolicy {
    /// Decides about plain HTTP.
    #[must_use]
    pub fn with_http(mut self, http: Access) -> Self {
        self.http = http;
        self
    }

    /// Decides about public addresses.
    #[must_use]
    pub fn with_public(mut self, public: Access) -> Self {
        self.public = public;
        self
    }

    /// Decides about private addresses.
    #[must_use]
    pub fn with_private(mut self, private: Access) -> Self {
        self.private = private;
        self
    }

    /// Allows these ports alone.
    #[must_use]
    pub fn with_ports(mut self, ports: impl IntoIterator<Item = u16>) -> Self {
        self.ports = ports.into_iter().collect();
        self
    }

    /// Allows what the rule names, too.
    #[must_use]
    pub fn with_allowed(mut self, rule: Rule) -> Self {
        self.allow.push(rule);
        self
    }

    /// Denies what the rule names.
    #[must_use]
    pub fn with_denied(mut self, rule: Rule) -> Self {
        self.deny.push(rule);
        self
    }

    /// Whether a request to `url` may be tried. Names are not resolved: their addresses are judged when they are known, by
    /// [`AddressPolicy::check`].
    ///
    /// # Errors
    /// `InvalidInput`. What is wrong with the form of the URL is in the message; of its host only the detail tells.
    pub fn check_url(&self, url: &Url) -> Result<()> {
        match (url.scheme(), self.http) {
            ("https", _) | ("http", Access::Allow) => {}
            (_, Access::Allow) => return Err(wrong("the scheme must be https or http")),
            (_, Access::Deny) => return Err(wrong("the scheme must be https")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("the URL must not hold a user or a password"));
        }
        let port = url.port_or_known_default().unwrap_or_default();
        if !self.ports.is_empty() && !self.ports.contains(&port) {
            let ports: Vec<_> = self.ports.iter().map(ToString::to_string).collect();
            return Err(wrong(&format!("the port must be {}", ports.join(" or "))));
        }
        let addresses = self.at_port(port);
        match url.host() {
            Some(Host::Ipv4(address)) => addresses.check(address.into(), &address.to_string()),
            Some(Host::Ipv6(address)) => addresses.check(address.into(), &address.to_string()),
            Some(Host::Domain(name)) if !plain_name(name).is_empty() => addresses.check_name(name),
            _ => Err(wrong("the URL has no host")),
        }
    }

    /// What holds for addresses when they are reached at `port`.
    #[must_use]
    pub fn at_port(&self, port: u16) -> AddressPolicy {
        let places =
            |rules: &[Rule]| -> Vec<Place> { rules.iter().filter_map(|rule| rule.at_port(port)).cloned().collect() };
        AddressPolicy {
            public: self.public,
            private: self.private,
            allow: places(&self.allow),
            deny: places(&self.deny),
        }
    }

    /// What makes no sense in it, with the field. A configuration asks when it is read.
    #[must_use]
    pub fn problems(&self) -> Vec<Violation> {
        let violation = |at: String, reason: &str| Violation {
            at,
            reason: reason.to_owned(),
        };
        let zeros = self.ports.iter().enumerate().filter(|(_, port)| **port == 0);
        let mut problems: Vec<_> = zeros
            .map(|(index, _)| violation(format!("ports[{index}]"), "expected a port from 1 to 65535"))
            .collect();
        if self.public == Access::Deny && self.private == Access::Deny && self.allow.is_empty() {
            let reason = "nothing may be reached: allow public or private addresses, or list some";
            problems.push(violation("allow".to_owned(), reason));
        }
        problems
    }
}

/// What is wrong with the form of a URL; it tells nothing about what is behind it.
fn wrong(reason: &str) -> Error {
    Error::invalid(format!("the callback is not allowed: {reason}"))
}
