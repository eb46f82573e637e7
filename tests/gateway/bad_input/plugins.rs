//! Plugins that cannot, panic, hang or leak.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use o2::core::identity::{Anonymous, Principal, Role};
use o2::core::ports::Clock;
use o2::{Error, ErrorKind};
use serde_json::json;

use super::refuse;
use crate::support::leaky::Leaky;
use crate::support::{Fault, POOL, POOLS, World, request};

fn get(target: &str) -> http::Request<Bytes> {
    request(Method::GET, target).body(Bytes::new()).unwrap()
}

#[test]
fn what_a_plugin_cannot_do_is_said_with_its_name_and_the_operations() {
    let config = "
plugins:
  ims: [{name: reader, type: memory, config: {capabilities: [resource-pool-read]}}]
  dms: [{name: memory, type: memory}]
  smo: [{name: memory, type: memory}]
";
    let world = World::of(config);
    let pool = format!("{POOLS}/{POOL}");
    let delete = request(Method::DELETE, &pool).body(Bytes::new()).unwrap();
    let create = crate::support::json(request(Method::POST, POOLS), &json!({"name": "x"}));
    let update = crate::support::json(request(Method::PATCH, &pool), &json!({"name": "x"}));
    for (request, operation) in [
        (delete, "delete_resource_pool"),
        (create, "create_resource_pool"),
        (update, "update_resource_pool"),
        (get("/o2ims/v1/resources"), "list_resources"),
    ] {
        let says = format!("operation {operation} is not supported");
        let problem = refuse(&world, request, (501, "unsupported", "", &says));
        assert_eq!(problem.plugin.as_deref(), Some("reader"));
        assert_eq!(problem.operation.as_deref(), Some(operation));
    }
    world.get(&pool).expect(200);
}

#[test]
fn a_panic_is_answered_and_the_gateway_lives() {
    let (world, faults) = World::misbehaving("");
    let pool = format!("{POOLS}/{POOL}");
    let good = world.get(&pool).expect(200);
    for (operation, method, target) in [
        ("get_resource_pool", Method::GET, pool.as_str()),
        ("list_resource_pools", Method::GET, POOLS),
        ("delete_resource_pool", Method::DELETE, &pool),
    ] {
        faults.set(operation, Fault::Panic);
        for _ in 0..10 {
            let problem = world.ask(method.clone(), target).problem();
            assert_eq!((problem.status, problem.error.as_str()), (500, "internal"));
            assert_eq!(problem.detail, "internal error");
            assert_eq!(problem.plugin.as_deref(), Some("memory"));
            assert_eq!(problem.operation.as_deref(), Some(operation));
        }
        faults.clear();
        assert_eq!(world.get(&pool).expect(200), good);
    }
}

#[test]
fn a_hanging_plugin_is_answered_for_within_the_time_it_has() {
    let config = "resilience: {timeout: 4s, retry: {attempts: 2, initialBackoff: 10ms}}";
    let (world, faults) = World::misbehaving(config);
    faults.set("create_resource_pool", Fault::Hang);
    faults.set("get_resource_pool", Fault::Hang);
    let began = world.clock.monotonic();
    let problem = world.post(POOLS, &json!({"name": "x"})).problem();
    assert_eq!((problem.status, problem.error.as_str()), (504, "timeout"));
    let detail = "plugin 'memory' did not answer create_resource_pool within 4s, its limit";
    assert_eq!(problem.detail, detail);
    assert_eq!(problem.plugin.as_deref(), Some("memory"));
    assert_eq!(
        world.clock.monotonic() - began,
        Duration::from_secs(4),
        "creating is not repeated"
    );

    let began = world.clock.monotonic();
    assert_eq!(world.get(&format!("{POOLS}/{POOL}")).problem().status, 504);
    let took = world.clock.monotonic() - began;
    assert!(
        (8_000..=8_010).contains(&took.as_millis()),
        "{took:?}: reading is repeated once"
    );
    faults.clear();
    world.get(POOLS).expect(200);
}

