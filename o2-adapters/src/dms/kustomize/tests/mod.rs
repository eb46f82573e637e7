//! The plugin on a played cluster: configuration, health, what is special to kustomize; and the conformance suite.

mod conformance;
mod fixtures;
mod heal;
mod interrupted;
mod life;
mod namespace;
mod played;
mod real;
mod refusals;
mod rollout;
mod settings;
mod store;
mod world;
