//! What plugins do with objects that they hold: pages of them ([`Listing`]), and the changes of the recent past ([`Journal`]);
//! and what those of infrastructures have read ([`Drawn`]), for as long as somebody lists it ([`Walks`]).

#![cfg_attr(
    not(all(
        feature = "argocd",
        feature = "kubernetes",
        feature = "memory",
        feature = "openstack",
        feature = "vsphere"
    )),
    allow(dead_code, unused_imports, reason = "what one backend does not use another one does")
)]

mod drawn;
mod find;
mod journal;
mod listing;
mod ring;
mod walks;

pub(crate) use drawn::{Drawn, Shown};
pub(crate) use find::find;
pub(crate) use journal::{Journal, Step};
pub(crate) use listing::Listing;
pub(crate) use ring::Ring;
pub(crate) use walks::{Together, Walks};
