//! [`Meta`]: what every object of an API server has, without what nobody asks for.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use o2_core::model::Version;
use o2_core::{TenantId, Timestamp};

/// The metadata of an object.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Meta {
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    /// Unique over all time, and never given again: an object that is deleted and made anew has another.
    pub(crate) uid: String,
    pub(crate) resource_version: String,
    /// Counts changes of the specification; 0 for kinds that do not count.
    pub(crate) generation: i64,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) created: Option<Timestamp>,
    /// Whether it is being deleted.
    pub(crate) deleting: bool,
    pub(crate) owners: Vec<Owner>,
    /// What keeps it from going when it is deleted.
    pub(crate) finalizers: Vec<String>,
}

/// An owner of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) uid: String,
    /// Whether it is the one that manages the object.
    pub(crate) controller: bool,
}

impl Meta {
    pub(crate) fn label(&self, key: &str) -> Option<&str> {
        self.labels
            .get(key)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    pub(crate) fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(String::as_str)
    }

    /// The owner that manages the object, if it is of this kind.
    pub(crate) fn controller(&self, kind: &str) -> Option<&Owner> {
        self.owners.iter().find(|owner| owner.controller && owner.kind == kind)
    }

    /// The tenant that a label of this key names.
    pub(crate) fn tenant(&self, key: &str) -> Option<TenantId> {
        self.label(key).map(TenantId::new)
    }

    pub(crate) fn version(&self) -> Version {
        Version::new(self.resource_version.clone())
    }

    /// `namespace/name`, or the name alone.
    pub(crate) fn path(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        }
    }
}

impl From<ObjectMeta> for Meta {
    fn from(meta: ObjectMeta) -> Self {
        let owners = meta
            .owner_references
            .unwrap_or_default()
            .into_iter()
            .map(|owner| Owner {
                kind: owner.kind,
                name: owner.name,
                uid: owner.uid,
                controller: owner.controller == Some(true),
            });
        Self {
            name: meta.name.unwrap_or_default(),
            namespace: meta.namespace,
            uid: meta.uid.unwrap_or_default(),
            resource_version: meta.resource_version.unwrap_or_default(),
            generation: meta.generation.unwrap_or_default(),
            labels: meta.labels.unwrap_or_default(),
            annotations: meta.annotations.unwrap_or_default(),
            created: meta.creation_timestamp.as_ref().map(timestamp),
            deleting: meta.deletion_timestamp.is_some(),
            owners: owners.collect(),
            finalizers: meta.finalizers.unwrap_or_default(),
        }
    }
}

fn timestamp(time: &Time) -> Timestamp {
    Timestamp::from_unix_seconds(time.0.as_second())
}
