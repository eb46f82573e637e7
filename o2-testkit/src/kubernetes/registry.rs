//! Which kinds the server knows: those that every server has, and those that a test adds.

use std::sync::Arc;

use super::resource::{Resource, api_version};

const EVENT_FIELDS: &[&str] = &["reason", "type"];

/// What a server serves, in the order in which discovery shows it.
#[derive(Debug)]
pub(super) struct Registry {
    resources: Vec<Arc<Resource>>,
}

impl Registry {
    pub(super) fn with_built_ins() -> Self {
        let resources = [core(), apps(), others()].into_iter().flatten().map(Arc::new);
        Self {
            resources: resources.collect(),
        }
    }

    /// Adds a kind, or replaces it.
    pub(super) fn add(&mut self, resource: Resource) {
        self.resources
            .retain(|known| (&known.group, &known.plural) != (&resource.group, &resource.plural));
        self.resources.push(Arc::new(resource));
    }

    pub(super) fn remove(&mut self, resource: &Arc<Resource>) {
        self.resources.retain(|known| !Arc::ptr_eq(known, resource));
    }

    /// The groups, without core, in their order.
    pub(super) fn groups(&self) -> Vec<&str> {
        let mut groups = Vec::new();
        for resource in &self.resources {
            if !resource.group.is_empty() && !groups.contains(&resource.group.as_str()) {
                groups.push(resource.group.as_str());
            }
        }
        groups
    }

    /// The versions of a group, the preferred one first.
    pub(super) fn versions<'a>(&'a self, group: &'a str) -> Vec<&'a str> {
        let mut versions = Vec::new();
        for version in self.of_group(group).flat_map(|resource| &resource.versions) {
            if !versions.contains(&version.as_str()) {
                versions.push(version.as_str());
            }
        }
        versions
    }

    pub(super) fn of_group<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a Arc<Resource>> {
        self.resources.iter().filter(move |resource| resource.group == group)
    }

    pub(super) fn of_version<'a>(
        &'a self,
        group: &'a str,
        version: &'a str,
    ) -> impl Iterator<Item = &'a Arc<Resource>> {
        self.of_group(group)
            .filter(move |resource| resource.versions.iter().any(|served| served == version))
    }

    pub(super) fn named(&self, group: &str, plural: &str) -> Option<Arc<Resource>> {
        self.of_group(group).find(|known| known.plural == plural).cloned()
    }

    pub(super) fn by_plural(&self, group: &str, version: &str, plural: &str) -> Option<Arc<Resource>> {
        let mut served = self.of_version(group, version);
        served.find(|resource| resource.plural == plural).cloned()
    }

    /// The kind of an object, by its `apiVersion` and `kind`.
    pub(super) fn of_object(&self, version: &str, kind: &str) -> Option<Arc<Resource>> {
        let is_it = |resource: &&Arc<Resource>| {
            let mut versions = resource.versions.iter();
            resource.kind == kind && versions.any(|served| api_version(&resource.group, served) == version)
        };
        self.resources.iter().find(is_it).cloned()
    }

    /// What a test calls `Node`, `nodes` or `machines.cluster.x-k8s.io`; all that fit.
    pub(super) fn called(&self, what: &str) -> Vec<Arc<Resource>> {
        let called = self.resources.iter().filter(|resource| resource.is_called(what));
        called.cloned().collect()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.resources.iter()
    }
}

fn core() -> Vec<Resource> {
    let core = |kind, plural| Resource::built_in("", "v1", kind, plural);
    vec![
        core("Namespace", "namespaces")
            .cluster_scoped()
            .selecting(&["status.phase"]),
        core("Node", "nodes")
            .cluster_scoped()
            .selecting(&["spec.unschedulable"]),
        core("Pod", "pods").selecting(&[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.serviceAccountName",
            "status.phase",
            "status.podIP",
        ]),
        core("PersistentVolume", "persistentvolumes").cluster_scoped(),
        core("PersistentVolumeClaim", "persistentvolumeclaims"),
        core("Secret", "secrets").without_status().selecting(&["type"]),
        core("ConfigMap", "configmaps").without_status(),
        core("Service", "services"),
        core("ServiceAccount", "serviceaccounts").without_status(),
        core("Event", "events")
            .without_status()
            .selecting(EVENT_FIELDS)
            .selecting_reference("involvedObject"),
    ]
}

fn apps() -> Vec<Resource> {
    let apps = |kind, plural| Resource::built_in("apps", "v1", kind, plural).counting_generations();
    vec![
        apps("Deployment", "deployments").with_scale(),
        apps("StatefulSet", "statefulsets").with_scale(),
        apps("DaemonSet", "daemonsets"),
        apps("ReplicaSet", "replicasets").with_scale(),
    ]
}

fn others() -> Vec<Resource> {
    let storage = |kind, plural| Resource::built_in("storage.k8s.io", "v1", kind, plural).cluster_scoped();
    let access = |kind, plural| Resource::built_in("authorization.k8s.io", "v1", kind, plural).cluster_scoped();
    let extensions = |kind, plural| Resource::built_in("apiextensions.k8s.io", "v1", kind, plural).cluster_scoped();
    vec![
        Resource::built_in("batch", "v1", "Job", "jobs").counting_generations(),
        storage("StorageClass", "storageclasses").without_status(),
        storage("CSINode", "csinodes").without_status(),
        Resource::built_in("events.k8s.io", "v1", "Event", "events")
            .without_status()
            .stored_in("")
            .selecting(EVENT_FIELDS)
            .selecting_reference("regarding"),
        access("SelfSubjectAccessReview", "selfsubjectaccessreviews")
            .without_status()
            .with_verbs(&["create"]),
        extensions("CustomResourceDefinition", "customresourcedefinitions").counting_generations(),
    ]
}

impl Resource {
    fn selecting_reference(mut self, reference: &str) -> Self {
        let parts = ["kind", "namespace", "name", "uid", "apiVersion", "fieldPath"];
        let parts = parts.iter().map(|part| format!("{reference}.{part}"));
        self.fields.extend(parts);
        self
    }
}
