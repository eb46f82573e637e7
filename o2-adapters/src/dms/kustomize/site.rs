//! [`Site`]: what all parts of a plugin share, and what is read of the cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;
use o2_core::ports::{Clock, Ports};
use o2_core::{Context, Error, Model, Result};
use o2_dms::{Deployment, DeploymentId};
use uuid::Uuid;

use super::KustomizeConfig;
use super::build::Builder;
use super::live::{Live, Objects};
use super::package::Packages;
use super::state::{DEPLOYMENT, Member, PARENTS, Parent, SELECTOR};
use super::work::InHand;
use crate::kube::revisions::{Of, Revisions};
use crate::kube::{Cached, Cluster, Clusters, Kind, Kinds, Scope};

/// The longest id of a deployment: it stands in a label.
const LONGEST_ID: usize = 63;

/// What all parts of a plugin share.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) cluster: Arc<Cluster>,
    pub(super) kinds: Kinds,
    pub(super) config: KustomizeConfig,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) packages: Arc<Packages>,
    pub(super) builder: Builder,
    pub(super) revisions: Revisions,
    /// What this process is at.
    pub(super) in_hand: InHand,
    /// Who we are to others who work on the same deployments.
    pub(super) holder: String,
}

impl Site {
    pub(super) fn new(plugin: &str, config: KustomizeConfig, ports: &Ports) -> Result<Self> {
        config.check()?;
        let cluster = Clusters::open(&config.cluster, ports)?;
        let clock = Arc::clone(&ports.clock);
        let history = usize::try_from(config.history).unwrap_or(usize::MAX);
        let timeout = config.build_timeout.get();
        Ok(Self {
            kinds: Kinds::new(Arc::clone(&cluster)),
            packages: Arc::new(Packages::new(Arc::clone(&ports.store), Arc::clone(&clock), plugin)),
            builder: Builder::new(Arc::clone(&ports.process), config.program.clone(), timeout),
            revisions: Revisions::new(Arc::clone(&cluster), &config.tenant_label, history),
            in_hand: InHand::default(),
            holder: Uuid::new_v4().to_string(),
            cluster,
            clock,
            config,
        })
    }

    /// The Secrets of deployments that `context` may see.
    pub(super) fn parents(&self, context: &Context) -> Vec<Scope> {
        self.seen(&Scope::all().with_labels(SELECTOR), context)
    }

    /// The objects of deployments of a kind that `context` may see.
    pub(super) fn members(&self, kind: &Kind, context: &Context) -> Vec<Scope> {
        let scope = Scope::all().with_labels(DEPLOYMENT);
        if kind.namespaced {
            self.seen(&scope, context)
        } else {
            scope.seen_by(context, &self.config.tenant_label)
        }
    }

    fn seen(&self, scope: &Scope, context: &Context) -> Vec<Scope> {
        let label = &self.config.tenant_label;
        if self.config.namespaces.is_empty() {
            return scope.seen_by(context, label);
        }
        let each = self.config.namespaces.iter();
        each.flat_map(|namespace| scope.clone().in_namespace(namespace).seen_by(context, label))
            .collect()
    }

    /// Lists the objects of a kind in all `scopes`; none of a kind that the server does not have.
    pub(super) async fn list<T: Send>(
        &self,
        context: &Context,
        kind: &Kind,
        scopes: &[Scope],
        read: fn(&Kind, kube::api::DynamicObject) -> Option<T>,
    ) -> Result<Vec<T>> {
        let each = scopes.iter().map(|scope| self.cluster.list(context, kind, scope, read));
        let lists: Vec<_> = join_all(each).await.into_iter().collect::<Result<_>>()?;
        Ok(lists.into_iter().flatten().flatten().collect())
    }

    /// All deployments that `context` may see.
    pub(super) async fn all(&self, context: &Context) -> Result<Vec<Parent>> {
        let read = |_: &Kind, object| Parent::of(object);
        let mut parents = self.list(context, &PARENTS, &self.parents(context), read).await?;
        parents.retain(|parent| !parent.meta.deleting);
        Ok(parents)
    }

    /// The deployment with this id.
    ///
    /// # Errors
    /// `NotFound` when it does not exist for the caller.
    pub(super) async fn find(&self, context: &Context, id: &DeploymentId) -> Result<Parent> {
        let unknown = || Error::not_found(Deployment::OBJECT, id.as_str());
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let text = id.as_str();
        if text.is_empty()
            || text.len() > LONGEST_ID
            || !text.chars().all(allowed)
            || text.starts_with('-')
            || text.ends_with('-')
        {
            return Err(unknown());
        }
        let selector = format!("{DEPLOYMENT}={text}");
        let scopes: Vec<_> = self
            .parents(context)
            .into_iter()
            .map(|scope| scope.with_labels(&selector))
            .collect();
        let found = self
            .list(context, &PARENTS, &scopes, |_, object| Parent::of(object))
            .await?;
        let mut found = found
            .into_iter()
            .filter(|parent| self.sees(context, parent) && !parent.meta.deleting);
        found.next().ok_or_else(unknown)
    }

    pub(super) fn sees(&self, context: &Context, parent: &Parent) -> bool {
        context.sees(parent.tenant(&self.config.tenant_label).as_ref())
    }

    /// The objects of one deployment.
    pub(super) async fn objects(&self, context: &Context, parent: &Parent) -> Result<Objects> {
        let kinds = kinds(parent.state.members());
        let selector = format!("{DEPLOYMENT}={}", parent.id());
        let each = kinds.iter().map(|kind| {
            let scope = Scope::all().with_labels(&selector);
            let scope = if kind.namespaced {
                scope.in_namespace(parent.namespace())
            } else {
                scope
            };
            async move { self.list(context, kind, &[scope], Live::read).await }
        });
        let lists: Vec<_> = join_all(each).await.into_iter().collect::<Result<_>>()?;
        Ok(lists.into_iter().flatten().map(Arc::new).collect())
    }

    /// The objects of many deployments, by the ids of these.
    pub(super) async fn objects_of_all(
        &self,
        context: &Context,
        parents: &[Parent],
    ) -> Result<BTreeMap<DeploymentId, Objects>> {
        let kinds = kinds(parents.iter().flat_map(|parent| parent.state.members()));
        let each = kinds.iter().map(|kind| {
            let scopes = self.members(kind, context);
            async move { self.list(context, kind, &scopes, Live::read).await }
        });
        let lists: Vec<_> = join_all(each).await.into_iter().collect::<Result<_>>()?;
        Ok(by_deployment(lists.into_iter().flatten().map(Arc::new)))
    }

    /// Whose history a deployment's is.
    pub(super) fn history<'p>(&self, parent: &'p Parent) -> Of<'p> {
        Of {
            kind: &PARENTS,
            meta: &parent.meta,
            namespace: parent.namespace(),
        }
    }
}

/// The kinds of members, each once.
pub(super) fn kinds<'m>(members: impl Iterator<Item = &'m Member>) -> BTreeSet<Kind> {
    members.map(Member::kind).collect()
}

/// Objects by the ids of the deployments that they belong to.
pub(super) fn by_deployment(objects: impl Iterator<Item = Arc<Live>>) -> BTreeMap<DeploymentId, Objects> {
    let mut all: BTreeMap<DeploymentId, Objects> = BTreeMap::new();
    for object in objects {
        if let Some(id) = object.deployment() {
            all.entry(id.into()).or_default().insert(object);
        }
    }
    all
}
