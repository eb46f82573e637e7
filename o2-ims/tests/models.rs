//! The same names everywhere: in the struct, on the wire, in the attribute table, and in what the document says of
//! requests.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy spares test functions, but not their helpers"
)]

use std::collections::BTreeSet;
use std::fmt::Debug;

use o2_core::id::PluginId;
use o2_core::id::qualified::Qualifier;
use o2_core::model::attribute::{Attribute, Field};
use o2_core::model::{AttributeKind as Kind, AttributeValue, Attributes, Model};
use o2_ims::model::{ObjectHealth, PerceivedSeverity};
use o2_ims::{
    Alarm, DeploymentManager, InventoryObject, NewResource, NewResourcePool, OCloudInfo, PoolEvent, PoolMetrics,
    Resource, ResourcePool, ResourcePoolUpdate, ResourceType,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The backend's mark of a state becomes the `ETag`; it is no attribute.
const NOT_ON_THE_WIRE: &[&str] = &["version", "expected"];

/// The names of a struct's fields as the wire would spell them, from the one place that cannot forget any.
fn fields(value: &impl Debug) -> BTreeSet<String> {
    let text = format!("{value:#?}");
    let lines = text.lines().filter_map(|line| line.strip_prefix("    "));
    let names = lines.filter(|line| !line.starts_with([' ', '}', ']', ')']));
    names
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| camel_case(name))
        .collect()
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| text + &word[..1].to_uppercase() + &word[1..])
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

/// What the attribute table says of a value, as JSON; `None` when it is absent.
fn read(kind: Kind, value: AttributeValue<'_>) -> Option<Value> {
    Some(match value {
        AttributeValue::Absent => return None,
        AttributeValue::String(text) => {
            match kind {
                Kind::Enum(words) => assert!(words.contains(&text), "{text} is not one of {words:?}"),
                Kind::String => {}
                other => panic!("text where {} is said", other.as_str()),
            }
            json!(text)
        }
        AttributeValue::Integer(integer) if matches!(kind, Kind::Integer) => json!(integer),
        AttributeValue::Number(number) if matches!(kind, Kind::Number) => json!(number),
        AttributeValue::Boolean(truth) if matches!(kind, Kind::Boolean) => json!(truth),
        AttributeValue::DateTime(time) if matches!(kind, Kind::DateTime) => json!(time),
        AttributeValue::Map(map) if matches!(kind, Kind::Map) => json!(map),
        AttributeValue::Labels(labels) if matches!(kind, Kind::Map) => json!(labels),
        AttributeValue::Object(object) => {
            let Kind::Object(shape) = kind else {
                panic!("an object where {} is said", kind.as_str())
            };
            let field = |(index, field): (usize, Field)| {
                Some((field.name.to_owned(), read(field.kind, object.attribute(index))?))
            };
            Value::Object(shape.fields().enumerate().filter_map(field).collect())
        }
        AttributeValue::Array(list) => {
            let Kind::Array(element) = kind else {
                panic!("a list where {} is said", kind.as_str())
            };
            (0..list.count())
                .filter_map(|index| read(*element, list.element(index)))
                .collect()
        }
        other => panic!("{other:?} where {} is said", kind.as_str()),
    })
}

/// What the table says of an object.
fn by_table<T: Attributes>(object: &T) -> Value {
    let attribute = |row: &Attribute<T>| Some((row.name.to_owned(), read(row.kind, (row.get)(object))?));
    Value::Object(T::attributes().iter().filter_map(attribute).collect())
}

/// `full` has every attribute, `least` only those that are required.
#[track_caller]
fn check<T: Attributes + Serialize + DeserializeOwned + Debug>(full: &Value, least: &Value) {
    let name = T::NAME;
    let table: BTreeSet<String> = T::attributes().iter().map(|row| row.name.to_owned()).collect();
    assert_eq!(table.len(), T::attributes().len(), "{name}: a name is there twice");
    let object: T = serde_json::from_value(full.clone()).unwrap();
    let mut struct_fields = fields(&object);
    struct_fields.retain(|field| !NOT_ON_THE_WIRE.contains(&field.as_str()) || table.contains(field));
    assert_eq!(struct_fields, table, "{name}: fields and table");
    assert_eq!(keys(full), table, "{name}: this test and the table");
    assert_eq!(
        serde_json::to_value(&object).unwrap(),
        *full,
        "{name}: written as it was read"
    );
    assert_eq!(by_table(&object), *full, "{name}: the table reads what is written");

    let required = T::attributes()
        .iter()
        .filter(|row| row.required)
        .map(|row| row.name.to_owned())
        .collect();
    assert_eq!(keys(least), required, "{name}: what is required");
    let object: T = serde_json::from_value(least.clone()).unwrap();
    assert_eq!(
        serde_json::to_value(&object).unwrap(),
        *least,
        "{name}: what is absent is not written"
    );
    assert_eq!(
        by_table(&object),
        *least,
        "{name}: what is absent is absent in the table"
    );
}

