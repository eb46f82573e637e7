//! What a host sees of a registry: changes, statuses, health checks, and readers that are never disturbed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;
#[path = "registry/health.rs"]
mod health;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fake::{CREATE, Fake, LIST};
use futures::future::{FutureExt, ready};
use o2_core::layer::{Layer, Layered};
use o2_core::registry::{RegisterOptions, Registry, Statistics, StatisticsLayer, Status};
use o2_core::{Capabilities, Context, Error, ErrorKind, Plugin, Result, Timestamp};
use o2_testkit::ManualClock;

const SECOND: Duration = Duration::from_secs(1);

fn registry(plugins: impl IntoIterator<Item = Fake>) -> Registry<dyn Plugin> {
    let registry = Registry::new();
    for plugin in plugins {
        registry.register(plugin.build(), RegisterOptions::new()).unwrap();
    }
    registry
}

fn located(name: &str, site: &str) -> Fake {
    let mut plugin = Fake::new(name);
    plugin.info.metadata = [("site".to_owned(), site.to_owned())].into();
    plugin
}

fn context() -> Context {
    Context::new("test")
}

fn kind<T: std::fmt::Debug>(result: Result<T>) -> ErrorKind {
    result.unwrap_err().kind()
}

fn status(registry: &Registry<dyn Plugin>, name: &str) -> Status {
    registry.get(name).unwrap().status()
}

fn names<'a>(plugins: impl IntoIterator<Item = &'a Arc<o2_core::registry::Registered<dyn Plugin>>>) -> Vec<String> {
    plugins.into_iter().map(|plugin| plugin.name().to_string()).collect()
}

#[test]
fn plugins_are_found_by_name_capability_and_metadata() {
    let registry = registry([
        located("openstack", "dallas"),
        Fake::new("aws").capabilities(Capabilities::new([&LIST])),
        Fake::new("kubernetes"),
    ]);
    assert_eq!(names(&registry.all()), ["aws", "kubernetes", "openstack"]);
    assert_eq!(
        names(&registry.with_capability(&LIST)),
        ["aws", "kubernetes", "openstack"]
    );
    assert_eq!(names(&registry.with_capability(&CREATE)), ["kubernetes", "openstack"]);
    assert_eq!(names(&registry.with_metadata("site", "dallas")), ["openstack"]);
    assert!(registry.with_metadata("site", "austin").is_empty());
    assert_eq!(registry.get("aws").unwrap().name().as_str(), "aws");
    assert!(registry.get("gcp").is_none());

    assert!(registry.default_plugin().is_none());
    registry.set_default("aws").unwrap();
    assert_eq!(names(registry.snapshot().ranked()), ["aws", "openstack", "kubernetes"]);
}

#[test]
fn a_name_is_taken_once() {
    let registry = registry([Fake::new("aws")]);
    let again = registry.register(Fake::new("aws").build(), RegisterOptions::new());
    assert_eq!(kind(again), ErrorKind::AlreadyExists);
    registry.unregister("aws").unwrap();
    registry
        .register(Fake::new("aws").build(), RegisterOptions::new())
        .unwrap();
}

#[test]
fn what_is_not_there_is_not_found() {
    let registry = registry([Fake::new("aws")]);
    assert_eq!(kind(registry.unregister("gcp")), ErrorKind::NotFound);
    assert_eq!(kind(registry.replace(Fake::new("gcp").build())), ErrorKind::NotFound);
    assert_eq!(kind(registry.enable("gcp")), ErrorKind::NotFound);
    assert_eq!(kind(registry.disable("gcp")), ErrorKind::NotFound);
    assert_eq!(kind(registry.mark_failed("gcp", "")), ErrorKind::NotFound);
    assert_eq!(kind(registry.set_default("gcp")), ErrorKind::NotFound);
    assert_eq!(names(&registry.all()), ["aws"]);
}

#[test]
fn there_is_one_default_at_most() {
    let registry = registry([Fake::new("a"), Fake::new("b")]);
    let default = || registry.default_plugin().map(|plugin| plugin.name().to_string());
    registry.set_default("a").unwrap();
    registry
        .register(Fake::new("c").build(), RegisterOptions::new().as_default())
        .unwrap();
    assert_eq!(default().as_deref(), Some("c"));
    assert!(!registry.get("a").unwrap().is_default());
    registry.set_default("b").unwrap();
    assert_eq!(default().as_deref(), Some("b"));
    registry.unregister("b").unwrap();
    assert_eq!(default(), None);
}

