//! [`Flaw`]: why a package is none.

use o2_core::Error;

/// What is wrong with the content of a package, for who uploads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Flaw(String);

impl Flaw {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }

    /// The flaw of a part of the package.
    pub(super) fn of(part: &str, reason: impl std::fmt::Display) -> Self {
        Self(format!("{part}: {reason}"))
    }

    pub(super) fn reason(&self) -> &str {
        &self.0
    }
}

impl From<Flaw> for Error {
    fn from(flaw: Flaw) -> Self {
        Self::violation("content", flaw.0)
    }
}
