//! What a Configuration brings along, and compositions that nobody has brought that way.

use serde_json::{Value, json};

use super::controllers::say;
use super::definition::GROUP;
use crate::kube::testing::{Played, Server};

const API: &str = "apiextensions.crossplane.io/v1";

/// A revision of a composition, with that composition unless it is there.
pub(super) fn revision(server: &Server, kind: &str, composition: &str, number: u64, owner: Option<&Value>) -> Value {
    let of = json!({"apiVersion": format!("{GROUP}/v1alpha1"), "kind": kind});
    let labels = owner.map_or(Value::Null, |owner| owner["spec"]["commonLabels"].clone());
    let owners: Vec<_> = owner
        .iter()
        .map(|owner| {
            let metadata = &owner["metadata"];
            json!({
                "apiVersion": "pkg.crossplane.io/v1", "kind": "Configuration", "controller": false,
                "name": metadata["name"], "uid": metadata["uid"],
            })
        })
        .collect();
    let known = server.get("Composition", "", composition);
    let known = known.unwrap_or_else(|| {
        server.put(json!({
            "apiVersion": API, "kind": "Composition",
            "metadata": {"name": composition, "labels": labels, "ownerReferences": owners},
            "spec": {"compositeTypeRef": of, "mode": "Pipeline", "pipeline": [{"step": "render"}]},
        }))
    });
    let mut labels = if labels.is_object() { labels } else { json!({}) };
    labels["crossplane.io/composition-name"] = json!(composition);
    server.put(json!({
        "apiVersion": API, "kind": "CompositionRevision",
        "metadata": {
            "name": format!("{composition}-{number:07x}"), "labels": labels,
            "ownerReferences": [{
                "apiVersion": API, "kind": "Composition", "controller": true,
                "name": composition, "uid": known["metadata"]["uid"],
            }],
        },
        "spec": {"compositeTypeRef": of, "mode": "Pipeline", "pipeline": [{"step": "render"}], "revision": number},
    }))
}

/// Installs what a Configuration says: one composition of its name, for the kind that its repository names last.
pub(super) fn install(played: &Played, name: &str) {
    let Some(configuration) = played.server.get("Configuration", "", name) else {
        return;
    };
    let package = configuration["spec"]["package"].as_str().unwrap().to_owned();
    let kind = if package.contains("/claims/") {
        "XEdgeApp"
    } else {
        "EdgeApp"
    };
    let revisions = played.server.list("CompositionRevision");
    let its = revisions
        .iter()
        .filter(|revision| revision["metadata"]["labels"]["crossplane.io/composition-name"] == name);
    let number = its.count() as u64 + 1;
    revision(&played.server, kind, name, number, Some(&configuration));
    played.server.update("Configuration", "", name, |configuration| {
        configuration["status"]["currentIdentifier"] = json!(package);
        say(played, configuration, "Installed", "True", "ActivePackageRevision", "");
        say(played, configuration, "Healthy", "True", "HealthyPackageRevision", "");
    });
}