fn health() -> Value {
    json!({"status": "degraded", "message": "hot", "availableCapacity": 12.5, "utilization": 87.5})
}

fn metrics() -> Value {
    json!({"cpuUsagePercent": 1.5, "memoryUsagePercent": 2.5, "nodeCount": 3, "healthyNodeCount": 2})
}

#[test]
fn pools_are_the_same_in_struct_wire_and_table() {
    check::<ObjectHealth>(&health(), &json!({"status": "healthy"}));
    check::<PoolMetrics>(&metrics(), &json!({"nodeCount": 0, "healthyNodeCount": 0}));
    let least = json!({"resourcePoolId": "p", "name": "n", "description": "", "oCloudId": ""});
    let full = json!({
        "resourcePoolId": "p", "name": "n", "description": "d", "oCloudId": "o", "globalLocationId": "g",
        "location": "l", "oCloudSiteId": "s", "replicas": 3, "tenantId": "t", "labels": {"a": "b"},
        "health": health(), "metrics": metrics(), "tags": ["x"], "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-01-02T00:00:00Z", "extensions": {"x": [1]},
    });
    check::<ResourcePool>(&full, &least);
    let event = json!({"eventId": "e", "eventType": "T", "message": "m", "timestamp": "2026-01-01T00:00:00Z"});
    check::<PoolEvent>(&event, &event);
}

#[test]
fn resources_are_the_same_in_struct_wire_and_table() {
    let least = json!({"resourceId": "r", "resourceTypeId": "t", "resourcePoolId": "p", "description": ""});
    let full = json!({
        "resourceId": "r", "resourceTypeId": "t", "resourcePoolId": "p", "name": "n", "description": "d",
        "globalAssetId": "g", "parentId": "q", "elements": [least], "tags": ["x"], "groups": ["y"], "tenantId": "z",
        "labels": {"a": "b"}, "health": health(), "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-01-02T00:00:00Z", "extensions": {"x": null},
    });
    check::<Resource>(&full, &least);
    let least = json!({
        "resourceTypeId": "t", "name": "n", "description": "", "vendor": "", "model": "", "version": "",
        "resourceKind": "UNDEFINED", "resourceClass": "UNDEFINED",
    });
    let full = json!({
        "resourceTypeId": "t", "name": "n", "description": "d", "vendor": "v", "model": "m", "version": "1",
        "resourceKind": "PHYSICAL", "resourceClass": "COMPUTE", "oCloudId": "o", "alarmDictionaryId": "a",
        "extensions": {"x": 1},
    });
    check::<ResourceType>(&full, &least);
}

#[test]
fn the_others_are_the_same_in_struct_wire_and_table() {
    let least = json!({"oCloudId": "o", "globalCloudId": "g", "name": "n", "description": "", "serviceUri": ""});
    let mut full = least.clone();
    full["extensions"] = json!({"x": 1});
    check::<OCloudInfo>(&full, &least);
    let least = json!({"deploymentManagerId": "m", "name": "n", "description": "", "oCloudId": "", "serviceUri": ""});
    let full = json!({
        "deploymentManagerId": "m", "name": "n", "description": "d", "oCloudId": "o", "serviceUri": "https://x",
        "supportedLocations": ["l"], "capabilities": {"gitops": true}, "capacity": {"cpu": 4}, "tenantId": "t",
        "extensions": {"x": 1},
    });
    check::<DeploymentManager>(&full, &least);
    let least = json!({
        "alarmEventRecordId": "a", "objectTypeId": "t", "objectId": "r", "alarmDefinitionId": "d",
        "probableCauseId": "c", "alarmRaisedTime": "2026-01-01T00:00:00Z", "alarmAcknowledged": false,
        "perceivedSeverity": 0,
    });
    let mut full = least.clone();
    for name in ["alarmChangedTime", "alarmClearedTime", "alarmAcknowledgeTime"] {
        full[name] = json!("2026-01-02T00:00:00Z");
    }
    full["tenantId"] = json!("t");
    full["extensions"] = json!({"x": 1});
    check::<Alarm>(&full, &least);
}

