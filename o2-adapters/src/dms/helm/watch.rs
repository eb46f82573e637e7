//! What the watch of deployments is drawn from: the Secrets of releases, and the workloads that Helm manages.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Task, Poll};

use futures::stream::{BoxStream, Stream, StreamExt};
use o2_core::Result;
use o2_core::ports::Clock;
use o2_dms::{DeploymentChange, DeploymentObject};

use super::core::Core;
use super::draw::{Settings, draw};
use super::release::WorkloadKind;
use super::releases::{Kept, Live, Lives, PRESENT, SECRETS, gather};
use super::work::{Driver, Works};
use crate::kube::{Alarm, Cache, Cached, Drawing, Source};

/// The label that Helm gives everything that it makes.
const MANAGED: &str = "app.kubernetes.io/managed-by=Helm";

/// The caches, and how they are drawn.
#[derive(Debug)]
pub(super) struct Watching {
    settings: Settings,
    clock: Arc<dyn Clock>,
    kept: Vec<Arc<Cache<Kept>>>,
    lives: Vec<(WorkloadKind, Arc<Cache<Live>>)>,
    /// What takes too long fails although nothing changes.
    alarm: Arc<Alarm>,
}

impl Watching {
    pub(super) fn open(core: &Core) -> Self {
        let (cluster, scopes) = (&core.releases.cluster, core.releases.scopes());
        let kept = scopes
            .iter()
            .map(|scope| cluster.cache(&SECRETS, &scope.clone().with_labels(PRESENT)));
        let lives = WorkloadKind::ALL.into_iter().flat_map(|kind| {
            let caches = scopes
                .iter()
                .map(move |scope| cluster.cache(&kind.kind(), &scope.clone().with_labels(MANAGED)));
            caches.map(move |cache| (kind, cache))
        });
        Self {
            settings: core.settings.clone(),
            kept: kept.collect(),
            lives: lives.collect(),
            alarm: Arc::new(Alarm::new(Arc::clone(&core.clock))),
            clock: Arc::clone(&core.clock),
        }
    }

    fn workloads(&self) -> Lives {
        let mut lives = Lives::new();
        for (kind, cache) in &self.lives {
            cache.look(|objects| {
                for live in objects.values() {
                    let namespace = live.meta.namespace.clone().unwrap_or_default();
                    lives.insert((*kind, namespace, live.meta.name.clone()), Live::clone(live));
                }
            });
        }
        lives
    }
}

fn unnamed<T: Cached>(cache: &Arc<Cache<T>>) -> Arc<dyn Source> {
    Arc::clone(cache) as Arc<dyn Source>
}

impl Drawing<DeploymentObject> for Watching {
    fn sources(&self) -> Vec<Arc<dyn Source>> {
        let kept = self.kept.iter().map(unnamed);
        let lives = self.lives.iter().map(|(_, cache)| unnamed(cache));
        kept.chain(lives)
            .chain([Arc::clone(&self.alarm) as Arc<dyn Source>])
            .collect()
    }

    fn needed(&self) -> usize {
        self.kept.len() + self.lives.len()
    }

    fn draw(&mut self) -> Vec<DeploymentObject> {
        let (lives, now) = (self.workloads(), self.clock.now());
        let kept = self
            .kept
            .iter()
            .flat_map(|cache| cache.look(|objects| objects.values().map(|kept| Kept::clone(kept)).collect::<Vec<_>>()));
        let all = gather(kept);
        let present = all.values().filter(|current| !current.release.is_over());
        let drawn: Vec<_> = present
            .map(|current| draw(&self.settings, current, &lives, now))
            .collect();
        self.alarm
            .set(drawn.iter().filter_map(|drawn| drawn.standing.due).min());
        drawn
            .into_iter()
            .map(|drawn| DeploymentObject::Deployment(drawn.deployment))
            .collect()
    }
}

/// Changes; who reads them also goes on with what the program does.
pub(super) fn driven(
    changes: BoxStream<'static, Result<DeploymentChange>>,
    works: &Arc<Works>,
) -> BoxStream<'static, Result<DeploymentChange>> {
    Driven {
        changes,
        works: Arc::clone(works),
        driver: Driver::default(),
    }
    .boxed()
}

struct Driven {
    changes: BoxStream<'static, Result<DeploymentChange>>,
    works: Arc<Works>,
    driver: Driver,
}

impl Stream for Driven {
    type Item = Result<DeploymentChange>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        this.driver.poll(&this.works, task);
        this.changes.poll_next_unpin(task)
    }
}
