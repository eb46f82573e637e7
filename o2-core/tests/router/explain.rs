//! What an explanation says.

use o2_core::router::{Conditions, Facts, Router, RoutingTable, Rule};
use o2_core::{Plugin, TenantId};
use serde_json::json;

use crate::fake::{CREATE, LIST};
use crate::world::World;
use crate::{labels, map, pool};

#[test]
fn an_explanation_says_why_for_every_rule() {
    let world = World::new(["a", "b", "c"])
        .limited("reader", &[&LIST], &[])
        .owned("private", "alpha");
    world.ill("b");
    let rule = |name: &str, plugin: &str| Rule::new(name, plugin);
    let router = world.router(
        RoutingTable::new()
            .with_rule(rule("object", "a").with_object("Resource"))
            .with_rule(rule("package", "a").with_package_type("helm-chart"))
            .with_rule(rule("label", "a").with_conditions(Conditions::new().with_label("type", "bare-metal")))
            .with_rule(rule("location", "a").with_conditions(Conditions::new().with_location_prefix("dc-")))
            .with_rule(rule("extension", "a").with_conditions(Conditions::new().with_extension("gpu", true)))
            .with_rule(rule("tenant", "a").with_conditions(Conditions::new().with_tenant("alpha")))
            .with_rule(rule("ill", "b"))
            .with_rule(rule("reader", "reader"))
            .with_rule(rule("private", "private"))
            .with_rule(rule("feature", "a").with_conditions(Conditions::new().with_feature("gitops")))
            .with_rule(rule("good", "c"))
            .with_rule(rule("late", "a").with_priority(-5).exclusive())
            .with_default("b")
            .with_fallback("a"),
    );
    let (labels, extensions, beta) = (labels("type", "cloud"), map(json!({"gpu": 1})), TenantId::new("beta"));
    let facts = Facts::of(&CREATE)
        .with_labels(&labels)
        .with_extensions(&extensions)
        .with_tenant(Some(&beta));
    let told = serde_json::to_value(router.explain(&facts)).unwrap();

    assert_eq!(
        told["facts"],
        json!({
            "category": "ims", "object": "resourcePool", "operation": "create_resource_pool",
            "labels": {"type": "cloud"}, "extensions": {"gpu": 1}, "tenant": "beta",
        })
    );
    let reasons: Vec<_> = told["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| {
            let text = |key: &str| rule[key].as_str().unwrap_or_default();
            (
                text("name"),
                rule["matched"] == true,
                rule["chosen"] == true,
                text("reason"),
            )
        })
        .collect();
    assert_eq!(
        reasons,
        [
            ("object", false, false, "the object is 'resourcePool', not 'Resource'"),
            (
                "package",
                false,
                false,
                "the package type is not given, 'helm-chart' is wanted"
            ),
            ("label", false, false, "label 'type' is 'cloud', not 'bare-metal'"),
            ("location", false, false, "the location is not given, 'dc-…' is wanted"),
            ("extension", false, false, "extension 'gpu' is 1, not true"),
            ("tenant", false, false, "the tenant is 'beta', not 'alpha'"),
            ("ill", true, false, "plugin 'b' is unhealthy: no route to host"),
            (
                "reader",
                true,
                false,
                "plugin 'reader' does not support create_resource_pool"
            ),
            (
                "private",
                true,
                false,
                "plugin 'private' is not there for tenant 'beta'"
            ),
            ("feature", true, false, "plugin 'a' does not have the feature 'gitops'"),
            ("good", true, true, ""),
            ("late", true, false, "rule 'good' comes first"),
        ]
    );
    assert_eq!(
        told["rules"][11],
        json!({"name": "late", "priority": -5, "plugin": "a", "exclusive": true, "matched": true, "chosen": false,
               "reason": "rule 'good' comes first"})
    );
    assert_eq!(
        told["default"],
        json!({"plugin": "b", "chosen": false, "reason": "plugin 'b' is unhealthy: no route to host"})
    );
    assert_eq!(
        told["fallback"],
        json!([{"plugin": "a", "chosen": false, "reason": "rule 'good' comes first"}])
    );
    assert_eq!(told["decision"], json!({"plugin": "c", "by": "rule", "rule": "good"}));
    assert!(told.get("error").is_none());
}

#[test]
fn an_explanation_ends_with_the_default_the_fallback_or_the_error() {
    let world = World::new(["a", "b", "c"]);
    let router = world.router(
        RoutingTable::new()
            .with_default("a")
            .with_fallback("b")
            .with_fallback("c"),
    );
    let told = |router: &Router<dyn Plugin>| serde_json::to_value(router.explain(&pool())).unwrap();
    let story = told(&router);
    assert_eq!(story["decision"], json!({"plugin": "a", "by": "default"}));
    assert_eq!(story["fallback"][0]["reason"], "plugin 'a' comes first");

    world.ill("a");
    let story = told(&router);
    assert_eq!(story["decision"], json!({"plugin": "b", "by": "fallback"}));
    assert_eq!(story["fallback"][0], json!({"plugin": "b", "chosen": true}));
    assert_eq!(story["fallback"][1]["reason"], "plugin 'b' comes first");

    world.ill("b");
    world.ill("c");
    let story = told(&router);
    assert!(story.get("decision").is_none());
    assert_eq!(
        story["error"],
        json!({"kind": "unavailable",
               "message": "no ims plugin can serve resourcePool now (a: unhealthy, b: unhealthy, c: unhealthy)"})
    );
}
