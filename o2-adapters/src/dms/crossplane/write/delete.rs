//! A deployment is taken down: its object is deleted, and stays until what it is composed of is gone. What is paused would
//! stay for ever, and a claim would go at once: they are told otherwise before.

use o2_core::{Context, Error, ErrorKind, Result};
use o2_dms::DeploymentId;
use serde_json::{Value, json};

use super::{Writing, check_free};
use crate::dms::crossplane::draw::Drawn;
use crate::dms::crossplane::shape::Layout;
use crate::dms::crossplane::wire::PAUSED;
use crate::kube::deployed::{Found, Present};
use crate::kube::{At, Deletion};

/// How often it is tried again when others came between.
const ATTEMPTS: u32 = 5;

impl Writing<'_> {
    /// Deletes a deployment; what it is composed of takes its time.
    pub(in super::super) async fn delete(&self, context: &Context, id: &DeploymentId) -> Result<()> {
        let mut attempts = 1;
        loop {
            let drawn = self.reading.find(context, id).await?;
            check_free(&drawn)?;
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
        let meta = drawn.meta();
        let at = At::new(drawn.kind(), meta.namespace.as_deref(), &meta.name);
        let mut version = meta.resource_version.clone();
        if let Some(mut patch) = leaving_nothing(drawn) {
            patch["metadata"]["resourceVersion"] = json!(version);
            let patched = self.reading.cluster.merge(context, at, &patch).await?;
            version = patched.metadata.resource_version.unwrap_or_default();
        }
        let deletion = Deletion {
            uid: Some(meta.uid.clone()),
            resource_version: Some(version),
            // What a claim owns is not waited for by the server, but by Crossplane.
            foreground: drawn.shape.layout != Layout::Claim,
        };
        self.reading.cluster.delete(context, at, &deletion).await
    }
}

/// What must be said otherwise so that nothing is left behind.
fn leaving_nothing(drawn: &Drawn) -> Option<Value> {
    let mut otherwise = json!({});
    if drawn.object.is_paused() {
        otherwise["metadata"] = json!({"annotations": {PAUSED: null}});
    }
    let policy = drawn.object.spec.get("compositeDeletePolicy");
    if drawn.shape.layout == Layout::Claim && policy != Some(&json!("Foreground")) {
        otherwise["spec"] = json!({"compositeDeletePolicy": "Foreground"});
    }
    (otherwise != json!({})).then_some(otherwise)
}
