//! What Argo CD keeps in the cluster. A field that is not used is not declared.
//!
//! <https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml>, `pkg/apis/application/v1alpha1/types.go`.

use kube::api::DynamicObject;
use o2_core::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::kube::{Cached, Kind, Meta, or_default};

pub(super) static APPLICATIONS: Kind = Kind::of_namespaces("argoproj.io", "v1alpha1", "Application", "applications");

/// The annotation that asks the controller to look at an Application at once.
pub(super) const REFRESH: &str = "argocd.argoproj.io/refresh";
/// The annotation that switches the controller off for an Application.
pub(super) const SKIP: &str = "argocd.argoproj.io/skip-reconcile";
/// The annotation of an object that an Application has made.
pub(super) const TRACKING: &str = "argocd.argoproj.io/tracking-id";

/// An Application.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Application {
    pub(super) meta: Meta,
    /// As it is, because it is changed in some places only.
    pub(super) spec: Value,
    pub(super) status: Status,
    pub(super) operation: Option<Operation>,
}

#[derive(Deserialize)]
struct Wire {
    spec: Spec,
    #[serde(default, deserialize_with = "or_default")]
    status: Status,
    #[serde(default)]
    operation: Option<Operation>,
}

/// Checks that it is an object at least.
#[derive(Deserialize)]
struct Spec(serde_json::Map<String, Value>);

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Status {
    #[serde(deserialize_with = "or_default")]
    pub(super) sync: Sync,
    #[serde(deserialize_with = "or_default")]
    pub(super) health: Health,
    #[serde(deserialize_with = "or_default")]
    pub(super) history: Vec<HistoryItem>,
    pub(super) operation_state: Option<OperationState>,
    #[serde(deserialize_with = "or_default")]
    pub(super) conditions: Vec<Finding>,
    #[serde(deserialize_with = "or_default")]
    pub(super) resources: Vec<ResourceStatus>,
    pub(super) reconciled_at: Option<Timestamp>,
    pub(super) source_type: String,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Sync {
    pub(super) status: String,
    pub(super) revision: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) revisions: Vec<String>,
    pub(super) compared_to: Value,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Health {
    pub(super) status: String,
    pub(super) message: String,
    pub(super) last_transition_time: Option<Timestamp>,
}

/// A synchronisation that succeeded.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HistoryItem {
    #[serde(default)]
    pub(super) id: u32,
    pub(super) deployed_at: Timestamp,
    #[serde(default)]
    pub(super) revision: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) revisions: Vec<String>,
    #[serde(default)]
    pub(super) source: Value,
    #[serde(default)]
    pub(super) sources: Value,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OperationState {
    #[serde(default)]
    pub(super) phase: String,
    #[serde(default)]
    pub(super) message: String,
    pub(super) started_at: Timestamp,
    #[serde(default)]
    pub(super) finished_at: Option<Timestamp>,
    #[serde(default)]
    pub(super) operation: Operation,
    #[serde(default)]
    pub(super) sync_result: Option<SyncResult>,
}

/// An operation that was asked for.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub(super) struct Operation {
    #[serde(deserialize_with = "or_default")]
    pub(super) info: Vec<Info>,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub(super) struct Info {
    pub(super) name: String,
    pub(super) value: String,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub(super) struct SyncResult {
    #[serde(deserialize_with = "or_default")]
    pub(super) resources: Vec<SyncedResource>,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub(super) struct SyncedResource {
    pub(super) status: String,
}

/// A condition; there may be several of a type.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Finding {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) message: String,
    pub(super) last_transition_time: Option<Timestamp>,
}

/// An object of the Application.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ResourceStatus {
    pub(super) group: String,
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) health: Health,
    pub(super) hook: bool,
    pub(super) requires_pruning: bool,
}

impl Application {
    /// Reads an Application; `None` for something else.
    pub(super) fn read(_: &Kind, object: DynamicObject) -> Option<Self> {
        let meta = Meta::from(object.metadata);
        match serde_json::from_value::<Wire>(object.data) {
            Ok(wire) => Some(Self {
                meta,
                spec: Value::Object(wire.spec.0),
                status: wire.status,
                operation: wire.operation,
            }),
            Err(error) => {
                let path = meta.path();
                tracing::debug!(path, %error, "an Application cannot be understood; it is left out");
                None
            }
        }
    }

    /// The id of the operation that was asked for, or that ran last.
    pub(super) fn token(&self) -> Option<&str> {
        let asked = self.operation.as_ref();
        let ran = self.status.operation_state.as_ref().map(|state| &state.operation);
        asked.or(ran)?.token()
    }
}

/// The name of our own id of an operation among what is said about it.
pub(super) const OPERATION_ID: &str = "o2-operation-id";

impl Operation {
    pub(super) fn token(&self) -> Option<&str> {
        let info = self.info.iter().find(|info| info.name == OPERATION_ID)?;
        Some(info.value.as_str())
    }
}

impl Cached for Application {
    /// Without what changes whenever the controller looks.
    fn read(kind: &Kind, object: DynamicObject) -> Option<Self> {
        let mut application = Self::read(kind, object)?;
        application.meta.resource_version.clear();
        application.meta.generation = 0;
        let status = &mut application.status;
        let finished = status.operation_state.as_ref().and_then(|state| state.finished_at);
        status.reconciled_at = status.reconciled_at.min(finished);
        Some(application)
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}
