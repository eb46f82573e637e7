//! A deployment is taken down: its object is deleted, and stays until what it is composed of is gone. What is paused would
//! stay for ever, and a claim would go at once: they are told otherwise before.

use o2_core::{Context, Result};
use o2_dms::DeploymentId;
use serde_json::{Value, json};

use super::{Writing, check_free};
use crate::dms::crossplane::draw::Drawn;
use crate::dms::crossplane::shape::Layout;
use crate::dms::crossplane::wire::PAUSED;
use crate::kube::deployed::{Farewell, take_down};

impl Writing<'_> {
    /// Deletes a deployment; what it is composed of takes its time.
    pub(in super::super) async fn delete(&self, context: &Context, id: &DeploymentId) -> Result<()> {
        let farewell = |drawn: &Drawn| {
            check_free(drawn)?;
            Ok(Farewell {
                patch: leaving_nothing(drawn),
                // What a claim owns is not waited for by the server, but by Crossplane.
                foreground: drawn.shape.layout != Layout::Claim,
            })
        };
        take_down(&self.reading.cluster, self.reading, context, id, farewell).await
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
