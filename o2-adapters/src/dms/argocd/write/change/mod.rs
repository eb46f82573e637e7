//! The requests that change a deployment that is there. Each makes a plan: one merge patch, with the operation that brings
//! it into the cluster.
//!
//! Argo CD's own rollback synchronises an earlier source and leaves the Application as it is, which then differs from what
//! runs, and is undone by the next synchronisation. Here the Application gets the source of that revision, at the commit or
//! version that it stood for then, and is synchronised in the same call; so nothing undoes it, whether or not Argo CD also
//! synchronises by itself.

mod heal;
mod upgrade;

use std::time::Duration;

use o2_core::{Context, ErrorKind, Extensions, Result, async_trait};
use o2_dms::DeploymentId;
use serde_json::{Value, json};

use super::create::{OWN, check_replicas};
use super::operation::sync;
use super::{Writing, adopted, check_idle};
use crate::dms::argocd::draw::{Drawn, REPLICAS};
use crate::dms::argocd::history::source_of;
use crate::dms::argocd::source::Source;
use crate::dms::argocd::values::set_values;
use crate::dms::argocd::wire::{APPLICATIONS, ResourceStatus};
use crate::kube::At;
use crate::kube::deployed::{Deploys, NOTES, Notes, Plan, Present, Target, WorkKind, difference, no_replicas};
use crate::kube::revisions::Record;
pub(in super::super) use heal::Heal;
pub(in super::super) use upgrade::Upgrade;

/// How often an operation that was told to stop is looked at, and how long between two looks.
const LOOKS: u32 = 10;
const PAUSE: Duration = Duration::from_secs(1);

#[async_trait]
impl Deploys for Writing<'_> {
    type Found = Drawn;
    type Content = Source;

    fn tenant_label(&self) -> &str {
        &self.reading.config.tenant_label
    }

    fn most_replicas(&self) -> u32 {
        self.reading.config.max_replicas
    }

    fn own_extensions(&self) -> &[&str] {
        &OWN
    }

    fn notes<'f>(&self, drawn: &'f Drawn) -> &'f Notes {
        &drawn.notes
    }

    fn content<'f>(&self, drawn: &'f Drawn) -> &'f Source {
        &drawn.source
    }

    fn check_idle(&self, drawn: &Drawn) -> Result<()> {
        check_idle(drawn)
    }

    fn check_values(&self, drawn: &Drawn, extensions: &Extensions, values: &Extensions) -> Result<()> {
        check_replicas(&self.reading.config, extensions, drawn.tool, values)
    }

    fn set_values(&self, drawn: &Drawn, source: &mut Source, values: &Extensions) -> Result<()> {
        set_values(source, drawn.tool, values)
    }

    fn scaled(&self, drawn: &Drawn, replicas: u32) -> Result<Source> {
        let place = drawn.replicas.as_ref().ok_or_else(|| no_replicas(REPLICAS))?;
        let mut source = drawn.source.clone();
        let values = place.set(&drawn.deployment.values, replicas)?;
        set_values(&mut source, drawn.tool, &values)?;
        Ok(source)
    }

    fn content_of(&self, _: &Drawn, record: &Record) -> Result<(Source, String)> {
        let source = source_of(record)?;
        let of = source.coordinates().fingerprint();
        Ok((source, of))
    }

    async fn earlier(&self, context: &Context, drawn: &Drawn) -> Result<Vec<Record>> {
        self.reading.earlier(context, drawn).await
    }

    /// The change, a new revision, and a synchronisation.
    fn deploy(&self, drawn: &Drawn, target: Target<Source>) -> Plan {
        let mut notes = adopted(drawn);
        let number = drawn.deployment.revision.saturating_add(1);
        let work = self.work(target.kind);
        notes.revision = Some(self.revision(number, target.description, target.content.fingerprint()));
        notes.rolled_back_to = target.rolled_back_to;
        // What was noted before may be about another source.
        let same = notes.package(&drawn.source.coordinates().fingerprint()).cloned();
        notes.package = target.package.or(same);
        notes.work = Some(work.clone());
        let mut patch = json!({
            "metadata": {"annotations": {NOTES: notes.text()}},
            "operation": sync(&self.reading.config, &work, &[]),
        });
        let ((member, before), (_, after)) = (drawn.source.members(), target.content.members());
        if let Some(change) = difference(before, after) {
            patch["spec"][member] = change;
        }
        Plan { patch, revises: true }
    }
}

impl Writing<'_> {
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
