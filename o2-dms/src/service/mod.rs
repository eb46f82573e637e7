//! Stub.
/// Stub.
#[derive(Debug)]
pub struct DmsService;
