//! The whole stack: its order, the reasons for it, and what a host may change.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::join;
use o2_core::layer::Layer;
use o2_core::layers::{
    CircuitPolicy, CircuitState, ConcurrencyPolicy, LayerStack, PluginLayers, Position, QuotaSource, RetryPolicy,
    StaticQuotas, Tenancy, Timeouts,
};
use o2_core::metrics::Metrics;
use o2_core::ports::{AuditEntry, AuditSink, Clock, NoAudit};
use o2_core::{Context, ErrorKind};
use o2_testkit::ManualClock;

use crate::fake::{Fake, ItemPlugin, Noting, SECOND, Step, context, create, fail, get, info, item};

#[derive(Debug, Default)]
struct Trail(Mutex<Vec<AuditEntry>>);

impl AuditSink for Trail {
    fn record(&self, entry: AuditEntry) {
        self.0.lock().unwrap().push(entry);
    }
}

/// A stack with every layer: three attempts, one call at a time, ten seconds per attempt, two items per tenant.
struct Whole {
    clock: Arc<ManualClock>,
    metrics: Metrics,
    trail: Arc<Trail>,
    quotas: Arc<StaticQuotas>,
    stack: LayerStack,
}

impl Whole {
    fn new() -> Self {
        let clock = ManualClock::auto();
        let metrics = Metrics::new();
        let trail = Arc::new(Trail::default());
        let quotas = Arc::new(StaticQuotas::new().with_limit("items", 2));
        let stack = LayerStack::new(Arc::clone(&clock) as _)
            .with_metrics(metrics.clone())
            .with_audit(Arc::clone(&trail) as _, false)
            .with_quotas(Arc::clone(&quotas) as _)
            .with_tenancy(Tenancy::open().only(["alpha".into()]))
            .with_circuit(CircuitPolicy::new(2, SECOND * 60))
            .with_retry(RetryPolicy::new(3, SECOND, SECOND))
            .with_concurrency(ConcurrencyPolicy::new(1, 9, SECOND * 100))
            .with_timeouts(Timeouts::new(SECOND * 10, SECOND * 10, SECOND * 10));
        Self {
            clock,
            metrics,
            trail,
            quotas,
            stack,
        }
    }

    fn around(&self, script: impl IntoIterator<Item = Step>) -> (Arc<Fake>, PluginLayers, impl ItemPlugin) {
        let fake = Fake::new(&self.clock, script);
        let built = self.stack.build(&info());
        let plugin = fake.layered(built.layers.clone());
        (fake, built, plugin)
    }
}

fn alpha() -> Context {
    context().with_tenant("alpha".into())
}

fn names(layers: &[Arc<dyn Layer>]) -> Vec<String> {
    let name = |layer: &Arc<dyn Layer>| {
        let text = format!("{layer:?}");
        text.chars().take_while(|c| c.is_alphanumeric()).collect()
    };
    layers.iter().map(name).collect()
}

#[test]
fn the_order_is_the_documented_one() {
    let built = Whole::new().stack.build(&info());
    let expected = Position::ALL.map(|position| format!("{position:?}Layer"));
    assert_eq!(names(&built.layers), expected);
    assert!(Position::ALL.is_sorted(), "positions compare as they are ordered");
}

#[test]
fn layers_without_a_port_are_left_out() {
    let built = LayerStack::new(ManualClock::new()).build(&info());
    let names = names(&built.layers);
    assert_eq!(names.len(), 9);
    assert!(!names.iter().any(|name| name == "AuditLayer" || name == "QuotaLayer"));
}

#[tokio::test]
async fn a_host_drops_replaces_and_adds_layers() {
    let notes = Arc::new(Mutex::new(Vec::new()));
    let noting = |name: &'static str| {
        let notes = Arc::clone(&notes);
        move |plugin: &o2_core::PluginInfo| {
            Arc::new(Noting(format!("{name} of {}", plugin.name), Arc::clone(&notes))) as Arc<dyn Layer>
        }
    };
    let stack = LayerStack::new(ManualClock::new())
        .with_audit(Arc::new(NoAudit), true)
        .insert_after(Position::Timeout, noting("innermost"))
        .insert_before(Position::Trace, noting("outermost"))
        .insert_before(Position::Audit, noting("before audit"))
        .insert_after(Position::Audit, noting("after audit"))
        .insert_after(Position::Audit, noting("after that"))
        .replace(Position::CircuitBreaker, noting("own breaker"))
        .without(Position::Retry);
    let built = stack.build(&info());
    let expected = "Noting Trace Metrics ErrorContext Noting Audit Noting Noting Tenancy Capability Noting Concurrency \
                    Timeout Noting";
    assert_eq!(names(&built.layers).join(" ").replace("Layer", ""), expected);
    assert!(built.circuit.is_none());

    get(&Fake::new(&ManualClock::new(), []).layered(built.layers))
        .await
        .unwrap();
    let expected = [
        "outermost",
        "before audit",
        "after audit",
        "after that",
        "own breaker",
        "innermost",
    ];
    assert_eq!(*notes.lock().unwrap(), expected.map(|name| format!("{name} of lab")));
}

