//! What plugins do with objects that they hold: pages of them ([`Listing`]), and the changes of the recent past ([`Journal`]).

#![cfg_attr(
    not(feature = "memory"),
    allow(dead_code, unused_imports, reason = "the memory backends alone use all of it")
)]

#[cfg(any(feature = "aws", feature = "openstack", feature = "vsphere"))]
mod found;
mod journal;
mod listing;
mod ring;
#[cfg(any(feature = "aws", feature = "openstack", feature = "vsphere"))]
mod walks;

#[cfg(any(feature = "aws", feature = "openstack", feature = "vsphere"))]
pub(crate) use found::{found, same};
pub(crate) use journal::{Journal, Step};
pub(crate) use listing::Listing;
pub(crate) use ring::Ring;
#[cfg(any(feature = "aws", feature = "openstack", feature = "vsphere"))]
pub(crate) use walks::{Together, Walks};
