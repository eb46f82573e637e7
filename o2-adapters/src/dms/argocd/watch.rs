//! What the watch of deployments and packages is drawn from.

use std::sync::Arc;

use o2_core::Context;
use o2_core::ports::Clock;
use o2_dms::DeploymentObject;

use super::config::ArgocdConfig;
use super::draw::draw_all;
use super::packages::{CONFIG_MAPS, Registered, Repository, SECRETS, draw};
use super::read::Reading;
use super::wire::{APPLICATIONS, Application};
use crate::kube::{Alarm, Cache, Cached, Drawing, Kind, Scope, Source};

/// The caches, and how they are drawn.
#[derive(Debug)]
pub(super) struct Watching {
    config: ArgocdConfig,
    clock: Arc<dyn Clock>,
    applications: Caches<Application>,
    registered: Caches<Registered>,
    repositories: Caches<Repository>,
    /// Work that takes too long becomes a failure although nothing changes.
    alarm: Arc<Alarm>,
}

type Caches<T> = Vec<Arc<Cache<T>>>;

impl Watching {
    /// Opens the caches of what `context` may see.
    pub(super) fn open(reading: &Reading, context: &Context) -> Self {
        let clock = Arc::clone(reading.cluster.clock());
        Self {
            config: reading.config.clone(),
            applications: caches(reading, &APPLICATIONS, &reading.applications_of(context)),
            registered: caches(reading, &CONFIG_MAPS, &reading.registered_of(context)),
            repositories: caches(reading, &SECRETS, &reading.repositories_of(context)),
            alarm: Arc::new(Alarm::new(Arc::clone(&clock))),
            clock,
        }
    }
}

fn caches<T: Cached>(reading: &Reading, kind: &Kind, scopes: &[Scope]) -> Caches<T> {
    scopes.iter().map(|scope| reading.cluster.cache(kind, scope)).collect()
}

fn all<T: Cached + Clone>(caches: &Caches<T>) -> Vec<T> {
    let each = caches
        .iter()
        .map(|cache| cache.look(|objects| objects.values().map(|object| T::clone(object)).collect::<Vec<_>>()));
    each.flatten().collect()
}

fn unnamed<T: Cached>(caches: &Caches<T>) -> impl Iterator<Item = Arc<dyn Source>> {
    caches.iter().map(|cache| Arc::clone(cache) as Arc<dyn Source>)
}

impl Drawing<DeploymentObject> for Watching {
    fn sources(&self) -> Vec<Arc<dyn Source>> {
        let needed = unnamed(&self.applications).chain(unnamed(&self.registered));
        let alarm = Arc::clone(&self.alarm) as Arc<dyn Source>;
        needed.chain(unnamed(&self.repositories)).chain([alarm]).collect()
    }

    fn needed(&self) -> usize {
        self.applications.len() + self.registered.len()
    }

    fn draw(&mut self) -> Vec<DeploymentObject> {
        let deployments = draw_all(&self.config, all(&self.applications), self.clock.now());
        self.alarm
            .set(deployments.values().filter_map(|drawn| drawn.standing.due).min());
        let label = &self.config.tenant_label;
        let packages = draw(
            label,
            all(&self.registered),
            all(&self.repositories),
            deployments.values(),
        );
        let packages = packages
            .into_values()
            .map(|package| DeploymentObject::Package(package.shown));
        let deployments = deployments.into_values();
        packages
            .chain(deployments.map(|drawn| DeploymentObject::Deployment(drawn.deployment)))
            .collect()
    }
}
