//! [`take_down`]: how every deployment goes, whatever has to be said before.

use o2_core::{Context, Error, ErrorKind, Result};
use o2_dms::DeploymentId;
use serde_json::{Value, json};

use super::change::{ATTEMPTS, Found, Present};
use crate::kube::{At, Cluster, Deletion};

/// How an object is deleted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Farewell {
    /// A merge patch of what must be said otherwise before, so that nothing is left behind.
    pub(crate) patch: Option<Value>,
    /// Whether the server waits for what the object owns.
    pub(crate) foreground: bool,
}

/// Deletes the object of a deployment, if nobody comes between; `farewell` says how, or why it may not be.
pub(crate) async fn take_down<P: Present>(
    cluster: &Cluster,
    present: &P,
    context: &Context,
    id: &DeploymentId,
    farewell: impl Fn(&P::Found) -> Result<Farewell> + Send + Sync,
) -> Result<()> {
    let mut attempts = 1;
    loop {
        let found = present.find(context, id).await?;
        let farewell = farewell(&found)?;
        match delete(cluster, context, &found, farewell).await {
            Err(error) if error.is(ErrorKind::Conflict) && attempts < ATTEMPTS => attempts += 1,
            Err(error) if error.is(ErrorKind::NotFound) => return Err(Error::not_found("deployment", id.as_str())),
            result => return result,
        }
    }
}

async fn delete(cluster: &Cluster, context: &Context, found: &impl Found, farewell: Farewell) -> Result<()> {
    let meta = found.meta();
    let at = At::new(found.kind(), meta.namespace.as_deref(), &meta.name);
    let mut version = meta.resource_version.clone();
    if let Some(mut patch) = farewell.patch {
        patch["metadata"]["resourceVersion"] = json!(version);
        let patched = cluster.merge(context, at, &patch).await?;
        version = patched.metadata.resource_version.unwrap_or_default();
    }
    let deletion = Deletion {
        uid: Some(meta.uid.clone()),
        resource_version: Some(version),
        foreground: farewell.foreground,
    };
    cluster.delete(context, at, &deletion).await
}
