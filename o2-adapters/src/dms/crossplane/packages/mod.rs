//! Packages: Configurations, which bring compositions along, and revisions of compositions that nobody has brought that way.
//!
//! What is deployed is always one revision of a composition. That of a Configuration is the newest one of its composition.

mod part;
mod upload;

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_core::error::Excerpt;
use o2_core::{Error, Extensions, Result};
use o2_dms::{DeploymentPackage, PackageId};
use serde_json::Value;

use super::shape::Shape;
use crate::kube::deployed::NotedPackage;
pub(super) use part::{CONFIGURATIONS, Detail, NOTES, PARTS, Part};
pub(super) use upload::{Upload, split};

/// What callers may say: which composition of a Configuration is deployed.
pub(super) const COMPOSITION: &str = "crossplane.composition";
/// How many compositions a message names at most.
const NAMED: usize = 20;

/// What can be deployed, as far as somebody may see it.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    shapes: Vec<Arc<Shape>>,
    configurations: BTreeMap<String, Part>,
    /// By name.
    compositions: BTreeMap<String, Part>,
    /// By name.
    revisions: BTreeMap<String, Part>,
}

/// What is to be deployed.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) package: Arc<DeploymentPackage>,
    pub(super) shape: Arc<Shape>,
    pub(super) composition: String,
    pub(super) revision: String,
}

impl Chosen {
    /// As it is noted of a deployment whose content has this fingerprint.
    pub(super) fn noted(&self, of: String) -> NotedPackage {
        NotedPackage {
            id: self.package.package_id.to_string(),
            version: self.package.version.clone(),
            of,
        }
    }
}

impl Shelf {
    /// Compositions of other definitions are left out, and so is what is being deleted.
    pub(super) fn of(shapes: &[Arc<Shape>], parts: Vec<Part>) -> Self {
        let mut shelf = Self {
            shapes: shapes.to_vec(),
            ..Self::default()
        };
        for part in parts.into_iter().filter(|part| !part.meta.deleting) {
            let name = part.meta.name.clone();
            match &part.detail {
                Detail::Configuration { .. } => {
                    shelf.configurations.insert(part.meta.uid.clone(), part);
                }
                Detail::Composition { of } if shelf.shape(&of.api_version, &of.kind).is_some() => {
                    shelf.compositions.insert(name, part);
                }
                Detail::Revision { of, .. } if shelf.shape(&of.api_version, &of.kind).is_some() => {
                    shelf.revisions.insert(name, part);
                }
                _ => {}
            }
        }
        shelf
    }

    fn shape(&self, api_version: &str, kind: &str) -> Option<&Arc<Shape>> {
        self.shapes.iter().find(|shape| shape.composes(api_version, kind))
    }

    fn shape_of(&self, part: &Part) -> Option<&Arc<Shape>> {
        match &part.detail {
            Detail::Composition { of } | Detail::Revision { of, .. } => self.shape(&of.api_version, &of.kind),
            Detail::Configuration { .. } => None,
        }
    }

    /// The compositions that a Configuration has brought.
    pub(super) fn brought<'s>(&'s self, configuration: &'s str) -> impl Iterator<Item = &'s Part> {
        let compositions = self.compositions.values();
        compositions.filter(move |composition| composition.brought_by() == Some(configuration))
    }

    /// The revisions of a composition, the newest one last.
    fn revisions(&self, composition: &str) -> Vec<&Part> {
        let revisions = self.revisions.values();
        let mut revisions: Vec<_> = revisions
            .filter(|revision| revision.composition() == Some(composition))
            .collect();
        revisions.sort_by_key(|revision| revision.number());
        revisions
    }

    /// Whether a revision is a package by itself. One whose composition is gone cannot be used for long.
    fn is_package(&self, revision: &Part) -> bool {
        let composition = revision.composition().and_then(|name| self.compositions.get(name));
        composition.is_some_and(|composition| composition.brought_by().is_none())
    }

    /// The packages, by their ids.
    pub(super) fn packages(&self, tenant_label: &str) -> BTreeMap<String, Arc<DeploymentPackage>> {
        let revisions = self.revisions.values().filter(|revision| self.is_package(revision));
        let all = self.configurations.values().chain(revisions);
        let shown = all.map(|part| {
            let definition = self.shape_of(part).map(|shape| shape.name.as_str());
            Arc::new(part.shown(tenant_label, definition))
        });
        shown.map(|package| (package.package_id.to_string(), package)).collect()
    }

    pub(super) fn configuration(&self, id: &str) -> Option<&Part> {
        self.configurations.get(id)
    }

