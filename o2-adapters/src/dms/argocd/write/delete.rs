//! A deployment is taken down: its Application is deleted, and by the finalizer its objects before it.

use o2_core::{Context, Error, Result};
use o2_dms::DeploymentId;
use serde_json::{Value, json};

use super::Writing;
use super::create::finalizer;
use crate::dms::argocd::draw::Drawn;
use crate::dms::argocd::standing::barred;
use crate::kube::deployed::{Farewell, take_down};

impl Writing<'_> {
    /// Deletes a deployment; its objects take their time.
    pub(in super::super) async fn delete(&self, context: &Context, id: &DeploymentId) -> Result<()> {
        let farewell = |drawn: &Drawn| {
            check(drawn)?;
            Ok(Farewell {
                patch: self.leaving_nothing(drawn),
                foreground: false,
            })
        };
        take_down(&self.reading.cluster, self.reading, context, id, farewell).await
    }

    /// The finalizer, where it is missing: without it the objects would stay, and it cannot be added any more once the deletion
    /// has begun.
    fn leaving_nothing(&self, drawn: &Drawn) -> Option<Value> {
        if drawn.cascades() {
            return None;
        }
        let mut finalizers = drawn.application.meta.finalizers.clone();
        finalizers.push(finalizer(self.reading.config.propagation));
        Some(json!({"metadata": {"finalizers": finalizers}}))
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
