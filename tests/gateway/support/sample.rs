//! A gateway in which there is one of everything, and sensible requests for every route of its OpenAPI document.

use bytes::Bytes;
use futures::executor::block_on;
use http::{Method, Request};
use o2::core::store::{Batch, Store};
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
    pub(crate) pool: String,
    pub(crate) resource: String,
    pub(crate) subscription: String,
    dead_letter: String,
    pub(crate) package: String,
    /// Nobody uses it.
    pub(crate) spare_package: String,
    /// Has two revisions, the first one with the package, the second one with another.
    pub(crate) deployment: String,
    pub(crate) template: String,
    operation: String,
    execution: String,
    model: String,
    policy: String,
}

/// Leaves a notification of the subscription that could not be delivered.
fn bury(world: &World, subscription: &str) -> String {
    let (id, time) = (format!("{subscription}.1"), "2026-01-01T00:00:00Z");
    let event = json!({
        "id": "event-1", "sequence": 1, "time": time, "plugin": "memory", "kind": "Deleted",
        "object": "resourcePool", "objectId": "pool-gone", "before": {"resourcePoolId": "pool-gone"},
    });
    let letter = json!({
        "deadLetterId": id, "subscriptionId": subscription, "sequence": 1, "eventType": "ResourcePoolDeleted",
        "objectType": "resourcePool", "objectId": "pool-gone", "eventTime": time, "reason": "gone", "since": time,
        "attemptCount": 1, "event": event,
    });
    let batch = Batch::new().put(format!("deadletter/{subscription}/{:020}", 1), letter.to_string());
    block_on(world.store.commit(batch)).unwrap();
    id
}

impl Sample {
    /// Made by anybody, where everybody may do everything.
    pub(crate) fn new() -> Self {
        Self::made_in(World::of("gateway: {resourceWrites: true}"), None)
    }

    /// Made by an owner of this tenant, who has pools in the sample.
    pub(crate) fn made_in(world: World, tenant: Option<&str>) -> Self {
        let by = tenant.map_or_else(|| world.stranger(), |tenant| world.user(tenant, "owner"));
        let create = |target: &str, body: Value, id: &str| {
            let answer = by.post(target, &body);
            assert!(
                (200..300).contains(&answer.status),
                "{target} {body}: {}",
                answer.text()
            );
            let object: Value = serde_json::from_slice(&answer.body).unwrap();
            object[id].as_str().unwrap().to_owned()
        };
        let package = |version: &str| {
            let url = format!("https://repo.example.com/vdu-{version}.tgz");
            let body = json!({"name": "vdu", "version": version, "packageType": "helm-chart", "packageUrl": url});
            create("/o2dms/v1/deploymentPackages", body, "packageId")
        };
        let pool = match tenant {
            None => POOL.to_owned(),
            Some(tenant) => by
                .get(&format!("{POOLS}?tenantId={tenant}"))
                .items("resourcePoolId")
                .remove(0),
        };
        let resource = by
            .get(&format!("{POOLS}/{pool}/resources"))
            .items("resourceId")
            .remove(0);
        create(
            POOLS,
            json!({"name": SPARE_POOL, "resourcePoolId": SPARE_POOL}),
            "resourcePoolId",
        );
        let subscription = create(
            "/o2ims/v1/subscriptions",
            json!({"callback": "https://smo/1"}),
            "subscriptionId",
        );
        let dead_letter = bury(&world, &subscription);
        let (first, second, spare_package) = (package("1.0.0"), package("2.0.0"), package("3.0.0"));
        let deployments = "/o2dms/v1/deployments";
        let new = json!({"name": "vdu-1", "packageId": first});
        let deployment = create(&format!("{deployments}?wait=60s"), new, "deploymentId");
        let upgrade = format!("{deployments}/{deployment}/upgrade?wait=60s");
        create(&upgrade, json!({"packageId": second}), "deploymentId");
        let template = json!({"name": "edge", "version": "1", "packageId": first});
        let template = create("/o2dms/v1/deploymentTemplates", template, "templateId");
        let execution = create("/o2smo/v1/workflows", json!({"workflowName": "deploy"}), "executionId");
        let model = create(
            "/o2smo/v1/serviceModels",
            json!({"name": "slice", "version": "1"}),
            "modelId",
        );
        let policy = create(
            "/o2smo/v1/policies",
            json!({"name": "power", "policyType": "energy"}),
            "policyId",
        );
        let operation = by.get("/o2dms/v1/operations").items("operationId").remove(0);
        drop(by);
        Self {
            world,
            pool,
            resource,
            subscription,
            dead_letter,
            package: first,
            spare_package,
            deployment,
            template,
            operation,
            execution,
            model,
            policy,
        }
    }

    /// The document.
    pub(crate) fn document(&self) -> Value {
        self.world.get("/openapi.json").expect(200)
    }

