//! What orchestrators cannot be asked.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};

use super::refuse;
use crate::support::{World, request};

fn post(target: &str, body: &Value) -> Request<Bytes> {
    crate::support::json(request(Method::POST, &format!("/o2smo/v1/{target}")), body)
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let world = World::new();
    let pool = json!({"resourcePoolId": "p", "name": "p", "oCloudId": "o"});
    for (target, body, at, says) in [
        ("workflows", json!({}), "body", "missing field `workflowName`"),
        (
            "workflows",
            json!({"workflowName": ""}),
            "body.workflowName",
            "must not be empty",
        ),
        (
            "workflows",
            json!({"workflowName": "heal", "timeout": "soon"}),
            "body.timeout",
            "expected a duration",
        ),
        (
            "workflows",
            json!({"workflowName": "heal", "timeout": "0s"}),
            "body.timeout",
            "longer than no time",
        ),
        (
            "workflows",
            json!({"workflowName": "heal", "pluginName": "none"}),
            "body.pluginName",
            "'none'",
        ),
        (
            "serviceModels",
            json!({"name": "slice"}),
            "body",
            "missing field `version`",
        ),
        (
            "policies",
            json!({"name": "power", "policyType": "energy", "enabled": "yes"}),
            "body.enabled",
            "a boolean",
        ),
        (
            "events/deployment",
            json!({"eventType": "x"}),
            "body",
            "missing field `deploymentId`",
        ),
        (
            "sync/infrastructure",
            json!({"resourcePools": [pool, pool]}),
            "body.resourcePools[1].resourcePoolId",
            "is the id of an earlier object too",
        ),
        (
            "sync/infrastructure",
            json!({"pools": []}),
            "body.pools",
            "unknown field `pools`",
        ),
    ] {
        refuse(&world, post(target, &body), (400, "invalidInput", at, says));
    }
    let workflow = json!({"workflowName": "heal"});
    refuse(
        &world,
        post("workflows?plugin=none", &workflow),
        (404, "notFound", "", "'none'"),
    );
    let model = json!({"name": "slice", "version": "1"});
    world.create("/o2smo/v1/serviceModels", &model);
    let other = json!({"name": "slice", "version": "1", "description": "another"});
    refuse(
        &world,
        post("serviceModels", &other),
        (409, "alreadyExists", "", "already exists"),
    );
}

#[test]
fn stopping_a_workflow_that_has_ended_changes_nothing() {
    let world = World::new();
    let started = world.post("/o2smo/v1/workflows", &json!({"workflowName": "heal"}));
    started.expect(202);
    world.clock.advance(std::time::Duration::from_secs(60));
    let workflow = started.header("location");
    assert_eq!(world.get(workflow).expect(200)["status"], "completed");
    let before = world.everything();
    world.delete(workflow).expect(204);
    assert_eq!(world.everything(), before);
}
