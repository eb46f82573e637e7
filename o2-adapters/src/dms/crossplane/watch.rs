//! What the watch of deployments and packages is drawn from.

use std::sync::Arc;

use o2_core::Context;
use o2_core::ports::Clock;
use o2_dms::DeploymentObject;

use super::config::CrossplaneConfig;
use super::draw::{Site, draw_all};
use super::object::Object;
use super::packages::{Part, Shelf};
use super::read::{Reading, Sought};
use super::shape::Shape;
use crate::kube::{Alarm, Cached, Caches, Drawing, Source, as_sources, owned};

/// The caches, and how they are drawn.
#[derive(Debug)]
pub(super) struct Watching {
    config: CrossplaneConfig,
    clock: Arc<dyn Clock>,
    shapes: Vec<Arc<Shape>>,
    objects: Caches<Object>,
    parts: Caches<Part>,
    /// Work that takes too long becomes a failure although nothing changes.
    alarm: Arc<Alarm>,
}

impl Watching {
    /// Opens the caches of what `context` may see.
    pub(super) fn open(reading: &Reading, context: &Context, shapes: &[Arc<Shape>]) -> Self {
        let clock = Arc::clone(reading.cluster.clock());
        Self {
            config: reading.config.clone(),
            shapes: shapes.to_vec(),
            objects: opened(reading, &reading.objects_of(context, shapes, "")),
            parts: opened(reading, &reading.parts_of(context)),
            alarm: Arc::new(Alarm::new(Arc::clone(&clock))),
            clock,
        }
    }
}

fn opened<T: Cached>(reading: &Reading, sought: &[Sought]) -> Caches<T> {
    let each = sought.iter();
    each.map(|sought| reading.cluster.cache(&sought.kind, &sought.scope))
        .collect()
}

impl Drawing<DeploymentObject> for Watching {
    fn sources(&self) -> Vec<Arc<dyn Source>> {
        let alarm = Arc::clone(&self.alarm) as Arc<dyn Source>;
        as_sources(&self.objects)
            .chain(as_sources(&self.parts))
            .chain([alarm])
            .collect()
    }

    fn needed(&self) -> usize {
        self.objects.len() + self.parts.len()
    }

    fn draw(&mut self) -> Vec<DeploymentObject> {
        let shelf = Shelf::of(&self.shapes, owned(&self.parts));
        let site = Site {
            config: &self.config,
            shapes: &self.shapes,
            shelf: &shelf,
            now: self.clock.now(),
        };
        let deployments = draw_all(&site, owned(&self.objects));
        self.alarm
            .set(deployments.values().filter_map(|drawn| drawn.standing.due).min());
        let packages = shelf.packages(&self.config.tenant_label).into_values();
        let packages = packages.map(DeploymentObject::Package);
        let deployments = deployments.into_values();
        packages
            .chain(deployments.map(|drawn| DeploymentObject::Deployment(drawn.deployment)))
            .collect()
    }
}