#[tokio::test]
async fn every_refusal_names_plugin_and_operation_and_is_counted_and_recorded() {
    let whole = Whole::new();
    let (fake, _, plugin) = whole.around([]);
    let foreign = create(&plugin, &context().with_tenant("gamma".into())).await;
    let unsupported = plugin
        .delete_item(&alpha(), &item().id, false)
        .await
        .map(|()| item().id);
    create(&plugin, &alpha()).await.unwrap();
    create(&plugin, &alpha()).await.unwrap();
    let too_many = create(&plugin, &alpha()).await;
    let expected = [ErrorKind::NotFound, ErrorKind::Unsupported, ErrorKind::QuotaExceeded];
    let text = whole.metrics.render().unwrap();
    for (result, kind) in [foreign, unsupported, too_many].into_iter().zip(expected) {
        let error = result.unwrap_err();
        assert_eq!((error.kind(), error.plugin().unwrap().as_str()), (kind, "lab"));
        assert!(error.operation().is_some());
        assert!(text.contains(&format!("outcome=\"{kind}\"}} 1")), "{kind} in {text}");
    }
    assert_eq!(whole.trail.0.lock().unwrap().len(), 5);
    assert_eq!(fake.calls().len(), 2);
}

#[tokio::test]
async fn a_foreign_tenant_does_not_learn_what_the_plugin_lacks() {
    let (_, _, plugin) = Whole::new().around([]);
    let foreign = context().with_tenant("gamma".into());
    let error = plugin.delete_item(&foreign, &item().id, false).await.unwrap_err();
    assert!(error.is(ErrorKind::NotFound));
}

#[tokio::test]
async fn a_repeated_create_takes_one_object_from_the_quota() {
    let whole = Whole::new();
    let (fake, _, plugin) = whole.around([fail(ErrorKind::RateLimited), fail(ErrorKind::RateLimited)]);
    create(&plugin, &alpha()).await.unwrap();
    assert_eq!(fake.calls().len(), 3);
    assert_eq!(whole.quotas.usage(&"alpha".into(), "items").await.unwrap().used, 1);
}

#[tokio::test]
async fn the_circuit_counts_calls_and_not_attempts() {
    let whole = Whole::new();
    let (fake, built, plugin) = whole.around((0..9).map(|_| fail(ErrorKind::Unavailable)));
    let circuit = built.circuit.unwrap();
    get(&plugin).await.unwrap_err();
    assert_eq!((fake.calls().len(), circuit.state()), (3, CircuitState::Closed));
    get(&plugin).await.unwrap_err();
    assert_eq!((fake.calls().len(), circuit.state()), (6, CircuitState::Open));
    get(&plugin).await.unwrap_err();
    assert_eq!(fake.calls().len(), 6, "an open circuit is not knocked at");
    let text = whole.metrics.render().unwrap();
    assert!(
        text.contains(r#"o2_circuit_state{category="ims",plugin="lab"} 2"#),
        "{text}"
    );
    assert!(
        text.contains(r#"o2_retries_total{category="ims",plugin="lab",operation="get_item"} 4"#),
        "{text}"
    );
}

#[tokio::test]
async fn no_place_is_held_while_waiting_for_the_next_attempt() {
    let whole = Whole::new();
    let (fake, _, plugin) = whole.around([fail(ErrorKind::Unavailable), Step::Answer]);
    let (first, second) = join!(get(&plugin), get(&plugin));
    first.unwrap();
    second.unwrap();
    let calls = fake.calls();
    assert_eq!(
        calls[..2],
        [Duration::ZERO, Duration::ZERO],
        "the second call ran during the first one's wait"
    );
    assert!(calls[2] > Duration::ZERO);
}

#[tokio::test]
async fn waiting_for_a_place_uses_no_time_of_the_backend() {
    let whole = Whole::new();
    let (fake, _, plugin) = whole.around((0..3).map(|_| Step::Take(SECOND * 9)));
    let (first, second, third) = join!(get(&plugin), get(&plugin), get(&plugin));
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    assert_eq!(fake.calls(), [0, 9, 18].map(|seconds| SECOND * seconds));
}

#[tokio::test]
async fn a_hanging_backend_ends_in_a_timeout_after_all_attempts() {
    let whole = Whole::new();
    let (fake, _, plugin) = whole.around((0..3).map(|_| Step::Hang));
    let error = get(&plugin).await.unwrap_err();
    assert!(error.is(ErrorKind::Timeout));
    assert_eq!(fake.calls().len(), 3);
    assert!(whole.clock.monotonic() >= SECOND * 30 && whole.clock.monotonic() <= SECOND * 32);
}

#[tokio::test]
async fn plugins_have_limits_of_their_own() {
    let whole = Whole::new();
    let (_, broken, failing) = whole.around((0..6).map(|_| fail(ErrorKind::Unavailable)));
    let (_, working, _) = whole.around([]);
    get(&failing).await.unwrap_err();
    get(&failing).await.unwrap_err();
    assert_eq!(broken.circuit.unwrap().state(), CircuitState::Open);
    assert_eq!(working.circuit.unwrap().state(), CircuitState::Closed);
}
