//! [`Core`]: everything that the operations of the plugin have in common.

use std::sync::Arc;

use o2_core::ports::{Clock, Ports};
use o2_core::query::{Fingerprint, ListQuery, Marker};
use o2_core::{Context, Error, ErrorKind, Model, Page, Result};
use o2_dms::{Deployment, DeploymentId, DeploymentRevision, StatusReport};

use super::HelmConfig;
use super::draw::{Drawn, Settings, draw, report, revisions};
use super::program::{Program, Target};
use super::progress::Reached;
use super::release::WorkloadRef;
use super::releases::{Current, Lives, Releases, lives};
use super::repository::Repositories;
use super::work::Works;
use crate::kube::{Clusters, PodTrouble, pod_in_trouble};

/// The most deployments in one page.
pub(super) const LARGEST_PAGE: u32 = 100;

/// What the operations have in common.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) config: HelmConfig,
    pub(super) settings: Settings,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) releases: Arc<Releases>,
    pub(super) program: Arc<Program>,
    pub(super) repositories: Repositories,
    pub(super) works: Arc<Works>,
    reached: Reached,
}

/// A deployment as it is now, and the release that it is.
#[derive(Debug)]
pub(super) struct Present {
    pub(super) current: Current,
    pub(super) drawn: Drawn,
}

impl Core {
    pub(super) fn new(config: HelmConfig, ports: &Ports) -> Result<Self> {
        config.check()?;
        let cluster = Clusters::open(&config.cluster, ports)?;
        Ok(Self {
            settings: Settings::new(&config),
            clock: Arc::clone(&ports.clock),
            program: Arc::new(Program::new(&config, &cluster, &ports.process)),
            repositories: Repositories::new(&config.repositories, ports)?,
            releases: Arc::new(Releases::new(cluster, &config)),
            works: Arc::default(),
            reached: Reached::default(),
            config,
        })
    }

    /// Waits for `work` as long as the caller does.
    pub(super) async fn in_time<T>(
        &self,
        context: &Context,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let Some(deadline) = context.deadline() else {
            return work.await;
        };
        let late = || {
            Error::new(
                ErrorKind::Timeout,
                "there was no time left to wait for Helm; its work goes on",
            )
        };
        self.clock.until(deadline, work).await.unwrap_or_else(|| Err(late()))
    }

    /// The deployment with this id.
    pub(super) async fn present(&self, context: &Context, id: &DeploymentId) -> Result<Present> {
        self.works.catch_up(&*self.clock).await;
        let current = self.releases.find(context, id).await?;
        self.completed(context, current).await
    }

    /// The deployment that a release is.
    pub(super) async fn completed(&self, context: &Context, current: Current) -> Result<Present> {
        let lives = self.lives(context, &[&current]).await?;
        let drawn = draw(&self.settings, &current, &lives, self.clock.now());
        Ok(Present { current, drawn })
    }

    /// The deployment of this name, which there must be: it was changed a moment ago.
    pub(super) async fn changed(&self, context: &Context, target: &Target) -> Result<Arc<Deployment>> {
        let found = self.releases.at(context, target).await?;
        let found = found.filter(|current| context.sees(self.releases.tenant(&current.release).as_ref()));
        let current = found.ok_or_else(|| Error::not_found(Deployment::OBJECT, &target.name))?;
        Ok(self.completed(context, current).await?.drawn.deployment)
    }

    async fn lives(&self, context: &Context, all: &[&Current]) -> Result<Lives> {
        let workloads = all.iter().flat_map(|current| &current.release.runs.workloads);
        lives(&self.releases.cluster, context, &workloads.collect::<Vec<_>>()).await
    }

    /// A page of deployments.
    pub(super) async fn page(&self, context: &Context, query: &ListQuery) -> Result<Page<Deployment>> {
        self.works.catch_up(&*self.clock).await;
        let binding = Fingerprint::new()
            .text(Deployment::OBJECT)
            .text(context.tenant().map_or("", |tenant| tenant.as_str()))
            .value();
        let marker = query.marker.as_deref();
        let after: Option<(String, String)> = marker.map(|marker| Marker::decode(marker, binding)).transpose()?;
        let after = after.map(|(namespace, name)| Target { namespace, name });
        let limit = query.limit.unwrap_or(LARGEST_PAGE).clamp(1, LARGEST_PAGE) as usize;
        let page = self.releases.page(context, after.as_ref(), limit).await?;
        let lives = self.lives(context, &page.releases.iter().collect::<Vec<_>>()).await?;
        let now = self.clock.now();
        let draw_one = |current: &Current| draw(&self.settings, current, &lives, now).deployment;
        let items = page.releases.iter().map(draw_one).collect();
        let next = page
            .next
            .map(|last| Marker::encode(binding, &(last.namespace, last.name)));
        Ok(Page::new(items, next.transpose()?))
    }

    /// How a deployment is doing.
    pub(super) async fn report(&self, context: &Context, id: &DeploymentId) -> Result<StatusReport> {
        let mut present = self.present(context, id).await?;
        if let Some(trouble) = self.pod_in_trouble(context, &present).await? {
            present.drawn.standing.explain(&trouble);
        }
        let reached = self.reached.raise(&present.drawn);
        Ok(report(&present.drawn, reached, self.clock.now()))
    }

    /// The pod that keeps a workload from becoming ready.
    async fn pod_in_trouble(&self, context: &Context, present: &Present) -> Result<Option<PodTrouble>> {
        let Some(trouble) = &present.drawn.standing.trouble else {
            return Ok(None);
        };
        let mut all = present.current.release.runs.workloads.iter();
        let unwell = all.find(|workload| workload.path() == trouble.workload);
        let Some(unwell) = unwell.and_then(WorkloadRef::with_pods) else {
            return Ok(None);
        };
        pod_in_trouble(&self.releases.cluster, context, &unwell).await
    }

    /// The revisions of a deployment.
    pub(super) async fn history(&self, context: &Context, id: &DeploymentId) -> Result<Vec<DeploymentRevision>> {
        let present = self.present(context, id).await?;
        let history = self.releases.history(context, &present.current.target()).await?;
        Ok(revisions(&history, &present.drawn))
    }
}
