//! Two infrastructure plugins behind one gateway, as in `examples/config/multi.yaml`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use o2::adapters::ims::memory::MemoryImsConfig;
use o2::core::config::Config;
use o2::{Error, ErrorKind};
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use crate::support::{Fault, Faults, POOLS, World, config, ims_plugin};

const MULTI: &str = include_str!("../../examples/config/multi.yaml");

/// The example with plugins that misbehave as they are told: the core's and the edge's faults.
fn misbehaving() -> (World, Faults, Faults) {
    let clock = ManualClock::auto();
    let (core, edge) = (Faults::default(), Faults::default());
    let plugin = |name, faults: &Faults| Arc::new(faults.around(ims_plugin(name, &clock, MemoryImsConfig::default())));
    let (first, second) = (plugin("core", &core), plugin("edge", &edge));
    let mut config: Config = config(MULTI);
    config.plugins.ims.clear();
    let world = World::at(Arc::clone(&clock), |builder| {
        builder.config(config).ims_plugin(first).ims_plugin(second)
    });
    (world, core, edge)
}

fn unavailable() -> Error {
    Error::new(ErrorKind::Unavailable, "the backend is down")
}

/// All items of a list, page by page; every page but the last has `limit` items, and its `Link` is its `nextPage`.
fn walk(world: &World, target: &str, attribute: &str, limit: usize) -> Vec<String> {
    let mut items = Vec::new();
    let separator = if target.contains('?') { '&' } else { '?' };
    let mut target = format!("{target}{separator}limit={limit}");
    for _ in 0..1000 {
        let page = world.get(&target);
        let found = page.items(attribute);
        items.extend(found.clone());
        let next = page.expect(200)["pagination"]["nextPage"]
            .as_str()
            .map(ToOwned::to_owned);
        match next {
            None => {
                assert_eq!(page.header("link"), "");
                return items;
            }
            Some(next) => {
                assert_eq!(found.len(), limit, "{target}");
                assert_eq!(page.header("link"), format!("<{next}>; rel=\"next\""));
                target = next;
            }
        }
    }
    panic!("{target} does not end");
}

#[test]
fn lists_show_the_objects_of_both() {
    let world = World::of(MULTI);
    let pools = world.get(POOLS).items("resourcePoolId");
    let (edge, core): (Vec<_>, Vec<_>) = pools.iter().partition(|id| id.starts_with("edge~"));
    assert_eq!((core.len(), edge.len()), (7, 7));
    assert!(
        edge.iter()
            .zip(&core)
            .all(|(edge, core)| edge.trim_start_matches("edge~") == *core)
    );
    for id in &pools {
        assert_eq!(world.get(&format!("{POOLS}/{id}")).expect(200)["resourcePoolId"], **id);
        let resources = world.get(&format!("{POOLS}/{id}/resources"));
        assert!(resources.items("resourcePoolId").iter().all(|pool| pool == id), "{id}");
        let of_edge = id.starts_with("edge~");
        assert!(
            resources
                .items("resourceId")
                .iter()
                .all(|resource| resource.starts_with("edge~") == of_edge)
        );
    }
    let one = world.get(&format!("{POOLS}?filter=(eq,resourcePoolId,edge~pool-dallas-gpu)"));
    assert_eq!(one.items("resourcePoolId"), ["edge~pool-dallas-gpu"]);
    // A server that both know is shown once: the sample is the same.
    let servers = world.get("/o2ims/v1/resources").items("resourceId");
    assert_eq!(servers.len(), 24);
    assert!(servers.iter().all(|id| !id.starts_with("edge~")));
    // Whoever answers first.
    assert_eq!(world.get("/o2ims/v1/deploymentManagers").items("name").len(), 2);
}

#[test]
fn new_objects_go_where_the_rules_say() {
    let world = World::of(MULTI);
    let create = |body: Value| {
        let answer = world.post(POOLS, &body);
        let id = answer.expect(201)["resourcePoolId"].as_str().unwrap().to_owned();
        assert_eq!(answer.header("location"), format!("{POOLS}/{id}"));
        id
    };
    let metal = json!({"name": "a", "labels": {"infrastructure.type": "bare-metal"}});
    let at_edge = create(metal);
    assert!(at_edge.starts_with("edge~"), "{at_edge}");
    assert!(create(json!({"name": "b", "location": "edge-7"})).starts_with("edge~"));
    assert!(!create(json!({"name": "c", "location": "dallas"})).contains('~'));
    assert!(!create(json!({"name": "d"})).contains('~'));
    let pool = format!("{POOLS}/{at_edge}");
    let changed = world.patch(&pool, &json!({"description": "changed"})).expect(200);
    assert_eq!(
        (&changed["description"], &changed["resourcePoolId"]),
        (&json!("changed"), &json!(at_edge))
    );
    world.delete(&pool).expect(204);
    assert_eq!(world.get(&pool).status, 404);
}

