//! [`Verifier`]: the receiver's side.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac;
use http::{HeaderMap, HeaderValue};

use super::{ID, SIGNATURE, SigningSecret, TIMESTAMP, VERSION, code};
use crate::{Error, ErrorKind, Result, Timestamp};

/// Says whether a notification comes from a sender who has one of the secrets, and is not an old one sent once more.
#[derive(Debug, Clone)]
pub struct Verifier {
    secrets: Vec<SigningSecret>,
    tolerance: Duration,
}

impl Verifier {
    /// Accepts what was signed with `secret` not more than 5 min ago, or ahead.
    #[must_use]
    pub fn new(secret: SigningSecret) -> Self {
        Self {
            secrets: vec![secret],
            tolerance: Duration::from_secs(5 * 60),
        }
    }

    /// Accepts what was signed with `secret` as well.
    #[must_use]
    pub fn with_secret(mut self, secret: SigningSecret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// Accepts times that are so far from the own clock.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// The id of the notification, when its signature is right. It is the same for all attempts: an id that was seen before
    /// is the same notification. `body` is what came, byte by byte, before anything parsed it.
    ///
    /// # Errors
    /// `Unauthenticated` saying what is missing or wrong.
    pub fn verify<'h>(&self, headers: &'h HeaderMap, body: &[u8], now: Timestamp) -> Result<&'h str> {
        let id = text(headers, ID)?;
        let timestamp = text(headers, TIMESTAMP)?;
        self.check_time(timestamp, now)?;
        text(headers, SIGNATURE)?;
        let mut signatures = headers.get_all(SIGNATURE).iter().flat_map(codes).peekable();
        if signatures.peek().is_none() {
            return Err(refused(format!(
                "header {SIGNATURE} has no signature of version 1, 'v1,' and base64"
            )));
        }
        let codes: Vec<_> = self
            .secrets
            .iter()
            .map(|secret| code(secret, id, timestamp, body))
            .collect();
        let fits = |signature: Vec<u8>| codes.iter().any(|code| code.clone().verify_slice(&signature).is_ok());
        if signatures.any(fits) {
            Ok(id)
        } else {
            Err(refused("no signature fits the body, the id, the time and the secret"))
        }
    }

    fn check_time(&self, timestamp: &str, now: Timestamp) -> Result<()> {
        let seconds: i64 = timestamp
            .parse()
            .map_err(|_| refused(format!("header {TIMESTAMP} must be seconds since 1970")))?;
        let sent = Timestamp::from_unix_seconds(seconds);
        let limit = self.tolerance.as_secs();
        if now.since(sent) > self.tolerance {
            return Err(refused(format!("the notification was signed more than {limit} s ago")));
        }
        if sent.since(now) > self.tolerance {
            return Err(refused(format!(
                "the notification was signed more than {limit} s ahead of this clock"
            )));
        }
        Ok(())
    }
}

/// The codes that a header holds. Other versions are for other receivers, and what is no signature is no harm.
fn codes(value: &HeaderValue) -> impl Iterator<Item = Vec<u8>> {
    value
        .to_str()
        .unwrap_or_default()
        .split(' ')
        .filter_map(|entry| STANDARD.decode(entry.strip_prefix(VERSION)?).ok())
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Result<&'h str> {
    let value = headers
        .get(name)
        .ok_or_else(|| refused(format!("header {name} is missing")))?;
    match value.to_str() {
        Ok(text) if !text.is_empty() => Ok(text),
        _ => Err(refused(format!("header {name} must be plain text"))),
    }
}

fn refused(reason: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unauthenticated, reason)
}
