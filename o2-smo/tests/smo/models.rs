//! Service models.

use std::sync::Arc;

use o2_core::registry::RegisterOptions;
use o2_core::{ErrorKind, Fault};
use o2_smo::{NewServiceModel, SMOPlugin};
use serde_json::{Value, json};

use crate::orchestrator::Orchestrator;
use crate::world::{World, context};

fn slice() -> Value {
    json!({"name": "embb-slice", "version": "1.0.0", "description": "eMBB", "category": "slice",
           "template": {"nodes": [1, 2]}, "extensions": {"onap.vendor": "x"}})
}

#[tokio::test]
async fn a_model_is_registered_read_and_removed() {
    let world = World::new();
    let registered = world.call("POST", "/serviceModels", slice()).await.good();
    assert_eq!(registered.header("location"), "/o2smo/v1/serviceModels/m1");
    let mut expected = slice();
    expected["modelId"] = "m1".into();
    assert_eq!(registered.body, expected);

    let read = world.call("GET", "/serviceModels/m1", ()).await.good();
    assert_eq!(read.body, expected);
    let selected = world
        .call("GET", "/serviceModels/m1?exclude_fields=template", ())
        .await
        .good();
    assert!(selected.body.get("template").is_none() && selected.body.get("extensions").is_some());

    assert_eq!(world.call("DELETE", "/serviceModels/m1", ()).await.good().status, 204);
    world
        .call("GET", "/serviceModels/m1", ())
        .await
        .failed(404, "there is no serviceModel 'm1'");
    world
        .call("DELETE", "/serviceModels/m1", ())
        .await
        .failed(404, "there is no serviceModel 'm1'");
}

#[tokio::test]
async fn the_models_of_all_plugins_are_one_list() {
    let world = World::new();
    for (plugin, name) in [("onap", "b"), ("osm", "a"), ("onap", "c")] {
        let body = json!({"name": name, "version": "1", "pluginName": plugin});
        world.call("POST", "/serviceModels", body).await.good();
    }
    let check = async |query: &str, expected: &[&str]| {
        let listed = world.call("GET", &format!("/serviceModels?{query}"), ()).await.good();
        assert_eq!(listed.items("modelId"), expected, "{query}");
    };
    check("", &["m1", "m2", "osm~m1"]).await;
    check("sort=name", &["osm~m1", "m1", "m2"]).await;
    check("name=c", &["m2"]).await;
    check("plugin=osm", &["osm~m1"]).await;
    check("plugin=onap&filter=(neq,name,b)", &["m2"]).await;

    let first = world.call("GET", "/serviceModels?plugin=onap&limit=1", ()).await.good();
    let next = first.body["pagination"]["nextPage"].as_str().unwrap();
    let second = world
        .call("GET", next.strip_prefix("/o2smo/v1").unwrap(), ())
        .await
        .good();
    assert_eq!(
        (first.items("modelId"), second.items("modelId")),
        (vec!["m1"], vec!["m2"])
    );

    world.osm.state().failure = Some(ErrorKind::Unavailable);
    let partial = world.call("GET", "/serviceModels", ()).await.good();
    assert_eq!(
        (partial.items("modelId").len(), partial.header("o2-partial")),
        (2, "osm=unavailable")
    );
    world
        .call("GET", "/serviceModels?plugin=osm", ())
        .await
        .failed(503, "scripted failure");
    world.onap.state().failure = Some(ErrorKind::Timeout);
    world
        .call("GET", "/serviceModels", ())
        .await
        .failed(503, "scripted failure");
    world
        .call("GET", "/serviceModels?plugin=nobody", ())
        .await
        .failed(404, "there is no plugin 'nobody'");
    world
        .call("GET", "/serviceModels?colour=red", ())
        .await
        .failed(400, "colour");
    world
        .call("GET", "/serviceModels?filter=(eq,nme,x)", ())
        .await
        .failed(400, "nme");
}

#[tokio::test]
async fn a_plugin_that_cannot_remove_models_says_so() {
    let world = World::new();
    world.call("POST", "/serviceModels?plugin=osm", slice()).await.good();
    let refused = world.call("DELETE", "/serviceModels/osm~m1", ()).await;
    refused.failed(501, "operation delete_service_model is not supported");
    assert_eq!(
        world.call("GET", "/serviceModels/osm~m1", ()).await.good().body["name"],
        "embb-slice"
    );
}

