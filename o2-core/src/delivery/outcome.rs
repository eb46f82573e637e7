//! [`Outcome`]: what an attempt came to.

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};

use super::Attempt;
use super::ports::Ports;
use crate::ports::{HttpRequest, HttpResponse};
use crate::{Error, ErrorKind, Result, Timestamp};

/// What an attempt came to.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The receiver has it.
    Delivered,
    /// The receiver is gone for good.
    Gone(Attempt),
    /// It has to be tried again.
    Failed(Failure),
    /// It was given up half-way, because the shard was lost.
    Unknown,
}

/// An attempt that failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) attempt: Attempt,
    /// How long the receiver asks to be left alone.
    pub(super) retry_after: Option<Duration>,
    /// Whether it is the receiver's whole origin that does not work, and not only this URL.
    pub(super) is_down: bool,
}

/// Makes one attempt; a request that could not be made is a failed one.
pub(super) async fn attempt(ports: &Ports, request: Result<HttpRequest>) -> Outcome {
    let (start, time) = (ports.clock.monotonic(), ports.clock.now());
    let mut request = match request {
        Ok(request) => request,
        Err(error) => return Outcome::Failed(not_sent(&error, time)),
    };
    let limit = ports.settings.timeout;
    request.timeout = limit;
    // A client that does not keep to the timeout must not hold a place for ever.
    let answer = ports.clock.within(limit + GRACE, ports.http.send(request)).await;
    let answer =
        answer.unwrap_or_else(|limit| Err(Error::new(ErrorKind::Timeout, format!("no answer within {limit:?}"))));
    let latency = ports.clock.monotonic().saturating_sub(start);
    judge(&answer, time, latency)
}

/// How much longer than its timeout a request may take.
const GRACE: Duration = Duration::from_secs(1);

/// The failure of a request that could not even be made, which is not the receiver's fault.
fn not_sent(error: &Error, time: Timestamp) -> Failure {
    tracing::warn!(
        error = error.message(),
        detail = error.detail(),
        "a notification cannot be sent"
    );
    Failure {
        attempt: Attempt {
            time,
            status: None,
            error: Some(error.kind().as_str().to_owned()),
            latency_ms: 0,
        },
        retry_after: None,
        is_down: false,
    }
}

fn judge(answer: &Result<HttpResponse>, time: Timestamp, latency: Duration) -> Outcome {
    let status = answer.as_ref().ok().map(http::Response::status);
    let attempt = Attempt {
        time,
        status: status.map(|status| status.as_u16()),
        error: answer.as_ref().err().map(|error| error.kind().as_str().to_owned()),
        latency_ms: u64::try_from(latency.as_millis()).unwrap_or(u64::MAX),
    };
    match status {
        Some(status) if status.is_success() => Outcome::Delivered,
        Some(StatusCode::GONE) => Outcome::Gone(attempt),
        _ => Outcome::Failed(Failure {
            attempt,
            retry_after: answer
                .as_ref()
                .ok()
                .and_then(|response| retry_after(response.headers(), time)),
            is_down: status.is_none_or(is_down),
        }),
    }
}

/// Whether a status says that the origin does not work now. Others say that it does, but not with this request.
fn is_down(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
}

/// What `Retry-After` asks for: seconds or a date (RFC 9110 clause 10.2.3).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    Timestamp::parse_http_date(text).map(|date| date.since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: u16, retry_after: Option<&str>) -> Outcome {
        let mut response = HttpResponse::default();
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        if let Some(text) = retry_after {
            response.headers_mut().insert(RETRY_AFTER, text.parse().unwrap());
        }
        judge(&Ok(response), Timestamp::from_unix_seconds(784_111_770), Duration::ZERO)
    }

    #[test]
    fn statuses_are_judged_as_the_delivery_rules_say() {
        for (status, delivered, down) in [
            (200, true, false),
            (204, true, false),
            (299, true, false),
            (301, false, false),
            (400, false, false),
            (404, false, false),
            (408, false, true),
            (429, false, true),
            (500, false, true),
            (503, false, true),
        ] {
            match outcome(status, None) {
                Outcome::Delivered => assert!(delivered, "{status}"),
                Outcome::Failed(failure) => assert_eq!((false, failure.is_down), (delivered, down), "{status}"),
                other => panic!("{status}: {other:?}"),
            }
        }
        assert!(matches!(outcome(410, None), Outcome::Gone(_)));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        for (text, seconds) in [
            ("7", Some(7)),
            (" 120 ", Some(120)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(7)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            let Outcome::Failed(failure) = outcome(503, Some(text)) else {
                panic!("{text}")
            };
            assert_eq!(failure.retry_after, seconds.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn no_answer_is_told_by_its_kind_alone() {
        let error = Error::new(ErrorKind::Timeout, "10.0.0.7 did not answer");
        let Outcome::Failed(failure) = judge(&Err(error), Timestamp::UNIX_EPOCH, Duration::from_millis(5)) else {
            panic!()
        };
        assert_eq!(failure.attempt.error.as_deref(), Some("timeout"));
        assert!(failure.is_down);
    }
}
