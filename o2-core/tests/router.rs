//! What an operator sees of routing: which plugin gets which call, why, and what happens when plugins are not there.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "router/explain.rs"]
mod explain;
mod fake;
#[path = "router/fan_out.rs"]
mod fan_out;
#[path = "router/laws.rs"]
mod laws;
#[path = "router/rules.rs"]
mod rules;
#[path = "router/world.rs"]
mod world;

use fake::{CREATE, LIST};
use o2_core::router::{Conditions, Facts, FanOut, Router, RoutingTable, Rule, Strategy};
use o2_core::{Category, ErrorKind, Labels, Plugin, TenantId};
use serde_json::Value;
use world::World;

/// Checks who gets a call, and why: `plugin by rule`, or the kind of the error.
fn check(router: &Router<dyn Plugin>, facts: Facts<'_>, expected: &str) {
    let found = match router.route(&facts) {
        Ok(routed) => format!("{} by {}", routed.plugin.name(), routed.decision),
        Err(error) => error.kind().to_string(),
    };
    assert_eq!(
        found,
        expected,
        "{}",
        serde_json::to_string_pretty(&router.explain(&facts)).unwrap()
    );
}

fn pool<'a>() -> Facts<'a> {
    Facts::new(Category::Ims, "resourcePool")
}

fn labels(key: &str, value: &str) -> Labels {
    Labels::from([(key.to_owned(), value.to_owned())])
}

fn map(value: Value) -> serde_json::Map<String, Value> {
    value.as_object().cloned().unwrap()
}

#[test]
fn without_a_rule_the_default_serves_and_then_the_fallback_chain() {
    let world = World::new(["a", "b", "c"]);
    world.registry.set_default("c").unwrap();
    check(&world.router(RoutingTable::new()), pool(), "c by default");

    let table = || {
        RoutingTable::new()
            .with_default("a")
            .with_fallback("missing")
            .with_fallback("b")
            .with_fallback("c")
    };
    let router = world.router(table());
    check(&router, pool(), "a by default");
    world.ill("a");
    check(&router, pool(), "b by fallback");
    world.registry.disable("b").unwrap();
    check(&router, pool(), "c by fallback");
    world.registry.mark_failed("c", "secret host 10.0.0.1").unwrap();
    check(&router, pool(), "unavailable");

    let error = router.route(&pool()).unwrap_err();
    assert_eq!(
        error.message(),
        "no ims plugin can serve resourcePool now (a: unhealthy, b: disabled, c: failed)"
    );
    assert_eq!(
        error.detail(),
        Some(
            "plugin 'a' is unhealthy: no route to host; plugin 'missing' is not registered; plugin 'b' is disabled; \
             plugin 'c' has failed: secret host 10.0.0.1"
        )
    );
    check(&World::new([]).router(RoutingTable::new()), pool(), "unavailable");
}

#[test]
fn rules_are_passed_over_when_their_plugin_cannot_be_called() {
    let world = World::new(["a", "b"]).limited("reader", &[&LIST], &[]);
    let router = world.router(
        RoutingTable::new()
            .with_default("b")
            .with_rule(Rule::new("nowhere", "missing").with_priority(3))
            .with_rule(Rule::new("reader", "reader").with_priority(2))
            .with_rule(Rule::new("a", "a").with_priority(1)),
    );
    check(&router, Facts::of(&LIST), "reader by rule 'reader'");
    check(&router, Facts::of(&CREATE), "a by rule 'a'");
    world.ill("a");
    check(&router, Facts::of(&CREATE), "b by default");
    world.registry.enable("a").unwrap();
    check(&router, Facts::of(&CREATE), "a by rule 'a'");
}

#[test]
fn what_nobody_can_do_is_unsupported_and_what_nobody_can_do_now_is_unavailable() {
    let world = World::new([]).limited("reader", &[&LIST], &[]);
    let router = world.router(RoutingTable::new().with_default("reader").with_fallback("writer"));
    check(&router, Facts::of(&CREATE), "unsupported");
    let error = router.route(&Facts::of(&CREATE)).unwrap_err();
    assert_eq!(error.operation(), Some(&CREATE));
    assert_eq!(error.plugin().map(o2_core::Id::as_str), Some("reader"));

    let world = world.with("writer");
    check(
        &world.router(RoutingTable::new().with_default("reader").with_fallback("writer")),
        Facts::of(&CREATE),
        "writer by fallback",
    );
    world.ill("writer");
    check(
        &world.router(RoutingTable::new().with_default("reader").with_fallback("writer")),
        Facts::of(&CREATE),
        "unavailable",
    );
}

#[test]
fn plugins_of_other_tenants_are_neither_used_nor_named() {
    let world = World::new(["shared"]).owned("private", "alpha");
    let router = world.router(
        RoutingTable::new()
            .with_default("shared")
            .with_rule(Rule::new("r", "private")),
    );
    let (alpha, beta) = (TenantId::new("alpha"), TenantId::new("beta"));
    check(&router, pool().with_tenant(Some(&alpha)), "private by rule 'r'");
    check(&router, pool().with_tenant(None), "private by rule 'r'");
    check(&router, pool().with_tenant(Some(&beta)), "shared by default");

    world.registry.disable("shared").unwrap();
    let error = router.route(&pool().with_tenant(Some(&beta))).unwrap_err();
    assert_eq!(
        error.message(),
        "no ims plugin can serve resourcePool now (shared: disabled)"
    );
    assert!(router.named("private", Some(&alpha)).is_ok());
    assert!(
        router
            .named("private", Some(&beta))
            .unwrap_err()
            .is(ErrorKind::NotFound)
    );
}

