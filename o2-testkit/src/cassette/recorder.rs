//! [`Recorder`]: an `HttpClient` that remembers what passes through it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use http::Request;
use o2_core::Result;
use o2_core::ports::{HttpClient, HttpRequest, HttpResponse};

use super::Cassette;
use super::interaction::Interaction;
use crate::exchange::{Redaction, SeenRequest};

/// An `HttpClient` that sends everything through another one and remembers the answers, without secrets. A request that
/// fails without an answer is not remembered.
pub struct Recorder {
    inner: Arc<dyn HttpClient>,
    redaction: Redaction,
    tape: Mutex<Tape>,
}

#[derive(Default)]
struct Tape {
    /// How many requests have been sent.
    sent: u64,
    /// The answered ones, by the order in which they were sent.
    answered: BTreeMap<u64, Interaction>,
}

impl Recorder {
    /// Records what passes through `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn HttpClient>, redaction: Redaction) -> Arc<Self> {
        let tape = Mutex::default();
        Arc::new(Self { inner, redaction, tape })
    }

    /// What has been recorded so far.
    #[must_use]
    pub fn cassette(&self) -> Cassette {
        let interactions = self.lock().answered.values().cloned().collect();
        Cassette::new(interactions, self.redaction.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Tape> {
        self.tape.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpClient for Recorder {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        Box::pin(async move {
            let seen = SeenRequest::of(copy(&request.request));
            let number = {
                let mut tape = self.lock();
                tape.sent += 1;
                tape.sent
            };
            let response = self.inner.send(request).await?;
            let interaction = Interaction::record(&seen, &response, &self.redaction);
            self.lock().answered.insert(number, interaction);
            Ok(response)
        })
    }
}

/// A request with the same head and body; what else a host may have attached stays with the original.
fn copy(request: &Request<bytes::Bytes>) -> Request<bytes::Bytes> {
    let mut copy = Request::new(request.body().clone());
    copy.method_mut().clone_from(request.method());
    copy.uri_mut().clone_from(request.uri());
    copy.headers_mut().clone_from(request.headers());
    copy
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("inner", &self.inner)
            .field("recorded", &self.lock().answered.len())
            .finish_non_exhaustive()
    }
}
