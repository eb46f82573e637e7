//! Changing pools: sets of machines are created, changed and deleted, pools of one configuration changed; nothing else is
//! touched.

mod create;
mod delete;
mod refuse;
mod update;

use std::sync::Arc;

use o2_core::{Context, Error, ErrorKind, Fault, Result};
use o2_ims::{ResourcePool, ResourcePoolId};

use super::draw::{PREFIX, Settings, draw, group_pool};
use super::kinds::Group;
use super::read::Reading;
use crate::kube::At;
use crate::kube::inventory::{Memo, Style};

/// How often a change is tried again that others came between.
const ATTEMPTS: u32 = 5;

/// Changes pools.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writing<'p> {
    pub(super) reading: &'p Reading,
    pub(super) settings: &'p Settings,
}

fn at(group: &Group) -> At<'_> {
    At::new(&group.kind, group.meta.namespace.as_deref(), &group.meta.name)
}

impl Writing<'_> {
    /// The set or the pool of one configuration that a pool is. Others cannot be changed, and are said to exist.
    async fn find(&self, context: &Context, id: &ResourcePoolId) -> Result<Arc<Group>> {
        let world = self.reading.world(context).await?;
        let drawn = draw(self.settings, &world, &mut Memo::default());
        let pool = drawn.pools.get(id.as_str());
        let Some(pool) = pool.filter(|pool| context.sees(pool.tenant_id.as_ref())) else {
            return Err(Error::not_found("resourcePool", id.as_str()));
        };
        let group = world
            .groups
            .iter()
            .find(|group| group.meta.uid == pool.resource_pool_id.as_str());
        match group {
            Some(group) if group.is_control_plane() => Err(Error::invalid(
                "the control plane has the size that it was installed with, and its operator replaces its machines; it can \
                 only be read here",
            )),
            Some(group) => Ok(Arc::clone(group)),
            None => Err(Error::invalid(
                "this pool is what its members have in common; only a MachineSet or MachineConfigPool can be changed",
            )),
        }
    }

    async fn shown(&self, context: &Context, group: &Group) -> Result<Arc<ResourcePool>> {
        let o_cloud = match &self.settings.o_cloud_id {
            Some(id) => id.clone(),
            None => self.reading.site(context).await?.about.id.clone(),
        };
        let style = Style {
            prefix: PREFIX,
            o_cloud: &o_cloud,
            tenant_label: &self.settings.tenant_label,
        };
        Ok(Arc::new(group_pool(style, group)))
    }
}

fn changed() -> Error {
    Error::new(ErrorKind::PreconditionFailed, "the pool has changed since it was read")
}

fn unreadable() -> Error {
    Error::new(
        ErrorKind::Internal,
        "the API server answers with an object that cannot be understood",
    )
    .with_fault(Fault::Backend)
}
