//! Reading what there is now.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::{join_all, try_join_all};
use kube::api::DynamicObject;
use o2_core::{Context, Error, ErrorKind, Fault, Result, async_trait};
use o2_dms::{Deployment, DeploymentId};

use super::config::CrossplaneConfig;
use super::draw::{Drawn, Site, draw, draw_all, knows_its_package};
use super::history;
use super::object::Object;
use super::packages::{PARTS, Part, Shelf};
use super::shape::{Shape, missing, shape};
use crate::kube::deployed::{DEPLOYMENT_ID, Found, Present, looks_like_uid};
use crate::kube::revisions::{Record, Revisions};
use crate::kube::{Cached, Cluster, Kind, Meta, Scope};

/// Reads what Crossplane and O2 keep in the cluster.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) cluster: Arc<Cluster>,
    pub(super) config: CrossplaneConfig,
    pub(super) revisions: Revisions,
    /// The definitions as they were read last.
    shapes: Mutex<Vec<Arc<Shape>>>,
}

/// Which objects of which kind are looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sought {
    pub(super) kind: Kind,
    pub(super) scope: Scope,
}

impl Reading {
    pub(super) fn new(cluster: Arc<Cluster>, config: CrossplaneConfig) -> Self {
        Self {
            revisions: Revisions::new(Arc::clone(&cluster), &config.tenant_label, config.history),
            cluster,
            config,
            shapes: Mutex::default(),
        }
    }

    fn known(&self) -> MutexGuard<'_, Vec<Arc<Shape>>> {
        self.shapes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the definitions of the configuration say now. All of them must be there: a list without one would be a list from
    /// which deployments are missing.
    pub(super) async fn shapes(&self, context: &Context) -> Result<Vec<Arc<Shape>>> {
        let definitions = self.config.definitions.iter();
        let each = definitions.map(|definition| shape(&self.cluster, context, &definition.name));
        let shapes: Vec<_> = try_join_all(each).await?.into_iter().map(Arc::new).collect();
        self.known().clone_from(&shapes);
        Ok(shapes)
    }

    /// The objects that deployments are made of, as far as `context` may see them: those of each definition, and what claims
    /// are bound to, which has their labels.
    pub(super) fn objects_of(&self, context: &Context, shapes: &[Arc<Shape>], selector: &str) -> Vec<Sought> {
        let all = Scope::all().with_labels(selector);
        let kinds = shapes.iter().flat_map(|shape| [Some(&shape.kind), shape.bound()]);
        let each = kinds.flatten().flat_map(|kind| {
            let mut scope = all.clone();
            if kind.namespaced {
                scope.namespace.clone_from(&self.config.namespace);
            }
            let scopes = scope.seen_by(context, &self.config.tenant_label);
            scopes.into_iter().map(|scope| Sought {
                kind: kind.clone(),
                scope,
            })
        });
        each.collect()
    }

    /// What packages are made of.
    pub(super) fn parts_of(&self, context: &Context) -> Vec<Sought> {
        let scopes = Scope::all().seen_by(context, &self.config.tenant_label);
        let each = PARTS.iter().flat_map(|kind| {
            scopes.iter().map(|scope| Sought {
                kind: Kind::clone(kind),
                scope: scope.clone(),
            })
        });
        each.collect()
    }

    /// Everything that is sought.
    async fn list<T: Send>(
        &self,
        context: &Context,
        sought: &[Sought],
        read: fn(&Kind, DynamicObject) -> Option<T>,
    ) -> Result<Vec<T>> {
        let each = sought.iter().map(|sought| async {
            let listed = self.cluster.list(context, &sought.kind, &sought.scope, read).await?;
            listed.ok_or_else(|| {
                let resource = sought.kind.resource();
                missing(format!(
                    "the cluster does not have {resource}, of Crossplane or of a definition"
                ))
            })
        });
        let lists: Vec<_> = join_all(each).await.into_iter().collect::<Result<_>>()?;
        Ok(lists.into_iter().flatten().collect())
    }

