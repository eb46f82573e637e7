//! [`Releases`]: the releases of a cluster, read from the Secrets in which Helm keeps them.

mod id;
mod kept;
mod live;
mod notes;

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use futures::future::{FutureExt, try_join_all};
use futures::stream::{self, StreamExt, TryStreamExt};
use o2_core::{Context, Error, Model, Result, TenantId};
use o2_dms::{Deployment, DeploymentId};
use serde_json::Value;

use super::HelmConfig;
use super::program::Target;
use super::release::{PACKAGE, Release, ReleaseStatus, WORK};
use crate::kube::deployed::DEPLOYMENT_ID;
use crate::kube::{At, Cluster, Kind, Meta, Scope};
pub(super) use id::{ReleaseId, id_of, is_release_name};
pub(super) use kept::{Kept, gather};
pub(super) use live::{Live, Lives, key, lives};
pub(super) use notes::Notes;

pub(super) static SECRETS: Kind = Kind::of_namespaces("", "v1", "Secret", "secrets");
/// Everything about releases as they are now: what was before is not read unless somebody asks for it.
pub(super) const PRESENT: &str = "owner in (helm,o2ims),status!=superseded";
/// Secrets that are read at the same time.
const PARALLEL: usize = 8;

/// A release as it is now.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Current {
    /// Its newest revision.
    pub(super) release: Release,
    pub(super) notes: Option<Notes>,
    /// The revision that Helm has deployed last, where that is an earlier one.
    pub(super) running: Option<u32>,
}

impl Current {
    pub(super) fn target(&self) -> Target {
        Target {
            namespace: self.release.namespace.clone(),
            name: self.release.name.clone(),
        }
    }
}

/// Some releases, in the order of their namespaces and names.
#[derive(Debug, Default)]
pub(super) struct ReleasePage {
    pub(super) releases: Vec<Current>,
    /// The last one, when there are more behind it.
    pub(super) next: Option<Target>,
}

/// Reads releases.
#[derive(Debug)]
pub(super) struct Releases {
    pub(super) cluster: Arc<Cluster>,
    namespaces: Vec<String>,
    tenant_label: String,
}

impl Releases {
    pub(super) fn new(cluster: Arc<Cluster>, config: &HelmConfig) -> Self {
        Self {
            cluster,
            namespaces: config.namespaces.clone(),
            tenant_label: config.tenant_label.clone(),
        }
    }

    /// Where releases are looked for.
    pub(super) fn scopes(&self) -> Vec<Scope> {
        if self.namespaces.is_empty() {
            return vec![Scope::all()];
        }
        let each = self.namespaces.iter();
        each.map(|namespace| Scope::all().in_namespace(namespace)).collect()
    }

    fn manages(&self, namespace: &str) -> bool {
        self.namespaces.is_empty() || self.namespaces.iter().any(|own| own == namespace)
    }

    pub(super) fn tenant(&self, release: &Release) -> Option<TenantId> {
        release.tenant(&self.tenant_label)
    }

    /// The release that is this deployment.
    ///
    /// # Errors
    /// `NotFound` when there is none for the caller.
    pub(super) async fn find(&self, context: &Context, id: &DeploymentId) -> Result<Current> {
        let unknown = || Error::not_found(Deployment::OBJECT, id.as_str());
        let scopes = match ReleaseId::parse(id.as_str()) {
            Some(ReleaseId::Own(label)) => {
                let labels = format!("{DEPLOYMENT_ID}={label},{PRESENT}");
                self.scopes()
                    .into_iter()
                    .map(|scope| scope.with_labels(&labels))
                    .collect()
            }
            Some(ReleaseId::Foreign { namespace, name, .. }) if self.manages(&namespace) => {
                vec![
                    Scope::all()
                        .in_namespace(namespace)
                        .with_labels(&format!("name={name},{PRESENT}")),
                ]
            }
            // That something is not there is said only when the cluster answers.
            _ => {
                self.cluster.read::<Value>(context, "/version").await?;
                return Err(unknown());
            }
        };
        let found = gather(self.kept(context, &scopes).await?);
        let is_meant = |current: &Current| id_of(&current.release) == *id && !current.release.is_over();
        let found = found.into_values().find(is_meant).ok_or_else(unknown)?;
        if context.sees(self.tenant(&found.release).as_ref()) {
            Ok(found)
        } else {
            Err(unknown())
        }
    }

    /// The release of this name, whoever owns it.
    pub(super) async fn at(&self, context: &Context, target: &Target) -> Result<Option<Current>> {
        let scope = Scope::all().in_namespace(&target.namespace);
        let scope = scope.with_labels(&format!("name={},{PRESENT}", target.name));
        let mut found = gather(self.kept(context, &[scope]).await?);
        Ok(found.remove(target))
    }

