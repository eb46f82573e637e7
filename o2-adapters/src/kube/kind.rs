//! [`Kind`]: a kind of object of an API server, and where it is found.

use std::borrow::Cow;

use kube::api::{ApiResource, DynamicObject};
use kube::core::GroupVersionKind;
use kube::{Api, Client};
use serde_json::Value;

/// A kind of object, in one version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Kind {
    /// The API group; empty for the core.
    pub(crate) group: Cow<'static, str>,
    /// The version within the group, `v1`.
    pub(crate) version: Cow<'static, str>,
    /// `Node`.
    pub(crate) name: Cow<'static, str>,
    /// `nodes`.
    pub(crate) plural: Cow<'static, str>,
    /// Whether its objects live in namespaces.
    pub(crate) namespaced: bool,
}

impl Kind {
    /// A kind whose objects belong to the cluster.
    pub(crate) const fn of_cluster(
        group: &'static str,
        version: &'static str,
        name: &'static str,
        plural: &'static str,
    ) -> Self {
        Self {
            group: Cow::Borrowed(group),
            version: Cow::Borrowed(version),
            name: Cow::Borrowed(name),
            plural: Cow::Borrowed(plural),
            namespaced: false,
        }
    }

    /// A kind whose objects live in namespaces.
    pub(crate) const fn of_namespaces(
        group: &'static str,
        version: &'static str,
        name: &'static str,
        plural: &'static str,
    ) -> Self {
        let mut kind = Self::of_cluster(group, version, name, plural);
        kind.namespaced = true;
        kind
    }

    /// The same kind in another version.
    pub(crate) fn in_version(&self, version: impl Into<Cow<'static, str>>) -> Self {
        Self {
            version: version.into(),
            ..self.clone()
        }
    }

    /// `apps/v1`, `v1`.
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone().into_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// An object of this kind, complete: items of lists do not say of which kind they are.
    pub(crate) fn whole(&self, object: &DynamicObject) -> Value {
        let mut value = serde_json::to_value(object).unwrap_or_default();
        value["kind"] = self.name.as_ref().into();
        value["apiVersion"] = self.api_version().into();
        value
    }

    /// `machinedeployments.cluster.x-k8s.io`, as it is called in messages and in RBAC.
    pub(crate) fn resource(&self) -> String {
        if self.group.is_empty() {
            self.plural.clone().into_owned()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    fn api_resource(&self) -> ApiResource {
        let kind = GroupVersionKind::gvk(&self.group, &self.version, &self.name);
        ApiResource::from_gvk_with_plural(&kind, &self.plural)
    }

    /// The calls for this kind: in one namespace, or in all.
    pub(super) fn api(&self, client: Client, namespace: Option<&str>) -> Api<DynamicObject> {
        let resource = self.api_resource();
        match namespace {
            Some(namespace) if self.namespaced => Api::namespaced_with(client, namespace, &resource),
            _ => Api::all_with(client, &resource),
        }
    }
}