#[test]
fn pages_lead_through_both() {
    let world = World::of(MULTI);
    let all = world.get(POOLS).items("resourcePoolId");
    for limit in [1, 4, 7, 13, 14, 15] {
        assert_eq!(walk(&world, POOLS, "resourcePoolId", limit), all, "limit {limit}");
        let servers = walk(&world, "/o2ims/v2/resources", "resourceId", limit);
        let different: BTreeSet<_> = servers.iter().collect();
        assert_eq!((servers.len(), different.len()), (24, 24), "limit {limit}");
    }
    let target = format!("{POOLS}?sort=-name,location&filter=(neq,name,pool-dallas-gpu)");
    let sorted = world.get(&target).items("resourcePoolId");
    assert_eq!(sorted.len(), 12);
    assert_eq!(walk(&world, &target, "resourcePoolId", 5), sorted);
    let first = world.get("/o2ims/v2/resourcePools?limit=10").expect(200);
    assert_eq!(
        (&first["pagination"]["totalCount"], &first["pagination"]["pageSize"]),
        (&json!(14), &json!(10))
    );
}

#[test]
fn who_is_missing_from_a_list_is_named() {
    let (world, core, edge) = misbehaving();
    edge.set("list_resource_pools", Fault::Fail(unavailable));
    for (version, warned) in [("v1", false), ("v2", true)] {
        let target = format!("/o2ims/{version}/resourcePools");
        let answer = world.get(&target);
        assert_eq!(answer.header("o2-partial"), "edge=unavailable");
        assert_eq!(answer.items("resourcePoolId").len(), 7);
        let list = answer.expect(200);
        let warning = json!([{"plugin": "edge", "error": "unavailable", "message": "the backend is down"}]);
        assert_eq!(list.get("warnings"), warned.then_some(&warning));
        assert!(
            list["pagination"]["totalCount"].is_null(),
            "nobody knows how many there are"
        );
        let last = world.get(&(target + "?limit=4"));
        let next = last.expect(200)["pagination"]["nextPage"].as_str().unwrap().to_owned();
        assert_eq!(
            world.get(&next).header("o2-partial"),
            "edge=unavailable",
            "on the second page too"
        );
    }
    // Circuits that have opened close again after a while.
    let rest = || world.clock.advance(Duration::from_secs(60));
    rest();
    edge.set("list_resource_pools", Fault::Hang);
    assert_eq!(world.get(POOLS).header("o2-partial"), "edge=timeout");
    rest();
    edge.set("list_resource_pools", Fault::Panic);
    assert_eq!(world.get(POOLS).header("o2-partial"), "edge=internal");
    assert_eq!(
        world
            .get(&format!("{POOLS}?resourcePoolId=pool-compute-1"))
            .header("o2-partial"),
        ""
    );

    core.set("list_resource_pools", Fault::Fail(unavailable));
    edge.set(
        "list_resource_pools",
        Fault::Fail(|| Error::new(ErrorKind::RateLimited, "slow down").with_fault(o2::core::Fault::Backend)),
    );
    let problem = world.get(POOLS).problem();
    assert_eq!(
        (problem.status, problem.error.as_str()),
        (503, "unavailable"),
        "the worst"
    );
    assert_eq!(problem.plugin.as_deref(), Some("core"));
    edge.set("list_resource_pools", Fault::Panic);
    let problem = world.get(POOLS).problem();
    assert_eq!((problem.status, problem.error.as_str()), (500, "internal"), "the worst");
    edge.clear();
    core.clear();
    rest();
    assert_eq!(world.get(POOLS).header("o2-partial"), "");
}

