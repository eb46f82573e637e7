//! What the OpenAPI document says is what bodies look like. Every answer of every other test is checked too.

use std::collections::BTreeSet;

use o2_core::http::openapi::{Info, document};
use o2_core::http::{Answer, Mount, RouteInfo};
use o2_core::model::attribute::{AttributeKind as Kind, Attributes, Shape};
use o2_core::{Context, Extensions, Timestamp};
use o2_smo::{PluginOverview, PolicyStatus, ServiceModel, WorkflowExecution};
use serde::Serialize;
use serde_json::{Value, json};

use crate::world::World;

/// Checks that a body is what the route says it answers.
pub(crate) fn assert_documented(route: &RouteInfo, body: &Value) {
    let at = format!("{} {}", route.method, route.path);
    match route.answer {
        Answer::Object(_, shape) => assert_has_shape(&at, shape, body),
        Answer::List(shape) => {
            for item in body["items"].as_array().unwrap() {
                assert_has_shape(&at, shape, item);
            }
        }
        Answer::Empty(_) => assert!(body.is_null(), "{at}: {body}"),
        _ => panic!("{at} answers something else"),
    }
}

fn assert_has_shape(at: &str, shape: Shape, value: &Value) {
    let object = value
        .as_object()
        .unwrap_or_else(|| panic!("{at}: {value} is no object"));
    for name in object.keys() {
        assert!(shape.find(name).is_some(), "{at}: '{name}' is not documented");
    }
    for field in shape.fields() {
        let at = format!("{at}: {}", field.name);
        match object.get(field.name) {
            Some(value) => assert_is(&at, field.kind, value),
            None => assert!(!field.required, "{at} is missing"),
        }
    }
}

fn assert_is(at: &str, kind: Kind, value: &Value) {
    let good = match kind {
        Kind::String => value.is_string(),
        Kind::Integer => value.is_i64() || value.is_u64(),
        Kind::Number => value.is_number(),
        Kind::Boolean => value.is_boolean(),
        Kind::DateTime => value.as_str().is_some_and(|text| Timestamp::parse(text).is_ok()),
        Kind::Enum(words) => value.as_str().is_some_and(|text| words.contains(&text)),
        Kind::Map => value.is_object(),
        Kind::Any => true,
        Kind::Object(shape) => {
            assert_has_shape(at, shape, value);
            true
        }
        Kind::Array(item) => {
            let items = value.as_array().unwrap_or_else(|| panic!("{at}: {value} is no list"));
            items.iter().for_each(|value| assert_is(at, *item, value));
            true
        }
        _ => false,
    };
    assert!(good, "{at}: {value} is not of kind {}", kind.as_str());
}

#[tokio::test]
async fn bodies_take_the_fields_that_are_documented() {
    let world = World::new();
    let mut checked = 0;
    for mounted in world.api.routes() {
        let Some(shape) = mounted.info.body_shape else { continue };
        let path = mounted.path.strip_prefix("/o2smo/v1").unwrap();
        let answer = world.call(mounted.info.method.as_str(), path, json!({"?": 0})).await;
        answer.failed(400, "unknown field `?`");
        let reason = answer.body["violations"][0]["reason"].as_str().unwrap();
        let (_, expected) = reason.split_once("expected").unwrap();
        let taken: BTreeSet<&str> = expected.split('`').skip(1).step_by(2).collect();
        let documented: BTreeSet<&str> = shape.fields().map(|field| field.name).collect();
        assert_eq!(taken, documented, "{path}");
        checked += 1;
    }
    assert_eq!(checked, 12);
}

fn assert_attributes<T: Attributes + Serialize>(full: &T) {
    let json = serde_json::to_value(full).unwrap();
    let written: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let mut documented: Vec<&str> = T::attributes().iter().map(|row| row.name).collect();
    documented.sort_unstable();
    assert_eq!(written, documented, "{}", T::NAME);
    assert_has_shape(T::NAME, Shape::of::<T>(), &json);
}

#[tokio::test]
async fn attribute_tables_have_every_field() {
    let some = Extensions::from_iter([("k".to_owned(), json!(1))]);
    let now = Timestamp::UNIX_EPOCH;

    let mut execution = WorkflowExecution::new("e", "deploy", now);
    execution.completed_at = Some(now);
    execution.result = some.clone();
    execution.error = Some("no".into());
    execution.tenant_id = Some("red".into());
    assert_attributes(&execution);

    let mut status = PolicyStatus::new("p".into(), "active");
    status.last_enforced = Some(now);
    status.tenant_id = Some("red".into());
    assert_attributes(&status);

    let mut model = ServiceModel::new("m", "1");
    model.model_id = Some("m".into());
    model.category = Some("slice".into());
    model.template = json!([]);
    model.created_at = Some(now);
    model.tenant_id = Some("red".into());
    model.extensions = some;
    assert_attributes(&model);

    let world = World::new();
    world.call("GET", "/health", ()).await.good();
    let plugin = world.plugins.get("onap").unwrap();
    assert_attributes(&PluginOverview::of(&plugin, &Context::new("req-1")));
}

#[test]
fn the_document_describes_every_route() {
    let world = World::new();
    let document = document(&Info::new("O2-SMO", "1", ""), &[&world.api as &dyn Mount]);
    let paths = document["paths"].as_object().unwrap();
    let operations: usize = paths.values().map(|methods| methods.as_object().unwrap().len()).sum();
    assert_eq!((operations, world.api.routes().len()), (22, 22));
    assert_eq!(
        paths["/o2smo/v1/workflows"]["post"]["x-permission"],
        "workflows:execute"
    );
    let schemas = document["components"]["schemas"].as_object().unwrap();
    assert!(schemas.values().all(Value::is_object));
    let body = &paths["/o2smo/v1/sync/infrastructure"]["post"]["requestBody"];
    assert_eq!(body["required"], false);
}
