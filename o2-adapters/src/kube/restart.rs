//! Restarting workloads, as `kubectl rollout restart` does.

use o2_core::{Context, ErrorKind, Result, Timestamp};
use serde_json::json;

use super::calls::At;
use super::cluster::Cluster;

/// The annotation of a pod template that says when its pods were restarted.
pub(crate) const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";

impl Cluster {
    /// Replaces the pods of a Deployment, a StatefulSet or a DaemonSet, as its strategy says. One that is not there has no
    /// pods to replace.
    pub(crate) async fn restart(&self, context: &Context, at: At<'_>, now: Timestamp) -> Result<()> {
        let annotations = json!({RESTARTED: now.to_string()});
        let patch = json!({"spec": {"template": {"metadata": {"annotations": annotations}}}});
        match self.merge(context, at, &patch).await {
            Err(error) if !error.is(ErrorKind::NotFound) => Err(error),
            _ => Ok(()),
        }
    }
}
