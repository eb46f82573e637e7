//! A new pool: a MachineDeployment like another one, or of references that the caller gives.

use std::sync::Arc;

use kube::api::DynamicObject;
use o2_core::error::Excerpt;
use o2_core::{Context, Error, ErrorKind, Extensions, Result};
use o2_ims::{NewResourcePool, ResourcePool};
use serde_json::{Value, json};

use super::Writing;
use crate::ims::kubernetes::capi::Group;
use crate::kube::deployed::check_label;
use crate::kube::inventory::{Notes, is_of_system};
use crate::kube::{At, Cached, Kind};

const CLUSTER_NAME: &str = "cluster.x-k8s.io/cluster-name";
const DEPLOYMENT_NAME: &str = "cluster.x-k8s.io/deployment-name";
/// What a caller may say, under keys that begin with the kind.
const CLONE_FROM: &str = "kubernetes.cloneFrom";
const CLUSTER: &str = "kubernetes.clusterName";
const NAMESPACE: &str = "kubernetes.namespace";
const VERSION: &str = "kubernetes.version";
const INFRASTRUCTURE: &str = "kubernetes.infrastructureRef";
const BOOTSTRAP: &str = "kubernetes.bootstrapConfigRef";

impl Writing<'_> {
    /// Creates a pool for the tenant of `context`.
    pub(in super::super) async fn create(&self, context: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        if new.resource_pool_id.is_some() {
            return Err(Error::violation(
                "body.resourcePoolId",
                "the cluster gives ids itself; leave it out",
            ));
        }
        check_label("body.name", &new.name)?;
        let layout = self.reading.layout(context).await?;
        let Some(kind) = layout.groups.iter().find(|kind| kind.name == "MachineDeployment") else {
            return Err(Error::invalid(
                "the cluster has no Cluster API, so that pools come and go with the labels of nodes",
            ));
        };
        let (namespace, template) = self.template(context, kind, new).await?;
        let object = self.object(context, kind, new, &namespace, template)?;
        let cluster = &self.reading.reader.cluster;
        // Admission may refuse it; asked first, so that nothing is half done.
        cluster
            .create(context, kind, Some(&namespace), &object, true)
            .await
            .map_err(|error| taken(error, &new.name))?;
        let created = cluster.create(context, kind, Some(&namespace), &object, false).await;
        let created = created.map_err(|error| taken(error, &new.name))?;
        let group = Group::read(kind, created).ok_or_else(unreadable)?;
        self.shown(context, &group).await
    }

    /// The namespace and the `spec` that the pool begins with: another one's, or one of references.
    async fn template(&self, context: &Context, kind: &Kind, new: &NewResourcePool) -> Result<(String, Value)> {
        let text = |key: &str| new.extensions.get(key).map(|value| text(key, value)).transpose();
        let namespace = text(NAMESPACE)?.or(self.reading.config.namespace.as_deref());
        let Some(donor) = text(CLONE_FROM)? else {
            let spec = of_references(kind, &new.extensions, namespace.unwrap_or("default"))?;
            return Ok((namespace.unwrap_or("default").to_owned(), spec));
        };
        let donor = self.donor(context, kind, donor).await?;
        let found = donor.metadata.namespace.clone().unwrap_or_default();
        if namespace.is_some_and(|namespace| namespace != found) {
            return Err(Error::violation(
                at(NAMESPACE),
                "a pool like another one is in the namespace of that one",
            ));
        }
        Ok((found, donor.data.get("spec").cloned().unwrap_or_default()))
    }

    /// The object to be like: by the id of its pool, or by its name.
    async fn donor(&self, context: &Context, kind: &Kind, donor: &str) -> Result<DynamicObject> {
        let layout = self.reading.layout(context).await?;
        let groups = self.reading.groups(context, &layout).await?;
        let own = groups.iter().filter(|group| {
            let tenant = group.meta.tenant(&self.settings.tenant_label);
            group.kind == "MachineDeployment" && context.sees(tenant.as_ref())
        });
        let mut like = own.filter(|group| group.meta.uid == donor || group.meta.name == donor);
        let unknown = || {
            let reason = format!(
                "there is no MachineDeployment '{}' that could be copied",
                Excerpt(donor)
            );
            Error::violation(at(CLONE_FROM), reason)
        };
        let group = like.next().ok_or_else(unknown)?;
        if like.next().is_some() {
            return Err(Error::violation(
                at(CLONE_FROM),
                "there are several of this name in other namespaces; give the id of the pool",
            ));
        }
        let place = At::new(kind, group.meta.namespace.as_deref(), &group.meta.name);
        self.reading
            .reader
            .cluster
            .get(context, place)
            .await?
            .ok_or_else(unknown)
    }

    fn object(
        &self,
        context: &Context,
        kind: &Kind,
        new: &NewResourcePool,
        namespace: &str,
        mut spec: Value,
    ) -> Result<Value> {
        let given = |key: &str| new.extensions.get(key).map(|value| text(key, value)).transpose();
        if let Some(version) = given(VERSION)? {
            spec["template"]["spec"]["version"] = json!(version);
        }
        if let Some(location) = &new.location {
            spec["template"]["spec"]["failureDomain"] = json!(location);
        }
        spec["replicas"] = json!(new.replicas.unwrap_or(1));
        let cluster_name = spec["clusterName"].as_str().unwrap_or_default().to_owned();
        let own = json!({CLUSTER_NAME: cluster_name, DEPLOYMENT_NAME: new.name});
        spec["selector"] = json!({"matchLabels": own});
        let mut machine_labels = spec["template"]["metadata"]["labels"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        machine_labels
            .retain(|key, _| !key.starts_with("topology.cluster.x-k8s.io/") && *key != self.settings.tenant_label);
        machine_labels.extend(own.as_object().cloned().unwrap_or_default());
        let mut labels = serde_json::Map::new();
        for (key, value) in &new.labels {
            if is_of_system(key) || *key == self.settings.tenant_label {
                return Err(Error::violation(
                    "body.labels",
                    format!("'{}' is not for users to set", Excerpt(key)),
                ));
            }
            labels.insert(key.clone(), json!(value));
        }
        labels.insert(CLUSTER_NAME.to_owned(), json!(cluster_name));
        if let Some(tenant) = context.tenant() {
            for labels in [&mut labels, &mut machine_labels] {
                labels.insert(self.settings.tenant_label.clone(), json!(tenant));
            }
        }
        spec["template"]["metadata"]["labels"] = Value::Object(machine_labels);
        Ok(json!({
            "apiVersion": kind.api_version(),
            "kind": kind.name,
            "metadata": {
                "name": new.name,
                "namespace": namespace,
                "labels": labels,
                "annotations": notes(new).annotations(&new.description),
            },
            "spec": spec,
        }))
    }
}

