//! How work on a deployment begins, goes on and ends.

use std::sync::Arc;

use o2_core::Extensions;
use o2_dms::{Deployment, DeploymentId, DeploymentObject, DeploymentPackage, DeploymentRevision, DeploymentStatus};

use super::checks::says_fail;
use super::state::{Record, Revision, State};
use super::work::{Kind, Work};
use crate::memory::{Moment, Ring};

/// What a deployment shall become.
pub(super) struct Target {
    pub(super) package: Arc<DeploymentPackage>,
    pub(super) values: Extensions,
    pub(super) replicas: u32,
    /// For the history.
    pub(super) description: String,
    /// The earlier revision that this is.
    pub(super) rolled_back_to: Option<u32>,
}

impl State {
    /// Begins the installation of a deployment that is complete but for its state.
    pub(super) fn install(
        &mut self,
        mut deployment: Deployment,
        package: &DeploymentPackage,
        now: Moment,
    ) -> Arc<Deployment> {
        deployment.created_at = Some(now.time);
        deployment.updated_at = Some(now.time);
        deployment.version = Some(self.journal.next_version());
        deployment.status_message = begun(Kind::Install, deployment.revision);
        let description = format!("Install {} {}", package.name, package.version);
        let failure = self.failure(&deployment.name, package, &deployment.values);
        let object = Arc::new(deployment);
        let id = object.deployment_id.clone();
        let record = Record {
            revisions: vec![revision(&object, description, now)],
            object: Arc::clone(&object),
            work: None,
            ready: 0,
            since: now,
            log: Ring::new(self.config.log_lines),
        };
        self.deployments.insert(id.clone(), record);
        self.journal
            .created(DeploymentObject::Deployment(Arc::clone(&object)), now.time);
        self.start(&id, Kind::Install, failure, now, |_| ());
        object
    }

    /// Begins work that makes a new revision.
    pub(super) fn change(&mut self, id: &DeploymentId, kind: Kind, target: Target, now: Moment) {
        let keep = self.config.history;
        let Some(record) = self.deployments.get_mut(id) else {
            return;
        };
        let mut next = Deployment::clone(&record.object);
        next.revision += 1;
        next.package_id = target.package.package_id.clone();
        next.package_version.clone_from(&target.package.version);
        next.values = target.values;
        next.rolled_back_to = target.rolled_back_to;
        next.replicas = Some(target.replicas);
        record.revisions.push(revision(&next, target.description, now));
        let old = record.revisions.len().saturating_sub(keep);
        record.revisions.drain(..old);
        let failure = self.failure(&next.name, &target.package, &next.values);
        self.start(id, kind, failure, now, |deployment| *deployment = next);
    }

    /// Begins a repair; the revision stays.
    pub(super) fn repair(&mut self, id: &DeploymentId, package: &DeploymentPackage, cause: &str, now: Moment) {
        let Some(record) = self.deployments.get_mut(id) else {
            return;
        };
        record.say(format!("repair asked for: {cause}"), now.time);
        let object = Arc::clone(&record.object);
        let failure = self.failure(&object.name, package, &object.values);
        self.start(id, Kind::Heal, failure, now, |deployment| {
            deployment.rolled_back_to = None;
        });
    }

    /// Begins to take a deployment down. That always succeeds.
    pub(super) fn terminate(&mut self, id: &DeploymentId, now: Moment) {
        self.start(id, Kind::Terminate, None, now, |_| ());
    }

    /// Begins work on a deployment that `change` has made what it shall become.
    fn start(
        &mut self,
        id: &DeploymentId,
        kind: Kind,
        failure: Option<String>,
        now: Moment,
        change: impl FnOnce(&mut Deployment),
    ) {
        self.revise(id, now, |deployment| {
            change(deployment);
            deployment.status = kind.first_status();
            deployment.status_message = begun(kind, deployment.revision);
        });
        let durations = &self.config.durations;
        let Some(record) = self.deployments.get_mut(id) else {
            return;
        };
        let replicas = match kind {
            Kind::Terminate => 0,
            _ => record.object.replicas.unwrap_or_default(),
        };
        record.say(record.object.status_message.clone(), now.time);
        record.work = Some(Work::new(kind, now, durations, record.ready, replicas, failure));
        self.timeline.plan(now.plus(kind.first_step(durations)), id.clone());
    }

    /// A step of the work on a deployment has ended.
    pub(super) fn advance(&mut self, id: &DeploymentId, at: Moment) {
        let Some(record) = self.deployments.get_mut(id) else {
            return;
        };
        match record.object.status {
            DeploymentStatus::Pending => {
                record.say_instances("pulling the image", at.time);
                let rest = self.config.durations.instantiating.get();
                self.timeline.plan(at.plus(rest), id.clone());
                self.revise(id, at, |deployment| {
                    deployment.status = DeploymentStatus::Instantiating;
                    deployment.status_message = "instances are starting".into();
                });
            }
            DeploymentStatus::Terminating => self.forget(id, at),
            _ => self.finish(id, at),
        }
    }

    fn finish(&mut self, id: &DeploymentId, at: Moment) {
        let Some(record) = self.deployments.get_mut(id) else {
            return;
        };
        let Some(work) = record.work.take() else {
            return;
        };
        record.ready = work.ready_at_end();
        let replicas = record.object.replicas.unwrap_or_default();
        let noun = work.kind.noun();
        let (status, message) = match work.failure {
            None => {
                record.say_instances("ready", at.time);
                let message = format!("{replicas} of {replicas} replicas are ready");
                (DeploymentStatus::Deployed, message)
            }
            Some(reason) => {
                record.say_instances("health check failed", at.time);
                (DeploymentStatus::Failed, format!("{noun} failed: {reason}"))
            }
        };
        record.say(message.clone(), at.time);
        self.revise(id, at, |deployment| {
            deployment.status = status;
            deployment.status_message = message;
        });
    }

    /// Why work towards this package and these values fails: because somebody asked for it.
    fn failure(&self, deployment: &str, package: &DeploymentPackage, values: &Extensions) -> Option<String> {
        let (name, version) = (&package.name, &package.version);
        let listed = |text: &str| self.config.fail.iter().any(|fail| fail == text);
        if says_fail(&package.extensions) || listed(name) || listed(&format!("{name}:{version}")) {
            Some(format!("package {name} {version} is set to fail"))
        } else if says_fail(values) {
            Some("its values say memory.fail".into())
        } else if listed(deployment) {
            Some(format!("deployment {deployment} is set to fail"))
        } else {
            None
        }
    }
}

/// The message of work that has begun.
fn begun(kind: Kind, revision: u32) -> String {
    format!("{} of revision {revision} has begun", kind.noun())
}

fn revision(deployment: &Deployment, description: String, now: Moment) -> Revision {
    let mut entry = DeploymentRevision::new(
        deployment.revision,
        deployment.status,
        description,
        deployment.package_id.clone(),
        now.time,
    );
    entry.package_version.clone_from(&deployment.package_version);
    Revision {
        entry,
        values: deployment.values.clone(),
    }
}
