//! Builds: from a package and values to objects, by the program kustomize.

mod builder;
mod complaint;
mod manifest;
mod object;
mod overlay;
mod pods;
mod values;

pub(super) use builder::Builder;
pub(super) use manifest::Manifest;
pub(super) use object::{Object, Ref};
pub(super) use values::{Values, with_replicas};
