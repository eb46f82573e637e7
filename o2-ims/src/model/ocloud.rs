//! The O-Cloud itself.

use o2_core::Extensions;
use o2_core::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes};
use serde::{Deserialize, Serialize};

/// What the O-Cloud says about itself (CloudInfo).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct OCloudInfo {
    /// The id it gave itself.
    #[serde(rename = "oCloudId")]
    pub o_cloud_id: String,
    /// The id the orchestrator above gave it.
    pub global_cloud_id: String,
    /// Its name.
    pub name: String,
    /// What it is, for people.
    pub description: String,
    /// The root of its API.
    pub service_uri: String,
    /// Anything else.
    #[serde(skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
}

impl OCloudInfo {
    /// An O-Cloud with only ids and a name.
    pub fn new(id: impl Into<String>, global_id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            o_cloud_id: id.into(),
            global_cloud_id: global_id.into(),
            name: name.into(),
            ..Self::default()
        }
    }
}

impl Attributes for OCloudInfo {
    const NAME: &'static str = "OCloudInfo";

    fn attributes() -> &'static [Attribute<Self>] {
        static TABLE: &[Attribute<OCloudInfo>] = &[
            Attribute::required("oCloudId", Kind::String, "The id it gave itself.", |o| {
                Value::String(&o.o_cloud_id)
            }),
            Attribute::required(
                "globalCloudId",
                Kind::String,
                "The id the orchestrator above gave it.",
                |o| Value::String(&o.global_cloud_id),
            ),
            Attribute::required("name", Kind::String, "Its name.", |o| Value::String(&o.name)),
            Attribute::required("description", Kind::String, "What it is, for people.", |o| {
                Value::String(&o.description)
            }),
            Attribute::required("serviceUri", Kind::String, "The root of its API.", |o| {
                Value::String(&o.service_uri)
            }),
            Attribute::optional("extensions", Kind::Map, "Anything else.", |o| Value::map(&o.extensions)),
        ];
        TABLE
    }
}
