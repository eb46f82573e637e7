//! The few ways in which a case looks at things.

use std::fmt::Debug;

use o2_core::{Error, ErrorKind, Result};

use super::{Broken, Stop, Verdict};

/// That two things are equal.
///
/// # Errors
/// Broken when they are not.
pub fn same<T: PartialEq + Debug>(what: &str, got: T, expected: T) -> Verdict {
    if got == expected {
        return Ok(());
    }
    Err(Broken::new(what, format!("{expected:?}"), format!("{got:?}")).into())
}

/// That something is as `expected`, which is said in words; `got` shows what it is.
///
/// # Errors
/// Broken when it is not.
pub fn holds(what: &str, truth: bool, expected: &str, got: impl Debug) -> Verdict {
    if truth {
        return Ok(());
    }
    Err(Broken::new(what, expected, format!("{got:?}")).into())
}

/// That a call fails with one of these kinds of error.
///
/// # Errors
/// Broken when it succeeds or fails in another way.
pub fn fails<T>(what: &str, result: Result<T>, kinds: &[ErrorKind]) -> Verdict<Error> {
    let got = match result {
        Err(error) if kinds.iter().any(|kind| error.is(*kind)) => return Ok(error),
        Err(error) => format!("{error:?}"),
        Ok(_) => "success".to_owned(),
    };
    let kinds: Vec<_> = kinds.iter().map(ToString::to_string).collect();
    let expected = format!("an error of kind {}", kinds.join(" or "));
    Err(Broken::new(what, expected, got).into())
}

/// Ends a case that cannot be tried, because this is missing.
///
/// # Errors
/// Always.
pub fn skip<T>(missing: impl Into<String>) -> Verdict<T> {
    Err(Stop::Skipped(missing.into()))
}
