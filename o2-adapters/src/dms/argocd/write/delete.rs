//! A deployment is taken down: its Application is deleted, and by the finalizer its objects before it.

use o2_core::{Context, Error, ErrorKind, Result};
use o2_dms::DeploymentId;
use serde_json::json;

use super::Writing;
use super::create::finalizer;
use crate::dms::argocd::draw::Drawn;
use crate::dms::argocd::standing::barred;
use crate::dms::argocd::wire::APPLICATIONS;
use crate::kube::deployed::Present;
use crate::kube::{At, Deletion};

/// How often it is tried again when others came between.
const ATTEMPTS: u32 = 5;

impl Writing<'_> {
    /// Deletes a deployment; its objects take their time.
    pub(in super::super) async fn delete(&self, context: &Context, id: &DeploymentId) -> Result<()> {
        let mut attempts = 1;
        loop {
            let drawn = self.reading.find(context, id).await?;
            check(&drawn)?;
            match self.delete_it(context, &drawn).await {
                Err(error) if error.is(ErrorKind::Conflict) && attempts < ATTEMPTS => attempts += 1,
                Err(error) if error.is(ErrorKind::NotFound) => {
                    return Err(Error::not_found("deployment", id.as_str()));
                }
                result => return result,
            }
        }
    }

    async fn delete_it(&self, context: &Context, drawn: &Drawn) -> Result<()> {
        let meta = &drawn.application.meta;
        let at = At::new(&APPLICATIONS, meta.namespace.as_deref(), &meta.name);
        let mut version = meta.resource_version.clone();
        if !drawn.cascades() {
            // Without it the objects would stay. It cannot be added any more once the deletion has begun.
            let mut finalizers = drawn.application.meta.finalizers.clone();
            finalizers.push(finalizer(self.reading.config.propagation));
            let patch = json!({"metadata": {"finalizers": finalizers, "resourceVersion": version}});
            let patched = self.reading.cluster.merge(context, at, &patch).await?;
            version = patched.metadata.resource_version.unwrap_or_default();
        }
        let deletion = Deletion {
            uid: Some(meta.uid.clone()),
            resource_version: Some(version),
            foreground: false,
        };
        self.reading.cluster.delete(context, at, &deletion).await
    }
}

/// Fails when the deletion would be undone, or work is in motion that may still end.
fn check(drawn: &Drawn) -> Result<()> {
    let owned = drawn
        .application
        .meta
        .owners
        .iter()
        .any(|owner| owner.kind == "ApplicationSet");
    if let Some(reason) = barred(&drawn.application).filter(|_| owned) {
        return Err(Error::conflict(reason));
    }
    if drawn.standing.status.is_busy() {
        return Err(Error::conflict(format!(
            "work on deployment '{}' is in motion ({} %); wait until it has ended",
            drawn.deployment.deployment_id, drawn.standing.progress
        )));
    }
    Ok(())
}
