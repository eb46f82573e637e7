//! A pool is deleted, or one of its machines.

use o2_core::{Context, Error, ErrorKind, Result};
use o2_ims::{DeleteOptions, ResourceId, ResourcePoolId};
use serde_json::json;

use super::update::changed;
use super::{ATTEMPTS, Found, Writing};
use crate::ims::kubernetes::capi::Machine;
use crate::ims::kubernetes::draw::draw;
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
        let found = self.find(context, id).await?;
        let group = &found.group;
        if options.expected.is_some() && options.expected != Some(group.meta.version()) {
            return Err(changed());
        }
        if group.topology_owned() {
            return Err(Error::conflict(
                "the topology of the cluster owns this pool and would make it again; change spec.topology.workers of the \
                 Cluster",
            ));
        }
        let has_machines = group.spec.replicas.unwrap_or(1) > 0 || group.status.replicas > 0;
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
        let deleted = self.reading.reader.cluster.delete(context, found.at(), &deletion).await;
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
        let machine = world.machines.iter().find(|machine| machine.meta.uid == id.as_str());
        let visible = |machine: &Machine| context.sees(machine.meta.tenant(&self.settings.tenant_label).as_ref());
        let Some(machine) = machine.filter(|machine| visible(machine)) else {
            let drawn = draw(self.settings, &world, &mut Memo::default());
            return Err(match drawn.resources.get(id.as_str()) {
                Some(resource) if context.sees(resource.tenant_id.as_ref()) => Error::invalid(
                    "only a machine of Cluster API can be taken away: a node that is deleted comes back, and volumes \
                     belong to their claims",
                ),
                _ => Error::not_found("resource", id.as_str()),
            });
        };
        if !options.force {
            return Err(Error::conflict(
                "the machine is in use; force it to drain and delete it",
            ));
        }
        self.shrink(context, machine).await
    }

    async fn shrink(&self, context: &Context, machine: &Machine) -> Result<()> {
        let (layout, cluster) = (self.reading.layout(context).await?, &self.reading.reader.cluster);
        let (Some(kind), Some(path)) = (&layout.machines, machine.group()) else {
            return Err(Error::invalid(
                "the machine belongs to no pool that could become smaller",
            ));
        };
        let at = At::new(kind, machine.meta.namespace.as_deref(), &machine.meta.name);
        let mark = json!({"metadata": {"annotations": {"cluster.x-k8s.io/delete-machine": "yes"}}});
        let mut attempts = 1;
        loop {
            let found = self.group_of(context, &path).await?;
            let replicas = found.group.spec.replicas.unwrap_or(1);
            if let Some(who) = found.group.scaled_by() {
                return Err(Error::conflict(format!("{who} decides how many replicas the pool has")));
            }
            if found.group.topology_owned() || found.group.paused() || replicas == 0 {
                return Err(Error::conflict("the pool of the machine cannot be made smaller now"));
            }
            cluster.merge(context, at, &mark).await?;
            let smaller = json!({
                "metadata": {"resourceVersion": found.group.meta.resource_version},
                "spec": {"replicas": replicas - 1},
            });
            match cluster.merge(context, found.at(), &smaller).await {
                Err(error) if error.is(ErrorKind::Conflict) && attempts < ATTEMPTS => attempts += 1,
                result => return result.map(|_| ()),
            }
        }
    }

    async fn group_of(&self, context: &Context, (kind, path): &(&str, String)) -> Result<Found> {
        let layout = self.reading.layout(context).await?;
        let groups = self.reading.groups(context, &layout).await?;
        let group = groups
            .into_iter()
            .find(|group| group.kind == *kind && group.meta.path() == *path);
        let known = layout.groups.iter().find(|known| known.name == *kind);
        match (group, known) {
            (Some(group), Some(kind)) => Ok(Found {
                kind: kind.clone(),
                group,
            }),
            _ => Err(Error::conflict("the pool of the machine is not there any more")),
        }
    }
}
