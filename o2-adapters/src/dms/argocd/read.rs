//! Reading what there is now.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::join_all;
use futures::try_join;
use kube::api::DynamicObject;
use o2_core::{Context, Error, ErrorKind, Fault, Result, async_trait};
use o2_dms::{Deployment, DeploymentId};

use super::config::ArgocdConfig;
use super::draw::{Drawn, draw, draw_all};
use super::packages::{CONFIG_MAPS, OF, Package, REPOSITORY_LABEL, Registered, Repository, SECRETS};
use super::wire::{APPLICATIONS, Application};
use super::{history, packages};
use crate::kube::deployed::{DEPLOYMENT_ID, Found, Present};
use crate::kube::revisions::{Record, Revisions};
use crate::kube::{Cached, Cluster, Kind, Meta, Scope, is_forbidden};

/// Reads what Argo CD and O2 keep in the cluster.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) cluster: Arc<Cluster>,
    pub(super) config: ArgocdConfig,
    pub(super) revisions: Revisions,
    /// The kinds that we may not see.
    denied: Mutex<BTreeSet<String>>,
}

impl Reading {
    pub(super) fn new(cluster: Arc<Cluster>, config: ArgocdConfig) -> Self {
        Self {
            revisions: Revisions::new(Arc::clone(&cluster), &config.tenant_label, config.history),
            cluster,
            config,
            denied: Mutex::default(),
        }
    }

    fn scope(&self) -> Scope {
        Scope::all().in_namespace(self.config.namespace.as_str())
    }

    pub(super) fn applications_of(&self, context: &Context) -> Vec<Scope> {
        self.scope().seen_by(context, &self.config.tenant_label)
    }

    pub(super) fn registered_of(&self, context: &Context) -> Vec<Scope> {
        let scope = self.scope().with_labels(&format!("{OF}=argocd"));
        scope.seen_by(context, &self.config.tenant_label)
    }

    pub(super) fn repositories_of(&self, context: &Context) -> Vec<Scope> {
        if !self.config.repositories {
            return Vec::new();
        }
        let scope = self.scope().with_labels(REPOSITORY_LABEL);
        scope.seen_by(context, &self.config.tenant_label)
    }

    /// The deployments that `context` may see, by their ids.
    pub(super) async fn deployments(&self, context: &Context) -> Result<BTreeMap<String, Drawn>> {
        self.deployments_in(context, &self.applications_of(context)).await
    }

    async fn deployments_in(&self, context: &Context, scopes: &[Scope]) -> Result<BTreeMap<String, Drawn>> {
        let applications = self.list(context, &APPLICATIONS, scopes, Application::read).await?;
        let applications = applications.ok_or_else(not_installed)?;
        Ok(draw_all(&self.config, applications, self.cluster.clock().now()))
    }

    /// Every deployment, whoever may see it.
    pub(super) async fn all_deployments(&self, context: &Context) -> Result<BTreeMap<String, Drawn>> {
        self.deployments_in(context, &[self.scope()]).await
    }

    /// The packages that `context` may see, by their ids.
    pub(super) async fn packages(&self, context: &Context) -> Result<BTreeMap<String, Package>> {
        let (registered, repositories, deployments) = try_join!(
            self.registered(context),
            self.repositories(context),
            self.deployments(context)
        )?;
        let label = &self.config.tenant_label;
        Ok(packages::draw(label, registered, repositories, deployments.values()))
    }

    pub(super) async fn registered(&self, context: &Context) -> Result<Vec<Registered>> {
        let scopes = self.registered_of(context);
        let found = self
            .list(context, &CONFIG_MAPS, &scopes, <Registered as Cached>::read)
            .await?;
        Ok(found.unwrap_or_default())
    }

    async fn repositories(&self, context: &Context) -> Result<Vec<Repository>> {
        let scopes = self.repositories_of(context);
        let listed = self
            .list(context, &SECRETS, &scopes, <Repository as Cached>::read)
            .await;
        let mut denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        match listed {
            Err(error) if is_forbidden(&error) => {
                if denied.insert(SECRETS.resource()) {
                    tracing::warn!(
                        "the API server does not let us list the repositories of Argo CD; they are left out"
                    );
                }
                Ok(Vec::new())
            }
            listed => {
                denied.remove(&SECRETS.resource());
                Ok(listed?.unwrap_or_default())
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

    /// The version of the API server, and whether Argo CD is installed.
    pub(super) async fn about(&self, context: &Context) -> Result<String> {
        let (version, kinds) = try_join!(
            self.cluster.read::<About>(context, "/version"),
            self.cluster
                .plurals(context, &APPLICATIONS.group, &APPLICATIONS.version),
        )?;
        if !kinds.contains(&APPLICATIONS.plural.clone().into_owned()) {
            return Err(not_installed());
        }
        Ok(version.map(|version| version.git_version).unwrap_or_default())
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct About {
    #[serde(default)]
    git_version: String,
}

fn not_installed() -> Error {
    let resource = APPLICATIONS.resource();
    Error::new(
        ErrorKind::Unavailable,
        format!("the cluster does not have {resource}: Argo CD is not installed"),
    )
    .with_fault(Fault::Backend)
}

fn looks_like_uid(id: &str) -> bool {
    let groups: Vec<_> = id.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && id.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
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
        let scopes: Vec<_> = self
            .applications_of(context)
            .into_iter()
            .map(|scope| scope.with_labels(&selector))
            .collect();
        if let Some(found) = self.deployments_in(context, &scopes).await?.remove(id) {
            return Ok(found);
        }
        self.deployments(context).await?.remove(id).ok_or_else(unknown)
    }

    fn read(&self, kind: &Kind, object: DynamicObject) -> Result<Drawn> {
        let now = self.cluster.clock().now();
        let application = Application::read(kind, object);
        application
            .and_then(|application| draw(&self.config, application, now))
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Internal,
                    "the API server answers with an Application that cannot be understood",
                )
                .with_fault(Fault::Backend)
            })
    }
}

impl Found for Drawn {
    fn kind(&self) -> &Kind {
        &APPLICATIONS
    }

    fn meta(&self) -> &Meta {
        &self.application.meta
    }

    fn deployment(&self) -> &Arc<Deployment> {
        &self.deployment
    }

    fn record(&self) -> Record {
        history::record(self)
    }
}
