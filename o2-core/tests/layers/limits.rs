//! Layers that limit: quota, concurrency, timeout.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{join_all, select};
use futures::{FutureExt, join, poll};
use o2_core::layer::Layered;
use o2_core::layers::{
    ConcurrencyLayer, ConcurrencyPolicy, QuotaLayer, QuotaSource, StaticQuotas, TimeoutLayer, Timeouts,
};
use o2_core::ports::Clock;
use o2_core::{Context, ErrorKind, Fault, Retry, TenantId};
use o2_testkit::ManualClock;

use crate::fake::{Fake, ItemPlugin, SECOND, Step, context, create, fail, get, item};

fn tenant() -> Context {
    context().with_tenant("alpha".into())
}

/// Three items for every tenant, 100 for `big`.
struct Quotas {
    source: Arc<StaticQuotas>,
    fake: Arc<Fake>,
    plugin: Layered<dyn ItemPlugin>,
}

impl Quotas {
    fn new(script: impl IntoIterator<Item = Step>) -> Self {
        let quotas = StaticQuotas::new().with_limit("items", 3);
        let source = Arc::new(quotas.with_tenant_limit("big".into(), "items", 100));
        let fake = Fake::new(&ManualClock::auto(), script);
        let plugin = fake.layered(vec![Arc::new(QuotaLayer::new(Arc::clone(&source) as _))]);
        Self { source, fake, plugin }
    }

    async fn used(&self, tenant: &str) -> u64 {
        let usage = self.source.usage(&TenantId::from(tenant), "items").await;
        usage.unwrap().used
    }
}

#[tokio::test]
async fn creates_use_the_quota_up_and_deletes_free_it() {
    let quotas = Quotas::new([]);
    for _ in 0..3 {
        create(&quotas.plugin, &tenant()).await.unwrap();
    }
    let error = create(&quotas.plugin, &tenant()).await.unwrap_err();
    assert_eq!((error.kind(), error.fault()), (ErrorKind::QuotaExceeded, Fault::Caller));
    assert_eq!(error.message(), "quota 'items' is used up: limit 3, in use 3");
    assert_eq!(quotas.fake.calls().len(), 3);

    create(&quotas.plugin, &context().with_tenant("beta".into()))
        .await
        .unwrap();
    quotas.plugin.get_item(&tenant(), &item().id).await.unwrap();
    quotas.plugin.delete_item(&tenant(), &item().id, false).await.unwrap();
    assert_eq!((quotas.used("alpha").await, quotas.used("beta").await), (2, 1));
    create(&quotas.plugin, &tenant()).await.unwrap();
}

#[tokio::test]
async fn a_tenant_may_have_its_own_limit_and_no_tenant_has_none() {
    let quotas = Quotas::new([]);
    for _ in 0..10 {
        create(&quotas.plugin, &context().with_tenant("big".into()))
            .await
            .unwrap();
        create(&quotas.plugin, &context()).await.unwrap();
    }
    assert_eq!(quotas.used("big").await, 10);
    let usage = quotas.source.usage(&"big".into(), "items").await.unwrap();
    assert_eq!(usage.limit, Some(100));
}

#[tokio::test]
async fn what_was_not_created_is_given_back_and_what_was_not_deleted_is_kept() {
    let quotas = Quotas::new([
        Step::Answer,
        fail(ErrorKind::Conflict),
        Step::Hang,
        fail(ErrorKind::NotFound),
    ]);
    create(&quotas.plugin, &tenant()).await.unwrap();
    create(&quotas.plugin, &tenant()).await.unwrap_err();
    assert_eq!(quotas.used("alpha").await, 1);
    assert!(create(&quotas.plugin, &tenant()).now_or_never().is_none());
    assert_eq!(quotas.used("alpha").await, 1);
    quotas
        .plugin
        .delete_item(&tenant(), &item().id, false)
        .await
        .unwrap_err();
    assert_eq!(quotas.used("alpha").await, 1);
}

#[tokio::test]
async fn parallel_creates_never_exceed_the_quota() {
    let quotas = Quotas::new((0..20).map(|_| Step::Take(SECOND)));
    let context = tenant();
    let results = join_all((0..20).map(|_| create(&quotas.plugin, &context))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 3);
    assert_eq!((quotas.fake.peak(), quotas.used("alpha").await), (3, 3));
}

#[tokio::test]
async fn usage_may_start_above_zero_and_never_falls_below() {
    let source = StaticQuotas::new()
        .with_limit("items", 5)
        .with_usage("alpha".into(), "items", 5);
    let alpha = TenantId::from("alpha");
    source.reserve(&alpha, "items").await.unwrap_err();
    for _ in 0..9 {
        source.release(&alpha, "items");
    }
    assert_eq!(source.usage(&alpha, "items").await.unwrap().used, 0);
}

fn narrow(policy: ConcurrencyPolicy, steps: usize) -> (Arc<ManualClock>, Arc<Fake>, impl ItemPlugin) {
    let clock = ManualClock::auto();
    let fake = Fake::new(&clock, (0..steps).map(|_| Step::Take(SECOND)));
    let plugin = fake.layered(vec![Arc::new(ConcurrencyLayer::new(policy, Arc::clone(&clock) as _))]);
    (clock, fake, plugin)
}