#[test]
fn routing_explains_itself() {
    let world = World::of(MULTI);
    let explain = |query: &str| {
        world
            .get(&format!("/admin/v1/routing/explain?category=ims&{query}"))
            .expect(200)
    };
    let story =
        explain("object=resourcePool&operation=create_resource_pool&location=edge-7&labels=a:b&tenant=smo-beta");
    assert_eq!(
        story["decision"],
        json!({"plugin": "edge", "by": "rule", "rule": "edge-pools"})
    );
    let rules = story["rules"].as_array().unwrap();
    let names: Vec<_> = rules.iter().map(|rule| rule["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["bare-metal", "edge-pools", "gpu", "smo-alpha"], "by priority");
    for rule in rules {
        let (matched, chosen, reason) = (&rule["matched"], &rule["chosen"], rule["reason"].as_str());
        match rule["name"].as_str().unwrap() {
            "edge-pools" => assert_eq!((matched, chosen, reason), (&json!(true), &json!(true), None)),
            _ => assert!(
                *matched == false && *chosen == false && !reason.unwrap().is_empty(),
                "{rule}"
            ),
        }
    }
    assert!(
        story["default"]["reason"].as_str().unwrap().contains("edge-pools"),
        "{}",
        story["default"]
    );
    let story = explain("object=resourcePool&tenant=smo-alpha");
    assert_eq!(story["decision"]["rule"], "smo-alpha");
    let story = explain("object=resource&extensions.hasGPU=true");
    assert_eq!(story["decision"]["rule"], "gpu");
    let story = explain("object=resourceType");
    assert_eq!(story["decision"], json!({"plugin": "core", "by": "default"}));
    for (query, at, says) in [
        ("", "category", "is required: ims, dms or smo"),
        (
            "category=ims&operation=fly",
            "operation",
            "no such operation (known: list_deployment_managers",
        ),
        ("category=ims&labels=a", "labels", "'a' is not key:value"),
        (
            "category=ims&colour=red",
            "colour",
            "unknown query parameter (known: category, object",
        ),
    ] {
        let problem = world.get(&format!("/admin/v1/routing/explain?{query}")).problem();
        assert_eq!((problem.status, problem.at.join(",")), (400, at.to_owned()), "{query}");
        assert!(problem.detail.contains(says), "{query}: {}", problem.detail);
    }
    assert_eq!(
        world.get("/admin/v1/routing/explain?category=oss").problem().status,
        404
    );
}

#[test]
fn administration_switches_a_plugin_off_and_on() {
    let world = World::of(MULTI);
    let edge = "/admin/v1/plugins/ims/edge";
    let shown = world.get(edge).expect(200);
    assert_eq!(
        (&shown["status"], &shown["default"], &shown["type"]),
        (&json!("active"), &json!(false), &json!("memory"))
    );
    assert_eq!(shown["metadata"], json!({"site": "edge"}));
    assert_eq!(
        world.get("/admin/v1/plugins?category=ims").items("name"),
        ["core", "edge"]
    );
    assert_eq!(
        world.get("/admin/v1/plugins").items("category"),
        ["ims", "ims", "dms", "smo"]
    );

    let off = world.ask(Method::POST, &format!("{edge}/disable")).expect(200);
    assert_eq!(off["status"], "disabled");
    let list = world.get(POOLS);
    assert_eq!((list.items("name").len(), list.header("o2-partial")), (7, ""));
    let problem = world.get(&format!("{POOLS}/edge~pool-compute-1")).problem();
    assert_eq!(
        (problem.status, problem.detail.as_str()),
        (503, "plugin 'edge' is disabled")
    );
    let story = world
        .get("/admin/v1/routing/explain?category=ims&object=resourcePool&location=edge-7")
        .expect(200);
    assert_eq!(story["decision"]["plugin"], "core");
    assert_eq!(story["rules"][1]["reason"], "plugin 'edge' is disabled");
    let created = world.create(POOLS, &json!({"name": "a", "location": "edge-7"}));
    assert!(
        !created["resourcePoolId"].as_str().unwrap().contains('~'),
        "the default serves"
    );

    world.ask(Method::POST, &format!("{edge}/enable")).expect(200);
    assert_eq!(world.get(POOLS).items("name").len(), 15);
    for (target, status) in [
        ("ims/none/enable", 404),
        ("none/edge/enable", 404),
        ("ims/edge/explode", 404),
    ] {
        assert_eq!(
            world
                .ask(Method::POST, &format!("/admin/v1/plugins/{target}"))
                .problem()
                .status,
            status
        );
    }
    world.get(&format!("{POOLS}/edge~pool-compute-1")).expect(200);
    let stats = world.get(&format!("{edge}/stats")).expect(200);
    assert!(stats.as_object().is_some_and(|stats| !stats.is_empty()), "{stats}");
}
