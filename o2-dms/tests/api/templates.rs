//! Deployment templates.

use serde_json::{Value, json};

use crate::world::{Answer, World};

fn template() -> Value {
    json!({
        "name": "vdu", "version": "1", "description": "a small DU", "packageId": "vdu-1.0", "namespace": "ran",
        "resourcePoolId": "edge", "values": {"image": {"tag": "1.0", "pullPolicy": "Always"}},
        "parameters": [
            {"name": "replicaCount", "type": "integer", "defaultValue": 1, "constraints": {"minValue": 1, "maxValue": 5}},
            {"name": "image.tag", "type": "string", "constraints": {"minLength": 1, "maxLength": 8}},
            {"name": "mode", "type": "string", "required": true, "constraints": {"allowedValues": ["fdd", "tdd"]}},
        ],
        "labels": {"kind": "du"},
    })
}

async fn created(world: &World) -> String {
    let created = world.post("/deploymentTemplates", template()).await.expect(201);
    created.header("location").strip_prefix("/o2dms/v1").unwrap().to_owned()
}

async fn instantiate(world: &World, path: &str, body: Value) -> Answer {
    world.post(&format!("{path}/instantiate"), body).await
}

#[tokio::test]
async fn a_template_is_kept() {
    let world = World::new();
    let answer = world.post("/deploymentTemplates", template()).await.expect(201);
    let id = answer.body["templateId"].as_str().unwrap();
    assert_eq!(answer.header("location"), format!("/o2dms/v1/deploymentTemplates/{id}"));
    let path = format!("/deploymentTemplates/{id}");
    let read = world.get(&path).await.expect(200);
    assert_eq!((&read.body, read.header("etag")), (&answer.body, answer.header("etag")));
    for (name, value) in template().as_object().unwrap() {
        if name != "parameters" {
            assert_eq!(read.body[name], *value, "{name}");
        }
    }
    assert_eq!(read.body["parameters"][2]["required"], true);

    world.pass(5);
    let patch = world.request("PATCH", &path).header("if-match", read.header("etag"));
    let patched = patch
        .json(&json!({"description": null, "parameterValues": {"x": 1}}))
        .send()
        .await
        .expect(200);
    assert_eq!(patched.body["description"], "");
    assert_eq!(
        patched.body["values"],
        json!({"image": {"tag": "1.0", "pullPolicy": "Always"}, "x": 1})
    );
    assert_eq!(patched.body["createdAt"], "2026-01-01T00:00:00Z");
    assert_eq!(patched.body["updatedAt"], "2026-01-01T00:00:05Z");

    let stale = || world.request("PUT", &path).header("if-match", read.header("etag"));
    stale().json(&template()).send().await.expect(412);
    let put = world
        .request("PUT", &path)
        .json(&json!({"name": "vdu", "version": "1", "packageId": "vdu-2.0"}));
    let put = put.send().await.expect(200);
    assert_eq!(
        (&put.body["values"], &put.body["packageId"]),
        (&Value::Null, &json!("vdu-2.0"))
    );
    world
        .request("DELETE", &path)
        .header("if-match", "\"x\"")
        .send()
        .await
        .expect(412);
    world.delete(&path).await.expect(204);
    world.get(&path).await.expect(404);
    world.post("/deploymentTemplates", template()).await.expect(201);
}

#[tokio::test]
async fn name_and_version_are_unique_for_a_tenant() {
    let world = World::new();
    created(&world).await;
    let taken = world.post("/deploymentTemplates", template()).await.expect(409);
    assert_eq!(taken.body["detail"], "deploymentTemplate 'vdu 1' already exists");
    let mut second = template();
    second["version"] = json!("2");
    let second = world.post("/deploymentTemplates", second).await.expect(201);
    let path = format!("/deploymentTemplates/{}", second.body["templateId"].as_str().unwrap());
    world
        .request("PATCH", &path)
        .json(&json!({"version": "1"}))
        .send()
        .await
        .expect(409);
    assert_eq!(
        world.get("/deploymentTemplates?sort=version").await.each("version"),
        ["1", "2"]
    );
    assert_eq!(world.get("/deploymentTemplates?version=2").await.each("name"), ["vdu"]);
    let other = world.request("POST", "/deploymentTemplates").tenant("alpha");
    other.json(&template()).send().await.expect(201);
}

