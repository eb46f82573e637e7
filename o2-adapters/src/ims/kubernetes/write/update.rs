//! A pool gets the state that an update describes.

use std::sync::Arc;

use o2_core::{Context, Error, ErrorKind, Result};
use o2_ims::{ResourcePool, ResourcePoolId, ResourcePoolUpdate};

use super::create::unreadable;
use super::{ATTEMPTS, Found, Writing};
use crate::ims::kubernetes::capi::Group;
use crate::ims::kubernetes::draw::PREFIX;
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
            let found = self.find(context, id).await?;
            let shown = self.shown(context, &found.group).await?;
            if update.expected.is_some() && update.expected != shown.version {
                return Err(changed());
            }
            let Some(patch) = pool_patch(&found.group.meta, &shown, update, fixed(&self.settings.tenant_label))? else {
                return Ok(shown);
            };
            check_owner(&found, &shown, update)?;
            match self.reading.reader.cluster.merge(context, found.at(), &patch).await {
                Ok(object) => {
                    let group = Group::read(&found.kind, object).ok_or_else(unreadable)?;
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
}

fn fixed(tenant_label: &str) -> Fixed<'_> {
    Fixed {
        prefix: PREFIX,
        tenant_label,
        template: &[
            "apiVersion",
            "kind",
            "namespace",
            "clusterName",
            "version",
            "infrastructureRef",
            "bootstrapConfigRef",
        ],
        location: "another failure domain would replace every machine; create another pool",
        reason: "another template would replace every machine; create another pool",
    }
}

pub(super) fn changed() -> Error {
    Error::new(ErrorKind::PreconditionFailed, "the pool has changed since it was read")
}

/// Refuses what somebody else would change back.
fn check_owner(found: &Found, shown: &ResourcePool, update: &ResourcePoolUpdate) -> Result<()> {
    let group = &found.group;
    if group.topology_owned() {
        return Err(Error::conflict(format!(
            "the topology of the cluster {} owns this pool and would undo the change; change spec.topology.workers of the \
             Cluster",
            group.spec.cluster_name
        )));
    }
    if update.replicas.is_none() || update.replicas == shown.replicas {
        return Ok(());
    }
    if let Some(who) = group.scaled_by() {
        return Err(Error::conflict(format!(
            "{who} decides how many replicas this pool has"
        )));
    }
    if group.paused() {
        return Err(Error::conflict("the pool is paused, so that nothing would come of it"));
    }
    Ok(())
}
