//! The requests that change a deployment that is there. Each makes a plan: one merge patch, with the operation that brings
//! it into the cluster.

mod heal;
mod rollback;
mod scale;
mod update;
mod upgrade;

use std::time::Duration;

use o2_core::{Context, ErrorKind, Result};
use o2_dms::DeploymentId;
use serde_json::{Value, json};

use super::operation::sync;
use super::{Writing, adopted};
use crate::dms::argocd::draw::Drawn;
use crate::dms::argocd::source::Source;
use crate::dms::argocd::wire::{APPLICATIONS, ResourceStatus};
use crate::kube::At;
use crate::kube::deployed::{NOTES, NotedPackage, Notes, Plan, Present, WorkKind, difference};
pub(in super::super) use heal::Heal;
pub(in super::super) use rollback::Rollback;
pub(in super::super) use scale::Scale;
pub(in super::super) use update::Update;
pub(in super::super) use upgrade::Upgrade;

/// How often an operation that was told to stop is looked at, and how long between two looks.
const LOOKS: u32 = 10;
const PAUSE: Duration = Duration::from_secs(1);

/// What a deployment shall deploy.
struct Target {
    source: Source,
    /// The package, where it is another one.
    package: Option<NotedPackage>,
    kind: WorkKind,
    description: String,
    rolled_back_to: Option<u32>,
}

impl Writing<'_> {
    /// Deploys the target: a new revision, and a synchronisation.
    fn deploy(&self, drawn: &Drawn, target: Target) -> Plan {
        let mut notes = adopted(drawn);
        let number = drawn.deployment.revision.saturating_add(1);
        let work = self.work(target.kind);
        notes.revision = Some(self.revision(number, target.description, target.source.fingerprint()));
        notes.rolled_back_to = target.rolled_back_to;
        // What was noted before may be about another source.
        let same = notes.package(&drawn.source.coordinates().fingerprint()).cloned();
        notes.package = target.package.or(same);
        notes.work = Some(work.clone());
        let mut patch = json!({
            "metadata": {"annotations": {NOTES: notes.text()}},
            "operation": sync(&self.reading.config, &work, &[]),
        });
        let ((member, before), (_, after)) = (drawn.source.members(), target.source.members());
        if let Some(change) = difference(before, after) {
            patch["spec"][member] = change;
        }
        Plan { patch, revises: true }
    }

    /// Synchronises what is deployed already, or these of its objects.
    fn repair(&self, drawn: &Drawn, only: &[&ResourceStatus]) -> (Notes, Value) {
        let mut notes = drawn.notes.clone();
        let work = self.work(WorkKind::Heal);
        notes.rolled_back_to = None;
        notes.work = Some(work.clone());
        (notes, sync(&self.reading.config, &work, only))
    }

    /// Stops an operation that takes longer than work may, so that something else can be done.
    pub(in super::super) async fn stop_overdue(&self, context: &Context, id: &DeploymentId) -> Result<()> {
        for look in 0..LOOKS {
            let drawn = self.reading.find(context, id).await?;
            if !drawn.standing.overdue {
                return Ok(());
            }
            if look == 0 {
                self.stop(context, &drawn).await?;
            } else {
                self.reading.cluster.clock().sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    async fn stop(&self, context: &Context, drawn: &Drawn) -> Result<()> {
        let (application, meta) = (&drawn.application, &drawn.application.meta);
        let runs = application.status.operation_state.as_ref();
        let runs = runs.is_some_and(|state| state.phase == "Running");
        let mut patch = json!({"metadata": {"resourceVersion": meta.resource_version}});
        if runs {
            patch["status"] = json!({"operationState": {"phase": "Terminating"}});
        } else if application.operation.is_some() {
            patch["operation"] = Value::Null;
        } else {
            return Ok(());
        }
        let at = At::new(&APPLICATIONS, meta.namespace.as_deref(), &meta.name);
        match self.reading.cluster.merge(context, at, &patch).await {
            // The controller was faster, and has written how it went on.
            Err(error) if error.is(ErrorKind::Conflict) => Ok(()),
            result => result.map(drop),
        }
    }
}
