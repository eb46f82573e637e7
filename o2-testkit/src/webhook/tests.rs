//! What a subscriber takes, refuses, and can be waited for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake};
use std::time::Duration;

use bytes::Bytes;
use futures::executor::block_on;
use futures::future::join;
use http::Request;
use o2_core::ports::{Clock, HttpClient, HttpRequest, HttpResponse};
use o2_core::webhook::egress::EgressPolicy;
use o2_core::{ErrorKind, Result, Retry};
use serde_json::{Value, json};

use super::{Outcome, Refusal, WebhookSink};
use crate::ManualClock;

const SECOND: Duration = Duration::from_secs(1);
const ID: &str = "x-notification-id";

fn sink() -> (Arc<WebhookSink>, Arc<ManualClock>) {
    let clock = ManualClock::auto();
    (
        WebhookSink::new("https://smo.test/notify", Arc::clone(&clock) as Arc<dyn Clock>),
        clock,
    )
}

fn notification(url: &str, id: &str, body: &Value) -> HttpRequest {
    let request = Request::post(url)
        .header(ID, id)
        .header("content-type", "application/json");
    HttpRequest::new(request.body(Bytes::from(body.to_string())).unwrap())
}

fn deliver(sink: &WebhookSink, id: &str, body: &Value) -> Result<HttpResponse> {
    block_on(sink.send(notification(&sink.url(), id, body)))
}

#[test]
fn what_arrives_is_kept_with_its_time() {
    let (sink, clock) = sink();
    clock.advance(5 * SECOND);
    assert_eq!(deliver(&sink, "n1", &json!({"a": 1})).unwrap().status(), 204);
    let delivery = sink.deliveries().remove(0);
    assert_eq!(delivery.time.to_string(), "2026-01-01T00:00:05Z");
    assert_eq!(
        (delivery.json(), delivery.request.header(ID)),
        (json!({"a": 1}), Some("n1"))
    );
    assert_eq!(delivery.outcome, Outcome::Accepted);
}

#[test]
fn what_the_policy_of_a_request_does_not_allow_does_not_arrive() {
    let (sink, _) = sink();
    let send = |policy: EgressPolicy| {
        let request = notification(&sink.url(), "n1", &json!({}));
        block_on(sink.send(request.guarded_by(Arc::new(policy))))
    };
    let denying = EgressPolicy::default().with_denied("smo.test".parse().unwrap());
    assert!(send(denying).unwrap_err().is(ErrorKind::InvalidInput));
    assert!(sink.attempts().is_empty());
    assert_eq!(send(EgressPolicy::default()).unwrap().status(), 204);
}

#[test]
fn only_its_own_url_and_what_is_below_is_taken() {
    let (sink, _) = sink();
    for (url, mine) in [
        ("https://smo.test/notify", true),
        ("https://smo.test/notify/a?b=c", true),
        ("https://smo.test/notifyx", false),
        ("https://smo.test/", false),
        ("http://smo.test/notify", false),
        ("https://smo.test:8443/notify", false),
    ] {
        let result = block_on(sink.send(notification(url, "n", &Value::Null)));
        assert_eq!(result.is_ok(), mine, "{url}");
        if let Err(error) = result {
            assert_eq!((error.kind(), error.retry()), (ErrorKind::Unavailable, Retry::Safe));
        }
    }
    assert_eq!(sink.attempts().len(), 2);
    let root = WebhookSink::new("https://smo.test", ManualClock::new());
    assert!(block_on(root.send(notification("https://smo.test/any", "n", &Value::Null))).is_ok());
}

