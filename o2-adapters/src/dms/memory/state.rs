//! [`State`]: packages and deployments. Every change goes through the few methods here, which give versions, keep the
//! history and tell the journal.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use o2_core::{Context, Error, Extensions, Model, Result};
use o2_dms::{Deployment, DeploymentId, DeploymentObject, DeploymentPackage, DeploymentRevision, LogLine, PackageId};

use super::MemoryDmsConfig;
use super::work::Work;
use crate::memory::{Ids, Journal, Moment, Ring, Timed, Timeline};

/// Everything.
#[derive(Debug)]
pub(super) struct State {
    pub(super) config: MemoryDmsConfig,
    pub(super) packages: BTreeMap<PackageId, Arc<DeploymentPackage>>,
    pub(super) deployments: BTreeMap<DeploymentId, Record>,
    /// Which deployment has this name, by namespace and name.
    pub(super) names: BTreeMap<(String, String), DeploymentId>,
    pub(super) journal: Journal<DeploymentObject>,
    /// Deployments whose work reaches the end of a step.
    pub(super) timeline: Timeline<DeploymentId>,
    pub(super) ids: Ids,
}

/// A deployment and its past.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) object: Arc<Deployment>,
    /// Oldest first; the last one is the current.
    pub(super) revisions: Vec<Revision>,
    pub(super) work: Option<Work>,
    /// How many replicas were ready when the last work ended.
    pub(super) ready: u32,
    /// Since when it has the state it has.
    pub(super) since: Moment,
    pub(super) log: Ring<LogLine>,
}

/// One revision, with what is needed to bring it back.
#[derive(Debug)]
pub(super) struct Revision {
    pub(super) entry: DeploymentRevision,
    pub(super) values: Extensions,
}

impl State {
    pub(super) fn new(config: MemoryDmsConfig, began: Moment) -> Self {
        Self {
            packages: BTreeMap::new(),
            deployments: BTreeMap::new(),
            names: BTreeMap::new(),
            journal: Journal::new(began.time, config.watch_history),
            timeline: Timeline::default(),
            ids: Ids::default(),
            config,
        }
    }

    /// The package.
    ///
    /// # Errors
    /// `NotFound` when it does not exist for the caller.
    pub(super) fn package(&self, context: &Context, id: &PackageId) -> Result<&Arc<DeploymentPackage>> {
        self.packages
            .get(id)
            .filter(|package| context.sees(package.tenant()))
            .ok_or_else(|| Error::not_found(DeploymentPackage::OBJECT, id.as_str()))
    }

    /// The deployment.
    ///
    /// # Errors
    /// `NotFound` when it does not exist for the caller.
    pub(super) fn deployment(&self, context: &Context, id: &DeploymentId) -> Result<&Record> {
        self.deployments
            .get(id)
            .filter(|record| context.sees(record.object.tenant()))
            .ok_or_else(|| Error::not_found("deployment", id.as_str()))
    }

    /// Gives a deployment another state, and its current revision with it.
    pub(super) fn revise(&mut self, id: &DeploymentId, at: Moment, change: impl FnOnce(&mut Deployment)) {
        let Some(record) = self.deployments.get_mut(id) else {
            return;
        };
        let before = Arc::clone(&record.object);
        let mut after = Deployment::clone(&before);
        change(&mut after);
        if after == *before {
            return;
        }
        after.updated_at = Some(at.time);
        after.version = Some(self.journal.next_version());
        if after.status != before.status {
            record.since = at;
        }
        if let Some(current) = record.revisions.last_mut() {
            current.entry.status = after.status;
        }
        record.object = Arc::new(after);
        let after = Arc::clone(&record.object);
        self.journal.updated(
            DeploymentObject::Deployment(before),
            DeploymentObject::Deployment(after),
            at.time,
        );
    }

    /// Ends the existence of a deployment; its name is free again.
    pub(super) fn forget(&mut self, id: &DeploymentId, at: Moment) {
        if let Some(record) = self.deployments.remove(id) {
            let name = (record.object.namespace.clone(), record.object.name.clone());
            self.names.remove(&name);
            self.journal
                .deleted(DeploymentObject::Deployment(record.object), at.time);
        }
    }
}

impl Timed for State {
    fn due(&self) -> Option<Duration> {
        self.timeline.due()
    }

    fn settle(&mut self, now: Moment) {
        while let Some((at, deployment)) = self.timeline.take(now) {
            self.advance(&deployment, at);
        }
    }
}
