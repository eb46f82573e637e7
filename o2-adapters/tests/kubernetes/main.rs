//! The Kubernetes family against a real API server, started by `tests/real/peers/kubernetes.sh start`.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests against a server that really runs wait in real time, and end with the first surprise"
)]

#[cfg(feature = "helm")]
#[cfg(feature = "http-reqwest")]
mod helm;
mod inventory;
mod outage;
mod peer;
mod rights;