    /// All revisions that Helm has kept, oldest first.
    pub(super) async fn history(&self, context: &Context, target: &Target) -> Result<Vec<Release>> {
        let scope = Scope::all().in_namespace(&target.namespace);
        let scope = scope.with_labels(&format!("owner=helm,name={}", target.name));
        let kept = self.kept(context, &[scope]).await?;
        let mut revisions: Vec<_> = kept.into_iter().filter_map(Kept::release).collect();
        revisions.sort_by_key(|release| release.revision);
        Ok(revisions)
    }

    async fn kept(&self, context: &Context, scopes: &[Scope]) -> Result<Vec<Kept>> {
        let each = scopes
            .iter()
            .map(|scope| self.cluster.list(context, &SECRETS, scope, Kept::of));
        let lists = try_join_all(each).await?;
        Ok(lists.into_iter().flatten().flatten().collect())
    }

    /// The releases after `after` that `context` may see, `limit` at most.
    pub(super) async fn page(&self, context: &Context, after: Option<&Target>, limit: usize) -> Result<ReleasePage> {
        let each = self.scopes().into_iter().map(|scope| {
            let scope = scope.with_labels(PRESENT);
            async move { self.cluster.list_metadata(context, &SECRETS, &scope).await }
        });
        let metas: Vec<Meta> = try_join_all(each).await?.into_iter().flatten().collect();
        let known = kept::outlines(metas);
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let sees = |meta: &Meta| context.sees(meta.tenant(&self.tenant_label).as_ref());
        let mut rest = known
            .range::<Target, _>((from, Bound::Unbounded))
            .filter(|(_, outline)| sees(&outline.newest));
        let page: Vec<_> = rest.by_ref().take(limit).collect();
        let next = rest.next().and(page.last()).map(|(target, _)| (*target).clone());
        let each: Vec<_> = page
            .into_iter()
            .map(|(target, outline)| self.filled(context, target, outline).boxed())
            .collect();
        let releases = stream::iter(each).buffered(PARALLEL);
        let releases = releases
            .try_filter_map(|found| async move { Ok(found) })
            .try_collect()
            .await?;
        Ok(ReleasePage { releases, next })
    }

    /// A release of which only the metadata is known; `None` when it is gone, or cannot be understood.
    async fn filled(&self, context: &Context, target: &Target, outline: &kept::Outline) -> Result<Option<Current>> {
        let at = At::new(&SECRETS, Some(&target.namespace), &outline.newest.name);
        let object = self.cluster.get(context, at).await?;
        let release = object
            .and_then(|object| Kept::of(&SECRETS, object))
            .and_then(Kept::release);
        match release {
            // Somebody has changed it meanwhile.
            None => self.at(context, target).await,
            Some(release) if release.meta.label("status") == Some("superseded") => self.at(context, target).await,
            Some(release) => {
                let current = Current {
                    release,
                    notes: outline.notes.clone(),
                    running: outline.running,
                };
                Ok(Some(current.with_its_own_notes()))
            }
        }
    }

    /// Whether Helm has begun this revision.
    pub(super) async fn revision(&self, context: &Context, target: &Target, revision: u32) -> Result<Option<Meta>> {
        let name = format!("sh.helm.release.v1.{}.v{revision}", target.name);
        let at = At::new(&SECRETS, Some(&target.namespace), &name);
        self.cluster.get_metadata(context, at).await
    }

    /// The newest revision of a release and its status, by the labels of its Secrets; `None` when there is none.
    pub(super) async fn newest(&self, context: &Context, target: &Target) -> Result<Option<(u32, ReleaseStatus)>> {
        let scope = Scope::all().in_namespace(&target.namespace);
        let scope = scope.with_labels(&format!("owner=helm,name={}", target.name));
        let found = self.cluster.list_metadata(context, &SECRETS, &scope).await?;
        let revisions = found.iter().filter_map(|meta| {
            let status = ReleaseStatus::read(meta.label("status").unwrap_or_default());
            Some((meta.label("version")?.parse().ok()?, status))
        });
        Ok(revisions.max_by_key(|(revision, _)| *revision))
    }

    /// Whether there is a revision with this label of what was asked for.
    pub(super) async fn is_made(&self, context: &Context, target: &Target, work: &str) -> Result<bool> {
        let scope = Scope::all().in_namespace(&target.namespace);
        let scope = scope.with_labels(&format!("owner=helm,name={},{WORK}={work}", target.name));
        let found = self.cluster.list_metadata(context, &SECRETS, &scope).await?;
        Ok(!found.is_empty())
    }

    /// How many releases, or earlier revisions of some, are made of a package.
    pub(super) async fn users(&self, context: &Context, label: &str) -> Result<usize> {
        let each = self.scopes().into_iter().map(|scope| {
            let scope = scope.with_labels(&format!("owner=helm,{PACKAGE}={label}"));
            async move { self.cluster.list_metadata(context, &SECRETS, &scope).await }
        });
        let metas: Vec<Meta> = try_join_all(each).await?.into_iter().flatten().collect();
        let releases: BTreeSet<_> = metas.iter().map(|meta| (&meta.namespace, meta.label("name"))).collect();
        Ok(releases.len())
    }
}
