//! [`Source`]: the objects that say where Flux finds things; they are the packages.

mod kinds;
mod upload;

use std::collections::BTreeMap;
use std::sync::Arc;

use kube::api::DynamicObject;
use o2_core::Extensions;
use o2_dms::DeploymentPackage;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::objects::Engine;
use super::wire::{MADE_BY_KUSTOMIZATION, MADE_BY_RELEASE};
use crate::kube::deployed::without_credentials;
use crate::kube::{Cached, Kind, Meta};
pub(super) use kinds::{SOURCES, SourceKind};
pub(super) use upload::Upload;

/// The label of sources that were made for a package, with the backend that they are for.
pub(super) const OF: &str = "o2ims.oran.org/package-of";
/// The label of a repository that was made for the charts of packages, and is none itself.
pub(super) const PART: &str = "o2ims.oran.org/part-of-package";
/// The annotation with what only O2 knows about a package.
pub(super) const NOTES: &str = "o2ims.oran.org/package";

/// What callers may say about a package, and what is said about one.
pub(super) const CHART: &str = "flux.chart";
pub(super) const CHART_VERSION: &str = "flux.chartVersion";
pub(super) const PATH: &str = "flux.path";
pub(super) const SOURCE: &str = "flux.source";

/// A source.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Source {
    pub(super) kind: SourceKind,
    pub(super) meta: Meta,
    pub(super) spec: Map<String, Value>,
    notes: PackageNotes,
}

/// What only O2 knows about a package; JSON in an annotation.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PackageNotes {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) description: String,
    pub(super) package_type: String,
    pub(super) package_url: String,
    /// Which directory of it is deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) checksum: Option<String>,
    #[serde(skip_serializing_if = "Extensions::is_empty")]
    pub(super) extensions: Extensions,
}

#[derive(Deserialize)]
struct Wire {
    spec: Map<String, Value>,
}

