//! [`Stored`]: a package as it is kept, and what is known of its content.

use o2_core::{Error, Extensions, Result};
use o2_dms::DeploymentPackage;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::flaw::Flaw;
use super::tree::{Tree, resolve};

/// Which folder of a package is built; the topmost one when it does not say.
pub(in super::super) const PATH: &str = "kustomize.path";
/// Which of its workloads is scaled; the only one when it does not say.
pub(in super::super) const WORKLOAD: &str = "kustomize.workload";
/// What it is made of; found out, never taken from who uploads.
const WORKLOADS: &str = "kustomize.workloads";
const IMAGES: &str = "kustomize.images";
const SIZE: &str = "kustomize.size";

/// A package and what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Stored {
    pub(in super::super) package: DeploymentPackage,
    pub(in super::super) choice: Choice,
    pub(in super::super) parts: Parts,
}

/// What of the content is meant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct Choice {
    /// The folder that is built.
    pub(in super::super) path: String,
    /// The workload that is scaled.
    pub(in super::super) workload: Option<String>,
}

/// What a build of the content yields.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in super::super) struct Parts {
    /// The names of what has replicas.
    pub(in super::super) workloads: Vec<String>,
    /// The images, without tags and digests.
    pub(in super::super) images: Vec<String>,
}

impl Choice {
    /// What the extensions of an upload say.
    pub(super) fn read(extensions: &Extensions) -> Result<Self> {
        let text = |key: &str| match extensions.get(key) {
            None => Ok(None),
            Some(value) => match value.as_str().filter(|text| !text.is_empty() && text.len() <= 253) {
                Some(text) => Ok(Some(text)),
                None => Err(Error::violation(
                    format!("extensions.{key}"),
                    "must be a text of 1 to 253 bytes",
                )),
            },
        };
        let path = resolve("", text(PATH)?.unwrap_or_default());
        let path = path.map_err(|flaw| Error::violation(format!("extensions.{PATH}"), flaw.reason()))?;
        Ok(Self {
            path,
            workload: text(WORKLOAD)?.map(str::to_owned),
        })
    }

    /// Checks that the content has what is chosen.
    pub(super) fn check_tree(&self, tree: &Tree) -> Result<(), Flaw> {
        if tree.is_kustomized(&self.path) {
            return Ok(());
        }
        Err(Flaw::new(if self.path.is_empty() {
            format!("has no kustomization in its topmost folder; say which folder in the extension {PATH}")
        } else {
            format!("has no kustomization in the folder that the extension {PATH} names")
        }))
    }

    /// Checks that what is built has what is chosen.
    pub(super) fn check_parts(&self, parts: &Parts) -> Result<()> {
        match &self.workload {
            Some(workload) if !parts.workloads.contains(workload) => {
                let known = parts.workloads.join(", ");
                let reason = format!("there is no such workload with replicas; those that there are: {known}");
                Err(Error::violation(format!("extensions.{WORKLOAD}"), reason))
            }
            _ => Ok(()),
        }
    }
}

impl Stored {
    /// A package that is complete but for what was found out about it.
    pub(super) fn new(mut package: DeploymentPackage, choice: Choice, parts: Parts, size: usize) -> Self {
        let found = [
            (SIZE, json!(size)),
            (WORKLOADS, json!(parts.workloads)),
            (IMAGES, json!(parts.images)),
        ];
        for (key, value) in found {
            package.extensions.insert(key.to_owned(), value);
        }
        Self { package, choice, parts }
    }

    /// The one workload that is scaled.
    pub(in super::super) fn scaled(&self) -> Option<&str> {
        match (&self.choice.workload, self.parts.workloads.as_slice()) {
            (Some(chosen), _) => Some(chosen),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }
}
