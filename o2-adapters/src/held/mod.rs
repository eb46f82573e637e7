//! What plugins do with objects that they hold: pages of them ([`Listing`]), and the changes of the recent past ([`Journal`]).

#![cfg_attr(
    not(feature = "memory"),
    allow(dead_code, unused_imports, reason = "the memory backends alone use all of it")
)]

mod journal;
mod listing;
mod ring;
#[cfg(feature = "vsphere")]
mod walks;

pub(crate) use journal::{Journal, Step};
pub(crate) use listing::Listing;
pub(crate) use ring::Ring;
#[cfg(feature = "vsphere")]
pub(crate) use walks::Walks;