impl Cached for Source {
    fn read(kind: &Kind, object: DynamicObject) -> Option<Self> {
        let mut meta = Meta::from(object.metadata);
        let wire: Wire = serde_json::from_value(object.data).ok()?;
        let notes = meta.annotation(NOTES).and_then(|text| serde_json::from_str(text).ok());
        // Its controller writes to it whenever it looks.
        meta.resource_version.clear();
        Some(Self {
            kind: SourceKind::of(kind)?,
            notes: notes.unwrap_or_default(),
            meta,
            spec: wire.spec,
        })
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}

fn or<'t>(text: &'t str, other: &'t str) -> &'t str {
    if text.is_empty() { other } else { text }
}

impl Source {
    pub(super) fn text(&self, member: &str) -> &str {
        self.spec.get(member).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether it is no package, but part of one.
    pub(super) fn is_part(&self) -> bool {
        self.meta.label(PART).is_some()
    }

    /// Whether it was made for a package.
    pub(super) fn is_own(&self) -> bool {
        self.meta.label(OF).is_some()
    }

    /// Who makes it, unless somebody did it by hand.
    pub(super) fn maker(&self) -> Option<String> {
        let by = |label: &str, kind: &str| Some(format!("{kind} {}", self.meta.label(label)?));
        by(MADE_BY_RELEASE, "HelmRelease").or_else(|| by(MADE_BY_KUSTOMIZATION, "Kustomization"))
    }

    pub(super) fn version(&self) -> &str {
        or(&self.notes.version, self.kind.version(&self.spec))
    }

    fn name(&self) -> &str {
        or(&self.notes.name, self.kind.name(&self.spec, &self.meta.name))
    }

    pub(super) fn package_type(&self) -> &str {
        or(&self.notes.package_type, self.kind.package_type(&self.spec))
    }

    /// What deploys it.
    pub(super) fn engine(&self) -> Engine {
        match self.package_type() {
            "helm-chart" => Engine::Helm,
            _ => Engine::Kustomize,
        }
    }

    pub(super) fn shown(&self, tenant_label: &str) -> DeploymentPackage {
        let notes = &self.notes;
        let id = self.meta.uid.as_str();
        let mut package = DeploymentPackage::new(id, self.name(), self.version(), self.package_type());
        package.description.clone_from(&notes.description);
        let url = without_credentials(or(&notes.package_url, self.text("url")));
        package.package_url = Some(url).filter(|url| !url.is_empty());
        package.checksum.clone_from(&notes.checksum);
        package.uploaded_at = self.meta.created;
        package.tenant_id = self.meta.tenant(tenant_label);
        let said = [
            (SOURCE, Some(format!("{}/{}", self.kind.kind().name, self.meta.path()))),
            (
                CHART,
                Some(self.text("chart").to_owned()).filter(|chart| !chart.is_empty()),
            ),
            (PATH, notes.path.clone()),
        ];
        for (key, text) in said {
            package
                .extensions
                .extend(text.map(|text| (key.to_owned(), json!(text))));
        }
        package.extensions.extend(notes.extensions.clone());
        package
    }

    /// The members of a deployment's `spec` that refer to it.
    pub(super) fn deployed(&self, said: &Extensions) -> o2_core::Result<Map<String, Value>> {
        let text = |key: &str| said.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let reference = json!({
            "kind": self.kind.kind().name,
            "name": self.meta.name,
            "namespace": self.meta.namespace,
        });
        let members = match (self.engine(), self.kind) {
            (Engine::Helm, SourceKind::HelmRepository) => {
                let chart = text(CHART).ok_or_else(|| {
                    let reason = format!("the package is a repository: say {CHART}, and {CHART_VERSION}");
                    o2_core::Error::violation("extensions", reason)
                })?;
                let version = text(CHART_VERSION).unwrap_or("*");
                json!({"chart": {"spec": {"chart": chart, "version": version, "sourceRef": reference}}})
            }
            (Engine::Helm, _) => json!({"chartRef": reference}),
            (Engine::Kustomize, _) => {
                let path = text(PATH).or(self.notes.path.as_deref()).unwrap_or("./");
                if path.split('/').any(|part| part == "..") {
                    let at = format!("extensions.{PATH}");
                    return Err(o2_core::Error::violation(at, "must be within the source"));
                }
                json!({"sourceRef": reference, "path": path})
            }
        };
        Ok(members.as_object().cloned().unwrap_or_default())
    }
}

/// A package, and the source that it is.
#[derive(Debug, Clone)]
pub(super) struct Package {
    pub(super) shown: Arc<DeploymentPackage>,
    pub(super) source: Source,
}

/// The packages that sources are, by id.
pub(super) fn draw(tenant_label: &str, sources: Vec<Source>) -> BTreeMap<String, Package> {
    let packages = sources
        .into_iter()
        .filter(|source| !source.is_part())
        .map(|source| Package {
            shown: Arc::new(source.shown(tenant_label)),
            source,
        });
    packages
        .map(|package| (package.shown.package_id.to_string(), package))
        .collect()
}

/// Sources by kind, namespace and name, for finding the one that somebody refers to.
#[derive(Debug, Default)]
pub(super) struct Places(BTreeMap<(String, String, String), (String, String)>);

impl Places {
    pub(super) fn of(sources: &[Source]) -> Self {
        let place = |source: &Source| {
            let namespace = source.meta.namespace.clone().unwrap_or_default();
            let kind = source.kind.kind().name.clone().into_owned();
            let key = (kind, namespace, source.meta.name.clone());
            (key, (source.meta.uid.clone(), source.version().to_owned()))
        };
        Self(sources.iter().map(place).collect())
    }

    /// Id and version of the package that is there.
    pub(super) fn find(&self, kind: &str, namespace: &str, name: &str) -> Option<(&str, &str)> {
        let key = (kind.to_owned(), namespace.to_owned(), name.to_owned());
        self.0.get(&key).map(|(id, version)| (id.as_str(), version.as_str()))
    }
}
