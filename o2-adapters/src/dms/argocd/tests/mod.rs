//! Configuration and health; mappings; and the conformance suite, on a played cluster.

mod conformance;
mod controller;
mod definition;
mod workloads;
mod world;
