//! [`Notes`]: what only O2 knows about a pool; JSON in a custom attribute.

use o2_core::{Extensions, Labels, TenantId};
use serde::{Deserialize, Serialize};

use super::thing::Thing;

/// What O2 knows about a pool and vSphere has no place for.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct Notes {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(in super::super) description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) tenant_id: Option<TenantId>,
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub(in super::super) labels: Labels,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) global_location_id: Option<String>,
    #[serde(rename = "oCloudSiteId", skip_serializing_if = "Option::is_none")]
    pub(in super::super) o_cloud_site_id: Option<String>,
    #[serde(skip_serializing_if = "Extensions::is_empty")]
    pub(in super::super) extensions: Extensions,
}

impl Notes {
    /// Those of an object; none when it has none, or somebody else wrote something there.
    pub(in super::super) fn of(thing: Thing<'_>, key: Option<&str>) -> Self {
        let values = thing.properties.get("customValue");
        let values = values.map(|values| values.children.as_slice()).unwrap_or_default();
        // The last one counts: some servers keep the older ones.
        let ours = values
            .iter()
            .rev()
            .find(|value| value.text_at(&["key"]) == key && key.is_some());
        let text = ours.and_then(|value| value.text_at(&["value"]));
        text.and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }
}
