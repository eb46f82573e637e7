//! Which calls a rule is for, and which rule comes first.

use o2_core::router::{Conditions, Facts, RoutingTable, Rule};
use o2_core::{Category, Labels, TenantId};
use serde_json::{Value, json};

use crate::fake::{CREATE, LIST};
use crate::world::World;
use crate::{check, labels, map, pool};

#[test]
fn labels_choose_the_infrastructure() {
    let typed = |value| Conditions::new().with_label("infrastructure.type", value);
    let router = World::new(["kubernetes", "openstack-nfv", "dtias-edge"]).router(
        RoutingTable::new()
            .with_rule(Rule::new("default-k8s", "kubernetes").with_priority(1))
            .with_rule(
                Rule::new("bare-metal-edge", "dtias-edge")
                    .with_priority(95)
                    .with_conditions(typed("bare-metal")),
            )
            .with_rule(
                Rule::new("openstack-nfv", "openstack-nfv")
                    .with_priority(100)
                    .with_conditions(typed("openstack")),
            ),
    );
    let of = |value| labels("infrastructure.type", value);
    check(
        &router,
        pool().with_labels(&of("openstack")),
        "openstack-nfv by rule 'openstack-nfv'",
    );
    check(
        &router,
        pool().with_labels(&of("bare-metal")),
        "dtias-edge by rule 'bare-metal-edge'",
    );
    check(
        &router,
        pool().with_labels(&of("BARE-METAL")),
        "kubernetes by rule 'default-k8s'",
    );
    check(
        &router,
        pool().with_labels(&labels("type", "openstack")),
        "kubernetes by rule 'default-k8s'",
    );
    check(&router, pool(), "kubernetes by rule 'default-k8s'");
}

#[test]
fn objects_and_package_types_match_in_any_case_and_a_star_matches_all() {
    let router = World::new(["a", "b", "c"]).router(
        RoutingTable::new()
            .with_rule(Rule::new("pools", "a").with_priority(3).with_object("ResourcePool"))
            .with_rule(
                Rule::new("charts", "b")
                    .with_priority(2)
                    .with_object("*")
                    .with_package_type("Helm-Chart"),
            )
            .with_rule(
                Rule::new("all", "c")
                    .with_priority(1)
                    .with_object("*")
                    .with_package_type("*"),
            ),
    );
    let object = |name| Facts::new(Category::Ims, name);
    check(&router, object("resourcePool"), "a by rule 'pools'");
    check(&router, object("RESOURCEPOOL"), "a by rule 'pools'");
    check(&router, object("resourcePools"), "c by rule 'all'");
    check(
        &router,
        object("deployment").with_package_type("helm-chart"),
        "b by rule 'charts'",
    );
    check(
        &router,
        object("deployment").with_package_type("onap-service"),
        "c by rule 'all'",
    );
    check(
        &router,
        object("resourcePool").with_package_type("helm-chart"),
        "a by rule 'pools'",
    );
}

#[test]
fn the_higher_priority_wins_and_then_the_earlier_rule() {
    let router = World::new(["a", "b", "c"]).router(
        RoutingTable::new()
            .with_rule(Rule::new("low", "a").with_priority(-1))
            .with_rule(Rule::new("first", "b").with_priority(7))
            .with_rule(Rule::new("second", "c").with_priority(7)),
    );
    check(&router, pool(), "b by rule 'first'");
}

#[test]
fn locations_match_by_their_beginning() {
    let at = |prefix| Conditions::new().with_location_prefix(prefix);
    let router = World::new(["a", "b", "c"]).router(
        RoutingTable::new()
            .with_default("c")
            .with_rule(
                Rule::new("dallas", "a")
                    .with_priority(2)
                    .with_conditions(at("dc-dallas")),
            )
            .with_rule(
                Rule::new("data-centre", "b")
                    .with_priority(1)
                    .with_conditions(at("dc-")),
            ),
    );
    check(&router, pool().with_location("dc-dallas-1"), "a by rule 'dallas'");
    check(&router, pool().with_location("dc-dallas"), "a by rule 'dallas'");
    check(&router, pool().with_location("dc-austin"), "b by rule 'data-centre'");
    check(&router, pool().with_location("dc"), "c by default");
    check(&router, pool().with_location("dcé"), "c by default");
    check(&router, pool(), "c by default");
}

