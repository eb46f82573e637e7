//! Gateways over clouds that really answer: moto for AWS, simulators of a vCenter, and services of OpenStack. Everything is done
//! through HTTP, and a subscriber is told of it.
//!
//! `tests/real/clouds.sh` starts them; of one that does not run, a line says that nothing was tried.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "tests against servers that really run wait in real time, say how long, and end with the first surprise"
)]

#[path = "../gateway/support/answer.rs"]
mod answer;
mod aws;
mod line;
mod moto;
mod openstack;
mod peers;
mod pool;
#[path = "../running/mod.rs"]
mod running;
mod site;
mod together;
mod vsphere;
