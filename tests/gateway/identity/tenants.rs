//! What belongs to other tenants does not exist.

use http::Method;
use serde_json::{Value, json};

use super::proxied;
use crate::support::sample::{Route, Sample, routes};
use crate::support::{Answer, POOLS, World};

/// The problem without what differs from request to request.
fn shape(answer: &Answer, id: &str) -> (u16, Value) {
    let mut problem: Value = serde_json::from_slice(&answer.body).unwrap();
    problem["requestId"].take();
    (
        answer.status,
        serde_json::from_str(&problem.to_string().replace(id, "<id>")).unwrap(),
    )
}

#[test]
fn objects_of_another_tenant_cannot_be_told_from_none() {
    let sample = Sample::made_in(proxied(), Some("b"));
    let document = sample.document();
    let before = sample.world.user("b", "owner").everything();
    let ann = sample.world.user("a", "owner");
    let shared = ["{resourceTypeId}", "{deploymentManagerId}", "{pluginId}", "/admin/"];
    let mut checked = 0;
    for route in routes(&document) {
        if !route.path.contains('{') || shared.iter().any(|shared| route.path.contains(shared)) {
            continue;
        }
        let target = sample.target(&route);
        let id = target.split('/').nth(4).unwrap();
        let foreign = ann.send(sample.request(&document, &route));
        let unknown_target = target.replacen(id, "unknown", 1);
        let mut unknown = sample.request(&document, &route);
        *unknown.uri_mut() = unknown_target.parse().unwrap();
        let unknown = ann.send(unknown);
        assert_eq!(
            unknown.problem().status,
            404,
            "{} {unknown_target}: {}",
            route.method,
            unknown.text()
        );
        assert_eq!(
            shape(&foreign, id),
            shape(&unknown, "unknown"),
            "{} {target}",
            route.method
        );
        checked += 1;
    }
    assert!(checked > 40, "only {checked}");
    assert_eq!(sample.world.user("b", "owner").everything(), before);
}

#[test]
fn lists_leave_out_what_belongs_to_others() {
    let sample = Sample::made_in(proxied(), Some("b"));
    let ann = sample.world.user("a", "owner");
    let seen = ann.everything();
    for (what, id) in [
        ("pool", &sample.pool),
        ("resource", &sample.resource),
        ("subscription", &sample.subscription),
        ("package", &sample.package),
        ("deployment", &sample.deployment),
        ("template", &sample.template),
    ] {
        assert!(!seen.contains(&format!("\"{id}\"")), "{what} {id} is there");
        assert!(
            sample
                .world
                .user("b", "owner")
                .everything()
                .contains(&format!("\"{id}\"")),
            "{what} {id}"
        );
        assert!(
            sample
                .world
                .user("", "auditor")
                .everything()
                .contains(&format!("\"{id}\"")),
            "{what} {id}"
        );
    }
    assert!(seen.contains("\"tenantId\":\"a\"") && !seen.contains("\"tenantId\":\"b\""));
    assert!(ann.get("/o2dms/v1/operations").items("operationId").is_empty());
    let pools = |query: &str| ann.get(&format!("{POOLS}?{query}")).items("name");
    assert!(pools(&format!("resourcePoolId={}", sample.pool)).is_empty());
    assert!(pools("filter=(eq,tenantId,b)").is_empty());
    assert_eq!(
        ann.get("/o2ims/v2/resourcePools").expect(200)["pagination"]["totalCount"],
        5
    );
}

