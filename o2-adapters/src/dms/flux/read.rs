//! Reading what there is now.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::{join_all, try_join};
use kube::api::DynamicObject;
use o2_core::{Context, Error, ErrorKind, Fault, Result, async_trait};
use o2_dms::{Deployment, DeploymentId};

use super::config::FluxConfig;
use super::draw::{Drawn, draw, draw_all, knows_its_package};
use super::history;
use super::objects::{Engine, KUSTOMIZATIONS, Object, RELEASES};
use super::sources::{self, Package, Places, SOURCES, Source};
use crate::kube::deployed::{DEPLOYMENT_ID, Found, Present, looks_like_uid};
use crate::kube::revisions::{Record, Revisions};
use crate::kube::{Cached, Cluster, Kind, Meta, Scope, is_forbidden};

/// Reads what Flux and O2 keep in the cluster.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) cluster: Arc<Cluster>,
    pub(super) config: FluxConfig,
    pub(super) revisions: Revisions,
    /// The kinds that we may not see.
    denied: Mutex<BTreeSet<String>>,
}

impl Reading {
    pub(super) fn new(cluster: Arc<Cluster>, config: FluxConfig) -> Self {
        Self {
            revisions: Revisions::new(Arc::clone(&cluster), &config.tenant_label, config.history),
            cluster,
            config,
            denied: Mutex::default(),
        }
    }

    fn scope(&self) -> Scope {
        Scope {
            namespace: self.config.namespace.clone(),
            ..Scope::all()
        }
    }

    /// The objects that are deployments, as far as `context` may see them.
    pub(super) fn objects_of(&self, context: &Context) -> Vec<Scope> {
        self.scope().seen_by(context, &self.config.tenant_label)
    }

    /// Sources may be in other namespaces than the deployments that use them.
    pub(super) fn sources_of(&self, context: &Context) -> Vec<Scope> {
        Scope::all().seen_by(context, &self.config.tenant_label)
    }

    /// The deployments that `context` may see, by their ids.
    pub(super) async fn deployments(&self, context: &Context) -> Result<BTreeMap<String, Drawn>> {
        self.deployments_in(context, &self.objects_of(context)).await
    }

    async fn deployments_in(&self, context: &Context, scopes: &[Scope]) -> Result<BTreeMap<String, Drawn>> {
        let (releases, kustomizations) = try_join(
            self.list(context, &RELEASES, scopes, Object::read),
            self.list(context, &KUSTOMIZATIONS, scopes, Object::read),
        )
        .await?;
        if releases.is_none() && kustomizations.is_none() {
            return Err(not_installed());
        }
        let mut objects = releases.unwrap_or_default();
        objects.extend(kustomizations.unwrap_or_default());
        let places = self.places(context, &objects).await?;
        Ok(draw_all(&self.config, objects, &places, self.cluster.clock().now()))
    }

    /// The sources, where some object's package is not known without them.
    async fn places(&self, context: &Context, objects: &[Object]) -> Result<Places> {
        if objects.iter().all(knows_its_package) {
            return Ok(Places::default());
        }
        Ok(Places::of(&self.sources(context).await?))
    }

    /// Every deployment, whoever may see it and wherever it is.
    pub(super) async fn all_deployments(&self, context: &Context) -> Result<BTreeMap<String, Drawn>> {
        let everybody = Context::for_principal(context.request_id(), Arc::new(context.principal().clone()));
        let everybody = match context.deadline() {
            Some(deadline) => everybody.with_deadline(deadline),
            None => everybody,
        };
        self.deployments_in(&everybody, &[Scope::all()]).await
    }

    /// The packages that `context` may see, by their ids.
    pub(super) async fn packages(&self, context: &Context) -> Result<BTreeMap<String, Package>> {
        Ok(sources::draw(&self.config.tenant_label, self.sources(context).await?))
    }

    /// The sources that `context` may see; kinds that we may not see are left out.
    pub(super) async fn sources(&self, context: &Context) -> Result<Vec<Source>> {
        let scopes = self.sources_of(context);
        let each = SOURCES.iter().map(|kind| self.sources_of_kind(context, kind, &scopes));
        let lists: Vec<_> = join_all(each).await.into_iter().collect::<Result<_>>()?;
        if lists.iter().all(Option::is_none) {
            return Err(not_installed());
        }
        Ok(lists.into_iter().flatten().flatten().collect())
    }

