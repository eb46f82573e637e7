//! [`SigningSecret`]: what sender and receiver of notifications share.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::digest::Key;
use hmac::{Hmac, KeyInit};
use serde::{Deserialize, Deserializer};
use sha2::Sha256;
use uuid::Uuid;

use crate::{Error, Result};

const SHORTEST: usize = 16;
const LONGEST: usize = 64;

/// What stands before the base64 of a secret.
const PREFIX: &str = "whsec_";

/// A secret that signs notifications: 16 to 64 bytes. No `Debug` output and no error shows it, and it has no `Serialize`;
/// who must store it takes [`Self::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(Vec<u8>);

impl SigningSecret {
    /// A new one that nobody can guess.
    #[must_use]
    pub fn generate() -> Self {
        // Two of 122 random bits each.
        Self(
            [Uuid::new_v4(), Uuid::new_v4()]
                .iter()
                .flat_map(Uuid::as_bytes)
                .copied()
                .collect(),
        )
    }

    /// The secret with these bytes.
    ///
    /// # Errors
    /// `InvalidInput` when it is too short or too long.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self> {
        let bytes = bytes.into();
        if (SHORTEST..=LONGEST).contains(&bytes.len()) {
            return Ok(Self(bytes));
        }
        Err(Error::invalid(format!(
            "the secret has {} bytes, {SHORTEST} to {LONGEST} are expected",
            bytes.len()
        )))
    }

    /// Reads `whsec_` with base64, or any other text, whose bytes are then the secret.
    ///
    /// # Errors
    /// `InvalidInput` when it is too short or too long, or when no base64 follows `whsec_`.
    pub fn parse(text: &str) -> Result<Self> {
        match text.strip_prefix(PREFIX) {
            None => Self::from_bytes(text),
            Some(encoded) => {
                // The cause would repeat a part of the secret.
                let wrong = |_| Error::invalid(format!("after '{PREFIX}' the secret must be base64 with its padding"));
                Self::from_bytes(STANDARD.decode(encoded).map_err(wrong)?)
            }
        }
    }

    /// The secret as `whsec_` with base64, for the moment it is shown to the receiver's owner or is stored.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    #[cfg(test)]
    pub(super) fn of_any_length(text: String) -> Self {
        Self(text.into_bytes())
    }

    /// A code that has seen nothing but the secret.
    pub(super) fn mac(&self) -> Hmac<Sha256> {
        // Shorter keys are filled up with zeros (RFC 2104).
        let mut key = Key::<Hmac<Sha256>>::default();
        key[..self.0.len()].copy_from_slice(&self.0);
        Hmac::new(&key)
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

impl<'de> Deserialize<'de> for SigningSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
