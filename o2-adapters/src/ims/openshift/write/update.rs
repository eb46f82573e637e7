//! A pool gets the state that an update describes.

use std::sync::Arc;

use o2_core::{Context, Error, ErrorKind, Result};
use o2_ims::{ResourcePool, ResourcePoolId, ResourcePoolUpdate};
use serde_json::{Map, Value, json};

use super::refuse::check_authority;
use super::{ATTEMPTS, Writing, at, changed, unreadable};
use crate::ims::openshift::draw::PREFIX;
use crate::ims::openshift::kinds::Group;
use crate::kube::Cached;
use crate::kube::inventory::{Fixed, pool_patch};

impl Writing<'_> {
    /// Changes a pool.
    pub(in super::super) async fn update(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let mut attempts = 1;
        loop {
            let group = self.find(context, id).await?;
            let shown = self.shown(context, &group).await?;
            if update.expected.is_some() && update.expected != shown.version {
                return Err(changed());
            }
            let Some(patch) = self.patch(&group, &shown, update)? else {
                return Ok(shown);
            };
            check_authority(&group)?;
            if update.replicas.is_some() && update.replicas != shown.replicas {
                self.check_scaled(context, &group).await?;
            }
            match self.reading.reader.cluster.merge(context, at(&group), &patch).await {
                Ok(object) => {
                    let group = Group::read(&group.kind, object).ok_or_else(unreadable)?;
                    return self.shown(context, &group).await;
                }
                // Somebody else was faster. Whoever insists on what he saw is told so; else it is read anew.
                Err(error) if error.is(ErrorKind::Conflict) && update.expected.is_some() => {
                    return Err(changed().with_source(error));
                }
                Err(error) if error.is(ErrorKind::Conflict) && attempts < ATTEMPTS => attempts += 1,
                Err(error) if error.is(ErrorKind::NotFound) => {
                    return Err(Error::not_found("resourcePool", id.as_str()));
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn patch(&self, group: &Group, shown: &ResourcePool, update: &ResourcePoolUpdate) -> Result<Option<Value>> {
        let fixed = Fixed {
            prefix: PREFIX,
            tenant_label: &self.settings.tenant_label,
            template: &[
                "apiVersion",
                "kind",
                "namespace",
                "platform",
                "instanceType",
                "zone",
                "region",
                "cloneFrom",
                "providerSpec",
                "machineRole",
                "infrastructureName",
                "deletePolicy",
            ],
            location: "machines that are there would stay where they are; create another pool",
            reason: "machines that are there would stay what they are; create another pool",
        };
        if group.is_config_pool() && update.replicas.is_some() {
            let reason = "a MachineConfigPool has the nodes that its labels select";
            return Err(Error::violation("body.replicas", reason));
        }
        let patch = pool_patch(&group.meta, shown, update, fixed)?;
        if !group.is_config_pool() {
            return Ok(patch);
        }
        let spec = spec_of_configuration(shown, update)?;
        if spec.is_empty() {
            return Ok(patch);
        }
        let mut patch = patch.unwrap_or_else(|| json!({"metadata": {"resourceVersion": group.meta.resource_version}}));
        patch["spec"] = Value::Object(spec);
        Ok(Some(patch))
    }
}

/// How a configuration is rolled out: whether at all, and to how many nodes at a time.
fn spec_of_configuration(shown: &ResourcePool, update: &ResourcePoolUpdate) -> Result<Map<String, Value>> {
    let mut spec = Map::new();
    for (name, is_right, right) in [
        (
            "paused",
            Value::is_boolean as fn(&Value) -> bool,
            "must be true or false",
        ),
        (
            "maxUnavailable",
            is_amount,
            "must be a number, or a part such as \"10%\"",
        ),
    ] {
        let key = format!("{PREFIX}.{name}");
        let Some(wanted) = update.extensions.get(&key) else {
            continue;
        };
        if shown.extensions.get(&key) == Some(wanted) {
            continue;
        }
        if !is_right(wanted) {
            return Err(Error::violation(format!("body.extensions.{key}"), right));
        }
        spec.insert(name.to_owned(), wanted.clone());
    }
    Ok(spec)
}

fn is_amount(value: &Value) -> bool {
    let part = |text: &str| {
        text.strip_suffix('%')
            .is_some_and(|number| number.parse::<u8>().is_ok_and(|part| part <= 100))
    };
    value.as_u64().is_some() || value.as_str().is_some_and(part)
}
