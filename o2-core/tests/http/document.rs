//! The OpenAPI document.

use std::sync::Arc;

use o2_core::http::openapi::{Info, document};
use o2_core::http::{Api, Mount};
use o2_testkit::http::openapi::problems;
use serde_json::{Value, json};

use super::toy::{Shop, api, routes};

fn shop() -> Value {
    document(&Info::new("Shop", "1.2.3", "Sells *toys*."), &[&api()])
}

#[test]
fn the_document_is_well_formed() {
    assert_eq!(problems(&shop()), Vec::<String>::new());
    let root = Api::unversioned(Arc::new(Shop), "", routes());
    let both = document(&Info::new("Both", "1", ""), &[&api(), &root]);
    assert_eq!(problems(&both), Vec::<String>::new());
    assert!(both["paths"]["/"]["get"].is_object());
    assert_eq!(
        problems(&document(&Info::new("None", "1", ""), &[])),
        Vec::<String>::new()
    );
}

#[test]
fn every_route_is_described() {
    let shop = shop();
    for mounted in api().routes() {
        let operation = &shop["paths"][&mounted.path][mounted.info.method.as_str().to_lowercase()];
        assert_eq!(operation["summary"], "Do it", "{}", mounted.path);
    }
    assert_eq!(shop["info"]["version"], "1.2.3");
}

fn parameters(operation: &Value) -> Vec<String> {
    let all = operation["parameters"].as_array().unwrap().iter();
    all.map(|parameter| {
        format!(
            "{}:{}",
            parameter["in"].as_str().unwrap(),
            parameter["name"].as_str().unwrap()
        )
    })
    .collect()
}

#[test]
fn operations_say_what_they_take_and_answer() {
    let shop = shop();
    let toys = &shop["paths"]["/shop/v1/toys"];
    let toy = &shop["paths"]["/shop/v1/toys/{toyId}"];
    let list = parameters(&toys["get"]);
    for name in [
        "filter",
        "sort",
        "limit",
        "marker",
        "fields",
        "exclude_fields",
        "all_fields",
        "exclude_default",
        "id",
    ] {
        assert!(list.contains(&format!("query:{name}")), "{name}");
    }
    assert!(!list.contains(&"query:parts".to_owned()), "only scalars are parameters");
    assert_eq!(parameters(&toy["delete"]), ["path:toyId", "query:force"]);
    for path in ["/shop/v1/toys", "/shop/v1/toys/{toyId}/break"] {
        assert!(
            parameters(&shop["paths"][path]["post"]).contains(&"header:Idempotency-Key".to_owned()),
            "{path}"
        );
    }
    assert!(!parameters(&toy["put"]).contains(&"header:Idempotency-Key".to_owned()));

    let body = |operation: &Value| operation["requestBody"].clone();
    let new = json!({"$ref": "#/components/schemas/NewToy"});
    assert_eq!(
        body(&toys["post"]),
        json!({"required": true, "content": {"application/json": {"schema": new}}})
    );
    assert_eq!(body(&toy["put"])["required"], false);
    let patch = body(&toy["patch"]);
    assert!(
        patch["content"]["application/merge-patch+json"].is_object()
            && patch["content"]["application/json"].is_object()
    );
    assert_eq!(body(&toy["get"]), Value::Null);

    let statuses = |operation: &Value| {
        operation["responses"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(statuses(&toys["post"]), ["201", "202", "default"]);
    assert_eq!(statuses(&toy["patch"]), ["204", "default"]);
    assert_eq!(
        toys["post"]["responses"]["202"]["content"]["application/json"]["schema"],
        json!({"$ref": "#/components/schemas/Toy"})
    );
    assert_eq!(toy["put"]["deprecated"], true);
    assert_eq!(toy["get"].get("deprecated"), None);
    assert_eq!(
        (&toy["get"]["x-permission"], &toys["post"]["x-permission"]),
        (&json!("toys:read"), &json!("toys:create"))
    );
}

#[test]
fn lists_have_warnings_and_always_pagination_in_v2() {
    let shop = shop();
    let schema = |path: &str| &shop["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
    let (first, second) = (schema("/shop/v1/toys"), schema("/shop/v2/toys"));
    assert_eq!(
        (&first["required"], &second["required"]),
        (&json!(["items"]), &json!(["items", "pagination"]))
    );
    assert_eq!(
        (
            first["properties"].get("warnings"),
            second["properties"]["warnings"]["type"].as_str()
        ),
        (None, Some("array"))
    );
}

#[test]
fn shapes_become_schemas() {
    let schemas = &shop()["components"]["schemas"];
    assert_eq!(schemas["Toy"]["required"], json!(["id"]));
    assert_eq!(
        schemas["Toy"]["properties"]["parts"],
        json!({"type": "array", "items": {"$ref": "#/components/schemas/Toy"}, "description": "Its parts."})
    );
    let new = &schemas["NewToy"]["properties"];
    for (name, expected) in [
        ("name", json!({"type": "string"})),
        ("colour", json!({"type": "string", "enum": ["red", "blue"]})),
        ("sizes", json!({"type": "array", "items": {"type": "integer"}})),
        ("weight", json!({"type": "number"})),
        ("sold", json!({"type": "boolean"})),
        ("soldAt", json!({"type": "string", "format": "date-time"})),
        ("labels", json!({"type": "object", "additionalProperties": true})),
        ("anything", json!({})),
    ] {
        let mut schema = new[name].clone();
        schema.as_object_mut().unwrap().remove("description");
        assert_eq!(schema, expected, "{name}");
    }
    assert!(
        schemas["ProblemDetails"]["required"]
            .as_array()
            .unwrap()
            .contains(&json!("error"))
    );
}
