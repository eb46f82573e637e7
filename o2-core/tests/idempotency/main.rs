//! `Idempotency-Key`: whoever repeats a request gets the first answer, whatever happened to the first request.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy spares test functions, but not their helpers"
)]

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use futures::executor::block_on;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use o2_core::http::{Claim, Idempotency, Reply, Start};
use o2_core::identity::Principal;
use o2_core::ports::Clock;
use o2_core::store::{MemoryStore, Store};
use o2_core::{Context, Error, ErrorKind, Result, TenantId};
use o2_testkit::ManualClock;

mod slow;

use slow::Slow;

const KEEP: Duration = Duration::from_secs(24 * 3600);
const CLAIM: Duration = Duration::from_secs(30);
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

struct Desk {
    idempotency: Idempotency,
    clock: Arc<ManualClock>,
    store: Arc<dyn Store>,
    context: Context,
}

fn desk() -> Desk {
    let clock = ManualClock::new();
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>));
    Desk {
        idempotency: Idempotency::new(Arc::clone(&store), Arc::clone(&clock) as Arc<dyn Clock>, KEEP, CLAIM),
        clock,
        store,
        context: Context::new("r"),
    }
}

impl Desk {
    fn start(&self, key: &str, path: &str, body: &str) -> Result<Start> {
        self.start_as(&self.context, key, path, body)
    }

    fn start_as(&self, context: &Context, key: &str, path: &str, body: &str) -> Result<Start> {
        let headers = HeaderMap::from_iter([(KEY, HeaderValue::from_bytes(key.as_bytes()).unwrap())]);
        block_on(self.idempotency.start(context, &headers, path, body.as_bytes()))
    }

    #[track_caller]
    fn first(&self, key: &str, body: &str) -> Claim {
        claimed(self.start(key, "/pools", body))
    }

    fn finish(&self, claim: Claim, reply: &Reply) -> Result<()> {
        block_on(self.idempotency.finish(claim, reply))
    }

    fn entries(&self) -> usize {
        block_on(self.store.scan("", None, 1000)).unwrap().len()
    }
}

#[track_caller]
fn claimed(start: Result<Start>) -> Claim {
    match start {
        Ok(Start::First(claim)) => claim,
        other => panic!("not the first: {other:?}"),
    }
}

#[track_caller]
fn replayed(start: Result<Start>) -> Reply {
    match start {
        Ok(Start::Replay(reply)) => *reply,
        other => panic!("not repeated: {other:?}"),
    }
}

#[track_caller]
fn refused(start: Result<Start>, kind: ErrorKind) -> Error {
    let error = start.unwrap_err();
    assert!(error.is(kind), "{error:?}");
    error
}

fn created() -> Reply {
    let reply = Reply::json(StatusCode::CREATED, &serde_json::json!({"name": "größe"})).unwrap();
    reply.with_location("/pools/p1")
}

#[test]
fn without_a_key_nothing_is_remembered() {
    let desk = desk();
    let start = block_on(
        desk.idempotency
            .start(&desk.context, &HeaderMap::new(), "/pools", b"{}"),
    );
    assert!(matches!(start, Ok(Start::Unkeyed)));
    assert_eq!(desk.entries(), 0);
}

#[test]
fn the_first_answer_is_given_again_for_as_long_as_it_is_kept() {
    let desk = desk();
    desk.finish(desk.first("k", "{}"), &created()).unwrap();
    for _ in 0..3 {
        let reply = replayed(desk.start("k", "/pools", "{}"));
        assert_eq!((reply.status, &reply.body), (StatusCode::CREATED, &created().body));
        assert_eq!(reply.headers[REPLAYED], "true");
        assert_eq!(reply.headers[LOCATION], "/pools/p1");
        assert_eq!(reply.headers[CONTENT_TYPE], "application/json");
        desk.clock.advance(KEEP / 4);
    }
    desk.clock.advance(KEEP / 4);
    claimed(desk.start("k", "/pools", "{\"another\": \"request\"}"));
}

#[test]
fn any_body_is_given_again_as_it_was() {
    let desk = desk();
    for (key, body) in [
        ("a", Bytes::new()),
        ("b", Bytes::from_static(b"\xff\xfe\x00binary")),
        ("c", Bytes::from_static("größe".as_bytes())),
        ("d", Bytes::from(vec![0; 10_000])),
    ] {
        let reply = Reply::text("application/octet-stream", body.clone()).with_header(LOCATION, "/x");
        desk.finish(desk.first(key, ""), &reply).unwrap();
        assert_eq!(replayed(desk.start(key, "/pools", "")).body, body, "{key}");
    }
}