#[test]
fn it_refuses_as_told_and_then_accepts() {
    let (sink, clock) = sink();
    let busy = Refusal::Status {
        status: 429,
        retry_after: Some(7),
    };
    sink.refuse(2, busy);
    sink.refuse(0, Refusal::Silence);
    sink.refuse(1, Refusal::Silence);
    sink.refuse(1, Refusal::Unreachable);
    for _ in 0..2 {
        let response = deliver(&sink, "n1", &Value::Null).unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["retry-after"]),
            (429, &"7".parse().unwrap())
        );
    }
    let error = deliver(&sink, "n1", &Value::Null).unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Timeout, Retry::IfIdempotent));
    assert_eq!(clock.monotonic(), 30 * SECOND);
    let error = deliver(&sink, "n1", &Value::Null).unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unavailable, Retry::Safe));
    assert!(deliver(&sink, "n1", &Value::Null).is_ok());
    let outcomes: Vec<_> = sink.attempts().iter().map(|attempt| attempt.outcome).collect();
    let refused = Outcome::Refused;
    let expected = [
        refused(busy),
        refused(busy),
        refused(Refusal::Silence),
        refused(Refusal::Unreachable),
        Outcome::Accepted,
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(sink.deliveries().len(), 1);
}

#[test]
fn a_delivery_can_be_waited_for() {
    let (sink, clock) = sink();
    sink.refuse(1, Refusal::Unreachable);
    let sender = async {
        for number in 0..3 {
            clock.sleep(10 * SECOND).await;
            // The first is refused.
            let _ = sink.send(notification(&sink.url(), "n", &json!(number))).await;
        }
    };
    let ((), second) = block_on(join(sender, sink.delivery(2, 60 * SECOND)));
    assert_eq!(second.json(), json!(2));
    assert_eq!(second.time.to_string(), "2026-01-01T00:00:30Z");
    assert_eq!(
        block_on(sink.delivery(1, SECOND)).json(),
        json!(1),
        "what has come is there at once"
    );
}

#[test]
fn whoever_waits_is_woken() {
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    let sink = WebhookSink::new("https://smo.test/notify", ManualClock::new());
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Arc::clone(&woken).into();
    let mut waiting = pin!(sink.delivery(1, SECOND));
    assert!(waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert!(!woken.0.load(Ordering::Relaxed));
    deliver(&sink, "n1", &Value::Null).unwrap();
    assert!(woken.0.load(Ordering::Relaxed));
    assert!(waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
}

#[test]
fn waiting_ends() {
    let (sink, clock) = sink();
    sink.refuse(1, Refusal::Unreachable);
    deliver(&sink, "n1", &Value::Null).unwrap_err();
    let failure = catch_unwind(AssertUnwindSafe(|| block_on(sink.delivery(1, 9 * SECOND))));
    let told = failure.unwrap_err();
    let told = told.downcast_ref::<String>().unwrap();
    assert!(
        told.starts_with("delivery 1 has not come within 9s") && told.contains("Unreachable"),
        "{told}"
    );
    assert_eq!(clock.monotonic(), 9 * SECOND);
}

#[test]
fn duplicates_are_found_by_their_id() {
    let (sink, _) = sink();
    sink.refuse(1, Refusal::Unreachable);
    deliver(&sink, "n1", &Value::Null).unwrap_err();
    for id in ["n1", "n2", "n3"] {
        deliver(&sink, id, &Value::Null).unwrap();
    }
    assert!(sink.duplicates(ID).is_empty(), "a refused attempt is no delivery");
    deliver(&sink, "n2", &Value::Null).unwrap();
    assert_eq!(sink.duplicates(ID), ["n2 was delivered 2 times"]);
    assert_eq!(sink.duplicates("x-other").len(), 4);
}

#[test]
fn order_is_per_subscription_and_repetitions_do_not_disturb_it() {
    let (sink, _) = sink();
    let out_of_order = || {
        sink.out_of_order(
            |delivery| delivery.json()["subscription"].as_str().unwrap().to_owned(),
            |delivery| delivery.json()["number"].as_u64().unwrap(),
        )
    };
    for (subscription, number) in [("a", 1), ("b", 5), ("a", 2), ("a", 1), ("b", 6), ("a", 4)] {
        deliver(&sink, "n", &json!({"subscription": subscription, "number": number})).unwrap();
    }
    assert!(out_of_order().is_empty());
    deliver(&sink, "n", &json!({"subscription": "a", "number": 3})).unwrap();
    assert_eq!(out_of_order(), ["a: 3 came after 4"]);
}
