//! Packages, deployments and templates that cannot be granted.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};

use super::refuse;
use crate::support::sample::Sample;
use crate::support::{World, request};

const PACKAGES: &str = "/o2dms/v1/deploymentPackages";
const DEPLOYMENTS: &str = "/o2dms/v1/deployments";
const TEMPLATES: &str = "/o2dms/v1/deploymentTemplates";

fn post(target: &str, body: &Value) -> Request<Bytes> {
    crate::support::json(request(Method::POST, target), body)
}

fn bare(method: Method, target: &str) -> Request<Bytes> {
    request(method, target).body(Bytes::new()).unwrap()
}

#[test]
fn packages_are_checked() {
    let sample = Sample::new();
    let world = &sample.world;
    for (body, at, says) in [
        (
            json!({"packageUrl": "https://x/y.tgz"}),
            "body",
            "missing field `packageType`",
        ),
        (
            json!({"packageType": "helm-chart"}),
            "body.packageUrl",
            "either packageUrl or content is required",
        ),
        (
            json!({"packageType": "helm-chart", "packageUrl": "https://x/y.tgz", "content": "eA=="}),
            "body.content",
            "only one of packageUrl and content may be given",
        ),
        (
            json!({"packageType": "helm-chart", "content": "?"}),
            "body.content",
            "base64",
        ),
        (
            json!({"packageType": "helm-chart", "packageUrl": "https://x/y-1.tgz", "checksum": "md5:0"}),
            "body.checksum",
            "must be sha256: and 64 hexadecimal digits",
        ),
        (
            json!({"packageType": "helm-chart", "packageUrl": "a b"}),
            "body.packageUrl",
            "without blanks",
        ),
    ] {
        refuse(world, post(PACKAGES, &body), (400, "invalidInput", at, says));
    }
    let again = json!({"name": "vdu", "version": "1.0.0", "packageType": "helm", "packageUrl": "https://other/x.tgz"});
    refuse(
        world,
        post(PACKAGES, &again),
        (409, "alreadyExists", "", "already exists"),
    );
    let in_use = bare(Method::DELETE, &format!("{PACKAGES}/{}", sample.package));
    let problem = refuse(world, in_use, (409, "conflict", "", "used"));
    assert_eq!(problem.plugin.as_deref(), Some("memory"));
}

#[test]
fn deployments_are_checked() {
    let sample = Sample::new();
    let package = &sample.package;
    for (body, at, says) in [
        (json!({"packageId": package}), "body", "missing field `name`"),
        (json!({"name": "new"}), "body", "missing field `packageId`"),
        (
            json!({"name": "Not_A_Label", "packageId": package}),
            "body.name",
            "lower-case letters, digits and '-'",
        ),
        (json!({"name": "new", "packageId": "none"}), "body.packageId", "'none'"),
        (
            json!({"name": "new", "packageId": "elsewhere~p"}),
            "body.packageId",
            "'elsewhere~p'",
        ),
        (
            json!({"name": "new", "packageId": package, "namespace": "A B"}),
            "body.namespace",
            "lower-case",
        ),
        (
            json!({"name": "new", "packageId": package, "values": []}),
            "body.values",
            "expected an object",
        ),
        (
            json!({"name": "new", "packageId": package, "values": {"replicaCount": -1}}),
            "values.replicaCount",
            "not -1",
        ),
    ] {
        refuse(&sample.world, post(DEPLOYMENTS, &body), (400, "invalidInput", at, says));
    }
    let taken = json!({"name": "vdu-1", "packageId": package});
    refuse(
        &sample.world,
        post(DEPLOYMENTS, &taken),
        (409, "alreadyExists", "", "already exists"),
    );
    for wait in ["soon", "-1s", "6m", "5"] {
        let body = json!({"name": "new", "packageId": package});
        let target = format!("{DEPLOYMENTS}?wait={wait}");
        refuse(
            &sample.world,
            post(&target, &body),
            (400, "invalidInput", "wait", "must be "),
        );
    }
}

#[test]
fn a_deployment_is_scaled_to_sensible_sizes_only() {
    let sample = Sample::new();
    let scale = format!("{DEPLOYMENTS}/{}/scale", sample.deployment);
    let whole = "expected a whole number from 0 to 4294967295";
    for (body, at, says) in [
        (json!({"replicas": -1}), "body.replicas", whole),
        (json!({"replicas": 1.5}), "body.replicas", whole),
        (json!({"replicas": null}), "body.replicas", whole),
        (json!({}), "body", "missing field `replicas`"),
        (json!({"replicas": 10_001}), "body.replicas", "must be at most 10000"),
        (json!({"replicas": 1001}), "replicas", "must be 0 to 1000, not 1001"),
    ] {
        refuse(&sample.world, post(&scale, &body), (400, "invalidInput", at, says));
    }
    let scaled = sample
        .world
        .post(&format!("{scale}?wait=60s"), &json!({"replicas": 0}))
        .expect(200);
    assert_eq!(
        (&scaled["replicas"], &scaled["status"]),
        (&json!(0), &json!("deployed"))
    );
}