#[tokio::test]
async fn a_foreign_tenants_model_does_not_exist() {
    let world = World::new();
    for tenant in ["red", "blue"] {
        let registered = world
            .call_as(Some(tenant), "POST", "/serviceModels", slice())
            .await
            .good();
        assert_eq!(registered.body["tenantId"], tenant);
    }
    world
        .call_as(Some("blue"), "GET", "/serviceModels/m1", ())
        .await
        .failed(404, "there is no serviceModel 'm1'");
    world.call_as(Some("red"), "GET", "/serviceModels/m1", ()).await.good();
    let listed = world.call_as(Some("blue"), "GET", "/serviceModels", ()).await.good();
    assert_eq!(listed.items("modelId"), ["m2"]);
    assert_eq!(
        world.call("GET", "/serviceModels", ()).await.good().items("modelId"),
        ["m1", "m2"]
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_model_is_named() {
    let world = World::new();
    world
        .call(
            "POST",
            "/serviceModels",
            json!({"name": "a", "version": "1", "modelId": "mine"}),
        )
        .await
        .good();
    let again = world
        .call(
            "POST",
            "/serviceModels",
            json!({"name": "a", "version": "2", "modelId": "mine"}),
        )
        .await;
    again.failed(409, "serviceModel 'mine' already exists");
    for (body, at) in [
        (json!({"version": "1"}), "body"),
        (json!({"name": "a"}), "body"),
        (json!({"name": " ", "version": "1"}), "body.name"),
        (json!({"name": "a", "version": ""}), "body.version"),
        (json!({"name": "a", "version": 1}), "body.version"),
        (json!({"name": "a", "version": "1", "category": ""}), "body.category"),
        (
            json!({"name": "a", "version": "1", "description": "x".repeat(1001)}),
            "body.description",
        ),
        (
            json!({"name": "a", "version": "1", "modelId": "osm~m1"}),
            "body.modelId",
        ),
        (
            json!({"name": "a", "version": "1", "pluginName": "nobody"}),
            "body.pluginName",
        ),
        (
            json!({"name": "a", "version": "1", "extensions": {"k": "x".repeat(5000)}}),
            "body.extensions.k",
        ),
        (json!({"name": "a", "version": "1", "tenantId": "red"}), "body.tenantId"),
        (
            json!({"name": "a", "version": "1", "createdAt": "2026-01-01T00:00:00Z"}),
            "body.createdAt",
        ),
    ] {
        let answer = world.call("POST", "/serviceModels", body.clone()).await;
        assert_eq!(
            (answer.status, &answer.body["violations"][0]["at"]),
            (400, &json!(at)),
            "{body}"
        );
    }
    assert_eq!(world.onap.state().models.len(), 1);
}

#[tokio::test]
async fn a_model_without_id_is_the_backends_fault() {
    let world = World::new();
    world.onap.state().forgets_ids = true;
    let error = world
        .service
        .register_service_model(&context(None), NewServiceModel::new("a", "1"))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.fault()), (ErrorKind::Internal, Fault::Backend));
    assert_eq!(error.plugin().map(o2_core::PluginId::as_str), Some("onap"));
}

#[tokio::test]
async fn a_list_that_no_plugin_has_is_unsupported() {
    let world = World::with(|plugins, clock| {
        for name in ["onap", "osm"] {
            let lacking = Orchestrator::new(name, clock, &[&o2_smo::op::LIST_SERVICE_MODELS]);
            plugins.replace(lacking as Arc<dyn SMOPlugin>).unwrap();
        }
        let hidden = Orchestrator::new("hidden", clock, &[]);
        plugins
            .register(hidden, RegisterOptions::new().for_tenants(["red".into()]))
            .unwrap();
    });
    world
        .call_as(Some("blue"), "GET", "/serviceModels", ())
        .await
        .failed(501, "list_service_models");
    world.call_as(Some("red"), "GET", "/serviceModels", ()).await.good();
    world
        .call_as(Some("blue"), "GET", "/serviceModels?plugin=hidden", ())
        .await
        .failed(404, "there is no plugin");
    world
        .call_as(Some("blue"), "GET", "/serviceModels/hidden~m1", ())
        .await
        .failed(404, "there is no serviceModel");
}
