//! The operation of Argo CD that brings a change into the cluster: a synchronisation.

use serde_json::{Value, json};

use crate::dms::argocd::config::ArgocdConfig;
use crate::dms::argocd::wire::{OPERATION_ID, ResourceStatus};
use crate::kube::deployed::NotedWork;

/// Who asks, as Argo CD shows it.
const WHO: &str = "o2";

/// A synchronisation of everything, or of these objects only.
pub(super) fn sync(config: &ArgocdConfig, work: &NotedWork, only: &[&ResourceStatus]) -> Value {
    let mut sync = json!({
        "prune": config.prune,
        "syncOptions": config.sync_options,
        "syncStrategy": {"hook": {}},
    });
    if !only.is_empty() {
        let named = only.iter().map(|resource| {
            json!({
                "group": resource.group, "kind": resource.kind,
                "name": resource.name, "namespace": resource.namespace,
            })
        });
        sync["resources"] = named.collect();
    }
    json!({
        "initiatedBy": {"username": WHO},
        "info": [
            {"name": OPERATION_ID, "value": work.token},
            {"name": "o2-work", "value": work.kind.noun()},
        ],
        "retry": {"limit": config.retries},
        "sync": sync,
    })
}
