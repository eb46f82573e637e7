//! Reading a cluster now: everything that the inventory is drawn from.

use std::sync::Arc;

use futures::try_join;
use o2_core::{Context, Result};

use super::OpenshiftConfig;
use super::draw::World;
use super::kinds::{
    AUTOSCALERS, Autoscaler, CONFIG_POOLS, CONTROL_PLANES, Group, HOSTS, Host, MACHINE_SETS, MACHINES, OPERATORS, Site,
};
use crate::kube::inventory::{NODES, Node, Reader, STORAGE_CLASSES, VOLUMES};
use crate::kube::{Cluster, Scope};

/// Reads one cluster.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) reader: Reader,
    pub(super) config: OpenshiftConfig,
    plugin: String,
}

impl Reading {
    pub(super) fn new(cluster: Arc<Cluster>, config: OpenshiftConfig, plugin: &str) -> Self {
        Self {
            reader: Reader::new(cluster),
            config,
            plugin: plugin.to_owned(),
        }
    }

    pub(super) async fn site(&self, context: &Context) -> Result<Arc<Site>> {
        Site::read(&self.reader, context, &self.plugin).await.map(Arc::new)
    }

    /// Everything that `context` may see. Kinds that the cluster does not have are empty.
    pub(super) async fn world(&self, context: &Context) -> Result<World> {
        // Many lists at once are a large future.
        Box::pin(self.everything(context)).await
    }

    async fn everything(&self, context: &Context) -> Result<World> {
        let (machines_of, cluster_of) = (self.machines_of(context), self.cluster_of(context));
        let (hosts_of, volumes_of) = (self.hosts_of(context), self.volumes_of(context));
        let (nodes_of, classes_of) = (self.nodes_of(context), self.classes_of());
        let everywhere = [Scope::all()];
        let (of_nodes, of_volumes, of_classes) = (NODES, VOLUMES, STORAGE_CLASSES);
        let reader = &self.reader;
        let (site, nodes, machines, groups, hosts, volumes, classes, operators) = try_join!(
            self.site(context),
            reader.needed::<Node>(context, &of_nodes, &nodes_of),
            reader.wanted(context, &MACHINES, &machines_of),
            self.groups(context, &machines_of, &cluster_of),
            reader.wanted::<Host>(context, &HOSTS, &hosts_of),
            reader.wanted(context, &of_volumes, &volumes_of),
            reader.wanted(context, &of_classes, &classes_of),
            reader.wanted(context, &OPERATORS, &everywhere),
        )?;
        Ok(World {
            site,
            nodes,
            machines,
            groups,
            hosts,
            volumes,
            classes,
            operators,
            partial: context.tenant().is_some(),
        })
    }

    async fn groups(&self, context: &Context, machines: &[Scope], cluster: &[Scope]) -> Result<Vec<Arc<Group>>> {
        let (mut sets, planes, pools) = try_join!(
            self.reader.wanted(context, &MACHINE_SETS, machines),
            self.reader.wanted(context, &CONTROL_PLANES, machines),
            self.reader.wanted(context, &CONFIG_POOLS, cluster),
        )?;
        sets.extend(planes);
        sets.extend(pools);
        Ok(sets)
    }

    /// The sets that `context` may see.
    pub(super) async fn sets(&self, context: &Context) -> Result<Vec<Arc<Group>>> {
        let scopes = self.machines_of(context);
        self.reader.needed(context, &MACHINE_SETS, &scopes).await
    }

    /// What decides about the sizes of sets, whoever's it is.
    pub(super) async fn autoscalers(&self, context: &Context) -> Result<Vec<Arc<Autoscaler>>> {
        let scope = Scope::all().in_namespace(&self.config.namespace);
        self.reader.wanted(context, &AUTOSCALERS, &[scope]).await
    }

    fn seen(&self, context: &Context, scope: &Scope) -> Vec<Scope> {
        scope.seen_by(context, &self.config.tenant_label)
    }

    pub(super) fn nodes_of(&self, context: &Context) -> Vec<Scope> {
        self.seen(context, &Scope::all().with_labels(&self.config.node_selector))
    }

    pub(super) fn machines_of(&self, context: &Context) -> Vec<Scope> {
        self.seen(context, &Scope::all().in_namespace(&self.config.namespace))
    }

    pub(super) fn cluster_of(&self, context: &Context) -> Vec<Scope> {
        self.seen(context, &Scope::all())
    }

    pub(super) fn hosts_of(&self, context: &Context) -> Vec<Scope> {
        let mut scope = Scope::all();
        scope.namespace.clone_from(&self.config.host_namespace);
        self.seen(context, &scope)
    }

    pub(super) fn volumes_of(&self, context: &Context) -> Vec<Scope> {
        if self.config.volumes {
            self.cluster_of(context)
        } else {
            Vec::new()
        }
    }

    pub(super) fn classes_of(&self) -> Vec<Scope> {
        if self.config.volumes {
            vec![Scope::all()]
        } else {
            Vec::new()
        }
    }
}