#[test]
fn a_replaced_plugin_keeps_its_place_and_its_statistics() {
    let registry = registry([Fake::new("a"), Fake::new("b"), Fake::new("c")]);
    registry.set_default("b").unwrap();
    registry.mark_failed("b", "panicked").unwrap();
    let in_flight = registry.get("b").unwrap();
    in_flight.statistics().record_call(Timestamp::UNIX_EPOCH);

    let fresh = Fake::new("b").build();
    let old = registry.replace(Arc::clone(&fresh)).unwrap();
    assert!(Arc::ptr_eq(old.plugin(), in_flight.plugin()) && !Arc::ptr_eq(old.plugin(), &fresh));
    let new = registry.get("b").unwrap();
    assert!(Arc::ptr_eq(new.plugin(), &fresh));
    assert_eq!((new.is_default(), new.status()), (true, Status::Active));
    assert_eq!(new.statistics().usage().calls, 1);
    assert_eq!(names(registry.snapshot().ranked()), ["b", "a", "c"]);

    registry.disable("b").unwrap();
    registry.replace(Fake::new("b").build()).unwrap();
    assert_eq!(status(&registry, "b"), Status::Disabled);
}

#[test]
fn tenants_see_the_plugins_that_are_there_for_them() {
    let registry = registry([Fake::new("shared")]);
    let options = RegisterOptions::new().for_tenants(["alpha".into()]);
    registry.register(Fake::new("own").build(), options).unwrap();
    for (plugin, tenant, visible) in [
        ("shared", Some("beta"), true),
        ("own", Some("alpha"), true),
        ("own", Some("beta"), false),
        ("own", None, true),
    ] {
        let tenant = tenant.map(Into::into);
        assert_eq!(
            registry.get(plugin).unwrap().is_visible_to(tenant.as_ref()),
            visible,
            "{plugin} {tenant:?}"
        );
    }
}

#[tokio::test]
async fn calls_are_counted_and_only_real_failures_are_failures() {
    let clock = ManualClock::auto();
    let statistics = Arc::<Statistics>::default();
    let layer: Arc<dyn Layer> = Arc::new(StatisticsLayer::new(Arc::clone(&statistics), clock.clone()));
    let plugin = Layered::new(Fake::new("x").build(), vec![layer]);
    assert_eq!(statistics.usage().last_used, None);

    for error in [
        None,
        Some(ErrorKind::NotFound),
        Some(ErrorKind::Unavailable),
        Some(ErrorKind::Internal),
    ] {
        clock.advance(SECOND);
        let outcome = plugin
            .call(&context(), &LIST, None, |_, _| {
                ready(error.map_or(Ok(()), |kind| Err(Error::new(kind, "no")))).boxed()
            })
            .await;
        assert_eq!(outcome.err().map(|error| error.kind()), error);
    }
    let usage = serde_json::to_value(statistics.usage()).unwrap();
    let expected = serde_json::json!({"calls": 4, "failures": 2, "lastUsed": "2026-01-01T00:00:04Z"});
    assert_eq!(usage, expected);

    let registry = Registry::<dyn Plugin>::new();
    let options = RegisterOptions::new().with_statistics(statistics);
    registry.register(Arc::new(plugin), options).unwrap();
    assert_eq!(registry.get("x").unwrap().statistics().usage().calls, 4);
}

#[test]
fn readers_see_whole_snapshots_while_writers_change_everything() {
    let registry = registry([Fake::new("always")]);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut looks = 0_u64;
                    while !done.load(Ordering::Relaxed) || looks == 0 {
                        let seen = registry.snapshot();
                        assert!(registry.get("always").is_some());
                        assert!(seen.ranked().iter().filter(|plugin| plugin.is_default()).count() <= 1);
                        let mut ranked = names(seen.ranked());
                        ranked.sort();
                        assert_eq!(ranked, names(seen.by_name()));
                        assert!(ranked.iter().all(|name| seen.get(name).is_some()));
                        looks += 1;
                    }
                })
            })
            .collect();
        let writers: Vec<_> = ["a", "b"]
            .into_iter()
            .map(|name| {
                let registry = &registry;
                scope.spawn(move || {
                    for _ in 0..200 {
                        registry
                            .register(Fake::new(name).build(), RegisterOptions::new().as_default())
                            .unwrap();
                        registry.disable(name).unwrap();
                        registry.replace(Fake::new(name).build()).unwrap();
                        assert_eq!(registry.unregister(name).unwrap().status(), Status::Disabled);
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        done.store(true, Ordering::Relaxed);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
    assert_eq!(names(&registry.all()), ["always"]);
}
