//! What of a release's manifest has pods: [`WorkloadRef`], whose state is that of the deployment, and everything that logs.

use serde_json::Value;

use crate::kube::{Kind, Workload};

/// A kind of workload whose state is that of the deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum WorkloadKind {
    Deployment,
    StatefulSet,
    DaemonSet,
    Job,
}

const DEPLOYMENTS: Kind = Kind::of_namespaces("apps", "v1", "Deployment", "deployments");
const STATEFUL_SETS: Kind = Kind::of_namespaces("apps", "v1", "StatefulSet", "statefulsets");
const DAEMON_SETS: Kind = Kind::of_namespaces("apps", "v1", "DaemonSet", "daemonsets");
const JOBS: Kind = Kind::of_namespaces("batch", "v1", "Job", "jobs");

impl WorkloadKind {
    pub(crate) const ALL: [Self; 4] = [Self::Deployment, Self::StatefulSet, Self::DaemonSet, Self::Job];

    /// The kind as the API server has it.
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Deployment => DEPLOYMENTS,
            Self::StatefulSet => STATEFUL_SETS,
            Self::DaemonSet => DAEMON_SETS,
            Self::Job => JOBS,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
            Self::Job => "Job",
        }
    }

    fn read(kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == kind)
    }
}

/// A workload of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WorkloadRef {
    pub(crate) kind: WorkloadKind,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// How many replicas the manifest asks for.
    pub(crate) replicas: Option<u32>,
}

impl WorkloadRef {
    fn read(object: &Value, namespace: &str) -> Option<Self> {
        let kind = WorkloadKind::read(object["kind"].as_str()?)?;
        let counted = matches!(kind, WorkloadKind::Deployment | WorkloadKind::StatefulSet);
        let replicas = object["spec"]["replicas"].as_u64().unwrap_or(1);
        Some(Self {
            kind,
            namespace: namespace_of(object, namespace).to_owned(),
            name: object["metadata"]["name"].as_str()?.to_owned(),
            replicas: counted.then(|| u32::try_from(replicas).unwrap_or(u32::MAX)),
        })
    }

    /// It, as something that has pods.
    pub(crate) fn with_pods(&self) -> Option<Workload> {
        let kind = self.kind.kind();
        Workload::of(&kind.group, &kind.name, &self.namespace, &self.name)
    }

    /// `deployment/demo`, as people write it.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.kind.name().to_lowercase(), self.name)
    }
}

fn namespace_of<'o>(object: &'o Value, namespace: &'o str) -> &'o str {
    object["metadata"]["namespace"].as_str().unwrap_or(namespace)
}

/// What a manifest runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Manifested {
    /// The workloads whose state is that of the deployment, in the order of the manifest.
    pub(crate) workloads: Vec<WorkloadRef>,
    /// Everything that has pods, and so logs.
    pub(crate) logging: Vec<Workload>,
}

impl Manifested {
    /// Reads a manifest whose objects are in `namespace` when they do not say.
    pub(crate) fn read(manifest: &str, namespace: &str) -> Self {
        // Which kinds have pods is known by kind and group; kinds that others have called the same do no harm.
        let has_pods = |kind: &str| LOGGING.contains(&kind);
        let objects = crate::kube::objects(manifest, has_pods);
        let read = |object: &Value| {
            let version = object["apiVersion"].as_str()?;
            let group = version.split_once('/').map_or("", |(group, _)| group);
            let (kind, name) = (object["kind"].as_str()?, object["metadata"]["name"].as_str()?);
            Workload::of(group, kind, namespace_of(object, namespace), name)
        };
        Self {
            workloads: objects
                .iter()
                .filter_map(|object| WorkloadRef::read(object, namespace))
                .collect(),
            logging: objects.iter().filter_map(read).collect(),
        }
    }
}

/// What the kinds are called that have pods.
const LOGGING: [&str; 9] = [
    "Pod",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Job",
    "CronJob",
    "Rollout",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workloads_are_found_in_a_manifest() {
        let manifest = "\
kind: ConfigMap\napiVersion: v1\nmetadata: {name: c}\n---\n\
kind: StatefulSet\napiVersion: apps/v1\nmetadata: {name: db, namespace: other}\n---\n\
kind: Deployment\napiVersion: apps/v1\nmetadata: {name: web}\nspec: {replicas: 3}\n---\n\
kind: Job\napiVersion: batch/v1\nmetadata: {name: once}\n---\nkind: DaemonSet\nmetadata: {}\n---\n\
kind: CronJob\napiVersion: batch/v1\nmetadata: {name: daily}\n";
        let found = Manifested::read(manifest, "edge");
        let shown = found
            .workloads
            .iter()
            .map(|w| format!("{} in {}: {:?}", w.path(), w.namespace, w.replicas));
        assert_eq!(
            shown.collect::<Vec<_>>(),
            [
                "statefulset/db in other: Some(1)",
                "deployment/web in edge: Some(3)",
                "job/once in edge: None",
            ]
        );
        assert_eq!(found.logging.len(), 4);
        assert_eq!(
            found.logging[3],
            Workload::of("batch", "CronJob", "edge", "daily").unwrap()
        );
        for kind in WorkloadKind::ALL {
            assert_eq!(kind.kind().name, kind.name());
        }
    }
}
