//! Discovery in one document, for those who ask for it.

use serde_json::{Value, json};

use super::reply::Reply;
use super::resource::Resource;
use super::state::State;

const TYPE: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

impl State {
    /// What `/api` and `/apis` say about these groups.
    pub(super) fn aggregated(&self, groups: &[&str]) -> Reply {
        let items: Vec<_> = groups.iter().map(|group| self.aggregated_group(group)).collect();
        let list = json!({
            "kind": "APIGroupDiscoveryList",
            "apiVersion": "apidiscovery.k8s.io/v2",
            "metadata": {},
            "items": items,
        });
        Reply::Typed(TYPE, list)
    }

    fn aggregated_group(&self, group: &str) -> Value {
        let version = |version: &&str| {
            let resources = self.registry.of_version(group, version);
            let resources: Vec<_> = resources.map(|resource| entry(resource, version)).collect();
            json!({"version": version, "freshness": "Current", "resources": resources})
        };
        let versions: Vec<_> = self.registry.versions(group).iter().map(version).collect();
        json!({"metadata": {"name": group, "creationTimestamp": null}, "versions": versions})
    }
}

fn entry(resource: &Resource, version: &str) -> Value {
    let own = json!({"group": resource.group, "version": version, "kind": resource.kind});
    let part = |name: &str, kind: &Value| {
        let verbs = ["get", "patch", "update"];
        json!({"subresource": name, "responseKind": kind, "verbs": verbs})
    };
    let mut parts = Vec::new();
    if resource.has_scale {
        parts.push(part(
            "scale",
            &json!({"group": "autoscaling", "version": "v1", "kind": "Scale"}),
        ));
    }
    if resource.has_status {
        parts.push(part("status", &own));
    }
    json!({
        "resource": resource.plural,
        "responseKind": own,
        "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": resource.kind.to_lowercase(),
        "verbs": resource.verbs,
        "subresources": parts,
    })
}
