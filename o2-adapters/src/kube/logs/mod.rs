//! [`logs`]: what the pods of a deployment have logged, and what they go on to log.
//!
//! A backend knows which workloads a deployment has; everything else is here: which pods these have, which containers those
//! have, their lines in the order in which they were written, and pods that come and go while somebody follows.

mod follow;
mod line;
mod pod;
mod present;
#[cfg(test)]
mod tests;
mod workload;

use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt};
use o2_core::error::Excerpt;
use o2_core::{Context, Error, Result};
use o2_dms::{LogLine, LogOptions};

use super::cluster::Cluster;
use super::lasting::without_deadline;
use follow::Following;
use pod::Pod;
use present::Present;
pub(crate) use workload::Workload;

/// Containers whose logs are read at most; the others are left out, and the log of the program says so.
const MOST_CONTAINERS: usize = 100;
/// Calls to the API server at the same time.
const AT_ONCE: usize = 8;

/// Who knows the workloads of a deployment.
pub(crate) trait Workloads: Send + Sync + 'static {
    /// The workloads that the deployment has now; `None` when it is gone.
    fn workloads<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Option<Vec<Workload>>>>;
}

/// Whose logs are read, where, and which lines of them.
struct Wanted {
    /// Where the pods run.
    cluster: Arc<Cluster>,
    of: Arc<dyn Workloads>,
    options: LogOptions,
}

impl Wanted {
    /// The pods that there are now; `None` when the deployment is gone.
    async fn pods(&self, context: &Context) -> Result<Option<Vec<Pod>>> {
        let Some(workloads) = self.of.workloads(context).await? else {
            return Ok(None);
        };
        workload::pods(&self.cluster, context, &workloads).await.map(Some)
    }

    /// The pods, with those containers only that are asked for.
    fn chosen(&self, mut pods: Vec<Pod>) -> Vec<Pod> {
        if let Some(wanted) = &self.options.container {
            for pod in &mut pods {
                pod.containers.retain(|container| container.name == *wanted);
            }
        }
        let mut left = MOST_CONTAINERS;
        for pod in &mut pods {
            if pod.containers.len() > left {
                let pod = &pod.name;
                tracing::warn!(
                    pod,
                    "a deployment has very many containers; the logs of some are left out"
                );
            }
            pod.containers.truncate(left);
            left -= pod.containers.len();
        }
        pods
    }
}

/// The lines that the pods of these workloads have written, oldest first, those of containers' last runs before a restart
/// included; with `options.follow`, then those to come, until the deployment is gone.
///
/// What each container has written is read back to a limit of lines and bytes, the oldest are left out.
///
/// # Errors
/// `InvalidInput` when no pod has the container.
pub(crate) async fn logs(
    cluster: &Arc<Cluster>,
    of: Arc<dyn Workloads>,
    context: &Context,
    options: &LogOptions,
) -> Result<BoxStream<'static, Result<LogLine>>> {
    let wanted = Wanted {
        cluster: Arc::clone(cluster),
        of,
        options: options.clone(),
    };
    let pods = wanted.pods(context).await?.unwrap_or_default();
    check_container(&pods, options.container.as_deref())?;
    let present = Present::read(&wanted, context, &wanted.chosen(pods)).await?;
    let lines = stream::iter(present.lines.into_iter().map(Ok));
    if !options.follow {
        return Ok(lines.boxed());
    }
    let following = Following::new(wanted, without_deadline(context), present.ends);
    Ok(lines.chain(following.stream()).boxed())
}

fn check_container(pods: &[Pod], wanted: Option<&str>) -> Result<()> {
    let Some(wanted) = wanted else {
        return Ok(());
    };
    let mut known: Vec<_> = pods.iter().flat_map(|pod| &pod.containers).collect();
    if known.iter().any(|container| container.name == wanted) {
        return Ok(());
    }
    known.sort_by(|a, b| a.name.cmp(&b.name));
    known.dedup_by(|a, b| a.name == b.name);
    let known: Vec<_> = known.iter().map(|container| container.name.as_str()).collect();
    Err(Error::violation(
        "container",
        format!("there is no '{}' (known: {})", Excerpt(wanted), known.join(", ")),
    ))
}
