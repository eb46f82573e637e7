//! Preparing: from a package and values to the objects of a revision.

use std::collections::BTreeMap;

use o2_core::error::Excerpt;
use o2_core::{Context, Error, ErrorKind, Extensions, Result, Timestamp};
use o2_dms::{DeploymentId, PackageId};
use serde_json::{Value, json};

use crate::dms::kustomize::build::{Manifest, Object, Values};
use crate::dms::kustomize::package::{Row, Stored, screen, unpack};
use crate::dms::kustomize::site::Site;
use crate::dms::kustomize::state::{Member, Revision, Scaled};
use crate::kube::Kind;

/// Where the objects of a deployment are, and whose they are.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) id: DeploymentId,
    pub(super) namespace: String,
    /// The labels that every object has.
    pub(super) labels: BTreeMap<String, String>,
}

/// A revision that could be applied.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) revision: Revision,
    pub(super) objects: Vec<Object>,
    pub(super) inventory: Vec<Member>,
    pub(super) manifest: Manifest,
}

/// What a revision is about, apart from its objects.
#[derive(Debug, Clone)]
pub(super) struct Draft<'a> {
    pub(super) number: u32,
    pub(super) description: String,
    pub(super) values: &'a Extensions,
    pub(super) now: Timestamp,
}

impl Site {
    /// The package that a request names.
    ///
    /// # Errors
    /// `InvalidInput` when it does not exist for the caller.
    pub(super) async fn given_package(&self, context: &Context, id: &PackageId) -> Result<Row> {
        self.packages.get(context, id).await.map_err(|error| {
            if error.is(ErrorKind::NotFound) {
                Error::violation("packageId", error.message())
            } else {
                error
            }
        })
    }

    /// The revision of a package with values.
    pub(super) async fn prepare(
        &self,
        context: &Context,
        place: &Place,
        stored: &Stored,
        draft: Draft<'_>,
    ) -> Result<Prepared> {
        let values = Values::read(draft.values)?;
        self.check_replicas(&values, stored)?;
        let content = self.packages.content(context, &stored.package.package_id).await?;
        let mut tree = unpack(&content)?;
        screen(&mut tree)?;
        let mut objects = self.builder.build(&tree, stored, &values, &place.namespace).await?;
        let mut inventory = Vec::new();
        let defined = defined(&objects);
        for object in &mut objects {
            let kind = self.kind(context, object, &defined).await?;
            self.settle_in(object, &kind, place)?;
            inventory.push(Member::new(object.id.clone(), &kind));
        }
        let revision = Revision {
            number: draft.number,
            created_at: draft.now,
            description: draft.description,
            package_id: stored.package.package_id.clone(),
            package_version: stored.package.version.clone(),
            package_digest: stored.package.checksum.clone(),
            values: draft.values.clone(),
            scaled: scaled(&values, stored, &objects),
            rolled_back_to: None,
        };
        Ok(Prepared {
            manifest: Manifest::pack(&objects)?,
            revision,
            objects,
            inventory,
        })
    }

    fn check_replicas(&self, values: &Values, stored: &Stored) -> Result<()> {
        let most = self.config.max_replicas;
        match values.replicas_of(stored)?.values().find(|count| **count > most) {
            Some(count) => Err(Error::violation(
                "values.replicas",
                format!("must be 0 to {most}, not {count}"),
            )),
            None => Ok(()),
        }
    }

    /// The kind of an object, as the cluster has it, or as a definition of the same package makes it.
    async fn kind(&self, context: &Context, object: &Object, defined: &[Kind]) -> Result<Kind> {
        let id = &object.id;
        if let Some(kind) = self.kinds.find(context, &id.group, &id.version, &id.kind).await? {
            return Ok(kind);
        }
        let same = |kind: &&Kind| {
            (&*kind.group, &*kind.version, &*kind.name) == (id.group.as_str(), id.version.as_str(), id.kind.as_str())
        };
        defined.iter().find(same).cloned().ok_or_else(|| {
            let reason = format!("has {id}, a kind that the cluster does not have in this version");
            Error::violation("packageId", reason)
        })
    }

    /// Gives an object its namespace and its labels.
    fn settle_in(&self, object: &mut Object, kind: &Kind, place: &Place) -> Result<()> {
        let metadata = &mut object.value["metadata"];
        if kind.namespaced {
            let named = object.id.namespace.as_deref().unwrap_or(&place.namespace);
            if named != place.namespace {
                let reason = format!(
                    "{} is in the namespace '{}', not in that of the deployment",
                    object.id,
                    Excerpt(named)
                );
                return Err(Error::invalid(reason));
            }
            object.id.namespace = Some(place.namespace.clone());
            metadata["namespace"] = json!(place.namespace);
        } else {
            if !self.config.cluster_objects {
                let reason = format!(
                    "has {}, which belongs to no namespace; that is not allowed here",
                    object.id
                );
                return Err(Error::violation("packageId", reason));
            }
            object.id.namespace = None;
            metadata.as_object_mut().map(|metadata| metadata.remove("namespace"));
        }
        if !metadata["labels"].is_object() {
            metadata["labels"] = json!({});
        }
        for (key, value) in &place.labels {
            metadata["labels"][key] = json!(value);
        }
        Ok(())
    }
}

/// The kinds that the definitions among the objects make.
fn defined(objects: &[Object]) -> Vec<Kind> {
    let definitions = objects
        .iter()
        .filter(|object| object.id.group_kind() == "CustomResourceDefinition.apiextensions.k8s.io");
    let kinds = |object: &Object| -> Option<Vec<Kind>> {
        let spec = &object.value["spec"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let versions = spec["versions"]
            .as_array()?
            .iter()
            .filter(|version| version["served"] != false);
        versions
            .map(|version| {
                Some(Kind {
                    group: text(&spec["group"])?.into(),
                    version: text(&version["name"])?.into(),
                    name: text(&spec["names"]["kind"])?.into(),
                    plural: text(&spec["names"]["plural"])?.into(),
                    namespaced: spec["scope"] != "Cluster",
                })
            })
            .collect()
    };
    definitions.filter_map(kinds).flatten().collect()
}

/// The workload that is scaled, as it is in the manifest.
fn scaled(values: &Values, stored: &Stored, objects: &[Object]) -> Option<Scaled> {
    let name = stored.scaled()?;
    let object = values.workload(name, objects)?;
    let replicas = object.value["spec"]["replicas"].as_u64().unwrap_or(1);
    Some(Scaled {
        object: object.id.clone(),
        name: name.to_owned(),
        replicas: u32::try_from(replicas).unwrap_or(u32::MAX),
    })
}
