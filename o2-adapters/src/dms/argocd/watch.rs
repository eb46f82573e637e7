//! What the watch of deployments and packages is drawn from.

use std::slice::from_ref;
use std::sync::Arc;

use o2_core::Context;
use o2_core::ports::Clock;
use o2_dms::DeploymentObject;

use super::config::ArgocdConfig;
use super::draw::draw_all;
use super::packages::{CONFIG_MAPS, Registered, Repository, SECRETS, draw};
use super::read::Reading;
use super::wire::{APPLICATIONS, Application};
use crate::kube::{Alarm, Caches, Drawing, Source, as_sources, caches, owned};

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

impl Watching {
    /// Opens the caches of what `context` may see.
    pub(super) fn open(reading: &Reading, context: &Context) -> Self {
        let clock = Arc::clone(reading.cluster.clock());
        Self {
            config: reading.config.clone(),
            applications: caches(
                &reading.cluster,
                from_ref(&APPLICATIONS),
                &reading.applications_of(context),
            ),
            registered: caches(
                &reading.cluster,
                from_ref(&CONFIG_MAPS),
                &reading.registered_of(context),
            ),
            repositories: caches(&reading.cluster, from_ref(&SECRETS), &reading.repositories_of(context)),
            alarm: Arc::new(Alarm::new(Arc::clone(&clock))),
            clock,
        }
    }
}

impl Drawing<DeploymentObject> for Watching {
    fn sources(&self) -> Vec<Arc<dyn Source>> {
        let needed = as_sources(&self.applications).chain(as_sources(&self.registered));
        let alarm = Arc::clone(&self.alarm) as Arc<dyn Source>;
        needed.chain(as_sources(&self.repositories)).chain([alarm]).collect()
    }

    fn needed(&self) -> usize {
        self.applications.len() + self.registered.len()
    }

    fn draw(&mut self) -> Vec<DeploymentObject> {
        let deployments = draw_all(&self.config, owned(&self.applications), self.clock.now());
        self.alarm
            .set(deployments.values().filter_map(|drawn| drawn.standing.due).min());
        let label = &self.config.tenant_label;
        let packages = draw(
            label,
            owned(&self.registered),
            owned(&self.repositories),
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
