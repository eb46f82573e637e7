//! `Idempotency-Key` on `POST`: the first answer is kept and given again to whoever repeats the request
//! (draft-ietf-httpapi-idempotency-key-header).

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::TryStreamExt;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use super::Reply;
use super::conditional::fnv1a;
use crate::context::Context;
use crate::ports::Clock;
use crate::store::{Revision, Store, Table};
use crate::{Error, ErrorKind, Result, Timestamp};

/// The request header.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that the answer was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const KEY_LENGTH: usize = 255;

/// Remembers answers by idempotency key.
#[derive(Debug)]
pub struct Idempotency {
    records: Table<Record>,
    clock: Arc<dyn Clock>,
    keep: Duration,
    claim: Duration,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Record {
    request: u64,
    until: Timestamp,
    answer: Option<Answer>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    /// In base64: a body is any bytes.
    body: String,
}

/// How a request with a key begins.
#[derive(Debug)]
#[non_exhaustive]
pub enum Start {
    /// There is no key: serve it.
    Unkeyed,
    /// The key is new: serve it, then [`finish`](Idempotency::finish) or [`abandon`](Idempotency::abandon).
    First(Claim),
    /// The request was served before: this was the answer.
    Replay(Box<Reply>),
}

/// The right to serve the request with a key.
#[derive(Debug)]
pub struct Claim {
    id: String,
    request: u64,
    revision: Revision,
}

impl Idempotency {
    /// Keeps answers for `keep`. A request that was cut off frees its key after `claim`, the longest time a request
    /// may take.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, keep: Duration, claim: Duration) -> Self {
        Self {
            records: Table::new(store, "idempotency key"),
            clock,
            keep,
            claim,
        }
    }

    /// Claims the key of a request, if it has one.
    ///
    /// # Errors
    /// `InvalidInput` when the key is malformed or was used for another request; `Conflict` while the first request
    /// with this key is being served.
    pub async fn start(&self, context: &Context, headers: &HeaderMap, path: &str, body: &[u8]) -> Result<Start> {
        let Some(key) = headers.get(IDEMPOTENCY_KEY) else {
            return Ok(Start::Unkeyed);
        };
        let key = key
            .to_str()
            .ok()
            .filter(|key| !key.is_empty() && key.len() <= KEY_LENGTH)
            .ok_or_else(|| {
                Error::violation(
                    "Idempotency-Key",
                    format!("must be 1 to {KEY_LENGTH} visible ASCII characters"),
                )
            })?;
        let tenant = context.tenant().map_or("", |tenant| tenant.as_str());
        let id = [tenant, &context.principal().name, key]
            .map(super::path::encode)
            .join("/");
        let request = fnv1a(&[path.as_bytes(), b"\0", body].concat());
        let now = self.clock.now();
        let record = Record {
            request,
            until: now.plus(self.claim),
            answer: None,
        };
        let claimed = match self.records.get(&id).await? {
            None => self.records.insert(&id, record).await,
            Some(row) if row.value.until <= now => self.records.replace(&id, record, Some(row.revision)).await,
            Some(row) => return Self::again(row.value, request),
        };
        match claimed {
            Ok(row) => Ok(Start::First(Claim {
                id,
                request,
                revision: row.revision,
            })),
            Err(error) if error.is(ErrorKind::AlreadyExists) || error.is(ErrorKind::PreconditionFailed) => Err(busy()),
            Err(error) => Err(error),
        }
    }

    fn again(record: Record, request: u64) -> Result<Start> {
        if record.request != request {
            return Err(Error::violation(
                "Idempotency-Key",
                "this key was used for another request",
            ));
        }
        let answer = record.answer.ok_or_else(busy)?;
        Ok(Start::Replay(Box::new(answer.into_reply()?)))
    }

    /// Keeps the answer for those who repeat the request.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn finish(&self, claim: Claim, reply: &Reply) -> Result<()> {
        let until = self.clock.now().plus(self.keep);
        let record = Record {
            request: claim.request,
            until,
            answer: Some(Answer::of(reply)),
        };
        self.records
            .replace(&claim.id, record, Some(claim.revision))
            .await
            .map(|_| ())
    }

    /// Frees the key of a request that changed nothing, so that it can be repeated.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn abandon(&self, claim: Claim) -> Result<()> {
        self.records.remove(&claim.id, Some(claim.revision)).await
    }

    /// Forgets what has been kept for long enough, and says how many keys that were. Somebody has to ask for it now and
    /// then: most keys are never used again.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_expired(&self) -> Result<usize> {
        let now = self.clock.now();
        let expired = self.records.all();
        let mut expired = expired.try_filter(|row| std::future::ready(row.value.until <= now));
        let mut forgotten = 0;
        while let Some(row) = expired.try_next().await? {
            match self.records.remove(&row.id, Some(row.revision)).await {
                Ok(()) => forgotten += 1,
                // Somebody is using the key again.
                Err(error) if error.is(ErrorKind::NotFound) || error.is(ErrorKind::PreconditionFailed) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(forgotten)
    }
}

fn busy() -> Error {
    Error::conflict("the first request with this Idempotency-Key is still being served")
        .with_retry_after(Duration::from_secs(1))
}

impl Answer {
    fn of(reply: &Reply) -> Self {
        let header = |(name, value): (&HeaderName, &HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        Self {
            status: reply.status.as_u16(),
            headers: reply.headers.iter().filter_map(header).collect(),
            body: STANDARD.encode(&reply.body),
        }
    }

    fn into_reply(self) -> Result<Reply> {
        let broken = |error: http::Error| Error::internal("a kept answer is broken").with_source(error);
        let body = STANDARD
            .decode(self.body)
            .map_err(|error| Error::internal("a kept answer is broken").with_source(error))?;
        let status = StatusCode::from_u16(self.status).map_err(|error| broken(error.into()))?;
        let mut reply = Reply::empty(status);
        reply.body = Bytes::from(body);
        for (name, value) in self.headers {
            let name = HeaderName::try_from(name).map_err(|error| broken(error.into()))?;
            let value = HeaderValue::try_from(value).map_err(|error| broken(error.into()))?;
            reply.headers.append(name, value);
        }
        Ok(reply.with_header(REPLAYED, "true"))
    }
}
