//! [`Part`]: the objects that packages are made of.

use kube::api::DynamicObject;
use o2_core::Extensions;
use o2_dms::DeploymentPackage;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::upload::split;
use crate::dms::crossplane::wire::{COMPOSITION_NAME, Findings, Reference};
use crate::kube::deployed::words;
use crate::kube::{Cached, Kind, Meta, or_default};

/// The annotation with what only O2 knows about a package.
pub(in super::super) const NOTES: &str = "o2ims.oran.org/package";
/// What is said about a package: the object that it is, the definition that it is for, and what is wrong with it.
pub(in super::super) const OBJECT: &str = "crossplane.object";
const DEFINITION: &str = "crossplane.definition";
const PROBLEM: &str = "crossplane.problem";

const EXTENSIONS: &str = "apiextensions.crossplane.io";
pub(in super::super) static CONFIGURATIONS: Kind =
    Kind::of_cluster("pkg.crossplane.io", "v1", "Configuration", "configurations");
static COMPOSITIONS: Kind = Kind::of_cluster(EXTENSIONS, "v1", "Composition", "compositions");
static REVISIONS: Kind = Kind::of_cluster(EXTENSIONS, "v1", "CompositionRevision", "compositionrevisions");
/// Everything that packages are made of.
pub(in super::super) static PARTS: [&Kind; 3] = [&CONFIGURATIONS, &COMPOSITIONS, &REVISIONS];

/// An object that a package is, or is made of.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Part {
    pub(in super::super) meta: Meta,
    pub(in super::super) detail: Detail,
}

/// Which of them.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) enum Detail {
    Configuration {
        /// `registry.example/platform/edge:v1.2.0`.
        package: String,
        status: Findings,
        notes: PackageNotes,
    },
    Composition {
        /// The type of composite resources that it is for.
        of: Reference,
    },
    Revision {
        of: Reference,
        number: i64,
    },
}

/// What only O2 knows about a package; JSON in an annotation.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct PackageNotes {
    pub(in super::super) version: String,
    pub(in super::super) description: String,
    #[serde(skip_serializing_if = "Extensions::is_empty")]
    pub(in super::super) extensions: Extensions,
}

#[derive(Deserialize)]
struct Wire {
    spec: Spec,
    #[serde(default, deserialize_with = "or_default")]
    status: Findings,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    package: String,
    composite_type_ref: Reference,
    revision: i64,
}

impl Cached for Part {
    /// Without what changes whenever somebody writes.
    fn read(kind: &Kind, object: DynamicObject) -> Option<Self> {
        let mut meta = Meta::from(object.metadata);
        let wire: Wire = serde_json::from_value(object.data)
            .inspect_err(|error| {
                let (path, kind) = (meta.path(), kind.resource());
                tracing::debug!(path, kind, %error, "an object cannot be understood; it is left out");
            })
            .ok()?;
        let (spec, status) = (wire.spec, wire.status);
        let detail = if *kind == CONFIGURATIONS {
            let notes = meta.annotation(NOTES).and_then(|text| serde_json::from_str(text).ok());
            Detail::Configuration {
                package: spec.package,
                status,
                notes: notes.unwrap_or_default(),
            }
        } else if *kind == COMPOSITIONS {
            Detail::Composition {
                of: spec.composite_type_ref,
            }
        } else {
            Detail::Revision {
                of: spec.composite_type_ref,
                number: spec.revision,
            }
        };
        meta.resource_version.clear();
        Some(Self { meta, detail })
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}

impl Part {
    /// The Configuration that has brought it, by uid.
    pub(in super::super) fn brought_by(&self) -> Option<&str> {
        let mut owners = self.meta.owners.iter();
        let found = owners.find(|owner| owner.kind == CONFIGURATIONS.name);
        found.map(|owner| owner.uid.as_str())
    }

    /// The composition of a revision.
    pub(super) fn composition(&self) -> Option<&str> {
        self.meta.label(COMPOSITION_NAME)
    }

    pub(super) fn number(&self) -> i64 {
        match &self.detail {
            Detail::Revision { number, .. } => *number,
            _ => 0,
        }
    }

    pub(in super::super) fn version(&self) -> String {
        match &self.detail {
            Detail::Configuration { package, notes, .. } if notes.version.is_empty() => {
                let (_, tag, digest) = split(package);
                tag.or(digest).unwrap_or_default().to_owned()
            }
            Detail::Configuration { notes, .. } => notes.version.clone(),
            Detail::Revision { number, .. } => number.to_string(),
            Detail::Composition { .. } => String::new(),
        }
    }

    /// What keeps a Configuration from being used, as far as Crossplane says it.
    pub(in super::super) fn problem(&self) -> Option<String> {
        let Detail::Configuration { status, .. } = &self.detail else {
            return None;
        };
        let bad = |kind: &str| {
            let found = status.condition(kind).filter(|found| !found.holds())?;
            Some(format!("{kind}: {}", words(&found.words())))
        };
        let silent = || {
            let is_silent = status.condition("Installed").is_none();
            is_silent.then(|| "Crossplane has not installed it yet".to_owned())
        };
        bad("Installed").or_else(|| bad("Healthy")).or_else(silent)
    }

    pub(super) fn shown(&self, tenant_label: &str, definition: Option<&str>) -> DeploymentPackage {
        let (kind, package_type, name) = match &self.detail {
            Detail::Configuration { .. } => (&CONFIGURATIONS, "crossplane-configuration", self.meta.name.as_str()),
            Detail::Composition { .. } => (&COMPOSITIONS, "crossplane-composition", self.meta.name.as_str()),
            Detail::Revision { .. } => {
                let name = self.composition().unwrap_or(&self.meta.name);
                (&REVISIONS, "crossplane-composition", name)
            }
        };
        let mut shown = DeploymentPackage::new(self.meta.uid.as_str(), name, self.version(), package_type);
        shown.uploaded_at = self.meta.created;
        shown.tenant_id = self.meta.tenant(tenant_label);
        let mut said = vec![
            (OBJECT, Some(format!("{}/{}", kind.name, self.meta.name))),
            (DEFINITION, definition.map(str::to_owned)),
        ];
        if let Detail::Configuration { package, status, notes } = &self.detail {
            shown.description.clone_from(&notes.description);
            shown.package_url = Some(format!("oci://{package}"));
            shown.checksum = split(package).2.map(str::to_owned);
            let told = !status.conditions.is_empty();
            said.push((PROBLEM, self.problem().filter(|_| told)));
            shown.extensions.clone_from(&notes.extensions);
        }
        for (key, text) in said {
            let text = text.map(|text| (key.to_owned(), json!(text)));
            shown.extensions.extend(text);
        }
        shown
    }
}
