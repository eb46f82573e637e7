//! [`Drawn`]: deployments and packages, drawn from the caches of what they are made of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use o2_core::{Context, Result};
use o2_dms::{Deployment, DeploymentId, DeploymentObject};

use super::board::{Board, Task};
use crate::dms::kustomize::live::{Live, Objects, judge};
use crate::dms::kustomize::package::{Shelf, package_feed};
use crate::dms::kustomize::show;
use crate::dms::kustomize::site::{Site, by_deployment, kinds};
use crate::dms::kustomize::state::{Course, Member, PARENTS, Parent, Step};
use crate::dms::kustomize::work::{Due, due};
use crate::kube::{Cache, Drawing, Followed, Kind, Many, Scope, Source, State};

/// Deployments and packages as they are known.
#[derive(Debug)]
pub(super) struct Drawn {
    site: Arc<Site>,
    context: Context,
    board: Arc<Board>,
    parents: Vec<Arc<Cache<Parent>>>,
    members: Arc<Many<Live>>,
    packages: Arc<Followed<Shelf>>,
    /// What was drawn last.
    known: BTreeMap<DeploymentId, Arc<Deployment>>,
}

impl Drawn {
    /// Opens the caches of what `context` may see.
    pub(super) async fn open(site: &Arc<Site>, context: &Context, board: Arc<Board>) -> Result<Self> {
        let scopes = site.parents(context);
        let drawn = Self {
            parents: scopes.iter().map(|scope| site.cluster.cache(&PARENTS, scope)).collect(),
            members: Arc::new(Many::new(Arc::clone(&site.cluster))),
            packages: Arc::new(package_feed(&site.packages)),
            context: match context.tenant() {
                Some(tenant) => Context::new("watch").with_tenant(tenant.clone()),
                None => Context::new("watch"),
            },
            known: BTreeMap::new(),
            site: Arc::clone(site),
            board,
        };
        // So that what is there is known before anything is told.
        let parents = site.all(context).await?;
        drawn.want(kinds(parents.iter().flat_map(|parent| parent.state.members())));
        Ok(drawn)
    }

    /// Watches these kinds.
    fn want(&self, kinds: BTreeSet<Kind>) {
        let wanted = kinds.into_iter().flat_map(|kind| {
            let scopes = self.site.members(&kind, &self.context);
            scopes.into_iter().map(move |scope| (kind.clone(), scope))
        });
        self.members.want(&wanted.collect());
    }

    /// Whether it is known which objects of this kind there are.
    fn is_known(&self, kind: &Kind, scopes: &mut BTreeMap<Kind, Vec<Scope>>) -> bool {
        let scopes = scopes
            .entry(kind.clone())
            .or_insert_with(|| self.site.members(kind, &self.context));
        scopes.iter().all(|scope| self.members.is_known(kind, scope))
    }

    fn parents(&self) -> Vec<Arc<Parent>> {
        let each = self
            .parents
            .iter()
            .map(|cache| cache.look(|parents| parents.values().cloned().collect::<Vec<_>>()));
        each.flatten().filter(|parent| !parent.meta.deleting).collect()
    }

    /// A deployment as it was drawn last when it is the same.
    fn deployment(&self, parent: &Parent, objects: &Objects) -> Arc<Deployment> {
        let drawn = show::deployment(parent, objects, &self.site.config.tenant_label);
        match self.known.get(&drawn.deployment_id) {
            Some(known) if **known == drawn => Arc::clone(known),
            _ => Arc::new(drawn),
        }
    }

    /// What there is to be done for a deployment.
    fn task(&self, parent: &Parent, objects: &Objects) -> Option<Task> {
        let site = &self.site;
        let (now, rollout) = (site.clock.now(), site.config.rollout_timeout.get());
        let at = match due(&parent.state, &site.holder, now, rollout) {
            Due::Never => return None,
            Due::Now => None,
            Due::At(at) => Some(at),
        };
        let is_rolling = matches!(
            &parent.state.course,
            Course::Working {
                step: Step::Rolling,
                ..
            }
        );
        let verdict = || judge(&parent.state.inventory, objects).state;
        let has_come_to_an_end = is_rolling && matches!(verdict(), State::Ready | State::Failed);
        Some(Task {
            id: parent.id(),
            at: at.filter(|_| !has_come_to_an_end),
        })
    }
}

impl Drawing<DeploymentObject> for Drawn {
    fn sources(&self) -> Vec<Arc<dyn Source>> {
        let parents = self.parents.iter().map(|cache| Arc::clone(cache) as Arc<dyn Source>);
        let others: [Arc<dyn Source>; 2] = [Arc::clone(&self.packages) as _, Arc::clone(&self.members) as _];
        parents.chain(others).collect()
    }

    fn needed(&self) -> usize {
        self.parents.len() + 1
    }

    fn draw(&mut self) -> Vec<DeploymentObject> {
        let parents = self.parents();
        self.want(kinds(parents.iter().flat_map(|parent| parent.state.members())));
        let mut objects = by_deployment(self.members.all().into_iter());
        let (mut drawn, mut tasks) = (BTreeMap::new(), Vec::new());
        let mut scopes = BTreeMap::new();
        for parent in &parents {
            let id = parent.id();
            let mut kinds = parent.state.members().map(Member::kind);
            let objects = objects.remove(&id).unwrap_or_default();
            tasks.extend(self.task(parent, &objects));
            if kinds.all(|kind| self.is_known(&kind, &mut scopes)) {
                drawn.insert(id, self.deployment(parent, &objects));
            } else if let Some(known) = self.known.get(&id) {
                // As it was, until it is known how it is.
                drawn.insert(id, Arc::clone(known));
            }
        }
        self.board.put(tasks);
        self.known = drawn;
        let packages = self.packages.value().unwrap_or_default();
        let packages = packages
            .values()
            .map(|stored| DeploymentObject::Package(Arc::new(stored.package.clone())));
        let deployments = self.known.values().cloned().map(DeploymentObject::Deployment);
        packages.chain(deployments).collect()
    }
}
