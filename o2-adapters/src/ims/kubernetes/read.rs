//! Reading a cluster now: everything that the inventory is drawn from.

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::{join_all, try_join, try_join4};
use futures::try_join;
use o2_core::{Context, Result};

use super::KubernetesConfig;
use super::capi::{Group, Layout, Machine};
use super::draw::World;
use crate::kube::inventory::{About, NODES, Node, Reader, STORAGE_CLASSES, StorageClass, VOLUMES, Volume};
use crate::kube::{Cluster, Scope};

/// Reads one cluster.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) reader: Reader,
    pub(super) config: KubernetesConfig,
    plugin: String,
    layout: Mutex<Option<Layout>>,
}

impl Reading {
    pub(super) fn new(cluster: Arc<Cluster>, config: KubernetesConfig, plugin: &str) -> Self {
        Self {
            reader: Reader::new(cluster),
            config,
            plugin: plugin.to_owned(),
            layout: Mutex::default(),
        }
    }

    /// Which kinds of Cluster API the server has; found out once it has some.
    pub(super) async fn layout(&self, context: &Context) -> Result<Layout> {
        if !self.config.cluster_api {
            return Ok(Layout::default());
        }
        if let Some(known) = &*self.layout.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(known.clone());
        }
        let found = Layout::discover(&self.reader.cluster, context).await?;
        if !found.is_empty() {
            *self.layout.lock().unwrap_or_else(PoisonError::into_inner) = Some(found.clone());
        }
        Ok(found)
    }

    pub(super) async fn about(&self, context: &Context) -> Result<Arc<About>> {
        About::read(&self.reader.cluster, context, &self.plugin)
            .await
            .map(Arc::new)
    }

    /// Everything that `context` may see.
    pub(super) async fn world(&self, context: &Context) -> Result<World> {
        let (about, layout) = try_join(self.about(context), self.layout(context)).await?;
        let (nodes, volumes, classes, (machines, groups)) = try_join4(
            self.reader.needed::<Node>(context, &NODES, &self.nodes_of(context)),
            self.volumes(context),
            self.classes(context),
            self.capi(context, &layout),
        )
        .await?;
        Ok(World {
            about,
            nodes,
            machines,
            groups,
            volumes,
            classes,
            partial: context.tenant().is_some(),
        })
    }

    async fn capi(&self, context: &Context, layout: &Layout) -> Result<(Vec<Arc<Machine>>, Vec<Arc<Group>>)> {
        try_join!(self.machines(context, layout), self.groups(context, layout))
    }

    pub(super) fn nodes_of(&self, context: &Context) -> Vec<Scope> {
        let scope = Scope::all().with_labels(&self.config.node_selector);
        scope.seen_by(context, &self.config.tenant_label)
    }

    pub(super) fn objects_of(&self, context: &Context) -> Vec<Scope> {
        let mut scope = Scope::all();
        scope.namespace.clone_from(&self.config.namespace);
        scope.seen_by(context, &self.config.tenant_label)
    }

    pub(super) fn volumes_of(&self, context: &Context) -> Vec<Scope> {
        Scope::all().seen_by(context, &self.config.tenant_label)
    }

    async fn volumes(&self, context: &Context) -> Result<Vec<Arc<Volume>>> {
        if !self.config.volumes {
            return Ok(Vec::new());
        }
        self.reader.wanted(context, &VOLUMES, &self.volumes_of(context)).await
    }

    async fn classes(&self, context: &Context) -> Result<Vec<Arc<StorageClass>>> {
        if !self.config.volumes {
            return Ok(Vec::new());
        }
        self.reader.wanted(context, &STORAGE_CLASSES, &[Scope::all()]).await
    }

    async fn machines(&self, context: &Context, layout: &Layout) -> Result<Vec<Arc<Machine>>> {
        match &layout.machines {
            Some(kind) => self.reader.wanted(context, kind, &self.objects_of(context)).await,
            None => Ok(Vec::new()),
        }
    }

    /// The groups of Cluster API.
    pub(super) async fn groups(&self, context: &Context, layout: &Layout) -> Result<Vec<Arc<Group>>> {
        let scopes = self.objects_of(context);
        let each = layout
            .groups
            .iter()
            .map(|kind| self.reader.wanted(context, kind, &scopes));
        let lists: Vec<_> = join_all(each).await.into_iter().collect::<Result<_>>()?;
        Ok(lists.into_iter().flatten().collect())
    }
}
