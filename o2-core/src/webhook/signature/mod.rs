//! Signatures of notifications, as Standard Webhooks 1.0.0 has them: the sender signs id, time and body with a secret that
//! it shares with the receiver. [`sign`] makes the headers, [`Verifier`] checks them, [`BodySignature`] is an older form.
//!
//! ```
//! use o2_core::Timestamp;
//! use o2_core::webhook::signature::{SigningKeys, SigningSecret, Verifier, sign};
//!
//! let secret = SigningSecret::generate();
//! let now = Timestamp::from_unix_seconds(1_795_165_200);
//! let headers = sign(&SigningKeys::new(secret.clone()), "event-1", now, b"{}")?;
//!
//! let verifier = Verifier::new(secret);
//! assert_eq!(verifier.verify(&headers, b"{}", now)?, "event-1");
//! assert!(verifier.verify(&headers, b"{\"changed\":1}", now).is_err());
//! # Ok::<(), o2_core::Error>(())
//! ```

mod body;
mod keys;
mod secret;
mod sign;
#[cfg(test)]
mod tests;
mod verify;

pub use body::BodySignature;
pub use keys::SigningKeys;
pub use secret::SigningSecret;
pub use sign::sign;
pub use verify::Verifier;

use hmac::{Hmac, Mac};
use http::HeaderValue;
use sha2::Sha256;

use crate::error::Excerpt;
use crate::{Error, Result};

/// The header with the id of the notification. It stays the same when the notification is sent again.
pub const ID: &str = "webhook-id";

/// The header with the time of the attempt, in seconds since the Unix epoch.
pub const TIMESTAMP: &str = "webhook-timestamp";

/// The header with the signatures, separated by spaces, each `v1,` and base64.
pub const SIGNATURE: &str = "webhook-signature";

/// What stands before a signature by HMAC-SHA256.
const VERSION: &str = "v1,";

/// The code of what is signed: `{id}.{timestamp}.{body}`.
fn code(secret: &SigningSecret, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", body]
        .into_iter()
        .fold(secret.mac(), Mac::chain_update)
}

/// `text` as the value of the header `name`.
fn header(name: &str, text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text).map_err(|_| Error::internal(format!("header {name} cannot hold '{}'", Excerpt(text))))
}
