//! The plugin on a played cluster: configuration, health, what is special to kustomize; and the conformance suite.

mod conformance;
mod controllers;
mod fixtures;
mod played;
mod store;
mod world;
