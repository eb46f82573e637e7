//! What plans decide, and what becomes of requests and calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::executor::block_on;
use http::Request;
use o2_core::layer::{Layer, Layered};
use o2_core::layers::{RetryLayer, RetryPolicy};
use o2_core::metrics::Metrics;
use o2_core::plugin::PluginInfo;
use o2_core::ports::{Clock, HttpClient, HttpRequest, HttpResponse};
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Category, Context, ErrorKind, Health, Page, Plugin, Result, Retry, async_trait};
use o2_ims::{IMSPlugin, ResourcePool, op};
use serde_json::json;

use super::{CallFault, FaultLayer, FaultPlan, FaultyHttp, HttpFault};
use crate::ManualClock;
use crate::scripted_http::{Expect, Reply, ScriptedHttp};

const SECOND: Duration = Duration::from_secs(1);

fn struck<F: Clone>(plan: &FaultPlan<F>, subject: &str, calls: u64) -> Vec<u64> {
    (1..=calls)
        .filter(|call| plan.fault(subject, *call).is_some())
        .collect()
}

#[test]
fn chances_are_as_announced_and_follow_from_the_seed() {
    let plan = |seed| FaultPlan::seeded(seed).one_in(10, HttpFault::TruncatesJson);
    let first = struck(&plan(1), "http", 10_000);
    assert!((900..1100).contains(&first.len()), "{}", first.len());
    assert_eq!(first, struck(&plan(1), "http", 10_000));
    assert_ne!(first, struck(&plan(2), "http", 10_000));
    assert_ne!(
        first,
        struck(&plan(1), "other", 10_000),
        "subjects do not share their chances"
    );
    assert_eq!(struck(&FaultPlan::seeded(1).one_in(1, ()), "x", 3), [1, 2, 3]);
    assert!(struck(&FaultPlan::seeded(1).one_in(0, ()), "x", 1000).is_empty());
}

#[test]
fn bursts_last() {
    let single = struck(&FaultPlan::seeded(5).one_in(50, ()), "x", 1000);
    let bursts = struck(&FaultPlan::seeded(5).burst(50, 3, ()), "x", 1000);
    let expected: Vec<u64> = (1..=1000)
        .filter(|call| single.iter().any(|one| (*one..one + 3).contains(call)))
        .collect();
    assert!(!single.is_empty());
    assert_eq!(bursts, expected);
}

#[test]
fn rules_are_for_their_subject_and_lists_come_first() {
    let plan = FaultPlan::seeded(1)
        .in_one_of(1, "get", "rule")
        .one_in(1, "later rule")
        .at("get", 2, "listed");
    let faults: Vec<_> = (1..4).map(|call| plan.fault("get", call)).collect();
    assert_eq!(faults, [Some("rule"), Some("listed"), Some("rule")]);
    assert_eq!(plan.fault("list", 2), Some("later rule"));
}

#[test]
fn plans_are_printed_and_read_back() {
    let plan = FaultPlan::seeded(u64::MAX)
        .one_in(3, HttpFault::Latency(SECOND / 2))
        .burst(9, 4, HttpFault::Status(503))
        .in_one_of(2, "http", HttpFault::RateLimits(7))
        .at("http", 4, HttpFault::RepeatsReply);
    assert_eq!(plan.to_string().parse::<FaultPlan<HttpFault>>().unwrap(), plan);
    let error = "{}".parse::<FaultPlan<HttpFault>>().unwrap_err();
    assert!(error.is(ErrorKind::InvalidInput), "{error}");
}

/// A client whose first request goes wrong like this, the backend behind it, and the clock of both.
fn faulty(fault: HttpFault) -> (Arc<FaultyHttp>, Arc<ScriptedHttp>, Arc<ManualClock>) {
    let clock = ManualClock::auto();
    let backend = ScriptedHttp::in_order(Arc::clone(&clock) as Arc<dyn Clock>);
    let client = Arc::clone(&backend) as Arc<dyn HttpClient>;
    let plan = FaultPlan::seeded(1).at("http", 1, fault);
    (
        FaultyHttp::new(client, Arc::clone(&clock) as Arc<dyn Clock>, plan),
        backend,
        clock,
    )
}

fn get(http: &FaultyHttp, target: &str) -> Result<HttpResponse> {
    let request = Request::get(format!("https://lab.test{target}"))
        .body(Bytes::new())
        .unwrap();
    block_on(http.send(HttpRequest::new(request)))
}