#[test]
fn work_that_a_plugin_does_not_accept_is_on_record_as_failed() {
    let (world, faults) = World::misbehaving("resilience: {timeout: 4s}");
    let upload = json!({"name": "vdu", "version": "1", "packageType": "helm-chart", "packageUrl": "https://x/y.tgz"});
    let package = world.create("/o2dms/v1/deploymentPackages", &upload)["packageId"].clone();
    let create = |name: &str| world.post("/o2dms/v1/deployments", &json!({"name": name, "packageId": package}));
    for (fault, status, kind) in [
        (Fault::Hang, 504, "timeout"),
        (Fault::Panic, 500, "internal"),
        (
            Fault::Fail(|| Error::new(ErrorKind::Unavailable, "the backend is down")),
            503,
            "unavailable",
        ),
    ] {
        world.clock.advance(Duration::from_secs(1));
        faults.set("create_deployment", fault);
        let problem = create("new").problem();
        assert_eq!((problem.status, problem.error.as_str()), (status, kind));
        assert_eq!(problem.plugin.as_deref(), Some("memory"));
        assert_eq!(problem.operation.as_deref(), Some("create_deployment"));
        let records = world.get("/o2dms/v1/operations?sort=-startedAt").expect(200);
        let last = &records["items"][0];
        assert_eq!(
            (&last["state"], &last["error"]["error"]),
            (&json!("FAILED"), &json!(kind)),
            "{last}"
        );
        faults.clear();
    }
    assert!(world.get("/o2dms/v1/deployments").items("name").is_empty());
    create("new").expect(202);
    for operation in ["execute_workflow", "list_packages"] {
        faults.set(operation, Fault::Panic);
    }
    let problem = world
        .post("/o2smo/v1/workflows", &json!({"workflowName": "heal"}))
        .problem();
    assert_eq!(
        (problem.status, problem.operation.as_deref()),
        (500, Some("execute_workflow"))
    );
    assert!(world.get("/o2smo/v1/workflows").items("executionId").is_empty());
}

#[test]
fn no_request_takes_longer_than_the_gateway_allows() {
    let (world, faults) = World::misbehaving("{gateway: {requestTimeout: 3s}, resilience: {timeout: 30s}}");
    faults.set("*", Fault::Hang);
    let began = world.clock.monotonic();
    let problem = world.get(POOLS).problem();
    assert_eq!((problem.status, problem.error.as_str()), (504, "timeout"));
    assert_eq!(
        world.clock.monotonic() - began,
        Duration::from_millis(2_700),
        "there is time to answer"
    );
    let detail =
        "plugin 'memory' did not answer list_resource_pools within 2.7s, the time left until the caller's deadline";
    assert_eq!(problem.detail, detail);
}

#[test]
fn errors_of_backends_are_not_the_callers() {
    let (world, faults) = World::misbehaving("");
    for (error, status, kind) in [
        (
            (|| Error::new(ErrorKind::Unavailable, "the backend is down")) as fn() -> Error,
            503,
            "unavailable",
        ),
        (
            || Error::internal("secret").with_fault(o2::core::Fault::Backend),
            502,
            "internal",
        ),
        (
            || Error::new(ErrorKind::Unauthenticated, "no").with_fault(o2::core::Fault::Backend),
            502,
            "unauthenticated",
        ),
        (
            || Error::new(ErrorKind::QuotaExceeded, "full").with_fault(o2::core::Fault::Backend),
            507,
            "quotaExceeded",
        ),
    ] {
        faults.set("create_resource_pool", Fault::Fail(error));
        let answer = world.post(POOLS, &json!({"name": "x"}));
        let problem = answer.problem();
        assert_eq!((problem.status, problem.error.as_str()), (status, kind));
        assert_eq!(problem.plugin.as_deref(), Some("memory"));
        assert!(!answer.text().contains("secret") && answer.header("www-authenticate").is_empty());
    }
}

#[test]
fn foreign_objects_that_a_plugin_hands_out_are_dropped() {
    let roles = vec![Role::built_in("owner").unwrap()];
    let ann = Anonymous::new(Principal::new("ann", Some("a".into()), roles));
    let world = World::with(|builder| builder.ims_plugin(Leaky::new()).identity(std::sync::Arc::new(ann)));
    assert_eq!(world.get(POOLS).items("resourcePoolId"), ["own", "shared"]);
    assert_eq!(
        world.get(&format!("{POOLS}?sort=-name")).items("resourcePoolId"),
        ["shared", "own"]
    );
    let page = world.get(&format!("{POOLS}?limit=1"));
    assert_eq!(page.items("resourcePoolId"), ["own"]);
    let next = page.expect(200)["pagination"]["nextPage"].as_str().unwrap().to_owned();
    assert_eq!(world.get(&next).items("resourcePoolId"), ["shared"]);
    world.get(&format!("{POOLS}/own")).expect(200);
    let foreign = refuse(
        &world,
        get(&format!("{POOLS}/foreign")),
        (404, "notFound", "", "there is no resourcePool 'foreign'"),
    );
    let unknown = refuse(
        &world,
        get(&format!("{POOLS}/unknown")),
        (404, "notFound", "", "there is no resourcePool 'unknown'"),
    );
    assert_eq!(
        (foreign.plugin, foreign.operation),
        (unknown.plugin, unknown.operation),
        "they can be told apart"
    );
}
