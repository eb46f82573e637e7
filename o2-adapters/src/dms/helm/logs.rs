//! What a deployment's workloads have logged.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use futures::stream::BoxStream;
use o2_core::{Context, ErrorKind, Result};
use o2_dms::{DeploymentId, LogLine, LogOptions};

use super::core::Core;
use super::releases::Releases;
use crate::kube::{Workload, Workloads, logs};

/// The workloads of a deployment, as its newest revision has them.
struct Logging {
    releases: Arc<Releases>,
    id: DeploymentId,
}

impl Workloads for Logging {
    fn workloads<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Option<Vec<Workload>>>> {
        async move {
            match self.releases.find(context, &self.id).await {
                Ok(current) => Ok(Some(current.release.runs.logging)),
                Err(error) if error.is(ErrorKind::NotFound) => Ok(None),
                Err(error) => Err(error),
            }
        }
        .boxed()
    }
}

impl Core {
    pub(super) async fn logs(
        &self,
        context: &Context,
        id: &DeploymentId,
        options: &LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine>>> {
        self.releases.find(context, id).await?;
        let of = Logging {
            releases: Arc::clone(&self.releases),
            id: id.clone(),
        };
        logs(&self.releases.cluster, Arc::new(of), context, options).await
    }
}
