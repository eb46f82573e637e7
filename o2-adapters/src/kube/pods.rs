//! [`pod_in_trouble`]: what keeps a workload from becoming ready, in the words of those who know it.
//!
//! A workload says that its pods are not ready; why is said by the pods, as the kubelet and the scheduler see it.

use kube::api::DynamicObject;
use o2_core::{Context, ErrorKind, Result};

use super::cluster::Cluster;
use super::{Kind, Readiness, State, Workload, readiness};

/// A pod that somebody says of why it is not ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PodTrouble {
    pub(crate) pod: String,
    pub(crate) readiness: Readiness,
}

/// The first pod of a workload, by name, that waits for more than its turn. None either where pods may not be read.
pub(crate) async fn pod_in_trouble(
    cluster: &Cluster,
    context: &Context,
    workload: &Workload,
) -> Result<Option<PodTrouble>> {
    match workload.pods(cluster, context, in_trouble).await {
        Ok(pods) => Ok(pods.into_iter().min_by(|one, other| one.pod.cmp(&other.pod))),
        Err(error) if error.is(ErrorKind::PermissionDenied) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is said of a pod that only takes its time.
const UNEXPLAINED: [&str; 2] = ["NotReady", "Pending"];

fn in_trouble(kind: &Kind, object: DynamicObject) -> Option<PodTrouble> {
    let pod = object.metadata.name.clone()?;
    let readiness = readiness(&kind.whole(&object));
    let waits = matches!(readiness.state, State::Unready | State::Rolling | State::Failed);
    (waits && !UNEXPLAINED.contains(&readiness.reason.as_str())).then_some(PodTrouble { pod, readiness })
}
