//! A deployment is taken down: its object is deleted, and by it what it has made. What is suspended, or told to leave its
//! objects alone, would leave them behind: it is told otherwise before.

use o2_core::{Context, Error, ErrorKind, Result};
use o2_dms::DeploymentId;
use serde_json::{Value, json};

use super::{Writing, check_free};
use crate::dms::flux::draw::Drawn;
use crate::dms::flux::objects::Engine;
use crate::kube::deployed::{Found, Present};
use crate::kube::{At, Deletion};

/// How often it is tried again when others came between.
const ATTEMPTS: u32 = 5;

impl Writing<'_> {
    /// Deletes a deployment; its objects take their time.
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
        if let Some(spec) = leaving_nothing(drawn) {
            let patch = json!({"metadata": {"resourceVersion": version}, "spec": spec});
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
    (otherwise != json!({})).then_some(otherwise)
}