    /// A request that the route grants.
    pub(crate) fn request(&self, document: &Value, route: &Route) -> Request<Bytes> {
        let builder = request(route.method.clone(), &self.target(route));
        match self.body(document, route) {
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
        let is_read = *method == Method::GET;
        let id = match parameter {
            "resourcePoolId" if is_read => &self.pool,
            "resourcePoolId" => SPARE_POOL,
            "packageId" if is_read => &self.package,
            "packageId" => &self.spare_package,
            "deploymentId" => &self.deployment,
            "templateId" => &self.template,
            "operationId" => &self.operation,
            "executionId" => &self.execution,
            "modelId" => &self.model,
            "policyId" => &self.policy,
            "resourceId" => &self.resource,
            "resourceTypeId" => "type-compute-medium",
            "deploymentManagerId" => "dm-dallas",
            "subscriptionId" => &self.subscription,
            "deadLetterId" => &self.dead_letter,
            "category" => "ims",
            "pluginName" | "pluginId" => "memory",
            other => panic!("there is no sample of {other}"),
        };
        id.to_owned()
    }

    /// A body that the route takes: its required fields, with values that make sense.
    fn body(&self, document: &Value, route: &Route) -> Option<Value> {
        let content = route.operation["requestBody"]["content"].as_object()?;
        if let Some(schema) = content.get("application/merge-patch+json") {
            assert_eq!(schema["schema"]["type"], "object");
            let of_subscription = route.path.contains("/subscriptions/");
            let attribute = if of_subscription {
                "consumerSubscriptionId"
            } else {
                "description"
            };
            return Some(json!({attribute: "changed"}));
        }
        let reference = content["application/json"]["schema"]["$ref"].as_str().unwrap();
        let schema = document.pointer(reference.strip_prefix('#').unwrap()).unwrap();
        let shape = reference.rsplit('/').next().unwrap();
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let names = required.iter().map(|name| name.as_str().unwrap().to_owned());
        let mut body: Value = names.map(|name| (name.clone(), self.value(shape, &name))).collect();
        if shape == "PackageUpload" {
            body["packageUrl"] = json!("https://repo.example.com/vdu-4.0.0.tgz");
        }
        Some(body)
    }

    fn value(&self, shape: &str, field: &str) -> Value {
        match (shape, field) {
            ("DeleteSubscriptions", _) => json!([self.subscription]),
            ("CreateDeployments", _) => json!([{"name": "new", "packageId": self.package}]),
            ("ScaleDeployments", _) => json!([{"deploymentId": self.deployment, "replicas": 2}]),
            (_, "name") => json!("new"),
            (_, "version") => json!("7"),
            (_, "callback") => json!("https://smo/2"),
            (_, "resourcePoolId") => json!(self.pool),
            (_, "resourceTypeId") => json!("type-compute-medium"),
            (_, "resourcePools") => json!([{"name": "new-1"}, {"name": "new-2"}]),
            (_, "updates") => json!([{"resourcePoolId": SPARE_POOL, "update": {"description": "changed"}}]),
            (_, "resourcePoolIds") => json!([SPARE_POOL]),
            (_, "resources") => json!([{"resourcePoolId": self.pool, "resourceTypeId": "type-compute-medium"}]),
            (_, "resourceIds") => json!([self.resource]),
            (_, "subscriptions") => json!([{"callback": "https://smo/3"}]),
            (_, "packageType") => json!("helm-chart"),
            (_, "packageId") => json!(self.package),
            (_, "packageIds") => json!([self.spare_package]),
            (_, "deploymentPackages") => {
                json!([{"packageType": "helm-chart", "packageUrl": "https://repo.example.com/vdu-4.0.0.tgz"}])
            }
            (_, "deploymentId") => json!(self.deployment),
            (_, "deploymentIds") => json!([self.deployment]),
            (_, "replicas") => json!(2),
            (_, "workflowName") => json!("heal"),
            (_, "workflows") => json!([{"workflowName": "heal"}]),
            (_, "executionIds") => json!([self.execution]),
            (_, "serviceModels") => json!([{"name": "new", "version": "1"}]),
            (_, "modelIds") => json!([self.model]),
            (_, "policyType") => json!("energy"),
            (_, "policies") => json!([{"name": "new", "policyType": "energy"}]),
            (_, "eventType") => json!("ResourcePoolCreated"),
            (_, "resourceType") => json!("resourcePool"),
            (_, "resourceId") => json!(self.pool),
            _ => panic!("there is no sample of {field} in {shape}"),
        }
    }
}

/// Every route of the document.
pub(crate) fn routes(document: &Value) -> Vec<Route> {
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let method = method.to_uppercase().parse().unwrap();
            routes.push(Route {
                method,
                path: path.clone(),
                operation: operation.clone(),
            });
        }
    }
    routes
}
