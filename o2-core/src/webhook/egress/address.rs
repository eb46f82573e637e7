//! [`AddressPolicy`]: which addresses a name may turn into.

use std::net::IpAddr;

use super::class::{Class, destinations};
use super::rule::{Place, plain_name};
use super::{Access, not_allowed};
use crate::Result;

/// What an [`EgressPolicy`](super::EgressPolicy) says about addresses, for one port. Two ports about which it says the same
/// have equal ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AddressPolicy {
    pub(super) public: Access,
    pub(super) private: Access,
    pub(super) allow: Vec<Place>,
    pub(super) deny: Vec<Place>,
}

impl AddressPolicy {
    /// Whether `address`, to which the name `host` was resolved, may be connected to. An IPv4 address within an IPv6 address
    /// is judged as well. For a URL with an address in place of a name, `host` is that address.
    ///
    /// # Errors
    /// `InvalidInput`, always with the same message; the detail says why.
    pub fn check(&self, address: IpAddr, host: &str) -> Result<()> {
        let host = plain_name(host);
        self.check_denied_name(&host)?;
        destinations(address)
            .into_iter()
            .try_for_each(|destination| self.judge(destination, &host))
    }

    /// Whether `host` may be asked for its addresses. `localhost` has none but loopback, by RFC 6761.
    pub(super) fn check_name(&self, host: &str) -> Result<()> {
        let host = plain_name(host);
        self.check_denied_name(&host)?;
        let is_local = host == "localhost" || host.ends_with(".localhost");
        if is_local && !self.allows_name(&host) {
            return Err(not_allowed(format!("{host} is {}", Class::Loopback)));
        }
        Ok(())
    }

    fn check_denied_name(&self, host: &str) -> Result<()> {
        if self.deny.iter().any(|place| place.has_name(host)) {
            return Err(not_allowed(format!("the name {host} is denied by the configuration")));
        }
        Ok(())
    }

    fn judge(&self, address: IpAddr, host: &str) -> Result<()> {
        let within = |places: &[Place]| places.iter().any(|place| place.has_address(address));
        if within(&self.deny) {
            return Err(not_allowed(format!("{host}: {address} is denied by the configuration")));
        }
        let class = Class::of(address);
        if within(&self.allow) || self.allows(class, host) {
            Ok(())
        } else {
            Err(not_allowed(format!("{host}: {address} is {class}")))
        }
    }

    /// Whether a class is open to `host`. Whoever rules a name that is allowed cannot reach more than ordinary hosts with it.
    fn allows(&self, class: Class, host: &str) -> bool {
        match class {
            Class::Public => self.public == Access::Allow || self.allows_name(host),
            Class::Private => self.private == Access::Allow || self.allows_name(host),
            Class::Loopback => self.allows_name(host),
            _ => false,
        }
    }

    fn allows_name(&self, host: &str) -> bool {
        self.allow.iter().any(|place| place.has_name(host))
    }
}
