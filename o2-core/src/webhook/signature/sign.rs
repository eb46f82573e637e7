//! [`sign`]: the headers of a signed notification.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac;
use http::HeaderMap;

use super::{ID, SIGNATURE, SigningKeys, TIMESTAMP, VERSION, code, header};
use crate::error::Excerpt;
use crate::{Error, Result, Timestamp};

/// The headers [`ID`], [`TIMESTAMP`] and [`SIGNATURE`] for an attempt to send `body`. `id` is the same in all attempts,
/// `now` is the time of this one.
///
/// # Errors
/// `Internal` when `id` is empty, has a `.` or does not fit into a header.
pub fn sign(keys: &SigningKeys, id: &str, now: Timestamp, body: &[u8]) -> Result<HeaderMap> {
    if id.is_empty() || id.contains('.') {
        let id = Excerpt(id);
        return Err(Error::internal(format!(
            "the id of a notification, '{id}', must not be empty or have a '.'"
        )));
    }
    let timestamp = now.unix_seconds().to_string();
    let signatures: Vec<_> = keys
        .active(now)
        .map(|secret| code(secret, id, &timestamp, body).finalize().into_bytes())
        .map(|code| format!("{VERSION}{}", STANDARD.encode(code)))
        .collect();
    let mut headers = HeaderMap::with_capacity(3);
    headers.insert(ID, header(ID, id)?);
    headers.insert(TIMESTAMP, header(TIMESTAMP, &timestamp)?);
    headers.insert(SIGNATURE, header(SIGNATURE, &signatures.join(" "))?);
    Ok(headers)
}