/// Every id that is rewritten is shown, and is an attribute of which filters know that it is an id.
#[track_caller]
fn check_ids<T: Model + DeserializeOwned>(object: &Value, ids: &[&str]) {
    let object: T = serde_json::from_value(object.clone()).unwrap();
    assert_eq!(T::IDS, ids, "{}", T::NAME);
    let aws = PluginId::new("aws");
    let mut qualified = object.clone();
    qualified.qualify(Qualifier::new(&aws, false));
    let (before, after) = (
        serde_json::to_value(&object).unwrap(),
        serde_json::to_value(&qualified).unwrap(),
    );
    let changed: Vec<&str> = ids
        .iter()
        .copied()
        .filter(|name| before[*name] != after[*name])
        .collect();
    assert_eq!(changed, ids);
    for name in ids {
        assert_eq!(
            after[*name],
            format!("aws~{}", before[*name].as_str().unwrap()),
            "{name}"
        );
    }
    let mut visited = Vec::new();
    object.visit_ids(&mut |id| visited.push(id.to_owned()));
    let mut rewritten = Vec::new();
    qualified.visit_ids(&mut |id| rewritten.push(id.to_owned()));
    assert_eq!(
        rewritten,
        visited.iter().map(|id| format!("aws~{id}")).collect::<Vec<_>>()
    );
    assert_eq!(before[ids[0]], object.id());
    for (name, value) in before.as_object().unwrap() {
        let is_id = ids.contains(&name.as_str()) || name == "elements";
        assert!(is_id || after[name] == *value, "{name} is no id");
    }
}

#[test]
fn ids_and_references_are_qualified_and_nothing_else_is() {
    check_ids::<ResourcePool>(
        &json!({"resourcePoolId": "p", "oCloudId": "o", "tenantId": "t"}),
        &["resourcePoolId"],
    );
    let element = json!({"resourceId": "e", "resourceTypeId": "t", "resourcePoolId": "p", "description": ""});
    let resource = json!({
        "resourceId": "r", "resourceTypeId": "t", "resourcePoolId": "p", "parentId": "q", "globalAssetId": "g",
        "elements": [element],
    });
    check_ids::<Resource>(
        &resource,
        &["resourceId", "resourceTypeId", "resourcePoolId", "parentId"],
    );
    check_ids::<ResourceType>(&json!({"resourceTypeId": "t", "oCloudId": "o"}), &["resourceTypeId"]);
    check_ids::<DeploymentManager>(
        &json!({"deploymentManagerId": "m", "name": "n"}),
        &["deploymentManagerId"],
    );
    let alarm = json!({
        "alarmEventRecordId": "a", "objectTypeId": "t", "objectId": "r", "alarmDefinitionId": "d",
        "probableCauseId": "c", "alarmRaisedTime": "2026-01-01T00:00:00Z", "alarmAcknowledged": false,
        "perceivedSeverity": 5,
    });
    check_ids::<Alarm>(&alarm, &["alarmEventRecordId", "objectTypeId", "objectId"]);
}

#[test]
fn words_and_numbers_outside_the_vocabulary_are_refused() {
    for (number, severity) in [(0, PerceivedSeverity::Critical), (5, PerceivedSeverity::Cleared)] {
        assert_eq!(
            serde_json::from_value::<PerceivedSeverity>(json!(number)).unwrap(),
            severity
        );
        assert_eq!(severity.number(), number);
    }
    for wrong in [json!(6), json!(-1), json!("major"), json!(null)] {
        assert!(serde_json::from_value::<PerceivedSeverity>(wrong).is_err());
    }
    for (name, words) in [
        ("resourceKind", &["UNDEFINED", "PHYSICAL", "LOGICAL"][..]),
        ("resourceClass", &["UNDEFINED", "COMPUTE", "NETWORKING", "STORAGE"]),
    ] {
        for word in words {
            let read: ResourceType = serde_json::from_value(json!({name: word})).unwrap();
            assert_eq!(by_table(&read)[name], *word);
        }
        assert!(serde_json::from_value::<ResourceType>(json!({name: "compute"})).is_err());
    }
}

