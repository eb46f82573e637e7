//! What was read can be changed and sent back whole.

use http::Method;
use serde_json::{Value, json};

use crate::support::{POOL, POOLS, World, json as with_json, request};

const TEMPLATES: &str = "/o2dms/v1/deploymentTemplates";
const SUBSCRIPTIONS: &str = "/o2ims/v1/subscriptions";

impl World {
    fn put(&self, target: &str, body: &Value) -> crate::support::Answer {
        self.send(with_json(request(Method::PUT, target), body))
    }
}

/// A world with one object of each kind that can be replaced, and where they are.
fn world() -> (World, Vec<String>) {
    let world = World::new();
    let upload = json!({"name": "vdu", "version": "1", "packageType": "helm-chart", "packageUrl": "https://x/y.tgz"});
    let package = world.create("/o2dms/v1/deploymentPackages", &upload)["packageId"].clone();
    world.post(
        "/o2dms/v1/deployments?wait=10s",
        &json!({"name": "vdu-1", "packageId": package}),
    );
    let deployment = world.get("/o2dms/v1/deployments").items("deploymentId").remove(0);
    let template = world.create(
        TEMPLATES,
        &json!({"name": "small", "version": "1", "packageId": package}),
    )["templateId"]
        .clone();
    let subscription =
        world.create(SUBSCRIPTIONS, &json!({"callback": "https://smo.example/hook"}))["subscriptionId"].clone();
    let targets = vec![
        format!("{POOLS}/pool-compute-1"),
        "/o2ims/v2/resourcePools/pool-compute-1".to_owned(),
        format!("/o2dms/v1/deployments/{deployment}?wait=10s"),
        format!("{TEMPLATES}/{}", template.as_str().unwrap()),
        format!("{SUBSCRIPTIONS}/{}", subscription.as_str().unwrap()),
    ];
    (world, targets)
}

fn read(world: &World, target: &str) -> Value {
    world.get(target.split('?').next().unwrap()).expect(200)
}

#[test]
fn what_was_read_can_be_sent_back() {
    let (world, targets) = world();
    for target in &targets {
        let mut body = read(&world, target);
        let changed = if target.contains("subscriptions") {
            "consumerSubscriptionId"
        } else {
            "description"
        };
        body[changed] = json!("another one");
        let answer = world.put(target, &body);
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        let after = read(&world, target);
        assert_eq!(after[changed], "another one", "{target}");
        for kept in [
            "name",
            "labels",
            "extensions",
            "values",
            "callback",
            "resourcePoolId",
            "createdAt",
            "oCloudId",
        ] {
            assert_eq!(after[kept], body[kept], "{target}: {kept}");
        }
    }
}

#[test]
fn identity_cannot_be_changed() {
    let (world, targets) = world();
    for (target, id) in [
        (&targets[0], "resourcePoolId"),
        (&targets[2], "deploymentId"),
        (&targets[3], "templateId"),
    ] {
        let before = read(&world, target);
        for (attribute, value) in [(id, json!("another")), (id, json!(7)), ("tenantId", json!("red"))] {
            let mut body = before.clone();
            body[attribute] = value;
            let problem = world.put(target, &body).problem();
            assert_eq!(
                (problem.status, problem.at),
                (400, vec![format!("body.{attribute}")]),
                "{target}"
            );
            assert!(problem.detail.contains("cannot be changed"), "{}", problem.detail);
        }
        assert_eq!(read(&world, target), before);
    }
}

#[test]
fn what_nobody_knows_is_still_refused() {
    let (world, targets) = world();
    for target in &targets {
        let mut body = read(&world, target);
        body["colour"] = json!("red");
        let problem = world.put(target, &body).problem();
        assert_eq!(
            (problem.status, problem.at),
            (400, vec!["body.colour".to_owned()]),
            "{target}"
        );
    }
    let problem = world
        .put(&format!("{POOLS}/{POOL}"), &json!({"resourcePoolId": POOL}))
        .problem();
    assert!(problem.detail.contains("missing field `name`"), "{}", problem.detail);
}
