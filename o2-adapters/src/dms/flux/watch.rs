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
use crate::kube::{Alarm, Cache, Cached, Drawing, Scope, Source};

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

type Caches<T> = Vec<Arc<Cache<T>>>;

impl Watching {
    /// Opens the caches of what `context` may see.
    pub(super) fn open(reading: &Reading, context: &Context) -> Self {
        let (objects, sources) = (reading.objects_of(context), reading.sources_of(context));
        let each = |scopes: &[Scope], engine: Engine| -> Caches<Object> {
            scopes
                .iter()
                .map(|scope| reading.cluster.cache(engine.kind(), scope))
                .collect()
        };
        let sources = SOURCES.iter().flat_map(|kind| {
            let scopes = sources.iter();
            scopes.map(move |scope| reading.cluster.cache(kind, scope))
        });
        let clock = Arc::clone(reading.cluster.clock());
        Self {
            config: reading.config.clone(),
            objects: Engine::ALL
                .into_iter()
                .flat_map(|engine| each(&objects, engine))
                .collect(),
            sources: sources.collect(),
            alarm: Arc::new(Alarm::new(Arc::clone(&clock))),
            clock,
        }
    }
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
        let alarm = Arc::clone(&self.alarm) as Arc<dyn Source>;
        unnamed(&self.objects)
            .chain(unnamed(&self.sources))
            .chain([alarm])
            .collect()
    }

    fn needed(&self) -> usize {
        self.objects.len()
    }

    fn draw(&mut self) -> Vec<DeploymentObject> {
        let sources = all(&self.sources);
        let places = Places::of(&sources);
        let deployments = draw_all(&self.config, all(&self.objects), &places, self.clock.now());
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