#[test]
fn what_is_not_sent_does_not_reach_the_backend() {
    for (fault, status) in [(HttpFault::RateLimits(9), 429), (HttpFault::Status(502), 502)] {
        let (http, backend, _) = faulty(fault);
        let response = get(&http, "/x").unwrap();
        assert_eq!(response.status(), status);
        let wait = response.headers().get("retry-after");
        assert_eq!(wait.is_some_and(|value| value == "9"), status == 429);
        assert!(backend.requests().is_empty());
    }
    let (http, backend, _) = faulty(HttpFault::ResetBeforeSend);
    let error = get(&http, "/x").unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unavailable, Retry::Safe));
    assert!(backend.requests().is_empty());
}

#[test]
fn what_is_lost_on_the_way_back_has_been_done() {
    for fault in [HttpFault::ResetAfterSend, HttpFault::CutsBody] {
        let (http, backend, _) = faulty(fault);
        backend.expect(Expect::get("/x"), Reply::status(200));
        let error = get(&http, "/x").unwrap_err();
        assert_eq!(
            (error.kind(), error.retry()),
            (ErrorKind::Unavailable, Retry::IfIdempotent)
        );
        backend.verify();
    }
}

#[test]
fn truncated_json_cannot_be_read() {
    let (http, backend, _) = faulty(HttpFault::TruncatesJson);
    backend.expect(
        Expect::get("/x").times(2),
        Reply::json(200, &json!({"items": [1, 2, 3]})),
    );
    let response = get(&http, "/x").unwrap();
    assert_eq!(
        (response.status().as_u16(), response.body().as_ref()),
        (200, &br#"{"items""#[..])
    );
    assert!(serde_json::from_slice::<serde_json::Value>(get(&http, "/x").unwrap().body()).is_ok());
    backend.verify();
}

#[test]
fn latency_passes_on_the_clock_and_counts_for_the_timeout() {
    let (http, backend, clock) = faulty(HttpFault::Latency(10 * SECOND));
    backend.expect(Expect::get("/x"), Reply::status(200));
    assert!(get(&http, "/x").is_ok());
    assert_eq!(clock.monotonic(), 10 * SECOND);
    backend.verify();

    let (http, backend, clock) = faulty(HttpFault::Latency(31 * SECOND));
    let error = get(&http, "/x").unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Timeout, Retry::IfIdempotent));
    assert_eq!(clock.monotonic(), 30 * SECOND);
    assert!(backend.requests().is_empty());

    let (http, backend, clock) = faulty(HttpFault::Latency(20 * SECOND));
    backend.expect(Expect::get("/x"), Reply::status(200).after(11 * SECOND));
    assert!(get(&http, "/x").unwrap_err().is(ErrorKind::Timeout));
    assert_eq!(clock.monotonic(), 30 * SECOND);
    backend.verify();
}

#[test]
fn a_page_comes_twice() {
    let clock = ManualClock::auto();
    let backend = ScriptedHttp::in_order(Arc::clone(&clock) as Arc<dyn Clock>);
    for page in 1..4 {
        backend.expect(
            Expect::get(&format!("/pools?page={page}")),
            Reply::json(200, &json!(page)),
        );
    }
    let plan = FaultPlan::seeded(1)
        .at("http", 1, HttpFault::RepeatsReply)
        .at("http", 3, HttpFault::RepeatsReply);
    let http = FaultyHttp::new(Arc::clone(&backend) as Arc<dyn HttpClient>, clock, plan);
    let pages = ["1", "2", "2", "3"].map(|page| get(&http, &format!("/pools?page={page}")).unwrap().into_body());
    assert_eq!(
        pages.map(|page| String::from_utf8(page.to_vec()).unwrap()),
        ["1", "2", "2", "3"]
    );
    backend.verify();
    let repeated: Vec<_> = http.injected().iter().map(|one| one.call).collect();
    assert_eq!(repeated, [1, 3]);
}