#[test]
fn headers_that_are_there_twice_stay_so() {
    let desk = desk();
    let mut reply = Reply::no_content();
    for link in ["</a>; rel=\"next\"", "</b>; rel=\"deprecation\""] {
        reply.headers.append(http::header::LINK, link.parse().unwrap());
    }
    desk.finish(desk.first("k", ""), &reply).unwrap();
    let again = replayed(desk.start("k", "/pools", ""));
    assert_eq!(again.headers.get_all(http::header::LINK).iter().count(), 2);
}

#[test]
fn a_key_is_good_for_one_request() {
    let desk = desk();
    let claim = desk.first("k", "{\"name\":\"a\"}");
    for (path, body) in [
        ("/pools", "{\"name\":\"b\"}"),
        ("/resources", "{\"name\":\"a\"}"),
        ("/pools{", "\"name\":\"a\"}"),
    ] {
        let error = refused(desk.start("k", path, body), ErrorKind::InvalidInput);
        assert_eq!(error.violations()[0].at, "Idempotency-Key");
    }
    desk.finish(claim, &created()).unwrap();
    refused(desk.start("k", "/pools", "{}"), ErrorKind::InvalidInput);
    replayed(desk.start("k", "/pools", "{\"name\":\"a\"}"));
}

#[test]
fn while_the_first_is_being_served_the_second_has_to_wait() {
    let desk = desk();
    let claim = desk.first("k", "{}");
    let error = refused(desk.start("k", "/pools", "{}"), ErrorKind::Conflict);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    desk.finish(claim, &created()).unwrap();
    replayed(desk.start("k", "/pools", "{}"));
}

/// Runs work that gives way by doing nothing, until it is done.
fn drive<T>(work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    let mut task = std::task::Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(done) = work.as_mut().poll(&mut task) {
            return done;
        }
    }
}

#[test]
fn of_two_that_come_at_once_one_is_served() {
    let (desk, _) = Slow::desk();
    let headers = HeaderMap::from_iter([(KEY, HeaderValue::from_static("k"))]);
    let start = || desk.idempotency.start(&desk.context, &headers, "/pools", b"{}");
    served_once(drive(futures::future::join(start(), start())));
    // And of two that find a key whose request was cut off.
    desk.clock.advance(CLAIM);
    served_once(drive(futures::future::join(start(), start())));
}

#[track_caller]
fn served_once((one, other): (Result<Start>, Result<Start>)) {
    let first = [&one, &other]
        .iter()
        .filter(|start| matches!(start, Ok(Start::First(_))))
        .count();
    let busy = [&one, &other]
        .iter()
        .filter(|start| matches!(start, Err(error) if error.is(ErrorKind::Conflict)))
        .count();
    assert_eq!((first, busy), (1, 1));
}

#[test]
fn without_the_store_no_request_with_a_key_is_served() {
    let (desk, slow) = Slow::desk();
    let headers = HeaderMap::from_iter([(KEY, HeaderValue::from_static("k"))]);
    let start = || drive(desk.idempotency.start(&desk.context, &headers, "/pools", b"{}"));
    slow.broken.store(true, Ordering::SeqCst);
    refused(start(), ErrorKind::Unavailable);
    slow.broken.store(false, Ordering::SeqCst);
    let claim = claimed(start());
    slow.broken.store(true, Ordering::SeqCst);
    assert!(
        drive(desk.idempotency.finish(claim, &created()))
            .unwrap_err()
            .is(ErrorKind::Unavailable)
    );
    desk.clock.advance(CLAIM);
    assert!(
        drive(desk.idempotency.forget_expired())
            .unwrap_err()
            .is(ErrorKind::Unavailable)
    );
}

#[test]
fn a_key_that_is_used_again_meanwhile_is_not_forgotten() {
    let (desk, _) = Slow::desk();
    let headers = HeaderMap::from_iter([(KEY, HeaderValue::from_static("k"))]);
    let start = || desk.idempotency.start(&desk.context, &headers, "/pools", b"{}");
    claimed(drive(start()));
    desk.clock.advance(CLAIM);
    let (again, forgotten) = drive(futures::future::join(start(), desk.idempotency.forget_expired()));
    claimed(again);
    assert_eq!(forgotten.unwrap(), 0);
    refused(drive(start()), ErrorKind::Conflict);
}

