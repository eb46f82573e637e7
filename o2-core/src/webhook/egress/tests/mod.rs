//! What may be reached, and every disguise of what may not.

mod addresses;
mod rules;
mod urls;

use url::Url;

use super::*;
use crate::{ErrorKind, Result};

fn url(text: &str) -> Url {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn rule(text: &str) -> Rule {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Refused, without a word about what is there.
fn is_silent(outcome: Result<()>, why: &str) {
    let error = outcome.expect_err(why);
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::InvalidInput, "the callback is not allowed"),
        "{why}"
    );
    assert!(error.detail().is_some(), "{why}: the operator is told why");
}
