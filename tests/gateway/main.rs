//! The whole gateway from outside: requests through `Gateway::handle`, in-memory plugins below, virtual time.

mod bad_input;
mod openapi;
mod routes;
mod support;
