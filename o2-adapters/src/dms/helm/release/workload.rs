//! [`WorkloadRef`]: something with pods that a release's manifest has.

use serde_json::Value;

use crate::kube::{self, Kind};

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
    /// Which pods are its own.
    pub(crate) pods: Option<String>,
    /// How many replicas the manifest asks for.
    pub(crate) replicas: Option<u32>,
}

impl WorkloadRef {
    /// The workloads of a manifest whose objects are in `namespace` when they do not say.
    pub(crate) fn of_manifest(manifest: &str, namespace: &str) -> Vec<Self> {
        let objects = kube::objects(manifest, |kind| WorkloadKind::read(kind).is_some());
        objects
            .iter()
            .filter_map(|object| Self::read(object, namespace))
            .collect()
    }

    fn read(object: &Value, namespace: &str) -> Option<Self> {
        let metadata = &object["metadata"];
        let kind = WorkloadKind::read(object["kind"].as_str()?)?;
        let counted = matches!(kind, WorkloadKind::Deployment | WorkloadKind::StatefulSet);
        let replicas = object["spec"]["replicas"].as_u64().unwrap_or(1);
        Some(Self {
            kind,
            namespace: metadata["namespace"].as_str().unwrap_or(namespace).to_owned(),
            name: metadata["name"].as_str()?.to_owned(),
            pods: kube::pod_selector(object),
            replicas: counted.then(|| u32::try_from(replicas).unwrap_or(u32::MAX)),
        })
    }

    /// `deployment/demo`, as people write it.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.kind.name().to_lowercase(), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workloads_are_found_in_a_manifest() {
        let manifest = "\
kind: ConfigMap\nmetadata: {name: c}\n---\n\
kind: StatefulSet\nmetadata: {name: db, namespace: other}\nspec: {selector: {matchLabels: {app: db}}}\n---\n\
kind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3, selector: {matchLabels: {app: web}}}\n---\n\
kind: Job\nmetadata: {name: once}\n---\nkind: DaemonSet\nmetadata: {}\n---\nkind: DaemonSet\nmetadata: {name: d}\n";
        let found = WorkloadRef::of_manifest(manifest, "edge");
        let shown: Vec<_> = found
            .iter()
            .map(|w| {
                format!(
                    "{} in {}: {:?} {:?}",
                    w.path(),
                    w.namespace,
                    w.pods.as_deref().unwrap_or("-"),
                    w.replicas
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "statefulset/db in other: \"app=db\" Some(1)",
                "deployment/web in edge: \"app=web\" Some(3)",
                "job/once in edge: \"job-name=once\" None",
                "daemonset/d in edge: \"-\" None",
            ]
        );
        for kind in WorkloadKind::ALL {
            assert_eq!(kind.kind().name, kind.name());
        }
    }
}