    /// What deploying a package means; `said` are the extensions of the deployment.
    ///
    /// # Errors
    /// `InvalidInput` when there is no such package, or it does not say what to deploy; `Conflict` when it is not there yet.
    pub(super) fn choose(&self, tenant_label: &str, id: &PackageId, said: &Extensions) -> Result<Chosen> {
        let found = self.packages(tenant_label).remove(id.as_str());
        let package = found.ok_or_else(|| {
            let error = Error::not_found("deploymentPackage", id.as_str());
            Error::violation("packageId", error.message())
        })?;
        let revision = match self.configurations.get(id.as_str()) {
            Some(configuration) => self.newest_of(configuration, said)?,
            None => self
                .revisions
                .values()
                .find(|revision| revision.meta.uid == id.as_str()),
        };
        let chosen = revision.and_then(|revision| {
            let shape = Arc::clone(self.shape_of(revision)?);
            let composition = revision.composition()?.to_owned();
            Some((shape, composition, revision.meta.name.clone()))
        });
        let (shape, composition, revision) = chosen.ok_or_else(|| not_yet(&package, "has no revision yet"))?;
        check_enforced(&shape, &composition)?;
        Ok(Chosen {
            package,
            shape,
            composition,
            revision,
        })
    }

    /// The newest revision of the one composition of a Configuration that is meant.
    fn newest_of(&self, configuration: &Part, said: &Extensions) -> Result<Option<&Part>> {
        let wanted = said.get(COMPOSITION).and_then(Value::as_str);
        let brought: Vec<_> = self.brought(&configuration.meta.uid).collect();
        let meant = |part: &&Part| wanted.is_none_or(|wanted| part.meta.name == wanted);
        let mut meant = brought.iter().copied().filter(meant);
        match (meant.next(), meant.next()) {
            (Some(one), None) => Ok(self.revisions(&one.meta.name).pop()),
            (Some(_), Some(_)) => {
                let reason = format!(
                    "the package brings several compositions; say which (known: {})",
                    names(&brought)
                );
                Err(Error::violation(format!("extensions.{COMPOSITION}"), reason))
            }
            (None, _) => Err(match configuration.problem() {
                Some(problem) => Error::conflict(format!(
                    "the package {} cannot be deployed yet: {problem}",
                    configuration.meta.name
                )),
                None if brought.is_empty() => {
                    let known: Vec<_> = self.shapes.iter().map(|shape| shape.name.as_str()).collect();
                    let reason = format!("brings no composition for the definitions {}", known.join(", "));
                    Error::violation("packageId", reason)
                }
                None => {
                    let wanted = Excerpt(wanted.unwrap_or_default()).to_string();
                    let reason = format!("the package brings no '{wanted}' (known: {})", names(&brought));
                    Error::violation(format!("extensions.{COMPOSITION}"), reason)
                }
            }),
        }
    }

    /// Id and version of the package that is deployed by a revision, or by the newest one of a composition. Where it is not
    /// there, what is referred to is the id.
    pub(super) fn find(&self, composition: Option<&str>, revision: Option<&str>) -> (String, String) {
        let found = match revision {
            Some(revision) => self.revisions.get(revision),
            None => composition.and_then(|composition| self.revisions(composition).pop()),
        };
        let Some(found) = found else {
            let id = match (revision, composition) {
                (Some(revision), _) => format!("CompositionRevision/{revision}"),
                (None, Some(composition)) => format!("Composition/{composition}"),
                (None, None) => "Composition/".to_owned(),
            };
            return (id, String::new());
        };
        let composition = found.composition().and_then(|name| self.compositions.get(name));
        let brought = composition.and_then(|composition| self.configurations.get(composition.brought_by()?));
        match brought {
            None => (found.meta.uid.clone(), found.version()),
            Some(configuration) => {
                let newest = found.composition().and_then(|name| self.revisions(name).pop());
                let is_newest = newest.is_some_and(|newest| newest.meta.uid == found.meta.uid);
                let version = if is_newest {
                    configuration.version()
                } else {
                    String::new()
                };
                (configuration.meta.uid.clone(), version)
            }
        }
    }
}

fn names(parts: &[&Part]) -> String {
    let names: Vec<_> = parts.iter().take(NAMED).map(|part| part.meta.name.as_str()).collect();
    names.join(", ")
}

fn not_yet(package: &DeploymentPackage, why: &str) -> Error {
    Error::conflict(format!("the package {} {why}; try again", package.name))
}

fn check_enforced(shape: &Shape, composition: &str) -> Result<()> {
    match &shape.enforced {
        Some(enforced) if enforced != composition => {
            let reason = format!("the definition {} allows the composition {enforced} only", shape.name);
            Err(Error::violation("packageId", reason))
        }
        _ => Ok(()),
    }
}
