//! Discovery: which groups, versions and kinds there are, in the documents of the real server.

use serde_json::{Value, json};

use super::call::Call;
use super::reply::Reply;
use super::resource::{Resource, api_version};
use super::state::State;

/// `/version`.
pub(super) fn version() -> Value {
    json!({
        "major": "1",
        "minor": "35",
        "emulationMajor": "1",
        "emulationMinor": "35",
        "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "34",
        "gitVersion": "v1.35.0",
        "gitCommit": "66452049f3d692768c39c797b21b793dce80314e",
        "gitTreeState": "clean",
        "buildDate": "2025-12-17T12:32:07Z",
        "goVersion": "go1.25.5",
        "compiler": "gc",
        "platform": "linux/amd64",
    })
}

impl State {
    /// `/api`.
    pub(super) fn core_versions(&self, call: &Call) -> Reply {
        if call.accepts_aggregated_discovery() {
            return self.aggregated(&[""]);
        }
        Reply::ok(json!({
            "kind": "APIVersions",
            "versions": self.registry.versions(""),
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "10.0.0.1:6443"}],
        }))
    }

    /// `/apis`.
    pub(super) fn groups(&self, call: &Call) -> Reply {
        if call.accepts_aggregated_discovery() {
            return self.aggregated(&self.registry.groups());
        }
        let groups = self.registry.groups().into_iter().map(|group| self.group_entry(group));
        Reply::ok(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups.collect::<Vec<_>>()}))
    }

    /// `/apis/{group}`.
    pub(super) fn group(&self, group: &str) -> Value {
        let mut entry = self.group_entry(group);
        entry["kind"] = json!("APIGroup");
        entry["apiVersion"] = json!("v1");
        entry
    }

    fn group_entry(&self, group: &str) -> Value {
        let versions = self.registry.versions(group).into_iter();
        let versions: Vec<_> = versions
            .map(|version| json!({"groupVersion": api_version(group, version), "version": version}))
            .collect();
        json!({"name": group, "versions": versions, "preferredVersion": versions.first()})
    }

    /// `/api/v1` and `/apis/{group}/{version}`.
    pub(super) fn resources(&self, group: &str, version: &str) -> Value {
        let resources = self.registry.of_version(group, version);
        let resources: Vec<_> = resources.flat_map(|resource| entries(resource)).collect();
        let mut list = json!({
            "kind": "APIResourceList",
            "groupVersion": api_version(group, version),
            "resources": resources,
        });
        if !group.is_empty() {
            list["apiVersion"] = json!("v1");
        }
        list
    }
}

/// A kind and its subresources.
fn entries(resource: &Resource) -> Vec<Value> {
    let whole = json!({
        "name": resource.plural,
        "singularName": resource.kind.to_lowercase(),
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": resource.verbs,
    });
    let part = |name: &str, kind: &str, verbs: &[&str]| {
        json!({
            "name": format!("{}/{name}", resource.plural),
            "singularName": "",
            "namespaced": resource.namespaced,
            "kind": kind,
            "verbs": verbs,
        })
    };
    let mut all = vec![whole];
    if resource.kind == "Pod" && resource.built_in {
        all.push(part("log", "Pod", &["get"]));
    }
    if resource.has_scale {
        let mut scale = part("scale", "Scale", &["get", "patch", "update"]);
        scale["group"] = json!("autoscaling");
        scale["version"] = json!("v1");
        all.push(scale);
    }
    if resource.has_status {
        all.push(part("status", &resource.kind, &["get", "patch", "update"]));
    }
    all
}
