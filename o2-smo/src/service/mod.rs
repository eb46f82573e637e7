//! Stub.
/// Stub.
#[derive(Debug)]
pub struct SmoService;
