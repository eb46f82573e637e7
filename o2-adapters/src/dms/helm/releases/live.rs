//! [`Live`]: a workload as the cluster has it.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt, TryStreamExt};
use kube::api::DynamicObject;
use o2_core::{Context, Result, Timestamp};
use serde_json::Value;

use crate::dms::helm::release::{WorkloadKind, WorkloadRef};
use crate::kube::{At, Cached, Cluster, Kind, Meta, RESTARTED, Readiness, Replicas, readiness, replicas};

/// How many workloads are asked for at the same time.
const PARALLEL: usize = 8;

/// What is looked at of a workload.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Live {
    pub(crate) meta: Meta,
    pub(crate) readiness: Readiness,
    pub(crate) replicas: Option<Replicas>,
    /// When somebody restarted it last.
    pub(crate) restarted: Option<Timestamp>,
    /// When one of its conditions changed last.
    pub(crate) changed: Option<Timestamp>,
    /// When its last rollout was complete, where it says so.
    pub(crate) complete: Option<Timestamp>,
}

/// The workloads that the cluster has, of those that were asked for.
pub(crate) type Lives = BTreeMap<(WorkloadKind, String, String), Live>;

impl Live {
    /// Reads an object of this kind.
    pub(crate) fn of(kind: &Kind, object: DynamicObject) -> Self {
        let meta = Meta::from(object.metadata.clone());
        let value = kind.whole(&object);
        let template = &value["spec"]["template"]["metadata"]["annotations"];
        let restarted = template[RESTARTED].as_str();
        Self {
            readiness: readiness(&value),
            replicas: replicas(&value),
            restarted: restarted.and_then(|time| Timestamp::parse(time).ok()),
            changed: changed(&value),
            complete: complete(&value),
            meta: bare(meta),
        }
    }
}

fn changed(object: &Value) -> Option<Timestamp> {
    let conditions = object["status"]["conditions"].as_array()?;
    let times = conditions
        .iter()
        .filter_map(|condition| condition["lastTransitionTime"].as_str());
    times.filter_map(|time| Timestamp::parse(time).ok()).max()
}

/// A Deployment says that it has come to the end of a rollout, and goes on saying so when its pods fail later.
fn complete(object: &Value) -> Option<Timestamp> {
    let conditions = object["status"]["conditions"].as_array()?;
    let done =
        |condition: &&Value| condition["type"] == "Progressing" && condition["reason"] == "NewReplicaSetAvailable";
    let time = conditions.iter().find(done)?["lastUpdateTime"].as_str()?;
    Timestamp::parse(time).ok()
}

/// Only what tells one object from another: nothing else of the metadata is looked at, and all of it changes often.
fn bare(meta: Meta) -> Meta {
    Meta {
        name: meta.name,
        namespace: meta.namespace,
        uid: meta.uid,
        deleting: meta.deleting,
        ..Meta::default()
    }
}

impl Cached for Live {
    fn read(kind: &Kind, object: DynamicObject) -> Option<Self> {
        Some(Self::of(kind, object))
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}

/// The key of a workload.
pub(crate) fn key(workload: &WorkloadRef) -> (WorkloadKind, String, String) {
    (workload.kind, workload.namespace.clone(), workload.name.clone())
}

/// Asks for workloads.
pub(crate) async fn lives(cluster: &Cluster, context: &Context, workloads: &[&WorkloadRef]) -> Result<Lives> {
    let each = workloads.iter().map(|workload| async move {
        let kind = workload.kind.kind();
        let at = At::new(&kind, Some(&workload.namespace), &workload.name);
        let found = cluster.get(context, at).await?;
        Ok(found.map(|object| (key(workload), Live::of(&kind, object))))
    });
    let each: Vec<_> = each.map(futures::FutureExt::boxed).collect();
    let found = stream::iter(each).buffer_unordered(PARALLEL);
    found
        .try_filter_map(|found| async move { Ok(found) })
        .try_collect()
        .await
}
