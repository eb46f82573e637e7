//! A deployment is taken down: its object is deleted, and by it what it has made. What is suspended, or told to leave its
//! objects alone, would leave them behind: it is told otherwise before.

use o2_core::{Context, Result};
use o2_dms::DeploymentId;
use serde_json::{Value, json};

use super::{Writing, check_free};
use crate::dms::flux::draw::Drawn;
use crate::dms::flux::objects::Engine;
use crate::kube::deployed::{Farewell, take_down};

impl Writing<'_> {
    /// Deletes a deployment; its objects take their time.
    pub(in super::super) async fn delete(&self, context: &Context, id: &DeploymentId) -> Result<()> {
        let farewell = |drawn: &Drawn| {
            check_free(drawn)?;
            Ok(Farewell {
                patch: leaving_nothing(drawn),
                foreground: false,
            })
        };
        take_down(&self.reading.cluster, self.reading, context, id, farewell).await
    }
}

/// What must be said otherwise so that nothing is left behind.
fn leaving_nothing(drawn: &Drawn) -> Option<Value> {
    let spec = &drawn.object.spec;
    let mut otherwise = json!({});
    if drawn.object.is_suspended() {
        otherwise["suspend"] = json!(false);
    }
    if drawn.object.engine == Engine::Kustomize {
        let policy = spec
            .get("deletionPolicy")
            .and_then(Value::as_str)
            .unwrap_or("MirrorPrune");
        let prunes = spec.get("prune") == Some(&Value::Bool(true));
        if policy == "Orphan" || policy == "MirrorPrune" && !prunes {
            otherwise["deletionPolicy"] = json!("Delete");
        }
    }
    (otherwise != json!({})).then(|| json!({"spec": otherwise}))
}
