//! Packages: archives of kustomizations, screened when they come and kept in the gateway's store.

mod archive;
mod flaw;
mod reference;
mod screen;
mod store;
mod stored;
#[cfg(test)]
pub(super) mod testing;
mod tree;
mod upload;
mod watch;

pub(super) use archive::unpack;
pub(super) use screen::screen;
pub(super) use store::{Packages, Row};
#[cfg(test)]
pub(super) use stored::Choice;
pub(super) use stored::{Parts, Stored};
pub(super) use tree::Tree;
pub(super) use upload::Uploading;
pub(super) use watch::{Shelf, package_feed};
