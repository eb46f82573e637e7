//! The logs of the pods of a deployment.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use futures::stream::BoxStream;
use o2_core::{Context, ErrorKind, Result};
use o2_dms::{DeploymentId, LogLine, LogOptions};

use super::site::Site;
use super::state::Parent;
use crate::kube::{Workload, Workloads, logs};

/// Whose logs are read.
struct Logged {
    site: Arc<Site>,
    id: DeploymentId,
}

impl Workloads for Logged {
    fn workloads<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Option<Vec<Workload>>>> {
        async {
            match self.site.find(context, &self.id).await {
                Ok(parent) => Ok(Some(workloads(&parent))),
                Err(error) if error.is(ErrorKind::NotFound) => Ok(None),
                Err(error) => Err(error),
            }
        }
        .boxed()
    }
}

/// What of a deployment has pods.
fn workloads(parent: &Parent) -> Vec<Workload> {
    let ids = parent.state.members().map(|member| &member.id);
    ids.filter_map(|id| Workload::of(&id.group, &id.kind, id.namespace.as_deref()?, &id.name))
        .collect()
}

/// What the pods of a deployment have logged.
pub(super) async fn read(
    site: &Arc<Site>,
    context: &Context,
    id: &DeploymentId,
    options: &LogOptions,
) -> Result<BoxStream<'static, Result<LogLine>>> {
    site.find(context, id).await?;
    let logged = Logged {
        site: Arc::clone(site),
        id: id.clone(),
    };
    logs(&site.cluster, Arc::new(logged), context, options).await
}