#[tokio::test]
async fn templates_belong_to_tenants() {
    let world = World::new();
    let shared = created(&world).await;
    let asks = |tenant: &'static str, method: &'static str, path: &str| world.request(method, path).tenant(tenant);
    let alphas = asks("alpha", "POST", "/deploymentTemplates")
        .json(&template())
        .send()
        .await
        .expect(201);
    let alphas = format!("/deploymentTemplates/{}", alphas.body["templateId"].as_str().unwrap());
    for method in ["GET", "DELETE"] {
        asks("beta", method, &alphas).send().await.expect(404);
    }
    let instantiate = asks("beta", "POST", &format!("{alphas}/instantiate"));
    instantiate
        .json(&json!({"name": "x", "parameters": {"mode": "fdd"}}))
        .send()
        .await
        .expect(404);
    assert_eq!(
        asks("beta", "GET", "/deploymentTemplates").send().await.each("name"),
        ["vdu"]
    );

    asks("beta", "GET", &shared).send().await.expect(200);
    asks("beta", "DELETE", &shared).send().await.expect(403);
    asks("beta", "PUT", &shared).json(&template()).send().await.expect(403);
    let instantiate = asks("beta", "POST", &format!("{shared}/instantiate"));
    instantiate
        .json(&json!({"name": "x", "parameters": {"mode": "fdd"}}))
        .send()
        .await
        .expect(202);
    world.delete(&shared).await.expect(204);
}

#[tokio::test]
async fn instances_get_defaults_values_and_parameters_in_this_order() {
    let world = World::new();
    let path = created(&world).await;
    let body = json!({
        "name": "vdu-1", "description": "mine", "labels": {"site": "dallas"},
        "values": {"replicaCount": 2, "image": {"pullPolicy": null}, "extra": true},
        "parameters": {"image.tag": "2.0", "mode": "tdd"},
    });
    let accepted = instantiate(&world, &path, body).await.expect(202);
    assert_eq!(accepted.body["deploymentId"], "vdu-1");
    assert_eq!(accepted.body["operation"], "create");
    assert!(path.ends_with(accepted.body["parameters"]["templateId"].as_str().unwrap()));
    assert_eq!(
        world.helm.script().request,
        json!({
            "name": "vdu-1", "description": "mine", "packageId": "vdu-1.0", "namespace": "ran", "resourcePoolId": "edge",
            "values": {"replicaCount": 2, "image": {"tag": "2.0"}, "extra": true, "mode": "tdd"},
            "labels": {"kind": "du", "site": "dallas"},
        })
    );
    let body = json!({"name": "vdu-2", "namespace": "lab", "parameters": {"mode": "fdd"}});
    instantiate(&world, &path, body).await.expect(202);
    let request = world.helm.script().request.clone();
    assert_eq!(
        request["values"],
        json!({"replicaCount": 1, "image": {"tag": "1.0", "pullPolicy": "Always"}, "mode": "fdd"})
    );
    assert_eq!(
        (&request["namespace"], &request["description"]),
        (&json!("lab"), &json!("a small DU"))
    );
}

#[tokio::test]
async fn instances_keep_the_bounds_wherever_values_come_from() {
    let world = World::new();
    let path = created(&world).await;
    let mode = json!({"mode": "fdd"});
    let with = |extra: Value| {
        let mut parameters = mode.clone();
        parameters
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        json!({"name": "x", "parameters": parameters})
    };
    for (body, at) in [
        (json!({"name": "x"}), "body.parameters.mode"),
        (json!({"name": "x", "values": {"mode": "hdd"}}), "body.values.mode"),
        (with(json!({"mode": "hdd"})), "body.parameters.mode"),
        (with(json!({"mode": null})), "body.parameters.mode"),
        (with(json!({"replicaCount": 0})), "body.parameters.replicaCount"),
        (with(json!({"replicaCount": 6})), "body.parameters.replicaCount"),
        (with(json!({"replicaCount": 1.5})), "body.parameters.replicaCount"),
        (with(json!({"replicaCount": "2"})), "body.parameters.replicaCount"),
        (with(json!({"image.tag": ""})), "body.parameters.image.tag"),
        (with(json!({"image.tag": "123456789"})), "body.parameters.image.tag"),
        (with(json!({"colour": "red"})), "body.parameters.colour"),
        (
            json!({"name": "x", "parameters": mode, "values": {"replicaCount": 100}}),
            "body.values.replicaCount",
        ),
        (
            json!({"name": "x", "parameters": {"mode": "fdd", "image.tag": "2"}, "values": {"image": "du"}}),
            "body.values.image",
        ),
        (json!({"name": "X", "parameters": mode}), "body.name"),
        (
            json!({"name": "x", "namespace": "A", "parameters": mode}),
            "body.namespace",
        ),
        (json!({"parameters": mode}), "body"),
        (json!({"name": "x", "packageId": "vdu-2.0"}), "body.packageId"),
    ] {
        instantiate(&world, &path, body).await.expect_violation(at);
    }
    let unknown = instantiate(&world, &path, with(json!({"colour": "red"}))).await;
    assert!(
        unknown.text.contains("known: replicaCount, image.tag, mode"),
        "{}",
        unknown.text
    );
    assert_eq!(world.helm.count("create_deployment"), 0);
    instantiate(&world, &path, with(json!({"replicaCount": 5})))
        .await
        .expect(202);
}

