//! Configuration and health; mappings; what is sent; and the conformance suite, on a played cluster.

mod conformance;
mod controllers;
mod definition;
mod packages;
mod world;
