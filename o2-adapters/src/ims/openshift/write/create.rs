//! A new pool: a MachineSet like another one, or of a provider's specification that the caller gives.

use std::sync::Arc;

use kube::api::DynamicObject;
use o2_core::error::Excerpt;
use o2_core::{Context, Error, ErrorKind, Result};
use o2_ims::{NewResourcePool, ResourcePool};
use serde_json::{Map, Value, json};

use super::refuse::check_authority;
use super::{Writing, at, unreadable};
use crate::ims::openshift::Pools;
use crate::ims::openshift::kinds::{CLUSTER_LABEL, Group, MACHINE_SETS, ROLE_LABEL, SET_LABEL, set_zone};
use crate::kube::Cached;
use crate::kube::deployed::check_label;
use crate::kube::inventory::{Notes, is_of_system};

/// What a caller may say, under keys that begin with the kind.
const CLONE_FROM: &str = "openshift.cloneFrom";
const PROVIDER_SPEC: &str = "openshift.providerSpec";
const ROLE: &str = "openshift.machineRole";
const INFRASTRUCTURE: &str = "openshift.infrastructureName";

impl Writing<'_> {
    /// Creates a pool for the tenant of `context`.
    pub(in super::super) async fn create(&self, context: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        if self.settings.pools != Pools::MachineSets {
            return Err(Error::invalid(
                "the pools of this plugin are what labels select; only where they are MachineSets can one be created",
            ));
        }
        if new.resource_pool_id.is_some() {
            return Err(Error::violation(
                "body.resourcePoolId",
                "the cluster gives ids itself; leave it out",
            ));
        }
        check_label("body.name", &new.name)?;
        let spec = match given(new, CLONE_FROM)? {
            Some(donor) => self.like(context, donor).await?,
            None => self.of_specification(context, new).await?,
        };
        let object = self.object(context, new, spec)?;
        let (cluster, namespace) = (&self.reading.reader.cluster, self.reading.config.namespace.as_str());
        // Admission may refuse it; asked first, so that nothing is half done.
        let mut created = None;
        for dry_run in [true, false] {
            let made = cluster
                .create(context, &MACHINE_SETS, Some(namespace), &object, dry_run)
                .await;
            created = Some(made.map_err(|error| taken(error, &new.name))?);
        }
        let created = created.and_then(|object| Group::read(&MACHINE_SETS, object));
        self.shown(context, &created.ok_or_else(unreadable)?).await
    }

    /// The `spec` of another set, found by the id of its pool or by its name.
    async fn like(&self, context: &Context, donor: &str) -> Result<Value> {
        let unknown = || {
            let reason = format!("there is no MachineSet '{}' that could be copied", Excerpt(donor));
            Error::violation(place(CLONE_FROM), reason)
        };
        let sets = self.reading.sets(context).await?;
        let mut own = sets
            .iter()
            .filter(|set| context.sees(set.meta.tenant(&self.settings.tenant_label).as_ref()));
        let set = own.find(|set| set.meta.uid == donor || set.meta.name == donor);
        let set = set.ok_or_else(unknown)?;
        check_authority(set)?;
        let whole: Option<DynamicObject> = self.reading.reader.cluster.get(context, at(set)).await?;
        let mut spec = whole.and_then(|mut whole| whole.data.get_mut("spec").map(Value::take));
        if let Some(Value::Object(spec)) = &mut spec {
            spec.remove("authoritativeAPI");
        }
        spec.ok_or_else(unknown)
    }

    /// A `spec` of what the caller says.
    async fn of_specification(&self, context: &Context, new: &NewResourcePool) -> Result<Value> {
        let Some(value) = new.extensions.get(PROVIDER_SPEC) else {
            return Err(Error::violation(
                place(CLONE_FROM),
                "is missing; a MachineSet is made like another one, or of a whole openshift.providerSpec",
            ));
        };
        if !value["kind"].is_string() || !value["apiVersion"].is_string() {
            let reason = "must be an object with 'apiVersion' and 'kind', as the platform's machines have it";
            return Err(Error::violation(place(PROVIDER_SPEC), reason));
        }
        let name = match given(new, INFRASTRUCTURE)? {
            Some(name) => name.to_owned(),
            None => self
                .reading
                .site(context)
                .await?
                .infrastructure
                .infrastructure_name
                .clone(),
        };
        if name.is_empty() {
            return Err(Error::violation(
                place(PROVIDER_SPEC),
                "the cluster does not say what its machines are called; give openshift.infrastructureName too",
            ));
        }
        let role = given(new, ROLE)?.unwrap_or("worker");
        if role == "master" {
            let reason = "machines of the control plane belong to no MachineSet";
            return Err(Error::violation(place(ROLE), reason));
        }
        let labels = json!({
            CLUSTER_LABEL: name, ROLE_LABEL: role, "machine.openshift.io/cluster-api-machine-type": role,
        });
        Ok(json!({
            "selector": {"matchLabels": {CLUSTER_LABEL: name}},
            "template": {"metadata": {"labels": labels}, "spec": {"providerSpec": {"value": value}}},
        }))
    }

    fn object(&self, context: &Context, new: &NewResourcePool, mut spec: Value) -> Result<Value> {
        if let Some(location) = &new.location
            && !set_zone(&mut spec["template"]["spec"]["providerSpec"]["value"], location)
        {
            let reason = "machines of this platform have no zone that could be chosen; leave it out";
            return Err(Error::violation("body.location", reason));
        }
        spec["replicas"] = json!(new.replicas.unwrap_or(1));
        let mut selected = map(&spec["selector"]["matchLabels"]);
        let mut machine_labels = map(&spec["template"]["metadata"]["labels"]);
        for labels in [&mut selected, &mut machine_labels] {
            labels.remove(&self.settings.tenant_label);
            labels.insert(SET_LABEL.to_owned(), json!(new.name));
        }
        let mut labels = Map::new();
        for (key, value) in &new.labels {
            if is_of_system(key) || *key == self.settings.tenant_label {
                let reason = format!("'{}' is not for users to set", Excerpt(key));
                return Err(Error::violation("body.labels", reason));
            }
            labels.insert(key.clone(), json!(value));
        }
        if let Some(cluster) = selected.get(CLUSTER_LABEL) {
            labels.insert(CLUSTER_LABEL.to_owned(), cluster.clone());
        }
        if let Some(tenant) = context.tenant() {
            for labels in [&mut labels, &mut machine_labels] {
                labels.insert(self.settings.tenant_label.clone(), json!(tenant));
            }
        }
        spec["selector"] = json!({"matchLabels": selected});
        spec["template"]["metadata"]["labels"] = Value::Object(machine_labels);
        Ok(json!({
            "apiVersion": MACHINE_SETS.api_version(),
            "kind": MACHINE_SETS.name,
            "metadata": {
                "name": new.name,
                "namespace": self.reading.config.namespace,
                "labels": labels,
                "annotations": notes(new).annotations(&new.description),
            },
            "spec": spec,
        }))
    }
}

/// What of the request a MachineSet has no place for, or has it in other words.
fn notes(new: &NewResourcePool) -> Notes {
    let mut extensions = new.extensions.clone();
    extensions.remove("replicas");
    Notes {
        global_location_id: new.global_location_id.clone(),
        o_cloud_site_id: new.o_cloud_site_id.clone(),
        tags: new.tags.clone(),
        extensions,
    }
}

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn place(key: &str) -> String {
    format!("body.extensions.{key}")
}

fn given<'n>(new: &'n NewResourcePool, key: &str) -> Result<Option<&'n str>> {
    let Some(value) = new.extensions.get(key) else {
        return Ok(None);
    };
    let text = value.as_str().filter(|text| !text.is_empty());
    text.map(Some)
        .ok_or_else(|| Error::violation(place(key), "must be a text"))
}

fn taken(error: Error, name: &str) -> Error {
    if error.is(ErrorKind::AlreadyExists) {
        Error::already_exists("resourcePool", name)
    } else {
        error
    }
}
