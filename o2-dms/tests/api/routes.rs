//! The route table as a whole: names, documentation, permissions, subscriptions, and what the API says about itself.

use std::collections::BTreeSet;

use o2_core::http::openapi::{Info, document};
use o2_core::http::{Mount, QueryDoc};
use o2_dms::op;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn the_api_says_what_it_can_do() {
    let world = World::new();
    for path in ["", "/", "/deploymentLifecycle"] {
        let info = world.get(path).await.expect(200);
        let plugins = |operation: &str| {
            let operations = info.body["operations"].as_array().unwrap();
            let found = operations.iter().find(|known| known["operation"] == operation);
            found.unwrap()["plugins"].clone()
        };
        assert_eq!(plugins("create"), json!(["argo", "helm"]));
        assert_eq!(plugins("scale"), json!(["helm"]));
        assert_eq!(info.body["apiVersion"], "v1");
        assert_eq!(info.body["deploymentStates"].as_array().unwrap().len(), 9);
    }
    world.service.plugins().registry().disable("helm").unwrap();
    let info = world.get("/").await.expect(200);
    assert_eq!(
        info.body["operations"][0],
        json!({"operation": "create", "plugins": ["argo"]})
    );
}

#[test]
fn every_route_has_its_names() {
    let world = World::new();
    let routes: BTreeSet<String> = world
        .api
        .routes()
        .into_iter()
        .map(|route| {
            format!(
                "{} {}",
                route.info.method,
                route.path.strip_prefix("/o2dms/v1").unwrap()
            )
        })
        .collect();
    for (ours, theirs) in [
        ("deployments", "nfDeployments"),
        ("deploymentPackages", "nfDeploymentDescriptors"),
    ] {
        let named = |name: &str| -> BTreeSet<String> {
            let of = |route: &&String| route.split('/').any(|segment| segment == name);
            routes.iter().filter(of).map(|route| route.replace(name, "*")).collect()
        };
        assert_eq!(named(ours), named(theirs));
    }
    for route in [
        "GET /deployments/{deploymentId}/logs",
        "PATCH /nfDeployments/{deploymentId}",
        "POST /nfDeployments/{deploymentId}/heal",
        "GET /operations/{operationId}",
        "POST /deploymentTemplates/{templateId}/instantiate",
        "PUT /subscriptions/{subscriptionId}",
        "POST /batch/nfDeploymentDescriptors/delete",
    ] {
        assert!(routes.contains(route), "{route}: {routes:?}");
    }
}

#[test]
fn every_route_is_documented() {
    let world = World::new();
    for route in world.api.routes() {
        let name = format!("{} {}", route.info.method, route.path);
        assert!(!route.info.summary.is_empty(), "{name}");
        assert_eq!(
            route.info.body_shape.is_some(),
            !route.info.body.content_types().is_empty(),
            "{name}"
        );
        let waits = matches!(route.info.query, QueryDoc::Only(known) if known.iter().any(|known| known.name == "wait"));
        assert_eq!(waits, route.info.answer.status() == 202, "{name}");
    }
    let document = document(&Info::new("O2", "1", ""), &[&world.api]);
    let create = &document["paths"]["/o2dms/v1/deployments"]["post"];
    let schema = |status: &str| create["responses"][status]["content"]["application/json"]["schema"]["$ref"].clone();
    assert_eq!(
        (schema("202"), schema("201")),
        (
            json!("#/components/schemas/Operation"),
            json!("#/components/schemas/Deployment")
        )
    );
    assert_eq!(create["x-permission"], "deployments:create");
    let delete = &document["paths"]["/o2dms/v1/nfDeployments/{deploymentId}"]["delete"]["responses"];
    assert!(
        ["200", "202", "204"].iter().all(|status| delete.get(status).is_some()),
        "{delete}"
    );
    assert_eq!(
        document["components"]["schemas"]["Operation"]["properties"]["error"]["$ref"],
        "#/components/schemas/ProblemDetails"
    );
    references(&document, &document);
}

/// Every schema that is referred to is there.
fn references(document: &Value, part: &Value) {
    match part {
        Value::Object(members) => {
            if let Some(path) = members.get("$ref").and_then(Value::as_str) {
                assert!(
                    document
                        .pointer(path.trim_start_matches('#'))
                        .is_some_and(Value::is_object),
                    "{path}"
                );
            }
            members.values().for_each(|part| references(document, part));
        }
        Value::Array(items) => items.iter().for_each(|part| references(document, part)),
        _ => {}
    }
}

#[test]
fn lifecycle_actions_need_the_right_to_execute() {
    let world = World::new();
    for route in world.api.routes() {
        let executes = ["scale", "rollback", "upgrade", "heal"]
            .iter()
            .any(|word| route.path.ends_with(word));
        let permission = (route.info.operation.collection, route.info.operation.action.as_str());
        assert_eq!(executes, permission == ("deployments", "execute"), "{}", route.path);
    }
    assert_eq!(op::INSTANTIATE_DEPLOYMENT_TEMPLATE.collection, "deployments");
    assert_eq!(op::GET_OPERATION.collection, "deployments");
}

#[tokio::test]
async fn subscriptions_are_kept() {
    let world = World::new();
    let body = json!({"callback": "https://smo/notify", "filter": {"nfDeploymentIds": ["vdu-1"]}});
    let created = world.post("/subscriptions", body).await.expect(201);
    assert_eq!(created.body["filter"], json!({"deploymentId": "vdu-1"}));
    let path = created.header("location").strip_prefix("/o2dms/v1").unwrap().to_owned();
    world.get(&path).await.expect(200);
    world.delete(&path).await.expect(204);
}
