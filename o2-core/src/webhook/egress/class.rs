//! [`Class`]: what an address is for, by the registries of IANA, and the addresses that hide in others.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::network::Network;

/// What an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Anywhere on the internet.
    Public,
    /// Within an organisation or a provider: RFC 1918, RFC 6598, unique local.
    Private,
    /// This host.
    Loopback,
    /// This link, and the metadata services of most clouds.
    LinkLocal,
    /// Services that clouds have for the machines in them, at addresses of other classes.
    Metadata,
    /// No host in particular.
    Unspecified,
    /// Many hosts.
    Multicast,
    /// Documentation, benchmarks, protocols, the future.
    Reserved,
}

/// The first that contains an address says what it is for.
const TABLE: [(Network, Class); 31] = [
    (Network::v4([168, 63, 129, 16], 32), Class::Metadata),
    (Network::v4([100, 100, 100, 200], 32), Class::Metadata),
    (Network::v4([0, 0, 0, 0], 8), Class::Unspecified),
    (Network::v4([10, 0, 0, 0], 8), Class::Private),
    (Network::v4([100, 64, 0, 0], 10), Class::Private),
    (Network::v4([127, 0, 0, 0], 8), Class::Loopback),
    (Network::v4([169, 254, 0, 0], 16), Class::LinkLocal),
    (Network::v4([172, 16, 0, 0], 12), Class::Private),
    (Network::v4([192, 0, 0, 0], 24), Class::Reserved),
    (Network::v4([192, 0, 2, 0], 24), Class::Reserved),
    (Network::v4([192, 88, 99, 0], 24), Class::Reserved),
    (Network::v4([192, 168, 0, 0], 16), Class::Private),
    (Network::v4([198, 18, 0, 0], 15), Class::Reserved),
    (Network::v4([198, 51, 100, 0], 24), Class::Reserved),
    (Network::v4([203, 0, 113, 0], 24), Class::Reserved),
    (Network::v4([224, 0, 0, 0], 4), Class::Multicast),
    (Network::v4([240, 0, 0, 0], 4), Class::Reserved),
    (Network::v4([0, 0, 0, 0], 0), Class::Public),
    (Network::v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0], 32), Class::Metadata),
    (Network::v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128), Class::Metadata),
    (Network::v6([0, 0, 0, 0, 0, 0, 0, 0], 128), Class::Unspecified),
    (Network::v6([0, 0, 0, 0, 0, 0, 0, 1], 128), Class::Loopback),
    (Network::v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), Class::Private),
    (Network::v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), Class::LinkLocal),
    (Network::v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), Class::Multicast),
    (Network::v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), Class::Reserved),
    (Network::v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), Class::Reserved),
    (Network::v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), Class::Reserved),
    (Network::v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), Class::Reserved),
    (Network::v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3), Class::Public),
    // Whatever has not been given out yet, and translations that only their network understands.
    (Network::v6([0, 0, 0, 0, 0, 0, 0, 0], 0), Class::Reserved),
];

impl Class {
    pub(super) fn of(address: IpAddr) -> Self {
        let entry = TABLE.iter().find(|(network, _)| network.contains(address));
        entry.map_or(Self::Reserved, |(_, class)| *class)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "a public address",
            Self::Private => "a private address",
            Self::Loopback => "a loopback address",
            Self::LinkLocal => "a link-local address",
            Self::Metadata => "an address of a cloud's own services",
            Self::Unspecified => "an unspecified address",
            Self::Multicast => "a multicast address",
            Self::Reserved => "a reserved address",
        })
    }
}

/// Where packets to `address` may end up: at itself, or at the IPv4 address within it.
///
/// Mapped addresses and those of NAT64 are nothing but another way to write an IPv4 address. Tunnels (6to4, Teredo, ISATAP)
/// are both. Prefixes that a network has chosen for its own NAT64 cannot be recognised.
pub(super) fn destinations(address: IpAddr) -> Vec<IpAddr> {
    let IpAddr::V6(v6) = address else {
        return vec![address];
    };
    if let Some(v4) = translated(v6) {
        return vec![v4.into()];
    }
    let hidden = tunnelled(v6).map(IpAddr::V4);
    std::iter::once(address).chain(hidden).collect()
}

/// The IPv4 address that a translator sends to: mapped addresses, and the well-known prefix of NAT64 (RFC 6052).
fn translated(address: Ipv6Addr) -> Option<Ipv4Addr> {
    const NAT64: Network = Network::v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);
    let nat64 = || NAT64.contains(address.into()).then(|| tail(address));
    address.to_ipv4_mapped().or_else(nat64)
}

/// The IPv4 address at the end of a tunnel.
fn tunnelled(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0x2002, high, low, ..] => Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))),
        [0x2001, 0, ..] => Some(Ipv4Addr::from_bits(!tail(address).to_bits())),
        [.., 0 | 0x200, 0x5efe, _, _] => Some(tail(address)),
        _ => None,
    }
}

fn tail(address: Ipv6Addr) -> Ipv4Addr {
    let [.., a, b, c, d] = address.octets();
    Ipv4Addr::new(a, b, c, d)
}
