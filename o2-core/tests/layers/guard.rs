//! Layers that refuse or remember: tenancy, capability, error context, audit.

use std::sync::{Arc, Mutex};

use futures::FutureExt;
use o2_core::identity::{Principal, Role};
use o2_core::layer::Layer;
use o2_core::layers::{AuditLayer, CapabilityLayer, ErrorContextLayer, Tenancy, TenancyLayer};
use o2_core::ports::{AuditEntry, AuditOutcome, AuditSink};
use o2_core::{Context, Error, ErrorKind, Result};
use o2_testkit::ManualClock;

use crate::fake::{Fake, ItemPlugin, Step, context, create, fail, get, item};

fn around(layer: impl Layer, script: impl IntoIterator<Item = Step>) -> (Arc<Fake>, impl ItemPlugin) {
    let fake = Fake::new(&ManualClock::auto(), script);
    let plugin = fake.layered(vec![Arc::new(layer)]);
    (fake, plugin)
}

fn person(tenant: Option<&str>) -> Context {
    let principal = Principal::new("ann", tenant.map(Into::into), vec![Role::platform_admin()]);
    Context::for_principal("req-1", Arc::new(principal))
}

#[tokio::test]
async fn tenancy_admits_and_refuses() {
    let only = || Tenancy::open().only(["alpha".into(), "beta".into()]);
    let required = || Tenancy::open().required();
    let refused = Some(ErrorKind::PermissionDenied);
    let hidden = Some(ErrorKind::NotFound);
    for (tenancy, context, expected) in [
        (Tenancy::open(), person(None), None),
        (Tenancy::open(), person(Some("alpha")), None),
        (required(), person(Some("alpha")), None),
        (required(), person(None), refused),
        (required(), context(), None),
        (only(), person(Some("beta")), None),
        (only(), person(Some("gamma")), hidden),
        (only(), person(None), None),
        (only().required(), person(None), refused),
        (only().required(), person(Some("gamma")), hidden),
    ] {
        let title = format!("{tenancy:?} {:?} {}", context.tenant(), context.principal().name);
        let (fake, plugin) = around(TenancyLayer::new(tenancy), []);
        let read = plugin.get_item(&context, &item().id).await;
        let written = create(&plugin, &context).await;
        assert_eq!(read.as_ref().err().map(Error::kind), expected, "{title}");
        assert_eq!(written.as_ref().err().map(Error::kind), expected, "{title}");
        assert_eq!(fake.calls().is_empty(), expected.is_some(), "{title}");
    }
}

#[tokio::test]
async fn a_foreign_plugin_says_what_an_unknown_id_would_get() {
    let (_, plugin) = around(TenancyLayer::new(Tenancy::open().only(["alpha".into()])), []);
    let error = plugin.get_item(&person(Some("gamma")), &item().id).await.unwrap_err();
    assert_eq!(error.message(), Error::not_found("item", "i-1").message());
    let error = create(&plugin, &person(Some("gamma"))).await.unwrap_err();
    assert_eq!(error.message(), "there are no items for this tenant here");
}

#[tokio::test]
async fn what_the_plugin_lacks_is_refused_without_calling_it() {
    let (fake, plugin) = around(CapabilityLayer, []);
    get(&plugin).await.unwrap();
    let error = plugin.delete_item(&context(), &item().id, false).await.unwrap_err();
    assert!(error.is(ErrorKind::Unsupported));
    assert_eq!(error.message(), "operation delete_item is not supported");
    assert_eq!(error.plugin().unwrap().as_str(), "lab");
    assert_eq!(fake.calls().len(), 1);
}

#[tokio::test]
async fn errors_say_where_they_come_from_and_keep_what_they_said() {
    let script = [Step::Fail(Error::conflict("still in use").with_detail("row 7"))];
    let (_, plugin) = around(ErrorContextLayer, script);
    let error = get(&plugin).await.unwrap_err();
    assert_eq!(error.plugin().unwrap().as_str(), "lab");
    assert_eq!(error.operation().unwrap().name, "get_item");
    assert_eq!((error.message(), error.detail()), ("still in use", Some("row 7")));
}

#[derive(Debug, Default)]
struct Trail(Mutex<Vec<AuditEntry>>);

impl AuditSink for Trail {
    fn record(&self, entry: AuditEntry) {
        self.0.lock().unwrap().push(entry);
    }
}

impl Trail {
    fn outcomes(&self) -> Vec<(&'static str, AuditOutcome)> {
        let entries = self.0.lock().unwrap();
        entries.iter().map(|entry| (entry.operation, entry.outcome)).collect()
    }
}

fn audited(reads: bool, script: impl IntoIterator<Item = Step>) -> (Arc<Trail>, impl ItemPlugin) {
    let trail = Arc::new(Trail::default());
    let layer = AuditLayer::new(Arc::clone(&trail) as _, ManualClock::auto());
    let (_, plugin) = around(if reads { layer.with_reads() } else { layer }, script);
    (trail, plugin)
}

#[tokio::test]
async fn writes_are_recorded_with_their_outcome() {
    let script = [
        Step::Answer,
        fail(ErrorKind::QuotaExceeded),
        fail(ErrorKind::PermissionDenied),
        fail(ErrorKind::Conflict),
    ];
    let (trail, plugin) = audited(false, script);
    let results: Vec<Result<_>> = vec![
        create(&plugin, &context()).await,
        create(&plugin, &context()).await,
        create(&plugin, &context()).await,
        create(&plugin, &context()).await,
    ];
    assert_eq!(results.iter().filter(|result| result.is_err()).count(), 3);
    let expected = [
        AuditOutcome::Success,
        AuditOutcome::Denied(ErrorKind::QuotaExceeded),
        AuditOutcome::Denied(ErrorKind::PermissionDenied),
        AuditOutcome::Failure(ErrorKind::Conflict),
    ];
    assert_eq!(trail.outcomes(), expected.map(|outcome| ("create_item", outcome)));
}

#[tokio::test]
async fn an_entry_says_who_did_what() {
    let (trail, plugin) = audited(false, []);
    plugin
        .delete_item(&person(Some("alpha")), &item().id, true)
        .await
        .unwrap();
    let entry = trail.0.lock().unwrap().remove(0);
    assert_eq!((entry.request_id.as_str(), entry.principal.as_str()), ("req-1", "ann"));
    assert_eq!((entry.plugin.as_str(), entry.target.as_deref()), ("lab", Some("i-1")));
    assert_eq!(entry.tenant.unwrap().as_str(), "alpha");
    assert_eq!(entry.time.to_string(), "2026-01-01T00:00:00Z");
}

#[tokio::test]
async fn reads_are_recorded_on_request() {
    for (reads, entries) in [(false, 0), (true, 1)] {
        let (trail, plugin) = audited(reads, []);
        get(&plugin).await.unwrap();
        assert_eq!(trail.outcomes().len(), entries);
    }
}

#[tokio::test]
async fn a_dropped_write_is_recorded_as_unclear() {
    let (trail, plugin) = audited(false, [Step::Hang]);
    assert!(create(&plugin, &context()).now_or_never().is_none());
    assert_eq!(
        trail.outcomes(),
        [("create_item", AuditOutcome::Failure(ErrorKind::Timeout))]
    );
}