#[test]
fn bodies_do_not_reach_other_tenants_either() {
    let sample = Sample::made_in(proxied(), Some("b"));
    let (bob, ann) = (sample.world.user("b", "owner"), sample.world.user("a", "owner"));
    let before = bob.everything();
    for (target, ids) in [
        (
            "/o2ims/v1/batch/resourcePools/delete",
            json!({"resourcePoolIds": [sample.pool], "force": true}),
        ),
        (
            "/o2ims/v1/batch/subscriptions/delete",
            json!({"subscriptionIds": [sample.subscription]}),
        ),
        (
            "/o2dms/v1/batch/deployments/delete",
            json!({"deploymentIds": [sample.deployment]}),
        ),
        (
            "/o2dms/v1/batch/deploymentPackages/delete",
            json!({"packageIds": [sample.spare_package]}),
        ),
    ] {
        let result = ann.post(target, &ids).expect(207);
        assert_eq!(result["results"][0]["status"], 404, "{target}: {result}");
    }
    for (target, body) in [
        (
            "/o2dms/v1/deployments",
            json!({"name": "mine", "packageId": sample.package}),
        ),
        (
            "/o2dms/v1/deploymentTemplates",
            json!({"name": "mine", "version": "1", "packageId": sample.package}),
        ),
    ] {
        let problem = ann.post(target, &body).problem();
        assert_eq!(
            (problem.status, problem.at.join(",").as_str()),
            (400, "body.packageId"),
            "{target}"
        );
    }
    assert_eq!(bob.everything(), before);
    // Names and ids are taken per tenant, or for all: but never with a hint whose they are.
    let same = ann.post(POOLS, &json!({"name": "spare"}));
    assert_eq!(same.expect(201)["tenantId"], "a");
}

#[test]
fn a_marker_is_good_for_its_own_tenant_only() {
    let world = proxied();
    let page = world.user("b", "viewer").get(&format!("{POOLS}?limit=2")).expect(200);
    let next = page["pagination"]["nextPage"].as_str().unwrap();
    assert_eq!(world.user("b", "viewer").get(next).status, 200);
    let problem = world.user("a", "viewer").get(next).problem();
    assert_eq!((problem.status, problem.at.join(",").as_str()), (400, "marker"));
}

#[test]
fn a_plugin_may_be_there_for_some_tenants_only() {
    let world = World::of(
        "
plugins:
  ims:
    - {name: core, type: memory, default: true}
    - {name: edge, type: memory, tenants: [a]}
routing:
  ims:
    rules: [{name: at-the-edge, plugin: edge, conditions: {location: {prefix: edge-}}}]
identity: {source: {type: trustedHeader, proxies: [10.0.0.1]}}
",
    );
    let (ann, bob) = (world.user("a", "owner"), world.user("b", "owner"));
    assert_eq!(
        (ann.get(POOLS).items("name").len(), bob.get(POOLS).items("name").len()),
        (14, 7)
    );
    assert_eq!(bob.get(POOLS).header("o2-partial"), "");
    ann.get(&format!("{POOLS}/edge~pool-compute-1")).expect(200);
    let hidden = bob.get(&format!("{POOLS}/edge~pool-compute-1"));
    let none = bob.get(&format!("{POOLS}/none~pool-compute-1"));
    assert_eq!(hidden.status, 404);
    assert_eq!(shape(&hidden, "edge"), shape(&none, "none"));
    let at_the_edge = json!({"name": "x", "location": "edge-1"});
    assert_eq!(
        ann.post(POOLS, &at_the_edge).expect(201)["resourcePoolId"]
            .as_str()
            .unwrap()
            .split('~')
            .next(),
        Some("edge")
    );
    assert!(
        !bob.post(POOLS, &at_the_edge).expect(201)["resourcePoolId"]
            .as_str()
            .unwrap()
            .contains('~')
    );
    let off = world
        .user("", "platform-admin")
        .ask(Method::POST, "/admin/v1/plugins/ims/edge/disable");
    assert_eq!(off.status, 200);
    assert_eq!(
        bob.get(&format!("{POOLS}/edge~pool-compute-1")).status,
        404,
        "also when it is off"
    );
}

#[test]
fn ids_of_routes_are_where_the_tests_think() {
    let sample = Sample::new();
    for route in routes(&sample.document()) {
        let Route { path, .. } = &route;
        let first = path.split('/').position(|segment| segment.starts_with('{'));
        assert!(first.is_none_or(|first| first == 4), "{path}");
    }
}
