//! [`Resource`]: one kind of objects that the server knows, and what can be done with them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::store::Collection;

/// One kind of objects: group, versions, names, scope and subresources.
///
/// Namespaced and with a `/status` unless it is told otherwise, as most custom resources are.
///
/// ```
/// use o2_testkit::kubernetes::Resource;
///
/// let pools = Resource::new("lab.example", &["v1", "v1beta1"], "Pool", "pools").with_scale();
/// let racks = Resource::new("lab.example", &["v1"], "Rack", "racks").cluster_scoped();
/// # let _ = (pools, racks);
/// ```
#[derive(Debug, Clone)]
pub struct Resource {
    pub(super) group: String,
    pub(super) versions: Vec<String>,
    pub(super) kind: String,
    pub(super) plural: String,
    pub(super) namespaced: bool,
    pub(super) has_status: bool,
    pub(super) has_scale: bool,
    pub(super) counts_generations: bool,
    pub(super) built_in: bool,
    pub(super) verbs: &'static [&'static str],
    pub(super) fields: Vec<String>,
    /// What its storage is called where that is in another group.
    pub(super) stored_in: Option<String>,
    schemas: BTreeMap<String, Arc<Value>>,
}

const VERBS: &[&str] = &[
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];

impl Resource {
    /// A custom resource. Its first version is the preferred one; all versions show the same stored objects.
    #[must_use]
    pub fn new(group: &str, versions: &[&str], kind: &str, plural: &str) -> Self {
        Self {
            group: group.to_owned(),
            versions: versions.iter().map(ToString::to_string).collect(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
            namespaced: true,
            has_status: true,
            has_scale: false,
            counts_generations: true,
            built_in: false,
            verbs: VERBS,
            fields: Vec::new(),
            stored_in: None,
            schemas: BTreeMap::new(),
        }
    }

    /// Outside namespaces.
    #[must_use]
    pub fn cluster_scoped(mut self) -> Self {
        self.namespaced = false;
        self
    }

    /// Without `/status`: whoever writes the object writes its status too.
    #[must_use]
    pub fn without_status(mut self) -> Self {
        self.has_status = false;
        self
    }

    /// With `/scale`, which shows and sets `spec.replicas`.
    #[must_use]
    pub fn with_scale(mut self) -> Self {
        self.has_scale = true;
        self
    }

    /// With one field more, such as `spec.clusterName`, that field selectors may name.
    #[must_use]
    pub fn with_selectable_field(mut self, path: &str) -> Self {
        self.fields.push(path.to_owned());
        self
    }

    /// Objects must fit this OpenAPI v3 schema, in all versions that have none of their own.
    ///
    /// Stricter than a real server: a field that the schema does not know is refused instead of dropped, so that whoever
    /// writes it finds out. `apiVersion`, `kind` and `metadata` need not be in the schema.
    #[must_use]
    pub fn with_schema(self, schema: Value) -> Self {
        self.with_schema_of("", schema)
    }

    /// Objects of one version must fit this schema; see [`with_schema`](Self::with_schema).
    #[must_use]
    pub fn with_schema_of(mut self, version: &str, schema: Value) -> Self {
        self.schemas.insert(version.to_owned(), Arc::new(schema));
        self
    }

    /// The `CustomResourceDefinition` by which a real server serves the same kind. What has no schema takes everything.
    ///
    /// ```
    /// use o2_testkit::kubernetes::Resource;
    ///
    /// let racks = Resource::new("lab.example", &["v1"], "Rack", "racks").cluster_scoped();
    /// assert_eq!(racks.definition()["metadata"]["name"], "racks.lab.example");
    /// ```
    #[must_use]
    pub fn definition(&self) -> Value {
        let open = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        let mut subresources = json!({});
        if self.has_status {
            subresources["status"] = json!({});
        }
        if self.has_scale {
            subresources["scale"] =
                json!({"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"});
        }
        let versions = self.versions.iter().map(|version| {
            json!({
                "name": version, "served": true, "storage": version == self.preferred(),
                "schema": {"openAPIV3Schema": self.schema(version).unwrap_or(&open)}, "subresources": subresources,
            })
        });
        // Groups of the Kubernetes project are taken only with a note of who has approved them.
        let mut annotations = json!({});
        if self.group.ends_with(".k8s.io") || self.group.ends_with(".kubernetes.io") {
            annotations["api-approved.kubernetes.io"] = json!("unapproved, for tests");
        }
        json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": self.qualified(), "annotations": annotations},
            "spec": {
                "group": self.group, "scope": if self.namespaced { "Namespaced" } else { "Cluster" },
                "names": {
                    "kind": self.kind, "plural": self.plural,
                    "singular": self.kind.to_lowercase(), "listKind": format!("{}List", self.kind),
                },
                "versions": versions.collect::<Vec<_>>(),
            },
        })
    }

    pub(super) fn built_in(group: &str, version: &str, kind: &str, plural: &str) -> Self {
        Self {
            built_in: true,
            counts_generations: false,
            ..Self::new(group, &[version], kind, plural)
        }
    }

    pub(super) fn counting_generations(mut self) -> Self {
        self.counts_generations = true;
        self
    }

    pub(super) fn with_verbs(mut self, verbs: &'static [&'static str]) -> Self {
        self.verbs = verbs;
        self
    }

    pub(super) fn stored_in(mut self, group: &str) -> Self {
        self.stored_in = Some(group.to_owned());
        self
    }

    pub(super) fn selecting(mut self, fields: &[&str]) -> Self {
        self.fields = fields.iter().map(ToString::to_string).collect();
        self
    }

    pub(super) fn preferred(&self) -> &str {
        self.versions.first().map_or("", String::as_str)
    }

    pub(super) fn schema(&self, version: &str) -> Option<&Value> {
        let schema = self.schemas.get(version).or_else(|| self.schemas.get(""));
        schema.map(Arc::as_ref)
    }

    /// `group/version`, as `apiVersion` has it.
    pub(super) fn api_version(&self, version: &str) -> String {
        api_version(&self.group, version)
    }

    /// `plural.group`, as messages have it.
    pub(super) fn qualified(&self) -> String {
        qualified(&self.plural, &self.group)
    }

    /// `Kind.group`, as messages about wrong objects have it.
    pub(super) fn qualified_kind(&self) -> String {
        qualified(&self.kind, &self.group)
    }

    /// Where its objects are.
    pub(super) fn collection(&self) -> Collection {
        Collection {
            group: self.stored_in.clone().unwrap_or_else(|| self.group.clone()),
            plural: self.plural.clone(),
        }
    }

    /// Whether a collection is where its objects are.
    pub(super) fn is_stored_in(&self, collection: &Collection) -> bool {
        let group = self.stored_in.as_ref().unwrap_or(&self.group);
        (group, &self.plural) == (&collection.group, &collection.plural)
    }

    /// Whether somebody who says `Node`, `nodes`, `Machine.cluster.x-k8s.io` or `machines.cluster.x-k8s.io` means it.
    pub(super) fn is_called(&self, what: &str) -> bool {
        let (name, group) = what.split_once('.').unwrap_or((what, &self.group));
        group == self.group && (name == self.kind || name == self.plural)
    }
}

pub(super) fn api_version(group: &str, version: &str) -> String {
    match group {
        "" => version.to_owned(),
        group => format!("{group}/{version}"),
    }
}

pub(super) fn qualified(name: &str, group: &str) -> String {
    match group {
        "" => name.to_owned(),
        group => format!("{name}.{group}"),
    }
}
