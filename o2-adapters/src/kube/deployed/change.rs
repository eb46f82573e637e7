//! [`Changing`]: how every change of a deployment goes, whatever is changed.

use std::sync::Arc;

use kube::api::DynamicObject;
use o2_core::{Context, Error, ErrorKind, Fault, Result, async_trait};
use o2_dms::{Deployment, DeploymentId};
use serde_json::{Value, json};

use crate::kube::revisions::{Of, Record, Revisions};
use crate::kube::{At, Cluster, Kind, Meta};

/// How often a change, or a removal, is tried again that others came between.
pub(super) const ATTEMPTS: u32 = 5;

/// A deployment as it is now, and its object.
pub(crate) trait Found: Send + Sync + Sized {
    fn kind(&self) -> &Kind;

    fn meta(&self) -> &Meta;

    fn deployment(&self) -> &Arc<Deployment>;

    /// The present revision, as it is put aside before it becomes another one.
    fn record(&self) -> Record;

    /// The namespace in which revisions are put aside.
    fn records_in(&self) -> &str {
        self.meta().namespace.as_deref().unwrap_or_default()
    }
}

/// What shall become of an object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    /// A merge patch.
    pub(crate) patch: Value,
    /// Whether there is a new revision.
    pub(crate) revises: bool,
}

/// Who finds deployments and reads their objects.
#[async_trait]
pub(crate) trait Present: Send + Sync {
    type Found: Found;

    /// The deployment with this id.
    ///
    /// # Errors
    /// `NotFound` when there is none for the caller.
    async fn find(&self, context: &Context, id: &DeploymentId) -> Result<Self::Found>;

    /// Reads an object that was just written.
    fn read(&self, kind: &Kind, object: DynamicObject) -> Result<Self::Found>;
}

/// One request that changes a deployment.
#[async_trait]
pub(crate) trait Changing<F: Found>: Send + Sync {
    /// What it makes of the deployment; `None` when that is what it is already. Decides from what it is given alone, since
    /// it is asked again when somebody else was faster.
    async fn plan(&self, context: &Context, found: &F) -> Result<Option<Plan>>;
}

/// Does what `request` wants, completely or not at all; the deployment as it is then.
pub(crate) async fn change<P: Present>(
    cluster: &Cluster,
    revisions: &Revisions,
    present: &P,
    context: &Context,
    id: &DeploymentId,
    request: &dyn Changing<P::Found>,
) -> Result<Arc<Deployment>> {
    let mut attempts = 1;
    loop {
        let found = present.find(context, id).await?;
        let Some(plan) = request.plan(context, &found).await? else {
            return Ok(Arc::clone(found.deployment()));
        };
        let (kind, meta) = (found.kind(), found.meta());
        let of = Of {
            kind,
            meta,
            namespace: found.records_in(),
        };
        if plan.revises {
            revisions.keep(context, of, &found.record()).await?;
        }
        let mut patch = plan.patch;
        patch["metadata"]["resourceVersion"] = json!(meta.resource_version);
        let at = At::new(kind, meta.namespace.as_deref(), &meta.name);
        match cluster.merge(context, at, &patch).await {
            Ok(object) => {
                let changed = present.read(kind, object)?;
                if plan.revises {
                    let_go(revisions, context, of, changed.deployment().revision).await;
                }
                return Ok(Arc::clone(changed.deployment()));
            }
            Err(error) if error.is(ErrorKind::Conflict) && attempts < ATTEMPTS => attempts += 1,
            Err(error) if error.is(ErrorKind::NotFound) => return Err(Error::not_found("deployment", id.as_str())),
            Err(error) => return Err(error),
        }
    }
}

/// What is left over does no harm, so that a failure is none of the request.
async fn let_go(revisions: &Revisions, context: &Context, of: Of<'_>, newest: u32) {
    if let Err(error) = revisions.prune(context, of, newest).await {
        let path = of.meta.path();
        tracing::warn!(path, %error, "old revisions of a deployment cannot be deleted");
    }
}

/// What it means that an object cannot be made where it should be: its kind or its namespace is not there, and that is not
/// what the caller asked for.
pub(crate) fn nowhere(error: Error, kind: &Kind, namespace: &str) -> Error {
    if !error.is(ErrorKind::NotFound) {
        return error;
    }
    let resource = kind.resource();
    let message = format!("the cluster does not have {resource}, or not the namespace '{namespace}' for them");
    Error::new(ErrorKind::Unavailable, message)
        .with_fault(Fault::Backend)
        .with_source(error)
}
