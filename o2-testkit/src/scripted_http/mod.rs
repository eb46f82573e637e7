//! [`ScriptedHttp`]: an `HttpClient` that expects requests and answers with what the test wrote down, so that an adapter
//! is tested without a socket. A request that nobody expects fails, and the test is told which expectation came nearest
//! and what differs.

#![allow(clippy::panic, reason = "a test that breaks its script fails, as an assertion does")]

mod expect;
mod reply;
mod script;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use o2_core::ports::{Clock, HttpClient, HttpRequest, HttpResponse};
use o2_core::{Error, ErrorKind, Fault, Result, Retry};

pub use expect::Expect;
pub use reply::Reply;

use self::script::Script;
use crate::exchange::SeenRequest;

/// Answers expected requests as the test wrote down, and remembers all of them.
///
/// Expectations are met in the order in which they were added ([`in_order`](Self::in_order)), or in any
/// ([`in_any_order`](Self::in_any_order)). Each is met once unless it says otherwise.
///
/// [`verify`](Self::verify) fails the test when a request came unexpectedly or an expectation was not met; dropping a
/// client that has not been verified does the same. In a test that fails already, dropping only prints the unexpected
/// requests, which often are the reason. Secrets (see [`Redaction`](crate::exchange::Redaction)) are compared but never
/// printed.
///
/// ```
/// use bytes::Bytes;
/// use o2_core::ports::{HttpClient, HttpRequest};
/// use o2_testkit::ManualClock;
/// use o2_testkit::scripted_http::{Expect, Reply, ScriptedHttp};
/// use serde_json::json;
///
/// let http = ScriptedHttp::in_order(ManualClock::auto());
/// http.expect(
///     Expect::get("/groups?limit=2").header("x-lab-token", "t"),
///     Reply::json(200, &json!({"groups": []})),
/// );
///
/// let request = http::Request::get("https://lab.test/groups?limit=2").header("x-lab-token", "t");
/// let request = HttpRequest::new(request.body(Bytes::new()).unwrap());
/// let response = futures::executor::block_on(http.send(request)).unwrap();
/// assert_eq!(response.status(), 200);
/// http.verify();
/// ```
pub struct ScriptedHttp {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    script: Script,
    seen: Vec<SeenRequest>,
    unexpected: Vec<String>,
    verified: bool,
}

impl ScriptedHttp {
    /// A client whose expectations are met in their order.
    #[must_use]
    pub fn in_order(clock: Arc<dyn Clock>) -> Arc<Self> {
        Self::with_script(clock, Script::in_order())
    }

    /// A client whose expectations are met in any order; of several that fit, the first that is still open counts.
    #[must_use]
    pub fn in_any_order(clock: Arc<dyn Clock>) -> Arc<Self> {
        Self::with_script(clock, Script::in_any_order())
    }

    fn with_script(clock: Arc<dyn Clock>, script: Script) -> Arc<Self> {
        let state = State {
            script,
            seen: Vec::new(),
            unexpected: Vec::new(),
            verified: false,
        };
        let state = Mutex::new(state);
        Arc::new(Self { clock, state })
    }

    /// Adds an expectation, and what it is answered with.
    pub fn expect(&self, expect: Expect, reply: Reply) {
        self.lock().script.add(expect, reply);
    }

    /// All requests, the unexpected ones too, in the order in which they came.
    #[must_use]
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.lock().seen.clone()
    }

    /// What is wrong so far: requests that nobody expected, with what differs, and expectations that are not met.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let state = self.lock();
        state.unexpected.iter().cloned().chain(state.script.unmet()).collect()
    }

    /// Fails the test if something is wrong.
    ///
    /// # Panics
    /// With all [`problems`](Self::problems).
    #[track_caller]
    pub fn verify(&self) {
        self.lock().verified = true;
        let problems = self.problems();
        assert!(problems.is_empty(), "{}", report(&problems));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a request and finds its reply.
    fn answer(&self, seen: SeenRequest) -> Result<Reply> {
        let mut state = self.lock();
        let number = state.seen.len() + 1;
        let answer = state.script.answer(&seen);
        state.seen.push(seen);
        answer.map_err(|why| {
            let why = format!("request {number} was not expected: {why}");
            state.unexpected.push(why.clone());
            state.verified = false;
            Error::internal(why)
        })
    }
}

impl HttpClient for ScriptedHttp {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        Box::pin(async move {
            let (timeout, max_body, cut_body) = (request.timeout, request.max_body, request.cut_body);
            let reply = self.answer(SeenRequest::of(request.request))?;
            self.clock.sleep(reply.delay.min(timeout)).await;
            if reply.delay > timeout {
                return Err(no_answer(timeout));
            }
            let mut response = reply.response()?;
            if response.body().len() > max_body {
                if !cut_body {
                    return Err(too_long(max_body));
                }
                response.body_mut().truncate(max_body);
            }
            Ok(response)
        })
    }
}

/// The error of a client that has waited for an answer in vain.
pub(crate) fn no_answer(timeout: Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("no answer within {timeout:?}"))
}

fn too_long(max_body: usize) -> Error {
    Error::internal(format!("the answer has more than {max_body} bytes"))
        .with_fault(Fault::Backend)
        .with_retry(Retry::Never)
}

fn report(problems: &[String]) -> String {
    format!(
        "\nthe script of HTTP requests was not followed:\n- {}\n",
        problems.join("\n- ")
    )
}

impl fmt::Debug for ScriptedHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("ScriptedHttp")
            .field("seen", &state.seen.len())
            .field("unexpected", &state.unexpected)
            .field("unmet", &state.script.unmet())
            .finish()
    }
}

/// A test that forgot to verify fails here.
impl Drop for ScriptedHttp {
    #[expect(clippy::print_stderr, reason = "a second panic would hide the first")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let unexpected = self.lock().unexpected.clone();
            if !unexpected.is_empty() {
                eprintln!("{}", report(&unexpected));
            }
        } else if !self.lock().verified {
            self.verify();
        }
    }
}
