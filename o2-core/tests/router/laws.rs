//! What holds for all tables and all calls: the way of a call, which uses an index, and its explanation, which tries
//! one rule after the other, come to the same result.

use o2_core::router::{Conditions, Facts, RoutingTable, Rule};
use o2_core::{Category, Labels, TenantId};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::fake::{CREATE, LIST};
use crate::world::World;

const OBJECTS: &[&str] = &["resourcePool", "RESOURCEPOOL", "resource", "deployment"];
const PACKAGES: &[&str] = &["helm-chart", "Helm-Chart", "git-repo"];
const LOCATIONS: &[&str] = &["", "d", "dc", "dc-", "dc-dallas", "é", "éa", "edge-1"];
const TENANTS: &[&str] = &["alpha", "beta"];
const PLUGINS: &[&str] = &["a", "b", "ill", "off", "reader", "private", "missing"];

fn world() -> World {
    let world = World::new(["a", "b", "ill", "off"])
        .limited("reader", &[&LIST], &["gitops"])
        .owned("private", "alpha");
    world.ill("ill");
    world.registry.disable("off").unwrap();
    world
}

fn labels() -> impl Strategy<Value = Labels> {
    let word = |words: &'static [&'static str]| select(words).prop_map(String::from);
    btree_map(word(&["site", "type", "zone", "tier"]), word(&["x", "y", "z"]), 0..3)
}

fn extensions() -> impl Strategy<Value = Map<String, Value>> {
    let value = select(vec![
        json!("x"),
        json!("y"),
        json!(true),
        json!(1),
        json!({"b": "x"}),
        json!({"b": 1}),
    ]);
    let entry = (select(&["a", "a.b", "gpu"][..]).prop_map(String::from), value);
    vec(entry, 0..3).prop_map(Map::from_iter)
}

fn conditions() -> impl Strategy<Value = Conditions> {
    let asked = select(vec![(false, false), (false, false), (true, false), (false, true)]);
    let location = option::weighted(0.3, select(LOCATIONS));
    (
        labels(),
        extensions(),
        location,
        option::weighted(0.2, select(TENANTS)),
        asked,
    )
        .prop_map(|(labels, extensions, location, tenant, (capability, feature))| {
            let mut conditions = Conditions::new();
            conditions.labels = labels;
            conditions.extensions = extensions.into_iter().collect();
            conditions.location_prefix = location.map(String::from);
            conditions.tenant = tenant.map(TenantId::from);
            conditions.capabilities = capability.then_some(&CREATE).into_iter().collect();
            conditions.features = feature.then(|| "gitops".to_owned()).into_iter().collect();
            conditions
        })
}

fn rule() -> impl Strategy<Value = Rule> {
    let conditions = prop_oneof![1 => Just(Conditions::new()), 3 => conditions()];
    let object = prop_oneof![Just("*"), select(OBJECTS)];
    let package = prop_oneof![3 => Just("*"), 1 => select(PACKAGES)];
    (
        select(PLUGINS),
        -2..3_i64,
        object,
        package,
        conditions,
        prop::bool::weighted(0.2),
    )
        .prop_map(|(plugin, priority, object, package, conditions, exclusive)| {
            let mut rule = Rule::new("", plugin)
                .with_priority(priority)
                .with_object(object)
                .with_package_type(package);
            rule.conditions = conditions;
            rule.exclusive = exclusive;
            rule
        })
}

fn table() -> impl Strategy<Value = RoutingTable> {
    let default = option::of(select(PLUGINS));
    (vec(rule(), 0..24), default, vec(select(PLUGINS), 0..3)).prop_map(|(rules, default, fallback)| {
        let mut table = RoutingTable::new();
        for (number, mut rule) in rules.into_iter().enumerate() {
            rule.name = format!("r{number}");
            table = table.with_rule(rule);
        }
        table.default = default.map(Into::into);
        table.fallback = fallback.into_iter().map(Into::into).collect();
        table
    })
}

proptest! {
    #[test]
    fn the_index_finds_what_a_walk_finds(
        table in table(),
        object in select(OBJECTS),
        package in option::of(select(PACKAGES)),
        labels in option::of(labels()),
        extensions in option::of(extensions()),
        location in option::of(select(LOCATIONS)),
        tenant in option::of(select(TENANTS).prop_map(TenantId::from)),
        operation in option::of(select(vec![&LIST, &CREATE])),
    ) {
        let mut facts = Facts::new(Category::Ims, object).with_tenant(tenant.as_ref());
        facts.package_type = package;
        facts.labels = labels.as_ref();
        facts.extensions = extensions.as_ref();
        facts.location = location;
        facts.operation = operation;
        let router = world().router(table);
        let story = router.explain(&facts);

        match (router.route(&facts), &story.decision) {
            (Ok(routed), Some(decision)) => {
                let rule = routed.decision.rule().map(|rule| &rule.name);
                prop_assert_eq!(routed.plugin.name(), &decision.plugin);
                prop_assert_eq!((routed.decision.as_str(), rule), (decision.by, decision.rule.as_ref()));
            }
            (Err(error), None) => prop_assert_eq!(Some(error.kind()), story.error.as_ref().map(|error| error.kind)),
            (routed, decision) => prop_assert!(false, "{routed:?} but {decision:?}"),
        }
        let chosen = story.rules.iter().filter(|rule| rule.chosen).count()
            + story.default.iter().chain(&story.fallback).filter(|plugin| plugin.chosen).count();
        prop_assert_eq!(chosen, usize::from(story.decision.is_some()));

        let first = story.rules.iter().find(|rule| rule.matched);
        match (router.targets(&facts), first.filter(|rule| rule.exclusive)) {
            (Ok(targets), Some(rule)) => {
                let asked: Vec<_> = targets.plugins.iter().map(|plugin| plugin.name()).collect();
                prop_assert_eq!(asked, [&rule.plugin]);
            }
            (Err(_), Some(rule)) => prop_assert!(!rule.chosen),
            (Ok(targets), None) => prop_assert!(targets.plugins.len() >= 2),
            (Err(error), None) => prop_assert!(false, "{error:?}"),
        }
    }
}
