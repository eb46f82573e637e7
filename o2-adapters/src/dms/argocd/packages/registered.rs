//! [`Registered`]: a package that was registered through O2, in a ConfigMap.

use std::collections::BTreeMap;

use kube::api::DynamicObject;
use o2_core::query::Fingerprint;
use o2_core::{Context, Extensions};
use o2_dms::DeploymentPackage;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Upload, describe};
use crate::dms::argocd::source::Coordinates;
use crate::kube::{Cached, Kind, Meta};

pub(in super::super) static CONFIG_MAPS: Kind = Kind::of_namespaces("", "v1", "ConfigMap", "configmaps");
/// The label of packages, with the backend that they are for.
pub(in super::super) const OF: &str = "o2ims.oran.org/package-of";
/// The key in the data.
const DATA: &str = "package";

/// A package that was registered.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Registered {
    pub(in super::super) meta: Meta,
    pub(in super::super) coordinates: Coordinates,
    pub(in super::super) data: Data,
}

/// What is written down about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Data {
    pub(in super::super) name: String,
    pub(in super::super) version: String,
    #[serde(default)]
    pub(in super::super) description: String,
    pub(in super::super) package_type: String,
    pub(in super::super) package_url: String,
    /// What Argo CD shall deploy.
    pub(in super::super) coordinates: Value,
    /// What makes objects of it, if somebody has said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in super::super) tool: Option<String>,
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub(in super::super) extensions: Extensions,
}

#[derive(Deserialize)]
struct Wire {
    data: BTreeMap<String, String>,
}

impl Cached for Registered {
    fn read(_: &Kind, object: DynamicObject) -> Option<Self> {
        let wire: Wire = serde_json::from_value(object.data).ok()?;
        let data: Data = serde_json::from_str(wire.data.get(DATA)?).ok()?;
        Some(Self {
            meta: Meta::from(object.metadata),
            coordinates: Coordinates::of(&data.coordinates)?,
            data,
        })
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}

impl Registered {
    pub(super) fn shown(&self, tenant_label: &str) -> DeploymentPackage {
        let data = &self.data;
        let (id, name, version) = (self.meta.uid.as_str(), data.name.as_str(), data.version.as_str());
        let mut package = DeploymentPackage::new(id, name, version, data.package_type.as_str());
        package.description.clone_from(&data.description);
        package.package_url = Some(data.package_url.clone());
        package.uploaded_at = self.meta.created;
        package.tenant_id = self.meta.tenant(tenant_label);
        describe(&mut package, &self.coordinates);
        package.extensions.extend(data.extensions.clone());
        package
    }

    /// Whether it is what `upload` is.
    pub(in super::super) fn is(&self, upload: &Upload) -> bool {
        let same = |data: &Data| {
            (
                data.name.clone(),
                data.version.clone(),
                data.package_type.clone(),
                data.tool.clone(),
            )
        };
        self.coordinates == upload.coordinates && same(&self.data) == same(&upload.data)
    }
}

/// The name of the ConfigMap: name and version are unique for each owner.
pub(in super::super) fn name_of(context: &Context, upload: &Upload) -> String {
    let tenant = context.tenant().map_or("", |tenant| tenant.as_str());
    let mark = Fingerprint::new()
        .text(tenant)
        .text(&upload.data.name)
        .text(&upload.data.version)
        .value();
    format!("o2-package-{mark:016x}")
}

/// The ConfigMap of a package.
pub(in super::super) fn config_map(context: &Context, upload: &Upload, namespace: &str, tenant_label: &str) -> Value {
    let mut labels = json!({OF: "argocd", "app.kubernetes.io/managed-by": "o2"});
    if let Some(tenant) = context.tenant() {
        labels[tenant_label] = json!(tenant);
    }
    let data = serde_json::to_string(&upload.data).unwrap_or_default();
    json!({
        "apiVersion": CONFIG_MAPS.api_version(),
        "kind": CONFIG_MAPS.name,
        "metadata": {"name": name_of(context, upload), "namespace": namespace, "labels": labels},
        "immutable": true,
        "data": {DATA: data},
    })
}