#[test]
fn an_exclusive_rule_sends_calls_nowhere_else() {
    let world = World::new(["a", "edge"]);
    let router = world.router(
        RoutingTable::new().with_default("a").with_rule(
            Rule::new("edge", "edge")
                .with_conditions(Conditions::new().with_location_prefix("edge-"))
                .exclusive(),
        ),
    );
    let at_edge = Facts::of(&LIST).with_location("edge-7");
    check(&router, at_edge, "edge by rule 'edge'");
    assert_eq!(targets(&router, &at_edge), "edge");
    assert_eq!(targets(&router, &Facts::of(&LIST)), "a,edge");
    world.ill("edge");
    check(&router, at_edge, "unavailable");
    assert_eq!(targets(&router, &at_edge), "unavailable");
    check(&router, Facts::of(&LIST).with_location("dc-1"), "a by default");
    let error = router.route(&at_edge).unwrap_err();
    assert_eq!(
        error.message(),
        "no ims plugin can serve resourcePool now (edge: unhealthy)"
    );
}

/// Whom a list asks, then who could not be asked.
fn targets(router: &Router<dyn Plugin>, facts: &Facts<'_>) -> String {
    match router.targets(facts) {
        Err(error) => error.kind().to_string(),
        Ok(targets) => {
            let names: Vec<_> = targets.plugins.iter().map(|plugin| plugin.name().as_str()).collect();
            let failures = targets.failures.to_string();
            if failures.is_empty() {
                names.join(",")
            } else {
                format!("{} but {failures}", names.join(","))
            }
        }
    }
}

#[test]
fn lists_ask_everybody_who_can_answer_and_name_who_cannot_now() {
    let world = World::new(["c", "a", "b", "off"])
        .limited("writer", &[&CREATE], &[])
        .owned("private", "alpha");
    world.registry.set_default("b").unwrap();
    world.registry.disable("off").unwrap();
    let narrow = Rule::new("narrow", "a").with_object("resourcePool");
    let router = world.router(RoutingTable::new().with_rule(narrow.clone()));
    let beta = TenantId::new("beta");
    assert_eq!(targets(&router, &Facts::of(&LIST)), "b,c,a,private");
    assert_eq!(targets(&router, &Facts::of(&LIST).with_tenant(Some(&beta))), "b,c,a");

    world.ill("c");
    world.registry.mark_failed("a", "panicked").unwrap();
    assert_eq!(
        targets(&router, &Facts::of(&LIST)),
        "b,private but c=unavailable, a=unavailable"
    );
    let default = world.router(RoutingTable::new().with_default("private").with_rule(narrow));
    assert_eq!(
        targets(&default, &Facts::of(&LIST)),
        "private,b but c=unavailable, a=unavailable"
    );

    world.registry.disable("b").unwrap();
    assert_eq!(
        targets(&router, &Facts::of(&LIST).with_tenant(Some(&beta))),
        "unavailable"
    );
    let reader = World::new([])
        .limited("writer", &[&CREATE], &[])
        .router(RoutingTable::new());
    assert_eq!(targets(&reader, &Facts::of(&LIST)), "unsupported");
    assert_eq!(
        targets(&World::new([]).router(RoutingTable::new()), &Facts::of(&LIST)),
        "unavailable"
    );
}

#[test]
fn an_id_tells_its_owner() {
    let world = World::new(["a", "b"]).owned("private", "alpha");
    let router = world.router(RoutingTable::new());
    let beta = TenantId::new("beta");
    let owner = |id: &str, tenant: Option<&TenantId>| match router.owner(&pool().with_tenant(tenant), id) {
        Ok((plugin, native)) => format!("{} {native}", plugin.name()),
        Err(error) => error.to_string(),
    };
    assert_eq!(owner("p1", None), "there is no resourcePool 'p1'");
    world.registry.set_default("a").unwrap();
    for (id, tenant, expected) in [
        ("p1", None, "a p1"),
        ("b~p1", None, "b p1"),
        ("a~x~y", None, "a x~y"),
        ("private~p1", None, "private p1"),
        ("private~p1", Some(&beta), "there is no resourcePool 'private~p1'"),
        ("gcp~p1", None, "there is no resourcePool 'gcp~p1'"),
    ] {
        assert_eq!(owner(id, tenant), expected);
    }
    world.ill("b");
    assert_eq!(owner("b~p1", None), "plugin 'b' is unhealthy");
    assert!(router.named("b", None).unwrap_err().is(ErrorKind::Unavailable));
    assert!(router.named("gcp", None).unwrap_err().is(ErrorKind::NotFound));
}

#[test]
fn fan_out_is_configured_by_object_type() {
    let router = World::new([]).router(
        RoutingTable::new()
            .with_fan_out("ResourceType", FanOut::new(Strategy::First))
            .with_fan_out("resource", FanOut::new(Strategy::Merge).deduped())
            .with_fan_out("*", FanOut::new(Strategy::Fallback)),
    );
    for (object, strategy, dedupe) in [
        ("resourceType", Strategy::First, false),
        ("resource", Strategy::Merge, true),
        ("deployment", Strategy::Fallback, false),
    ] {
        assert_eq!(
            (router.fan_out(object).strategy, router.fan_out(object).dedupe),
            (strategy, dedupe),
            "{object}"
        );
    }
    let plain = World::new([]).router(RoutingTable::new());
    assert_eq!(plain.fan_out("resource"), FanOut::new(Strategy::Merge));
}