#[test]
fn extensions_match_by_value_at_a_dotted_path() {
    let router = |path: &str, value: Value| {
        let rule = Rule::new("r", "a").with_conditions(Conditions::new().with_extension(path, value));
        World::new(["a", "b"]).router(RoutingTable::new().with_default("b").with_rule(rule))
    };
    for (path, wanted, extensions, matches) in [
        ("type", json!("bare-metal"), json!({"type": "bare-metal"}), true),
        ("type", json!("bare-metal"), json!({"type": "cloud"}), false),
        ("hasGPU", json!(true), json!({"hasGPU": true}), true),
        ("hasGPU", json!(true), json!({"hasGPU": "true"}), false),
        ("replicas", json!(10), json!({"replicas": 10.0}), true),
        ("openstack.flavor", json!("m1"), json!({"openstack.flavor": "m1"}), true),
        (
            "openstack.flavor",
            json!("m1"),
            json!({"openstack": {"flavor": "m1"}}),
            true,
        ),
        (
            "openstack.flavor",
            json!("m1"),
            json!({"openstack.flavor": "m2", "openstack": {"flavor": "m1"}}),
            false,
        ),
        ("a.b.c", json!(null), json!({"a.b": {"c": null}}), true),
        ("a", json!({"b": [1]}), json!({"a": {"b": [1]}}), true),
        ("a", json!(null), json!({}), false),
    ] {
        let expected = if matches { "a by rule 'r'" } else { "b by default" };
        check(
            &router(path, wanted),
            pool().with_extensions(&map(extensions)),
            expected,
        );
    }
    check(&router("type", json!("x")), pool(), "b by default");
}

#[test]
fn all_conditions_must_hold() {
    let conditions = Conditions::new()
        .with_label("a", "1")
        .with_label("b", "2")
        .with_location_prefix("dc-");
    let rule = Rule::new("r", "a")
        .with_object("resourcePool")
        .with_conditions(conditions.with_tenant("alpha"));
    let router = World::new(["a", "b"]).router(RoutingTable::new().with_default("b").with_rule(rule));
    let labels = |pairs: &[(&str, &str)]| -> Labels { pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect() };
    let (both, one) = (labels(&[("a", "1"), ("b", "2"), ("c", "3")]), labels(&[("a", "1")]));
    let (alpha, beta) = (TenantId::new("alpha"), TenantId::new("beta"));

    let full = pool()
        .with_labels(&both)
        .with_location("dc-1")
        .with_tenant(Some(&alpha));
    check(&router, full, "a by rule 'r'");
    check(&router, full.with_labels(&one), "b by default");
    check(&router, full.with_location("edge-1"), "b by default");
    check(&router, full.with_tenant(Some(&beta)), "b by default");
    check(&router, full.with_tenant(None), "b by default");
}

#[test]
fn a_rule_may_ask_something_of_its_plugin() {
    let world = World::new(["full", "b"]).limited("reader", &[&LIST], &["gitops"]);
    let asks = |name: &str, plugin: &str, conditions| Rule::new(name, plugin).with_conditions(conditions);
    let table = |rule: Rule| RoutingTable::new().with_default("b").with_rule(rule);
    for (plugin, conditions, expected) in [
        ("full", Conditions::new().with_capability(&CREATE), "full by rule 'r'"),
        ("reader", Conditions::new().with_capability(&CREATE), "b by default"),
        (
            "reader",
            Conditions::new().with_capability(&LIST).with_feature("gitops"),
            "reader by rule 'r'",
        ),
        ("full", Conditions::new().with_feature("gitops"), "b by default"),
    ] {
        check(&world.router(table(asks("r", plugin, conditions))), pool(), expected);
    }
    let unmet = asks("r", "reader", Conditions::new().with_capability(&CREATE));
    let alone = world.router(RoutingTable::new().with_rule(unmet));
    check(&alone, Facts::of(&LIST), "unavailable");
}

#[test]
fn another_table_takes_effect_at_once() {
    let router = World::new(["a", "b"]).router(RoutingTable::new().with_rule(Rule::new("r", "a")));
    check(&router, pool(), "a by rule 'r'");
    router.set_table(RoutingTable::new().with_rule(Rule::new("r", "b")));
    check(&router, pool(), "b by rule 'r'");
}
