//! Secrets, as the host keeps them.

use std::fmt;

use futures::future::BoxFuture;

use super::NotProvided;
use crate::Result;

/// A value that no log, error or `Debug` output shows.
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, for the moment of use.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Finds secrets by the name configuration gives them.
pub trait SecretSource: fmt::Debug + Send + Sync + 'static {
    /// The secret with this name. Asked again whenever a backend rejects the last answer.
    ///
    /// # Errors
    /// `Config` when there is none.
    fn secret<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Secret>>;
}

impl SecretSource for NotProvided {
    fn secret<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Secret>> {
        let error = Self::error("secret source", "one that reads your vault").with_detail(format!("secret '{name}'"));
        Box::pin(std::future::ready(Err(error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_the_value() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
    }
}
