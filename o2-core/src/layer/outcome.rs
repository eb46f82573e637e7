//! How a call ended, as metrics and spans name it.

use std::fmt;

use crate::{ErrorKind, Result};

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was refused or failed.
    Failure(ErrorKind),
    /// The caller stopped waiting: the future was dropped before it ended. What happened is unknown.
    Cancelled,
}

impl Outcome {
    /// The outcome of a call that returned `result`.
    #[must_use]
    pub fn of<T>(result: &Result<T>) -> Self {
        match result {
            Ok(_) => Self::Success,
            Err(error) => Self::Failure(error.kind()),
        }
    }

    /// `success`, `cancelled`, or the error kind in camelCase.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure(kind) => kind.as_str(),
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
