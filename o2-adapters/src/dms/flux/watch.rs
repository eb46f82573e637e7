//! What the watch of deployments and packages is drawn from.

use std::sync::Arc;

use o2_core::Context;
use o2_core::ports::Clock;
use o2_dms::DeploymentObject;

use super::config::FluxConfig;
use super::draw::draw_all;
use super::objects::{Engine, Object};
use super::read::Reading;
use super::sources::{self, Places, SOURCES};
use crate::kube::{Alarm, Caches, Drawing, Source, as_sources, caches, owned};

/// The caches, and how they are drawn.
#[derive(Debug)]
pub(super) struct Watching {
    config: FluxConfig,
    clock: Arc<dyn Clock>,
    objects: Caches<Object>,
    sources: Caches<sources::Source>,
    /// Work that takes too long becomes a failure although nothing changes.
    alarm: Arc<Alarm>,
}

impl Watching {
    /// Opens the caches of what `context` may see.
    pub(super) fn open(reading: &Reading, context: &Context) -> Self {
        let (cluster, clock) = (&reading.cluster, Arc::clone(reading.cluster.clock()));
        let engines = Engine::ALL.map(|engine| engine.kind().clone());
        Self {
            config: reading.config.clone(),
            objects: caches(cluster, &engines, &reading.objects_of(context)),
            sources: caches(cluster, &SOURCES, &reading.sources_of(context)),
            alarm: Arc::new(Alarm::new(Arc::clone(&clock))),
            clock,
        }
    }
}

impl Drawing<DeploymentObject> for Watching {
    fn sources(&self) -> Vec<Arc<dyn Source>> {
        let alarm = Arc::clone(&self.alarm) as Arc<dyn Source>;
        as_sources(&self.objects)
            .chain(as_sources(&self.sources))
            .chain([alarm])
            .collect()
    }

    fn needed(&self) -> usize {
        self.objects.len()
    }

    fn draw(&mut self) -> Vec<DeploymentObject> {
        let sources = owned(&self.sources);
        let places = Places::of(&sources);
        let deployments = draw_all(&self.config, owned(&self.objects), &places, self.clock.now());
        self.alarm
            .set(deployments.values().filter_map(|drawn| drawn.standing.due).min());
        let packages = sources::draw(&self.config.tenant_label, sources).into_values();
        let packages = packages.map(|package| DeploymentObject::Package(package.shown));
        let deployments = deployments.into_values();
        packages
            .chain(deployments.map(|drawn| DeploymentObject::Deployment(drawn.deployment)))
            .collect()
    }
}
