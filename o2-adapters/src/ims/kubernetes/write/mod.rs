//! Changing pools: groups of Cluster API are created, changed and deleted; nothing else is touched.

mod create;
mod delete;
mod update;

use std::sync::Arc;

use o2_core::{Context, Error, Result};
use o2_ims::{ResourcePool, ResourcePoolId};

use super::capi::Group;
use super::draw::{Settings, draw, group_pool};
use super::read::Reading;
use crate::kube::inventory::Memo;
use crate::kube::{At, Kind};

/// How often a change is tried again that others came between.
const ATTEMPTS: u32 = 5;

/// Changes pools.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writing<'p> {
    pub(super) reading: &'p Reading,
    pub(super) settings: &'p Settings,
}

/// A group as it is now, and its kind.
#[derive(Debug)]
struct Found {
    kind: Kind,
    group: Arc<Group>,
}

impl Found {
    fn at(&self) -> At<'_> {
        At::new(&self.kind, self.group.meta.namespace.as_deref(), &self.group.meta.name)
    }
}

impl Writing<'_> {
    /// The group that a pool is. Pools that are none cannot be changed, and are said to exist.
    async fn find(&self, context: &Context, id: &ResourcePoolId) -> Result<Found> {
        let layout = self.reading.layout(context).await?;
        let groups = self.reading.groups(context, &layout).await?;
        let found = groups
            .into_iter()
            .find(|group| group.meta.uid == id.as_str() && group.is_pool());
        let Some(group) = found else {
            return Err(self.not_a_group(context, id).await?);
        };
        let tenant = group.meta.tenant(&self.settings.tenant_label);
        let kind = layout.groups.iter().find(|kind| kind.name == group.kind);
        match kind {
            Some(kind) if context.sees(tenant.as_ref()) => Ok(Found {
                kind: kind.clone(),
                group,
            }),
            _ => Err(Error::not_found("resourcePool", id.as_str())),
        }
    }

    /// Why a pool cannot be changed that is no group.
    async fn not_a_group(&self, context: &Context, id: &ResourcePoolId) -> Result<Error> {
        let world = self.reading.world(context).await?;
        let drawn = draw(self.settings, &world, &mut Memo::default());
        Ok(if drawn.pools.contains_key(id.as_str()) {
            Error::invalid(
                "this pool is what nodes have in common; only a MachineDeployment, MachineSet or MachinePool can be changed",
            )
        } else {
            Error::not_found("resourcePool", id.as_str())
        })
    }

    async fn shown(&self, context: &Context, group: &Group) -> Result<Arc<ResourcePool>> {
        let o_cloud = match &self.settings.o_cloud_id {
            Some(id) => id.clone(),
            None => self.reading.about(context).await?.id.clone(),
        };
        Ok(Arc::new(group_pool(&o_cloud, group, &self.settings.tenant_label)))
    }
}
