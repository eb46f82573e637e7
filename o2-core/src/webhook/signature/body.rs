//! [`BodySignature`]: the headers of the predecessor, for receivers that know no others.

use std::fmt::Write;

use hmac::Mac;
use http::HeaderMap;

use super::{SigningSecret, header};
use crate::Result;

/// The headers by which the predecessor of this gateway told what a notification is, with a signature of the body alone:
/// whoever records one can send it again. To be sent beside those of [`sign`](super::sign()), to receivers that ask for it.
#[derive(Debug, Clone, Copy)]
pub struct BodySignature<'a> {
    /// Such as `o2ims.Resource.Created`.
    pub event_type: &'a str,
    /// The id of the notification.
    pub notification_id: &'a str,
    /// The subscription it is for.
    pub subscription_id: &'a str,
}

impl BodySignature<'_> {
    /// The headers `X-O2IMS-Signature`, which is the HMAC-SHA256 of `body` in hexadecimal digits, `X-O2IMS-Event-Type`,
    /// `X-O2IMS-Notification-ID` and `X-O2IMS-Subscription-ID`.
    ///
    /// # Errors
    /// `Internal` when one of the texts does not fit into a header.
    pub fn sign(&self, secret: &SigningSecret, body: &[u8]) -> Result<HeaderMap> {
        let code = secret.mac().chain_update(body).finalize().into_bytes();
        let mut headers = HeaderMap::with_capacity(4);
        for (name, text) in [
            ("x-o2ims-signature", hex(&code).as_str()),
            ("x-o2ims-event-type", self.event_type),
            ("x-o2ims-notification-id", self.notification_id),
            ("x-o2ims-subscription-id", self.subscription_id),
        ] {
            headers.insert(name, header(name, text)?);
        }
        Ok(headers)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
