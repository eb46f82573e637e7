//! A gateway in which there is one of everything, and sensible requests for every route of its OpenAPI document.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};

use super::{POOL, POOLS, World, request};

/// One route of the document.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// Its operation object.
    pub(crate) operation: Value,
}

/// The pool that may be changed and deleted: it has no nodes.
const SPARE_POOL: &str = "spare";

/// A gateway with one of everything.
pub(crate) struct Sample {
    pub(crate) world: World,
    subscription: String,
}

impl Sample {
    pub(crate) fn new() -> Self {
        let world = World::of("gateway: {resourceWrites: true}");
        world.create(POOLS, &json!({"name": SPARE_POOL, "resourcePoolId": SPARE_POOL}));
        let subscription = world.create("/o2ims/v1/subscriptions", &json!({"callback": "http://smo/first"}));
        let subscription = subscription["subscriptionId"].as_str().unwrap().to_owned();
        Self { world, subscription }
    }

    /// The document.
    pub(crate) fn document(&self) -> Value {
        self.world.get("/openapi.json").expect(200)
    }

    /// A request that the route grants.
    pub(crate) fn request(&self, document: &Value, route: &Route) -> Request<Bytes> {
        let builder = request(route.method.clone(), &self.target(route));
        match body(document, route) {
            Some(body) => super::json(builder, &body),
            None => builder.body(Bytes::new()).unwrap(),
        }
    }

    /// The route's path with the ids of what there is, and the parameters it cannot do without.
    pub(crate) fn target(&self, route: &Route) -> String {
        let segment = |segment: &str| match segment.strip_prefix('{') {
            Some(name) => self.id(name.trim_end_matches('}'), &route.method),
            None => segment.to_owned(),
        };
        let path = route.path.split('/').map(segment).collect::<Vec<_>>().join("/");
        match route.path.as_str() {
            "/admin/v1/routing/explain" => path + "?category=ims&object=resourcePool",
            _ => path,
        }
    }

    fn id(&self, parameter: &str, method: &Method) -> String {
        let id = match parameter {
            "resourcePoolId" if *method == Method::GET => POOL,
            "resourcePoolId" => SPARE_POOL,
            "resourceId" => "node-000001",
            "resourceTypeId" => "type-compute-medium",
            "deploymentManagerId" => "dm-dallas",
            "subscriptionId" => &self.subscription,
            "category" => "ims",
            "pluginName" => "memory",
            other => panic!("there is no sample of {other}"),
        };
        id.to_owned()
    }
}

/// Every route of the document.
pub(crate) fn routes(document: &Value) -> Vec<Route> {
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let method = method.to_uppercase().parse().unwrap();
            routes.push(Route { method, path: path.clone(), operation: operation.clone() });
        }
    }
    routes
}

/// A body that the route takes: its required fields, with values that make sense.
fn body(document: &Value, route: &Route) -> Option<Value> {
    let content = route.operation["requestBody"]["content"].as_object()?;
    if let Some(schema) = content.get("application/merge-patch+json") {
        assert_eq!(schema["schema"]["type"], "object");
        let attribute = if route.path.contains("/subscriptions/") { "consumerSubscriptionId" } else { "description" };
        return Some(json!({attribute: "changed"}));
    }
    let reference = content["application/json"]["schema"]["$ref"].as_str().unwrap();
    let schema = document.pointer(reference.strip_prefix('#').unwrap()).unwrap();
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let field = |name: &Value| {
        let name = name.as_str().unwrap();
        (name.to_owned(), value(name, &schema["properties"][name]))
    };
    Some(Value::Object(required.iter().map(field).collect()))
}

fn value(name: &str, schema: &Value) -> Value {
    match name {
        "name" => json!("new"),
        "callback" => json!("http://smo/second"),
        "resourcePoolId" => json!(POOL),
        "resourceTypeId" => json!("type-compute-medium"),
        "resourcePools" => json!([{"name": "new-1"}, {"name": "new-2"}]),
        "updates" => json!([{"resourcePoolId": SPARE_POOL, "update": {"description": "changed"}}]),
        "resourcePoolIds" => json!([SPARE_POOL]),
        "resources" => json!([{"resourcePoolId": POOL, "resourceTypeId": "type-compute-medium"}]),
        "resourceIds" => json!(["node-000001"]),
        "subscriptions" => json!([{"callback": "http://smo/third"}]),
        "subscriptionIds" => json!(["none"]),
        _ => panic!("there is no sample of {name}: {schema}"),
    }
}
