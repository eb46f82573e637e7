//! [`Object`]: a claim or a composite resource, as the API server shows it.

use kube::api::DynamicObject;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::wire::{Findings, PAUSED, Reference};
use crate::kube::{Cached, Kind, Meta, or_default};

/// A claim or a composite resource.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Object {
    pub(super) kind: Kind,
    pub(super) meta: Meta,
    /// As it is, because it is changed in some places only.
    pub(super) spec: Map<String, Value>,
    pub(super) status: Findings,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default, deserialize_with = "or_default")]
    spec: Map<String, Value>,
    #[serde(default, deserialize_with = "or_default")]
    status: Findings,
}

impl Object {
    /// Reads an object; `None` for something else.
    pub(super) fn read(kind: &Kind, object: DynamicObject) -> Option<Self> {
        let meta = Meta::from(object.metadata);
        match serde_json::from_value::<Wire>(object.data) {
            Ok(wire) => Some(Self {
                kind: kind.clone(),
                meta,
                spec: wire.spec,
                status: wire.status,
            }),
            Err(error) => {
                let (path, kind) = (meta.path(), kind.resource());
                tracing::debug!(path, kind, %error, "an object cannot be understood; it is left out");
                None
            }
        }
    }

    pub(super) fn is_paused(&self) -> bool {
        self.meta.annotation(PAUSED) == Some("true")
    }

    /// The state that Crossplane has looked at last, if it says which.
    pub(super) fn observed(&self) -> Option<i64> {
        let conditions = ["Synced", "Ready"].map(|kind| self.status.condition(kind));
        conditions
            .into_iter()
            .flatten()
            .filter_map(|condition| condition.observed_generation)
            .max()
    }

    /// A field of Crossplane, wherever it is.
    pub(super) fn machinery(&self, field: &str) -> Option<&Value> {
        let own = self.spec.get("crossplane").and_then(|own| own.get(field));
        own.or_else(|| self.spec.get(field))
    }

    /// The composite resource that a claim is bound to.
    pub(super) fn bound_to(&self) -> Option<&str> {
        self.spec.get("resourceRef")?.get("name")?.as_str()
    }

    /// What it is composed of, as far as that is there.
    pub(super) fn composed(&self) -> Vec<Reference> {
        let references = self.machinery("resourceRefs").and_then(Value::as_array);
        let references = references.into_iter().flatten().chain(self.spec.get("resourceRef"));
        references
            .filter_map(|reference| Reference::deserialize(reference).ok())
            .filter(|reference| !reference.name.is_empty())
            .collect()
    }
}

impl Cached for Object {
    /// Without what changes whenever somebody writes.
    fn read(kind: &Kind, object: DynamicObject) -> Option<Self> {
        let mut object = Self::read(kind, object)?;
        object.meta.resource_version.clear();
        Some(object)
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}