#[test]
fn work_on_a_deployment_is_checked() {
    let sample = Sample::new();
    let target = |action: &str| format!("{DEPLOYMENTS}/{}/{action}", sample.deployment);
    for (action, body, at, says) in [
        (
            "rollback",
            json!({"revision": 99}),
            "revision",
            "there is no earlier revision 99 (known: 1)",
        ),
        (
            "rollback",
            json!({"revision": 2}),
            "revision",
            "there is no earlier revision 2 (known: 1)",
        ),
        (
            "rollback",
            json!({"revision": 0}),
            "revision",
            "there is no earlier revision 0 (known: 1)",
        ),
        (
            "rollback",
            json!({"revision": -1}),
            "body.revision",
            "expected a whole number",
        ),
        (
            "rollback",
            json!({"revison": 1}),
            "body.revison",
            "unknown field `revison`",
        ),
        ("upgrade", json!({"packageId": "none"}), "body.packageId", "'none'"),
        ("upgrade", json!({}), "body", "missing field `packageId`"),
        ("heal", json!({"component": "none"}), "component", "'none'"),
    ] {
        refuse(
            &sample.world,
            post(&target(action), &body),
            (400, "invalidInput", at, says),
        );
    }
    for query in [
        "tail=-1",
        "tail=10001",
        "tail=x",
        "since=yesterday",
        "timeout=61s",
        "follow=maybe",
        "container=",
    ] {
        let name = query.split('=').next().unwrap();
        let logs = target("logs") + "?" + query;
        refuse(
            &sample.world,
            bare(Method::GET, &logs),
            (400, "invalidInput", name, "must "),
        );
    }
    sample.world.post(&target("scale"), &json!({"replicas": 3})).expect(202);
    let says = "is in motion (0 %); wait until it has ended";
    let busy = post(&target("scale"), &json!({"replicas": 4}));
    refuse(&sample.world, busy, (409, "conflict", "", says));
}

#[test]
fn templates_are_checked() {
    let sample = Sample::new();
    let new = |name: &str, package: &str| json!({"name": name, "version": "1", "packageId": package});
    let world = &sample.world;
    refuse(
        world,
        post(TEMPLATES, &new("edge", &sample.package)),
        (409, "alreadyExists", "", "already exists"),
    );
    refuse(
        world,
        post(TEMPLATES, &new(" ", &sample.package)),
        (400, "invalidInput", "body.name", "must not be empty"),
    );
    refuse(
        world,
        post(TEMPLATES, &new("new", "none")),
        (400, "invalidInput", "body.packageId", "'none'"),
    );
    let mut typed = new("typed", &sample.package);
    typed["parameters"] = json!([{"name": "cells", "type": "integer", "required": true}]);
    let answer = world.post(TEMPLATES, &typed);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let instantiate = format!("{}/instantiate", answer.header("location"));
    for (parameters, at) in [
        (json!({"name": "new"}), "body.parameters.cells"),
        (
            json!({"name": "new", "parameters": {"cells": "many"}}),
            "body.parameters.cells",
        ),
        (
            json!({"name": "new", "parameters": {"cells": 1, "sells": 2}}),
            "body.parameters.sells",
        ),
    ] {
        refuse(
            world,
            post(&instantiate, &parameters),
            (400, "invalidInput", at, "cells"),
        );
    }
    world
        .post(&instantiate, &json!({"name": "new", "parameters": {"cells": 3}}))
        .expect(202);
}

#[test]
fn who_waits_is_answered_in_time() {
    let config = "
plugins:
  ims: [{name: memory, type: memory}]
  smo: [{name: memory, type: memory}]
  dms: [{name: memory, type: memory, config: {durations: {instantiating: 10m}}}]
";
    let world = World::of(config);
    let upload = json!({"name": "vdu", "version": "1", "packageType": "helm-chart", "packageUrl": "https://x/y.tgz"});
    let package = world.create(PACKAGES, &upload);
    let new = json!({"name": "slow", "packageId": package["packageId"]});
    let began = o2::core::ports::Clock::monotonic(&*world.clock);
    let operation = world.post(&format!("{DEPLOYMENTS}?wait=5m"), &new).expect(202);
    let took = o2::core::ports::Clock::monotonic(&*world.clock) - began;
    assert!((50..=60).contains(&took.as_secs()), "{took:?}");
    assert_eq!(operation["state"], "PROCESSING");
    assert!(operation["progress"].as_u64().unwrap() > 0, "{operation}");
}