    /// The deployments that `context` may see, by their ids.
    pub(super) async fn deployments(&self, context: &Context) -> Result<BTreeMap<String, Drawn>> {
        let shapes = self.shapes(context).await?;
        self.deployments_of(context, &shapes, "").await
    }

    async fn deployments_of(
        &self,
        context: &Context,
        shapes: &[Arc<Shape>],
        selector: &str,
    ) -> Result<BTreeMap<String, Drawn>> {
        let sought = self.objects_of(context, shapes, selector);
        let objects = self.list(context, &sought, Object::read).await?;
        let shelf = if objects.iter().all(|object| knows_its_package(shapes, object)) {
            Shelf::default()
        } else {
            self.shelf_of(context, shapes).await?
        };
        Ok(draw_all(&self.site(shapes, &shelf), objects))
    }

    fn site<'r>(&'r self, shapes: &'r [Arc<Shape>], shelf: &'r Shelf) -> Site<'r> {
        Site {
            config: &self.config,
            shapes,
            shelf,
            now: self.cluster.clock().now(),
        }
    }

    /// Every deployment, whoever may see it.
    pub(super) async fn all_deployments(&self, context: &Context) -> Result<BTreeMap<String, Drawn>> {
        self.deployments(&everybody(context)).await
    }

    /// What can be deployed.
    pub(super) async fn shelf(&self, context: &Context) -> Result<Shelf> {
        let shapes = self.shapes(context).await?;
        self.shelf_of(context, &shapes).await
    }

    async fn shelf_of(&self, context: &Context, shapes: &[Arc<Shape>]) -> Result<Shelf> {
        let parts = self
            .list(context, &self.parts_of(context), <Part as Cached>::read)
            .await?;
        Ok(Shelf::of(shapes, parts))
    }

    /// The version of the API server.
    pub(super) async fn version(&self, context: &Context) -> Result<String> {
        let version = self.cluster.read::<About>(context, "/version").await?;
        Ok(version.map(|version| version.git_version).unwrap_or_default())
    }
}

/// The same caller, who sees what is whoever's.
pub(super) fn everybody(context: &Context) -> Context {
    let everybody = Context::for_principal(context.request_id(), Arc::new(context.principal().clone()));
    match context.deadline() {
        Some(deadline) => everybody.with_deadline(deadline),
        None => everybody,
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct About {
    #[serde(default)]
    git_version: String,
}

#[async_trait]
impl Present for Reading {
    type Found = Drawn;

    /// By its label; what others have made has none and is looked for among all.
    async fn find(&self, context: &Context, id: &DeploymentId) -> Result<Drawn> {
        let unknown = || Error::not_found("deployment", id.as_str());
        let id = id.as_str();
        let shapes = self.shapes(context).await?;
        if !looks_like_uid(id) {
            return Err(unknown());
        }
        let selector = format!("{DEPLOYMENT_ID}={id}");
        if let Some(found) = self.deployments_of(context, &shapes, &selector).await?.remove(id) {
            return Ok(found);
        }
        let mut all = self.deployments_of(context, &shapes, "").await?;
        all.remove(id).ok_or_else(unknown)
    }

    fn read(&self, kind: &Kind, object: DynamicObject) -> Result<Drawn> {
        let shape = self.known().iter().find(|shape| shape.kind == *kind).cloned();
        let object = Object::read(kind, object);
        let (shape, object) = shape.zip(object).ok_or_else(|| {
            Error::new(
                ErrorKind::Internal,
                "the API server answers with an object that cannot be understood",
            )
            .with_fault(Fault::Backend)
        })?;
        Ok(draw(&self.site(&[], &Shelf::default()), &shape, object, None))
    }
}

impl Found for Drawn {
    fn kind(&self) -> &Kind {
        &self.object.kind
    }

    fn meta(&self) -> &Meta {
        &self.object.meta
    }

    fn deployment(&self) -> &Arc<Deployment> {
        &self.deployment
    }

    fn record(&self) -> Record {
        history::record(self)
    }

    /// Those of objects of the cluster are where the configuration says.
    fn records_in(&self) -> &str {
        &self.records_in
    }
}