#[test]
fn what_was_injected_can_be_injected_again() {
    let run = |plan: FaultPlan<HttpFault>| {
        let backend = ScriptedHttp::in_order(ManualClock::auto());
        backend.expect(Expect::get("/x").any_number(), Reply::status(200));
        let http = FaultyHttp::new(backend, ManualClock::auto(), plan);
        let outcomes: Vec<_> = (0..200)
            .map(|_| get(&http, "/x").map(|response| response.status()).ok())
            .collect();
        (outcomes, http.injected())
    };
    let plan = FaultPlan::seeded(3)
        .one_in(10, HttpFault::ResetAfterSend)
        .burst(20, 3, HttpFault::Status(503));
    let (outcomes, injected) = run(plan);
    assert!(injected.len() > 10);
    assert_eq!(run(FaultPlan::of(injected.clone())), (outcomes, injected));
}

#[derive(Debug)]
struct Empty {
    info: PluginInfo,
    capabilities: Capabilities,
    calls: AtomicUsize,
}

#[async_trait]
impl Plugin for Empty {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, _: &Context) -> Health {
        Health::healthy(o2_core::Timestamp::UNIX_EPOCH)
    }
}

#[async_trait]
impl IMSPlugin for Empty {
    async fn list_resource_pools(&self, _: &Context, _: &ListQuery) -> Result<Page<ResourcePool>> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Ok(Page::default())
    }
}

fn info() -> PluginInfo {
    PluginInfo::new(Category::Ims, "empty", "empty", "1").unwrap()
}

struct Called {
    outcome: Option<Result<()>>,
    calls: usize,
    time: Duration,
}

/// Lists pools once through these layers and one that makes the first call go wrong.
fn call(fault: CallFault, layers: impl FnOnce(&Arc<ManualClock>) -> Vec<Arc<dyn Layer>>) -> Called {
    let clock = ManualClock::auto();
    let plan = FaultPlan::seeded(1).at(op::LIST_RESOURCE_POOLS.name, 1, fault);
    let mut layers = layers(&clock);
    layers.push(FaultLayer::new(Arc::clone(&clock) as Arc<dyn Clock>, plan));
    let plugin = Arc::new(Empty {
        info: info(),
        capabilities: Capabilities::new([&op::LIST_RESOURCE_POOLS]),
        calls: AtomicUsize::new(0),
    });
    let layered = Layered::<dyn IMSPlugin>::new(Arc::clone(&plugin) as Arc<dyn IMSPlugin>, layers);
    let context = Context::new("test");
    let query = ListQuery::new();
    let work = layered
        .list_resource_pools(&context, &query)
        .map(|result| result.map(drop));
    let clock_port: &dyn Clock = &*clock;
    let outcome = block_on(clock_port.within(60 * SECOND, work)).ok();
    Called {
        outcome,
        calls: plugin.calls.load(Ordering::Relaxed),
        time: clock.monotonic(),
    }
}

#[test]
fn calls_fail_before_or_after_the_plugin_has_done_its_work() {
    for (fault, kind, retry, calls) in [
        (
            CallFault::FailsBefore(ErrorKind::Unavailable),
            ErrorKind::Unavailable,
            Retry::Safe,
            0,
        ),
        (
            CallFault::FailsAfter(ErrorKind::Unavailable),
            ErrorKind::Unavailable,
            Retry::IfIdempotent,
            1,
        ),
        (
            CallFault::FailsBefore(ErrorKind::Conflict),
            ErrorKind::Conflict,
            Retry::Never,
            0,
        ),
        (
            CallFault::FailsAfter(ErrorKind::Timeout),
            ErrorKind::Timeout,
            Retry::IfIdempotent,
            1,
        ),
    ] {
        let called = call(fault, |_| Vec::new());
        let error = called.outcome.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.retry(), called.calls), (kind, retry, calls));
    }
}

#[test]
fn calls_are_late_or_never_end() {
    let late = call(CallFault::Latency(5 * SECOND), |_| Vec::new());
    assert!(late.outcome.unwrap().is_ok() && late.calls == 1);
    assert_eq!(late.time, 5 * SECOND);
    let hanging = call(CallFault::Hangs, |_| Vec::new());
    assert!(hanging.outcome.is_none() && hanging.calls == 0);
}

#[test]
fn layers_above_treat_the_fault() {
    let retried = call(CallFault::FailsAfter(ErrorKind::Unavailable), |clock| {
        let clock = Arc::clone(clock) as Arc<dyn Clock>;
        let metrics = Metrics::new().plugin(&info());
        vec![Arc::new(RetryLayer::new(RetryPolicy::default(), clock, metrics)) as Arc<dyn Layer>]
    });
    assert!(retried.outcome.unwrap().is_ok());
    assert_eq!(retried.calls, 2);
}