#[tokio::test]
async fn a_package_that_is_gone_is_the_templates_fault() {
    let world = World::new();
    let path = created(&world).await;
    world.helm.script().packages.clear();
    let answer = instantiate(&world, &path, json!({"name": "x", "parameters": {"mode": "fdd"}})).await;
    answer.expect_violation("template.packageId");
}

#[tokio::test]
async fn instances_can_be_waited_for() {
    let world = World::waiting();
    let path = created(&world).await;
    let body = json!({"name": "x", "parameters": {"mode": "fdd"}});
    let created = world
        .post(&format!("{path}/instantiate?wait=30s"), body)
        .await
        .expect(201);
    assert_eq!(
        (&created.body["status"], created.header("location")),
        (&json!("deployed"), "/o2dms/v1/deployments/x")
    );
}

#[tokio::test]
async fn wrong_templates_name_the_place() {
    let world = World::new();
    let parameter = |change: Value| {
        let mut parameter = json!({"name": "p", "type": "integer"});
        parameter
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        json!({"parameters": [parameter]})
    };
    for (change, at) in [
        (json!({"name": ""}), "body.name"),
        (json!({"version": null}), "body.version"),
        (json!({"packageId": "unknown"}), "body.packageId"),
        (json!({"namespace": "A"}), "body.namespace"),
        (json!({"colour": "red"}), "body.colour"),
        (
            json!({"values": {"replicaCount": 9}, "parameters": [{"name": "replicaCount", "type": "integer", "constraints": {"maxValue": 5}}]}),
            "body.values.replicaCount",
        ),
        (
            json!({"values": {"image": "du"}, "parameters": [{"name": "image.tag", "type": "string", "defaultValue": "1"}]}),
            "body.values.image",
        ),
        (
            json!({"parameters": [{"name": "p", "type": "integer"}, {"name": "p", "type": "string"}]}),
            "body.parameters[1].name",
        ),
        (
            json!({"parameters": vec![json!({"name": "p", "type": "string"}); 101]}),
            "body.parameters",
        ),
        (parameter(json!({"name": ""})), "body.parameters[0].name"),
        (parameter(json!({"name": "a..b"})), "body.parameters[0].name"),
        (parameter(json!({"type": "int"})), "body.parameters[0].type"),
        (
            parameter(json!({"defaultValue": "1"})),
            "body.parameters[0].defaultValue",
        ),
        (
            parameter(json!({"defaultValue": 7, "constraints": {"maxValue": 5}})),
            "body.parameters[0].defaultValue",
        ),
        (
            parameter(json!({"constraints": {"minValue": 2, "maxValue": 1}})),
            "body.parameters[0].constraints",
        ),
        (
            parameter(json!({"constraints": {"minLength": 2}})),
            "body.parameters[0].constraints",
        ),
        (
            parameter(json!({"type": "string", "constraints": {"maxValue": 2}})),
            "body.parameters[0].constraints",
        ),
        (
            parameter(json!({"type": "array", "constraints": {"minLength": 3, "maxLength": 2}})),
            "body.parameters[0].constraints",
        ),
        (
            parameter(json!({"constraints": {"allowedValues": ["a"]}})),
            "body.parameters[0].constraints.allowedValues",
        ),
        (
            parameter(json!({"constraints": {"pattern": "a*"}})),
            "body.parameters[0].constraints.pattern",
        ),
        (
            parameter(json!({"constraints": {"minLength": -1}})),
            "body.parameters[0].constraints.minLength",
        ),
    ] {
        let mut body = template();
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        world.post("/deploymentTemplates", body).await.expect_violation(at);
    }
    assert_eq!(world.get("/deploymentTemplates").await.body["items"], json!([]));
}

#[tokio::test]
async fn every_type_is_understood() {
    let world = World::new();
    let parameter = |kind: &str, value: Value| json!({"name": kind, "type": kind, "defaultValue": value});
    let body = json!({"name": "t", "version": "1", "packageId": "vdu-1.0", "parameters": [
        parameter("string", json!("a")), parameter("integer", json!(u64::MAX)), parameter("number", json!(1.5)),
        parameter("boolean", json!(true)), parameter("array", json!([1])), parameter("object", json!({"a": 1})),
    ]});
    let created = world.post("/deploymentTemplates", body).await.expect(201);
    let path = format!("/deploymentTemplates/{}", created.body["templateId"].as_str().unwrap());
    instantiate(&world, &path, json!({"name": "x"})).await.expect(202);
    let values = world.helm.script().request["values"].clone();
    assert_eq!(
        values,
        json!({"string": "a", "integer": u64::MAX, "number": 1.5, "boolean": true, "array": [1], "object": {"a": 1}})
    );
    let wrong = json!({"name": "y", "parameters": {"array": {}}});
    instantiate(&world, &path, wrong)
        .await
        .expect_violation("body.parameters.array");
    let found = world
        .get("/deploymentTemplates?filter=(eq,parameters/name,boolean)")
        .await;
    assert_eq!(found.each("name"), ["t"]);
}
