//! Stub.
/// Stub.
#[derive(Debug)]
pub struct ImsService;