#[test]
fn a_request_that_changed_nothing_frees_its_key() {
    let desk = desk();
    let claim = desk.first("k", "{}");
    block_on(desk.idempotency.abandon(claim)).unwrap();
    assert_eq!(desk.entries(), 0);
    claimed(desk.start("k", "/pools", "{\"better\": 1}"));
}

#[test]
fn a_request_that_was_cut_off_frees_its_key_after_a_while() {
    let desk = desk();
    let lost = desk.first("k", "{}");
    desk.clock.advance(CLAIM - Duration::from_millis(1));
    refused(desk.start("k", "/pools", "{}"), ErrorKind::Conflict);
    desk.clock.advance(Duration::from_millis(1));
    let second = desk.first("k", "{}");
    // The first one comes back: the key is no longer its own.
    assert!(
        desk.finish(lost, &created())
            .unwrap_err()
            .is(ErrorKind::PreconditionFailed)
    );
    desk.finish(second, &Reply::no_content()).unwrap();
    assert_eq!(replayed(desk.start("k", "/pools", "{}")).status, StatusCode::NO_CONTENT);
}

#[test]
fn everybody_has_keys_of_their_own() {
    let desk = desk();
    let context = |name: &str, tenant: Option<&str>| {
        let principal = Principal::new(name, tenant.map(TenantId::new), Vec::new());
        Context::for_principal("r", Arc::new(principal))
    };
    let everybody = [
        context("ann", None),
        context("ann", Some("red")),
        context("ann", Some("blue")),
        context("bob", Some("red")),
        // Names that would be the same if they were only put one after the other.
        context("ann/k", Some("red")),
        context("ann%2Fk", Some("red")),
        context("", Some("red/ann")),
    ];
    for (number, context) in everybody.iter().enumerate() {
        for key in ["k", "k/k"] {
            let claim = claimed(desk.start_as(context, key, "/pools", "{}"));
            let reply = Reply::text("text/plain", format!("{number} {key}"));
            desk.finish(claim, &reply).unwrap();
        }
    }
    for (number, context) in everybody.iter().enumerate() {
        let reply = replayed(desk.start_as(context, "k", "/pools", "{}"));
        assert_eq!(reply.body, format!("{number} k"));
    }
}

#[test]
fn malformed_keys_are_refused() {
    let desk = desk();
    for key in ["", "größe", &"x".repeat(256)] {
        let error = refused(desk.start(key, "/pools", "{}"), ErrorKind::InvalidInput);
        assert_eq!(error.violations()[0].at, "Idempotency-Key", "{key}");
    }
    for key in ["\"8e03978e-40d5\"", "a b", &"x".repeat(255), "../%2F"] {
        claimed(desk.start(key, "/pools", "{}"));
    }
}

#[test]
fn what_has_been_kept_for_long_enough_is_forgotten() {
    let desk = desk();
    for number in 0..300 {
        let claim = desk.first(&number.to_string(), "{}");
        if number % 2 == 0 {
            desk.finish(claim, &created()).unwrap();
        }
    }
    assert_eq!(block_on(desk.idempotency.forget_expired()).unwrap(), 0);
    desk.clock.advance(CLAIM);
    assert_eq!(block_on(desk.idempotency.forget_expired()).unwrap(), 150);
    replayed(desk.start("0", "/pools", "{}"));
    desk.clock.advance(KEEP);
    let fresh = desk.first("fresh", "{}");
    assert_eq!(block_on(desk.idempotency.forget_expired()).unwrap(), 150);
    assert_eq!(desk.entries(), 1);
    desk.finish(fresh, &created()).unwrap();
}

#[test]
fn answers_survive_a_restart() {
    let desk = desk();
    desk.finish(desk.first("k", "{}"), &created()).unwrap();
    let clock = Arc::clone(&desk.clock) as Arc<dyn Clock>;
    let restarted = Desk {
        idempotency: Idempotency::new(Arc::clone(&desk.store), clock, KEEP, CLAIM),
        ..desk
    };
    assert_eq!(replayed(restarted.start("k", "/pools", "{}")).body, created().body);
}
