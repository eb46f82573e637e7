//! Configuration and health; mappings; and the conformance suite, on a played cluster.

mod conformance;
mod controllers;
mod definition;
mod objects;
mod world;
