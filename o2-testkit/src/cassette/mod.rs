//! Cassettes: exchanges with a live backend, recorded once without their secrets, and replayed offline ever after.
//!
//! A [`Recorder`] surrounds the client that speaks to the backend; its [`Cassette`] is a text for the test to write to a
//! file. Later the test reads the file and gives the adapter the cassette's [`client`](Cassette::client). Files are not
//! touched here.
//!
//! ```
//! use bytes::Bytes;
//! use o2_core::ports::{HttpClient, HttpRequest};
//! use o2_testkit::ManualClock;
//! use o2_testkit::cassette::{Cassette, Recorder};
//! use o2_testkit::exchange::Redaction;
//! use o2_testkit::scripted_http::{Expect, Reply, ScriptedHttp};
//! use serde_json::json;
//!
//! # futures::executor::block_on(async {
//! // Stands in for the client of a live backend.
//! let live = ScriptedHttp::in_order(ManualClock::auto());
//! live.expect(Expect::get("/groups"), Reply::json(200, &json!({"groups": [], "token": "s3cret"})));
//!
//! let request = || {
//!     let request = http::Request::get("https://lab.test/groups").header("authorization", "Bearer s3cret");
//!     HttpRequest::new(request.body(Bytes::new()).unwrap())
//! };
//! let recorder = Recorder::new(live, Redaction::default());
//! recorder.send(request()).await.unwrap();
//! let text = recorder.cassette().to_string();
//! assert!(!text.contains("s3cret"));
//!
//! let client = Cassette::parse(&text).unwrap().client(ManualClock::auto()).unwrap();
//! let response = client.send(request()).await.unwrap();
//! assert_eq!(response.body(), r#"{"groups":[],"token":"(redacted)"}"#);
//! client.verify();
//! # });
//! ```

mod interaction;
mod recorder;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use o2_core::ports::Clock;
use o2_core::{Error, Result};
use serde::{Deserialize, Serialize};

pub use recorder::Recorder;

use self::interaction::Interaction;
use crate::exchange::Redaction;
use crate::scripted_http::ScriptedHttp;

/// The version of the format that is written, and the only one that is read.
const VERSION: u32 = 1;

/// Recorded exchanges, in the order in which the requests were sent. `Display` is the text of a file, indented JSON.
///
/// ```json
/// {
///   "version": 1,
///   "interactions": [
///     {
///       "request": {"method": "GET", "path": "/groups", "query": [["limit", "5"]], "body": "empty"},
///       "response": {"status": 200, "headers": [["etag", "\"1\""]], "body": {"json": {"groups": []}}}
///     }
///   ]
/// }
/// ```
///
/// Bodies are `"empty"`, or an object with one of `json`, `form`, `text` and `binary` (base64).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cassette {
    version: u32,
    interactions: Vec<Interaction>,
    #[serde(skip)]
    redaction: Redaction,
}

impl Cassette {
    fn new(interactions: Vec<Interaction>, redaction: Redaction) -> Self {
        Self {
            version: VERSION,
            interactions,
            redaction,
        }
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// `InvalidInput` when this is no cassette, or one of another version.
    pub fn parse(text: &str) -> Result<Self> {
        let cassette: Self =
            serde_json::from_str(text).map_err(|error| Error::invalid(format!("this is no cassette: {error}")))?;
        if cassette.version == VERSION {
            Ok(cassette)
        } else {
            let version = cassette.version;
            Err(Error::invalid(format!(
                "the cassette has version {version}, only {VERSION} can be read; record it again"
            )))
        }
    }

    /// What was secret when it was recorded, unless it was the default: requests are compared without it too.
    #[must_use]
    pub fn with_redaction(mut self, redaction: Redaction) -> Self {
        self.redaction = redaction;
        self
    }

    /// How many exchanges it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.interactions.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.interactions.is_empty()
    }

    /// A client that answers from the cassette, on virtual time.
    ///
    /// A request is answered with the first exchange that is still there whose method, path, query and body are the same
    /// once secrets are taken out; host and headers do not matter. Requests may come in any order; those that are equal
    /// are answered as they were recorded. What is not asked for is a problem at the end, because it shows that the
    /// recording is older than the adapter.
    ///
    /// # Errors
    /// `InvalidInput` when an exchange is not one of HTTP.
    pub fn client(&self, clock: Arc<dyn Clock>) -> Result<Arc<ScriptedHttp>> {
        let lines = self.interactions.iter().enumerate().map(|(index, interaction)| {
            let line = interaction.replay(&self.redaction);
            line.map_err(|reason| Error::invalid(format!("exchange {} of the cassette: {reason}", index + 1)))
        });
        let lines = lines.collect::<Result<Vec<_>>>()?;
        let client = ScriptedHttp::in_any_order(clock);
        for (expect, reply) in lines {
            client.expect(expect, reply);
        }
        Ok(client)
    }
}

impl fmt::Display for Cassette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string_pretty(self).map_err(|_| fmt::Error)?)
    }
}