    async fn sources_of_kind(&self, context: &Context, kind: &Kind, scopes: &[Scope]) -> Result<Option<Vec<Source>>> {
        let listed = self.list(context, kind, scopes, <Source as Cached>::read).await;
        let resource = kind.resource();
        let mut denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        match listed {
            Err(error) if is_forbidden(&error) => {
                if denied.insert(resource.clone()) {
                    tracing::warn!(resource, "the API server does not let us list a kind; it is left out");
                }
                Ok(Some(Vec::new()))
            }
            listed => {
                denied.remove(&resource);
                listed
            }
        }
    }

    /// The kinds that are left out because we may not see them.
    pub(super) fn denied(&self) -> Vec<String> {
        let denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        denied.iter().cloned().collect()
    }

    /// The objects in all of these scopes; `None` when the server does not have the kind.
    async fn list<T: Send>(
        &self,
        context: &Context,
        kind: &Kind,
        scopes: &[Scope],
        read: fn(&Kind, DynamicObject) -> Option<T>,
    ) -> Result<Option<Vec<T>>> {
        let each = scopes.iter().map(|scope| self.cluster.list(context, kind, scope, read));
        let lists: Vec<_> = join_all(each).await.into_iter().collect::<Result<_>>()?;
        let lists: Option<Vec<_>> = lists.into_iter().collect();
        Ok(lists.map(|lists| lists.into_iter().flatten().collect()))
    }

    /// The version of the API server, and which controllers of Flux are installed.
    pub(super) async fn about(&self, context: &Context) -> Result<(String, Vec<&'static str>)> {
        let version = self.cluster.read::<About>(context, "/version").await?;
        let mut installed = Vec::new();
        for (kind, controller) in [
            (&RELEASES, "helm-controller"),
            (&KUSTOMIZATIONS, "kustomize-controller"),
            (&SOURCES[1], "source-controller"),
        ] {
            let kinds = self.cluster.plurals(context, &kind.group, &kind.version).await?;
            if kinds.iter().any(|plural| *plural == kind.plural) {
                installed.push(controller);
            }
        }
        if installed.is_empty() {
            return Err(not_installed());
        }
        Ok((
            version.map(|version| version.git_version).unwrap_or_default(),
            installed,
        ))
    }

    /// Asks for the deployment with this name, of whichever kind.
    pub(super) async fn is_taken(
        &self,
        context: &Context,
        engine: Engine,
        namespace: &str,
        name: &str,
    ) -> Result<bool> {
        let at = crate::kube::At::new(engine.kind(), Some(namespace), name);
        Ok(self.cluster.get(context, at).await?.is_some())
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct About {
    #[serde(default)]
    git_version: String,
}

fn not_installed() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the cluster has none of the kinds that this takes: Flux is not installed, or older than 2.6",
    )
    .with_fault(Fault::Backend)
}

#[async_trait]
impl Present for Reading {
    type Found = Drawn;

    /// By its label; what others have made has none and is looked for among all.
    async fn find(&self, context: &Context, id: &DeploymentId) -> Result<Drawn> {
        let unknown = || Error::not_found("deployment", id.as_str());
        let id = id.as_str();
        if !looks_like_uid(id) {
            // Ids are uids of objects, or made like these. The server must be there to say so.
            self.cluster.read::<About>(context, "/version").await?;
            return Err(unknown());
        }
        let selector = format!("{DEPLOYMENT_ID}={id}");
        let scopes = self.objects_of(context).into_iter();
        let scopes: Vec<_> = scopes.map(|scope| scope.with_labels(&selector)).collect();
        if let Some(found) = self.deployments_in(context, &scopes).await?.remove(id) {
            return Ok(found);
        }
        self.deployments(context).await?.remove(id).ok_or_else(unknown)
    }

    fn read(&self, kind: &Kind, object: DynamicObject) -> Result<Drawn> {
        let now = self.cluster.clock().now();
        let object = Object::read(kind, object).ok_or_else(|| {
            Error::new(
                ErrorKind::Internal,
                "the API server answers with an object that cannot be understood",
            )
            .with_fault(Fault::Backend)
        })?;
        Ok(draw(&self.config, object, &Places::default(), now))
    }
}

impl Found for Drawn {
    fn kind(&self) -> &Kind {
        self.object.engine.kind()
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
}
