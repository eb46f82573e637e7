//! [`again`]: one error for several who wait for the same.

use o2_core::Error;

/// The same error once more, for another one who waits.
pub(crate) fn again(error: &Error) -> Error {
    let copy = Error::new(error.kind(), error.message())
        .with_fault(error.fault())
        .with_retry(error.retry());
    match error.detail() {
        Some(detail) => copy.with_detail(detail),
        None => copy,
    }
}
