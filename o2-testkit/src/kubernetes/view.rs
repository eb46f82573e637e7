//! [`View`]: how a stored object is shown to the one who asks: in a version, whole or its metadata alone.

use std::sync::Arc;

use serde_json::{Value, json};

use super::call::Call;
use super::object;
use super::resource::Resource;
use super::route::Target;

/// How objects are shown.
#[derive(Debug, Clone)]
pub(super) struct View {
    resource: Arc<Resource>,
    version: String,
    metadata_only: bool,
}

impl View {
    pub(super) fn of(target: &Target, call: &Call) -> Self {
        Self {
            resource: Arc::clone(&target.resource),
            version: target.version.clone(),
            metadata_only: call.wants_metadata_only(),
        }
    }

    /// In the preferred version, whole.
    pub(super) fn stored(resource: &Arc<Resource>) -> Self {
        Self {
            resource: Arc::clone(resource),
            version: resource.preferred().to_owned(),
            metadata_only: false,
        }
    }

    /// One object.
    pub(super) fn object(&self, stored: &Value) -> Value {
        if self.metadata_only {
            return json!({
                "kind": "PartialObjectMetadata",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": stored["metadata"],
            });
        }
        let mut shown = self.resource.shown(stored);
        object::set(&mut shown, "apiVersion", Some(json!(self.api_version())));
        object::set(&mut shown, "kind", Some(json!(self.resource.kind)));
        shown
    }

    /// One object of a list. Built-in kinds have no type there.
    pub(super) fn item(&self, stored: &Value) -> Value {
        let mut shown = self.object(stored);
        if self.resource.built_in && !self.metadata_only {
            object::set(&mut shown, "apiVersion", None);
            object::set(&mut shown, "kind", None);
        }
        shown
    }

    /// A list.
    pub(super) fn list(&self, metadata: &Value, items: Vec<Value>) -> Value {
        let (kind, version) = if self.metadata_only {
            ("PartialObjectMetadataList".to_owned(), "meta.k8s.io/v1".to_owned())
        } else {
            (format!("{}List", self.resource.kind), self.api_version())
        };
        json!({"kind": kind, "apiVersion": version, "metadata": metadata, "items": items})
    }

    /// What bookmarks carry: nothing but a version.
    pub(super) fn bookmark(&self, version: u64) -> Value {
        self.object(&json!({"metadata": {"resourceVersion": version.to_string(), "creationTimestamp": null}}))
    }

    fn api_version(&self) -> String {
        self.resource.api_version(&self.version)
    }
}