/// A struct that is sent: its fields are those its route documents, and what is required is refused when it is missing.
#[track_caller]
fn check_request<T: Serialize + DeserializeOwned + Debug>(path: &str, method: &str, full: &Value) {
    let routes = o2_ims::api::routes();
    let route = routes
        .iter()
        .find(|route| route.info.path == path && route.info.method == method)
        .unwrap();
    let shape = route.info.body_shape.unwrap();
    let documented: BTreeSet<String> = shape.fields().map(|field| field.name.to_owned()).collect();
    let request: T = serde_json::from_value(full.clone()).unwrap();
    let mut struct_fields = fields(&request);
    struct_fields.retain(|field| !NOT_ON_THE_WIRE.contains(&field.as_str()));
    assert_eq!(struct_fields, documented, "{}", shape.name());
    assert_eq!(keys(full), documented, "{}", shape.name());
    assert_eq!(serde_json::to_value(&request).unwrap(), *full, "{}", shape.name());
    for field in shape.fields() {
        let mut without = full.clone();
        without.as_object_mut().unwrap().remove(field.name);
        let read = serde_json::from_value::<T>(without);
        assert_eq!(read.is_err(), field.required, "{}.{}", shape.name(), field.name);
        let mut wrong = full.clone();
        wrong[field.name] = json!(1.5);
        assert!(
            serde_json::from_value::<T>(wrong).is_err(),
            "{}.{} is checked",
            shape.name(),
            field.name
        );
    }
    let mut more = full.clone();
    more["more"] = json!(1);
    assert!(serde_json::from_value::<T>(more).is_err());
}

#[test]
fn requests_have_the_fields_that_are_documented() {
    let pool = json!({
        "resourcePoolId": "p", "name": "n", "description": "d", "oCloudId": "o", "globalLocationId": "g",
        "location": "l", "oCloudSiteId": "s", "replicas": 3, "labels": {"a": "b"}, "tags": ["x"],
        "extensions": {"x": 1},
    });
    check_request::<NewResourcePool>("/resourcePools", "POST", &pool);
    let mut update = pool;
    update
        .as_object_mut()
        .unwrap()
        .retain(|name, _| name != "resourcePoolId" && name != "oCloudId");
    for method in ["PUT", "PATCH"] {
        check_request::<ResourcePoolUpdate>("/resourcePools/{resourcePoolId}", method, &update);
    }
    let resource = json!({
        "resourceId": "r", "resourceTypeId": "t", "resourcePoolId": "p", "name": "n", "description": "d",
        "globalAssetId": "g", "tags": ["x"], "labels": {"a": "b"}, "extensions": {"x": 1},
    });
    check_request::<NewResource>("/resources", "POST", &resource);
}

#[test]
fn an_update_of_a_pool_is_the_pool_where_it_can_change() {
    let full = json!({
        "resourcePoolId": "p", "name": "n", "description": "d", "globalLocationId": "g", "location": "l",
        "oCloudSiteId": "s", "replicas": 3, "labels": {"a": "b"}, "tags": ["x"], "extensions": {"x": 1},
    });
    let pool: ResourcePool = serde_json::from_value(full.clone()).unwrap();
    let update = serde_json::to_value(ResourcePoolUpdate::of(&pool)).unwrap();
    for (name, value) in update.as_object().unwrap() {
        assert_eq!(full[name], *value, "{name}");
    }
    assert_eq!(keys(&update).len() + 1, keys(&full).len(), "all but the id");
}

#[test]
fn objects_of_the_inventory_know_what_they_are() {
    use std::sync::Arc;
    let resource = Arc::new(Resource::new("r", "t", "p"));
    for (object, name, id) in [
        (
            InventoryObject::ResourcePool(Arc::new(ResourcePool::new("p", "n"))),
            "resourcePool",
            "p",
        ),
        (InventoryObject::Resource(resource), "resource", "r"),
        (
            InventoryObject::ResourceType(Arc::new(ResourceType::new("t", "n"))),
            "resourceType",
            "t",
        ),
        (
            InventoryObject::DeploymentManager(Arc::new(DeploymentManager::new("m", "n"))),
            "deploymentManager",
            "m",
        ),
    ] {
        assert_eq!((object.object(), object.id()), (name, id));
    }
    let new = NewResource::new("t", "p");
    assert_eq!(
        (new.resource_type_id.as_str(), new.resource_pool_id.as_str()),
        ("t", "p")
    );
    assert_eq!(NewResourcePool::new("n").name, "n");
}
