//! Configuration and health; mappings; what is sent; the conformance suite, on a played cluster; and a life on a real server.

mod conformance;
mod controllers;
mod definition;
mod missing;
mod others;
mod packages;
mod real;
mod requests;
mod shape;
mod standing;
mod uploads;
mod world;
