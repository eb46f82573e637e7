//! The routes of O2-DMS over the service and two scripted backends, in virtual time.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod batch;
mod changes;
mod deployments;
mod fake;
mod logs;
mod operations;
mod packages;
mod records;
mod routes;
mod templates;
mod waiting;
mod world;
