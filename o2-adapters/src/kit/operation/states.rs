//! [`States`]: which answers say that work goes on, is done, or has failed.

use http::{HeaderMap, StatusCode};
use o2_core::{Error, ErrorKind, Result};
use serde_json::Value;

use super::Progress;
use crate::kit::client::RestClient;
use crate::kit::redact::excerpt;
use crate::kit::status::{Meaning, retry_after};

/// Which answers say that work goes on, is done, or has failed. Upper and lower case are the same; a state that is in
/// neither list goes on, since backends invent new ones.
#[derive(Debug, Clone)]
pub struct States {
    state_at: Option<&'static str>,
    done: Vec<&'static str>,
    failed: Vec<&'static str>,
    code_at: Option<&'static str>,
}

impl States {
    /// Work goes on while the answer has the status 202, and is done with any other success.
    #[must_use]
    pub fn by_status() -> Self {
        Self {
            state_at: None,
            done: Vec::new(),
            failed: Vec::new(),
            code_at: None,
        }
    }

    /// The state is a text at this JSON pointer; work is done in the states `done`, and has failed in `failed`.
    #[must_use]
    pub fn at(
        pointer: &'static str,
        done: impl IntoIterator<Item = &'static str>,
        failed: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        Self {
            state_at: Some(pointer),
            done: done.into_iter().collect(),
            failed: failed.into_iter().collect(),
            code_at: None,
        }
    }

    /// Failed work has an error code at this JSON pointer. The client's table of codes says what it means. A code there is
    /// a failure in every state but those that go on.
    #[must_use]
    pub fn with_code_at(mut self, pointer: &'static str) -> Self {
        self.code_at = Some(pointer);
        self
    }

    /// What an answer says.
    ///
    /// # Errors
    /// When the work has failed: what the code means in the client's table, or `Internal` with the backend's fault. The
    /// answer is in the detail.
    pub fn judge(
        &self,
        client: &RestClient,
        status: StatusCode,
        headers: &HeaderMap,
        answer: Value,
    ) -> Result<Progress<Value>> {
        let state = self.state_at.and_then(|at| answer.pointer(at)?.as_str());
        let is_one_of =
            |states: &[&str]| state.is_some_and(|state| states.iter().any(|one| one.eq_ignore_ascii_case(state)));
        let failed = is_one_of(&self.failed);
        let done = match self.state_at {
            Some(_) => is_one_of(&self.done),
            None => status != StatusCode::ACCEPTED,
        };
        let code = self.code_at.and_then(|at| code(answer.pointer(at)?));
        if failed || (done && code.is_some()) {
            return Err(failure(client, code.as_deref(), &answer));
        }
        if done {
            return Ok(Progress::Done(answer));
        }
        Ok(Progress::Running(retry_after(headers, client.clock().now())))
    }
}

fn code(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn failure(client: &RestClient, code: Option<&str>, answer: &Value) -> Error {
    let known = code.and_then(|code| client.statuses().code(code));
    let meaning = known.unwrap_or(Meaning::of(ErrorKind::Internal));
    let message = format!("{}: work that was begun has failed", client.backend());
    // It was begun, so it must not be begun again by itself.
    let error = Error::new(meaning.kind, message).with_fault(meaning.fault);
    error
        .with_retry(o2_core::Retry::Never)
        .with_detail(excerpt(answer.to_string().as_bytes()))
}
