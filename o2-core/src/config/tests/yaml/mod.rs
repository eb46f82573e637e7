//! Tests of YAML texts.

mod examples;
mod messages;
mod originals;
mod references;
mod spellings;

use proptest::prelude::*;

use crate::config::Config;
use crate::{ErrorKind, Result};

fn load(text: &str) -> Result<Config> {
    Config::from_yaml(text, "gateway.yaml", &variables)
}

fn variables(name: &str) -> Option<String> {
    match name {
        "PAGE" => Some("50".into()),
        "YES" => Some("true".into()),
        "INJECTION" => Some("x}\n  admin: true # [".into()),
        name if name.ends_with("_PASSWORD") || name.ends_with("_KEY") || name.ends_with("_TOKEN") => {
            Some(format!("secret {name}"))
        }
        _ => None,
    }
}

/// Loads `text` and expects exactly these messages.
fn check(text: &str, expected: &[&str]) {
    let error = load(text).expect_err(text);
    assert!(error.is(ErrorKind::Config));
    let lines: Vec<_> = error.message().lines().collect();
    assert_eq!(lines, expected, "for\n{text}");
    assert_eq!(error.violations().len(), expected.len());
}

proptest! {
    #[test]
    fn no_text_makes_reading_panic(
        text in "\\PC{0,200}|((plugins|routing|ims|rules|name|adapter|filter|gitOps)[:,]? ?|[\\[\\]{}$&*!|>'\"\n-] ?){0,40}",
    ) {
        if let Err(error) = load(&text) {
            prop_assert!(error.is(ErrorKind::Config));
            prop_assert!(error.message().starts_with("gateway.yaml:"), "{}", error.message());
        }
    }
}
