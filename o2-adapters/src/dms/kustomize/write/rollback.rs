//! Rollbacks: the objects of an earlier revision, as they were.

use std::sync::Arc;

use o2_core::{Context, Error, Result};
use o2_dms::{Deployment, DeploymentId, RollbackRequest};

use super::change::Present;
use super::prepare::Prepared;
use crate::dms::kustomize::site::Site;
use crate::dms::kustomize::state::{Revision, Work};
use crate::kube::revisions::Record;

/// Applies what was kept of an earlier revision. Nothing is built, so that it does not matter what has become of the package.
pub(in super::super) async fn rollback(
    site: &Site,
    context: &Context,
    id: &DeploymentId,
    request: &RollbackRequest,
) -> Result<Arc<Deployment>> {
    let present = site.present(context, id).await?;
    present.check_idle()?;
    let record = site.earlier(context, &present, request.revision).await?;
    let again = Revision::again(&record, present.next_number(), site.clock.now());
    let Some((revision, manifest, inventory)) = again else {
        let reason = format!("what was kept of revision {} cannot be read", record.number);
        return Err(Error::violation("revision", reason));
    };
    let prepared = Prepared {
        revision,
        objects: manifest.unpack()?,
        inventory,
        manifest,
    };
    let state = present.parent.state.clone();
    site.begin(context, &present, Work::Rollback, state, prepared).await
}

impl Site {
    /// The earlier revision that is asked for; the one before the present one when none is.
    async fn earlier(&self, context: &Context, present: &Present, revision: Option<u32>) -> Result<Record> {
        let current = present.parent.state.revision.number;
        let wanted = revision.unwrap_or_else(|| current.saturating_sub(1));
        let of = self.history(&present.parent);
        let records = self.revisions.list(context, of, current).await?;
        let known: Vec<_> = records.iter().map(|record| record.number.to_string()).collect();
        let found = records.into_iter().find(|record| record.number == wanted);
        found.ok_or_else(|| {
            let known = known.join(", ");
            Error::violation(
                "revision",
                format!("there is no earlier revision {wanted} (known: {known})"),
            )
        })
    }
}
