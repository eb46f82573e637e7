//! [`Counting`]: an HTTP client that counts the calls of a backend.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures::future::{BoxFuture, FutureExt};
use o2::adapters::http::{HttpOptions, ReqwestClient};
use o2::core::Result;
use o2::core::ports::{HttpClient, HttpRequest, HttpResponse};

/// What was asked, and how much came back.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    pub(crate) by_name: BTreeMap<String, usize>,
    pub(crate) bytes: usize,
}

#[derive(Debug)]
pub(crate) struct Counting {
    http: ReqwestClient,
    calls: Mutex<Calls>,
}

impl Counting {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            http: ReqwestClient::new(&HttpOptions::default()).expect("a client can be built"),
            calls: Mutex::default(),
        })
    }

    /// The calls since this was asked last.
    pub(crate) fn take(&self) -> Calls {
        std::mem::take(&mut self.calls.lock().expect("nobody panics here"))
    }
}

impl HttpClient for Counting {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        let name = name(&request);
        async move {
            let answer = self.http.send(request).await;
            let mut calls = self.calls.lock().expect("nobody panics here");
            *calls.by_name.entry(name).or_default() += 1;
            calls.bytes += answer.as_ref().map_or(0, |answer| answer.body().len());
            answer
        }
        .boxed()
    }
}

impl Calls {
    pub(crate) fn count(&self) -> usize {
        self.by_name.values().sum()
    }

    pub(crate) fn told(&self) -> String {
        let each = self.by_name.iter().map(|(name, count)| format!("{count} {name}"));
        each.collect::<Vec<_>>().join(", ")
    }
}

/// The method of SOAP, the action of AWS, or the path without ids.
fn name(request: &HttpRequest) -> String {
    let body = String::from_utf8_lossy(request.request.body());
    let between = |before: &str, ends: &[char]| {
        let (_, rest) = body.split_once(before)?;
        rest.split(ends).next().map(str::to_owned)
    };
    between("<Body><", &[' ', '>'])
        .or_else(|| between("Action=", &['&']))
        .unwrap_or_else(|| {
            let segments = request.request.uri().path().split('/');
            segments
                .filter(|segment| segment.len() < 32)
                .collect::<Vec<_>>()
                .join("/")
        })
}
