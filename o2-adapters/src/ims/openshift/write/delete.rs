//! A pool is deleted, or one of its machines.

use std::sync::Arc;

use o2_core::{Context, Error, ErrorKind, Result};
use o2_ims::{DeleteOptions, ResourceId, ResourcePoolId};
use serde_json::json;

use super::refuse::check_authority;
use super::{ATTEMPTS, Writing, at, changed};
use crate::ims::openshift::Pools;
use crate::ims::openshift::draw::draw;
use crate::ims::openshift::kinds::{Group, MACHINES, Machine};
use crate::kube::inventory::Memo;
use crate::kube::{At, Deletion};

impl Writing<'_> {
    /// Deletes a pool. Its machines go with it, which takes its time.
    pub(in super::super) async fn delete(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
    ) -> Result<()> {
        let group = self.find(context, id).await?;
        if options.expected.is_some() && options.expected != Some(group.meta.version()) {
            return Err(changed());
        }
        if group.is_config_pool() {
            return Err(Error::invalid(
                "a MachineConfigPool is how nodes are configured, and they would be configured anew without it; it is not \
                 deleted here",
            ));
        }
        check_authority(&group)?;
        let has_machines = group.replicas() != Some(0) || group.status.replicas > 0;
        if has_machines && !options.force {
            return Err(Error::conflict(
                "the pool has machines; scale it to nothing first, or force it",
            ));
        }
        let deletion = Deletion {
            uid: Some(group.meta.uid.clone()),
            resource_version: options.expected.as_ref().map(|version| version.as_str().to_owned()),
            foreground: false,
        };
        let deleted = self.reading.reader.cluster.delete(context, at(&group), &deletion).await;
        deleted.map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::not_found("resourcePool", id.as_str()),
            ErrorKind::Conflict if options.expected.is_some() => changed().with_source(error),
            _ => error,
        })
    }

    /// Takes a machine out of its pool: it is the one that goes when the pool becomes smaller by one.
    pub(in super::super) async fn delete_machine(
        &self,
        context: &Context,
        id: &ResourceId,
        options: &DeleteOptions,
    ) -> Result<()> {
        let world = self.reading.world(context).await?;
        let drawn = draw(self.settings, &world, &mut Memo::default());
        let shown = drawn.resources.get(id.as_str());
        if !shown.is_some_and(|resource| context.sees(resource.tenant_id.as_ref())) {
            return Err(Error::not_found("resource", id.as_str()));
        }
        let machine = world.machines.iter().find(|machine| machine.meta.uid == id.as_str());
        let of_set = machine.and_then(|machine| Some((machine, machine.set()?)));
        let Some((machine, set)) = of_set.filter(|_| self.settings.pools == Pools::MachineSets) else {
            return Err(Error::invalid(
                "only a machine of a MachineSet can be taken away: a node that is deleted comes back, a machine of the \
                 control plane is replaced, hosts are somebody's hardware, and volumes belong to their claims",
            ));
        };
        if !options.force {
            return Err(Error::conflict(
                "the machine is in use; force it to drain and delete it",
            ));
        }
        self.shrink(context, machine, set).await
    }

    async fn shrink(&self, context: &Context, machine: &Machine, set: &str) -> Result<()> {
        let cluster = &self.reading.reader.cluster;
        let place = At::new(&MACHINES, machine.meta.namespace.as_deref(), &machine.meta.name);
        let mark = json!({"metadata": {"annotations": {"machine.openshift.io/delete-machine": "true"}}});
        let mut attempts = 1;
        loop {
            let group = self.set(context, set).await?;
            check_authority(&group)?;
            self.check_scaled(context, &group).await?;
            let replicas = group.replicas().unwrap_or_default();
            if replicas == 0 {
                return Err(Error::conflict("the pool of the machine is being emptied already"));
            }
            // Marked first: of two steps, this is the one that does nothing by itself.
            cluster.merge(context, place, &mark).await?;
            let smaller = json!({
                "metadata": {"resourceVersion": group.meta.resource_version},
                "spec": {"replicas": replicas - 1},
            });
            match cluster.merge(context, at(&group), &smaller).await {
                Err(error) if error.is(ErrorKind::Conflict) && attempts < ATTEMPTS => attempts += 1,
                result => return result.map(|_| ()),
            }
        }
    }

    async fn set(&self, context: &Context, name: &str) -> Result<Arc<Group>> {
        let sets = self.reading.sets(context).await?;
        let set = sets.into_iter().find(|set| set.meta.name == name);
        set.ok_or_else(|| Error::conflict("the pool of the machine is not there any more"))
    }
}