#[tokio::test]
async fn calls_run_two_at_a_time_in_their_order() {
    let (clock, fake, plugin) = narrow(ConcurrencyPolicy::new(2, 10, SECOND * 60), 6);
    let results = join_all((0..6).map(|_| get(&plugin))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(fake.peak(), 2);
    assert_eq!(fake.calls(), [0, 0, 1, 1, 2, 2].map(|seconds| SECOND * seconds));
    assert_eq!(clock.monotonic(), SECOND * 3);
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let (clock, fake, plugin) = narrow(ConcurrencyPolicy::new(1, 1, SECOND * 60), 2);
    let (first, second, third) = join!(get(&plugin), get(&plugin), async {
        let result = get(&plugin).await;
        (result, clock.monotonic())
    });
    assert!(first.is_ok() && second.is_ok());
    let (refused, at) = third;
    let error = refused.unwrap_err();
    assert_eq!(at, Duration::ZERO);
    assert_eq!((error.kind(), error.fault()), (ErrorKind::Unavailable, Fault::Gateway));
    assert_eq!(error.retry(), Retry::Safe);
    assert_eq!(
        error.message(),
        "plugin 'lab' is busy: its limit of parallel calls (1) is reached"
    );
    assert_eq!(fake.calls().len(), 2);
}

#[tokio::test]
async fn waiting_ends_at_the_policy_or_the_deadline() {
    for (deadline, waited) in [(None, 500), (Some(9_000), 500), (Some(200), 200)] {
        let (clock, fake, plugin) = narrow(ConcurrencyPolicy::new(1, 1, SECOND / 2), 1);
        let context = match deadline {
            Some(millis) => context().with_deadline(Duration::from_millis(millis)),
            None => context(),
        };
        let late = async {
            let result = plugin.get_item(&context, &item().id).await;
            (result.unwrap_err().kind(), clock.monotonic())
        };
        let (first, second) = join!(get(&plugin), late);
        first.unwrap();
        assert_eq!(second, (ErrorKind::Unavailable, Duration::from_millis(waited)));
        assert_eq!(fake.calls().len(), 1);
    }
}

#[tokio::test]
async fn dropped_calls_give_their_places_back() {
    let (clock, fake, plugin) = narrow(ConcurrencyPolicy::new(1, 1, SECOND * 60), 11);
    for _ in 0..5 {
        let (mut running, mut waiting) = (get(&plugin).boxed(), get(&plugin).boxed());
        assert!(poll!(&mut running).is_pending() && poll!(&mut waiting).is_pending());
        drop(running);
        assert!(poll!(&mut waiting).is_pending(), "its turn: it runs for a second");
        drop(waiting);
    }
    assert_eq!((fake.calls().len(), fake.peak()), (10, 1));
    get(&plugin).await.unwrap();
    assert_eq!(clock.sleepers(), 0);
}

fn bounded(script: impl IntoIterator<Item = Step>) -> (Arc<ManualClock>, impl ItemPlugin) {
    let clock = ManualClock::auto();
    let timeouts = Timeouts::new(SECOND * 3, SECOND * 6, SECOND * 9);
    let layer = TimeoutLayer::new(timeouts, Arc::clone(&clock) as _);
    let plugin = Fake::new(&clock, script).layered(vec![Arc::new(layer)]);
    (clock, plugin)
}

#[tokio::test]
async fn a_silent_backend_is_given_its_limit() {
    let (clock, plugin) = bounded([Step::Hang, Step::Take(SECOND * 5), Step::Take(SECOND * 5)]);
    let error = get(&plugin).await.unwrap_err();
    assert_eq!(clock.monotonic(), SECOND * 3);
    assert_eq!((error.kind(), error.fault()), (ErrorKind::Timeout, Fault::Backend));
    assert_eq!(error.retry(), Retry::IfIdempotent);
    assert_eq!(
        error.message(),
        "plugin 'lab' did not answer get_item within 3s, its limit"
    );
    create(&plugin, &context()).await.expect("writes may take longer");
    get(&plugin).await.expect_err("than reads");
    assert_eq!(clock.sleepers(), 0);
}

#[tokio::test]
async fn a_later_deadline_changes_nothing() {
    let (clock, plugin) = bounded([Step::Hang]);
    let context = context().with_deadline(SECOND * 4);
    let error = plugin.get_item(&context, &item().id).await.unwrap_err();
    assert_eq!((clock.monotonic(), error.fault()), (SECOND * 3, Fault::Backend));
}

#[tokio::test]
async fn an_earlier_deadline_is_the_callers_doing() {
    let (clock, plugin) = bounded([Step::Hang]);
    let context = context().with_deadline(SECOND * 2);
    let error = plugin.get_item(&context, &item().id).await.unwrap_err();
    assert_eq!(clock.monotonic(), SECOND * 2);
    assert_eq!((error.kind(), error.fault()), (ErrorKind::Timeout, Fault::Caller));
    assert!(
        error
            .message()
            .ends_with("within 2s, the time left until the caller's deadline")
    );

    let error = plugin.get_item(&context, &item().id).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Timeout, Retry::Safe));
    assert!(
        error.message().starts_with("the caller's deadline has passed before"),
        "{error}"
    );
}

#[tokio::test]
async fn a_call_that_ended_or_was_dropped_leaves_no_timer() {
    let (clock, plugin) = bounded([Step::Answer, Step::Hang]);
    get(&plugin).now_or_never().unwrap().unwrap();
    assert_eq!(clock.sleepers(), 0);
    select(get(&plugin).boxed(), clock.sleep(SECOND)).await;
    assert_eq!((clock.monotonic(), clock.sleepers()), (SECOND, 0));
}
