//! [`Network`]: an address with the length of a prefix, `10.0.0.0/8`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::error::Excerpt;
use crate::{Error, Result};

/// All addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Network {
    first: IpAddr,
    prefix: u8,
}

impl Network {
    pub(super) const fn v4(first: [u8; 4], prefix: u8) -> Self {
        let [a, b, c, d] = first;
        let first = IpAddr::V4(Ipv4Addr::new(a, b, c, d));
        Self { first, prefix }
    }

    pub(super) const fn v6(first: [u16; 8], prefix: u8) -> Self {
        let [a, b, c, d, e, f, g, h] = first;
        let first = IpAddr::V6(Ipv6Addr::new(a, b, c, d, e, f, g, h));
        Self { first, prefix }
    }

    pub(super) fn contains(self, address: IpAddr) -> bool {
        self.first == cut(address, self.prefix)
    }

    pub(super) fn is_v6(self) -> bool {
        self.first.is_ipv6()
    }

    /// Reads `10.0.0.0/8`, or an address, which is a network of one. `None` when it is no address.
    pub(super) fn parse(text: &str) -> Option<Result<Self>> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let first: IpAddr = address.parse().ok()?;
        Some(Self::checked(first, prefix))
    }

    fn checked(first: IpAddr, prefix: Option<&str>) -> Result<Self> {
        let all = if first.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => all,
            Some(text) => text.parse().ok().filter(|prefix| *prefix <= all).ok_or_else(|| {
                let text = Excerpt(text);
                Error::invalid(format!("a prefix of '{text}' bits, expected 0 to {all}"))
            })?,
        };
        if first.to_canonical() != first {
            let plain = first.to_canonical();
            return Err(Error::invalid(format!(
                "an IPv4 address in the form of IPv6, expected {plain}"
            )));
        }
        let beginning = cut(first, prefix);
        if beginning != first {
            return Err(Error::invalid(format!(
                "{first} is within the network {beginning}/{prefix}, expected its beginning"
            )));
        }
        Ok(Self { first, prefix })
    }
}

/// The address with all bits but the first ones at 0.
fn cut(address: IpAddr, prefix: u8) -> IpAddr {
    let prefix = u32::from(prefix);
    match address {
        IpAddr::V4(address) => {
            let mask = !u32::MAX.checked_shr(prefix).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = !u128::MAX.checked_shr(prefix).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}
