//! The revisions of a deployment: those that O2 has put aside, before these what Helm has released, and the present.

use o2_core::{Context, Result, Timestamp};
use o2_dms::{DeploymentRevision, DeploymentStatus};

use super::draw::Drawn;
use super::objects::Engine;
use super::read::Reading;
use super::wire::Snapshot;
use crate::kube::revisions::{Of, Record};

/// The present revision, as it is put aside.
pub(super) fn record(drawn: &Drawn) -> Record {
    let deployment = &drawn.deployment;
    let mut record = Record::new(
        deployment.revision,
        deployment.package_id.clone(),
        made_at(drawn),
        deployment.status,
    );
    record.description.clone_from(&drawn.noted.description);
    record.package_version.clone_from(&deployment.package_version);
    record.values.clone_from(&deployment.values);
    record.replicas = deployment.replicas;
    record.spec = drawn.content.value();
    record.backend_ref = Some(drawn.object.status.last_attempted_revision.clone()).filter(|found| !found.is_empty());
    record
}

/// When the present revision was made; of what others have made, when it was released.
fn made_at(drawn: &Drawn) -> Timestamp {
    let released = drawn
        .object
        .status
        .history
        .first()
        .and_then(|snapshot| snapshot.last_deployed);
    let created = drawn.object.meta.created;
    drawn.noted.at.or(released).or(created).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A release of Helm, of which nobody has put aside how it came about. It was there, and cannot be brought back.
fn released(drawn: &Drawn, snapshot: &Snapshot) -> Option<Record> {
    let status = match snapshot.status.as_str() {
        "failed" => DeploymentStatus::Failed,
        _ => DeploymentStatus::Deployed,
    };
    let package = drawn.deployment.package_id.clone();
    let mut record = Record::new(snapshot.version, package, snapshot.last_deployed?, status);
    record.description = format!("Released by Helm: {}", snapshot.chart_name);
    // A digest is appended to the versions of charts from registries.
    let version = snapshot.chart_version.split('+').next().unwrap_or_default();
    version.clone_into(&mut record.package_version);
    Some(record)
}

impl Reading {
    /// Every revision before the present one, oldest first.
    pub(super) async fn earlier(&self, context: &Context, drawn: &Drawn) -> Result<Vec<Record>> {
        let (meta, present) = (&drawn.object.meta, drawn.deployment.revision);
        let of = Of {
            kind: drawn.object.engine.kind(),
            meta,
            namespace: meta.namespace.as_deref().unwrap_or_default(),
        };
        let (kept, adopted) = match drawn.notes.revision {
            Some(_) => (
                self.revisions.list(context, of, present).await?,
                drawn.notes.adopted.unwrap_or(1),
            ),
            None => (Vec::new(), present),
        };
        if drawn.object.engine != Engine::Helm {
            return Ok(kept);
        }
        let snapshots = drawn.object.status.history.iter();
        let mut earlier: Vec<_> = snapshots
            .filter_map(|snapshot| released(drawn, snapshot))
            .filter(|record| record.number < adopted)
            .collect();
        earlier.sort_by_key(|record| record.number);
        earlier.dedup_by_key(|record| record.number);
        earlier.extend(kept);
        Ok(earlier)
    }

    /// The history as it is shown, the present revision last.
    pub(super) async fn history(&self, context: &Context, drawn: &Drawn) -> Result<Vec<DeploymentRevision>> {
        let earlier = self.earlier(context, drawn).await?;
        let mut shown: Vec<_> = earlier.iter().map(Record::shown).collect();
        shown.push(record(drawn).shown());
        Ok(shown)
    }
}
