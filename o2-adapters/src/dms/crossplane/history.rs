//! The revisions of a deployment: those that O2 has put aside, and the present one.

use o2_core::{Context, Result, Timestamp};
use o2_dms::DeploymentRevision;

use super::draw::Drawn;
use super::read::Reading;
use crate::kube::revisions::{Of, Record};

/// The present revision, as it is put aside.
pub(super) fn record(drawn: &Drawn) -> Record {
    let deployment = &drawn.deployment;
    let made = drawn.noted.at.or(drawn.object.meta.created);
    let mut record = Record::new(
        deployment.revision,
        deployment.package_id.clone(),
        made.unwrap_or(Timestamp::UNIX_EPOCH),
        deployment.status,
    );
    record.description.clone_from(&drawn.noted.description);
    record.package_version.clone_from(&deployment.package_version);
    record.values.clone_from(&deployment.values);
    record.replicas = deployment.replicas;
    record.spec = drawn.content.value();
    record.backend_ref = drawn.content.revision().map(str::to_owned);
    record
}

impl Reading {
    /// Every revision before the present one, oldest first.
    pub(super) async fn earlier(&self, context: &Context, drawn: &Drawn) -> Result<Vec<Record>> {
        if drawn.notes.revision.is_none() {
            return Ok(Vec::new());
        }
        let of = Of {
            kind: &drawn.object.kind,
            meta: &drawn.object.meta,
            namespace: &drawn.records_in,
        };
        self.revisions.list(context, of, drawn.deployment.revision).await
    }

    /// The history as it is shown, the present revision last.
    pub(super) async fn history(&self, context: &Context, drawn: &Drawn) -> Result<Vec<DeploymentRevision>> {
        let earlier = self.earlier(context, drawn).await?;
        let mut shown: Vec<_> = earlier.iter().map(Record::shown).collect();
        shown.push(record(drawn).shown());
        Ok(shown)
    }
}