/// What of the request Cluster API has no place for.
fn notes(new: &NewResourcePool) -> Notes {
    let shown = [CLUSTER, NAMESPACE, VERSION, INFRASTRUCTURE, BOOTSTRAP];
    let mut extensions = new.extensions.clone();
    extensions.retain(|key, _| !shown.contains(&key.as_str()) && key != "replicas");
    Notes {
        global_location_id: new.global_location_id.clone(),
        o_cloud_site_id: new.o_cloud_site_id.clone(),
        tags: new.tags.clone(),
        extensions,
    }
}

/// The `spec` of a MachineDeployment out of references.
fn of_references(kind: &Kind, extensions: &Extensions, namespace: &str) -> Result<Value> {
    let missing = |key: &str| {
        Error::violation(
            at(key),
            "is missing; give cloneFrom, or clusterName, infrastructureRef and bootstrapConfigRef",
        )
    };
    let cluster = extensions.get(CLUSTER).ok_or_else(|| missing(CLUSTER))?;
    let cluster = text(CLUSTER, cluster)?;
    let reference = |key: &'static str| {
        let given = extensions.get(key).ok_or_else(|| missing(key))?;
        let part = |part: &str| given.get(part).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (Some(name), Some(named)) = (part("kind"), part("name")) else {
            return Err(Error::violation(
                at(key),
                "must be an object with 'apiVersion' or 'apiGroup', 'kind' and 'name'",
            ));
        };
        let group = part("apiGroup").or_else(|| part("apiVersion")?.split('/').next());
        // v1beta2 refers to a group, v1beta1 to a version and a namespace.
        if kind.version == "v1beta1" {
            let version = part("apiVersion").ok_or_else(|| Error::violation(at(key), "'apiVersion' is missing"))?;
            return Ok(json!({"apiVersion": version, "kind": name, "name": named, "namespace": namespace}));
        }
        let group = group.ok_or_else(|| Error::violation(at(key), "'apiGroup' is missing"))?;
        Ok(json!({"apiGroup": group, "kind": name, "name": named}))
    };
    Ok(json!({
        "clusterName": cluster,
        "template": {
            "spec": {
                "clusterName": cluster,
                "infrastructureRef": reference(INFRASTRUCTURE)?,
                "bootstrap": {"configRef": reference(BOOTSTRAP)?},
            },
        },
    }))
}

fn at(key: &str) -> String {
    format!("body.extensions.{key}")
}

fn text<'v>(key: &str, value: &'v Value) -> Result<&'v str> {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .ok_or_else(|| Error::violation(at(key), "must be a text"))
}

fn taken(error: Error, name: &str) -> Error {
    if error.is(ErrorKind::AlreadyExists) {
        Error::already_exists("resourcePool", name)
    } else {
        error
    }
}

pub(super) fn unreadable() -> Error {
    Error::new(
        ErrorKind::Internal,
        "the API server answers with an object that cannot be understood",
    )
    .with_fault(o2_core::Fault::Backend)
}
