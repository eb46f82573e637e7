//! [`Notes`]: what only O2 knows about a pool, and which labels of a pool are its users'.

use o2_core::{Extensions, Labels};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::kube::Meta;

/// The annotation with a pool's description.
pub(crate) const DESCRIPTION: &str = "o2ims.oran.org/description";
/// The annotation with what else O2 knows about a pool and the cluster has no place for.
pub(crate) const NOTES: &str = "o2ims.oran.org/pool";

/// What O2 knows about a pool and the cluster has no place for; JSON in an annotation.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Notes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) global_location_id: Option<String>,
    #[serde(rename = "oCloudSiteId", skip_serializing_if = "Option::is_none")]
    pub(crate) o_cloud_site_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<String>,
    #[serde(skip_serializing_if = "Extensions::is_empty")]
    pub(crate) extensions: Extensions,
}

impl Notes {
    /// Those of an object; none when it has none, or somebody else wrote something there.
    pub(crate) fn of(meta: &Meta) -> Self {
        let notes = meta.annotation(NOTES);
        notes
            .and_then(|notes| serde_json::from_str(notes).ok())
            .unwrap_or_default()
    }

    /// The annotations that hold a description and these notes; none where there is nothing to hold.
    pub(crate) fn annotations(&self, description: &str) -> Value {
        let description = Some(description).filter(|text| !text.is_empty());
        let notes = (*self != Self::default()).then(|| serde_json::to_string(self).unwrap_or_default());
        let mut annotations = Map::new();
        annotations.extend(description.map(|text| (DESCRIPTION.to_owned(), json!(text))));
        annotations.extend(notes.map(|text| (NOTES.to_owned(), json!(text))));
        Value::Object(annotations)
    }
}

/// Whether a label is one of Kubernetes, of its family or a controller's, and so not the user's to change.
pub(crate) fn is_of_system(key: &str) -> bool {
    let Some((domain, _)) = key.split_once('/') else {
        return false;
    };
    let systems = ["k8s.io", "kubernetes.io", "openshift.io", "metal3.io", "o2ims.oran.org"];
    systems.iter().any(|system| {
        domain == *system
            || domain
                .strip_suffix(system)
                .is_some_and(|rest| rest.ends_with(['.', '-']))
    })
}

/// The labels of an object that are its users'.
pub(crate) fn user_labels(meta: &Meta, tenant_label: &str) -> Labels {
    let labels = meta.labels.iter();
    let users = labels.filter(|(key, _)| !is_of_system(key) && *key != tenant_label);
    users.map(|(key, value)| (key.clone(), value.clone())).collect()
}
