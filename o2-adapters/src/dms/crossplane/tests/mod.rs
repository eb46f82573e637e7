//! Configuration and health; mappings; what is sent; and the conformance suite, on a played cluster.

mod conformance;
mod controllers;
mod definition;
mod missing;
mod others;
mod packages;
mod requests;
mod shape;
mod standing;
mod uploads;
mod world;
