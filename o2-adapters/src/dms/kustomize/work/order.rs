//! In which order objects are applied: what others need comes first. They are deleted the other way round.

use crate::dms::kustomize::build::Ref;

/// Kinds before all that are not named anywhere, in groups that are applied one after the other.
const FIRST: [&[&str]; 7] = [
    &["Namespace"],
    &["CustomResourceDefinition"],
    &[
        "PriorityClass",
        "StorageClass",
        "RuntimeClass",
        "IngressClass",
        "PersistentVolume",
    ],
    &[
        "ServiceAccount",
        "Role",
        "ClusterRole",
        "ResourceQuota",
        "LimitRange",
        "NetworkPolicy",
    ],
    &["RoleBinding", "ClusterRoleBinding"],
    &["ConfigMap", "Secret", "PersistentVolumeClaim"],
    &["Service"],
];
/// Those after them: workloads, then what is about workloads, then what would stop the others.
const WORKLOADS: &[&str] = &[
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
];
const LAST: &[&str] = &[
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "APIService",
];
const GROUPS: [&str; 9] = [
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "batch",
    "networking.k8s.io",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
];

/// When an object is applied.
fn rank(id: &Ref) -> usize {
    let ours = GROUPS.contains(&id.group.as_str()) || matches!(id.group.as_str(), "scheduling.k8s.io" | "node.k8s.io");
    let kind = id.kind.as_str();
    let first = FIRST.iter().position(|kinds| kinds.contains(&kind)).filter(|_| ours);
    match first {
        Some(rank) => rank,
        None if ours && WORKLOADS.contains(&kind) => FIRST.len(),
        None if ours && LAST.contains(&kind) => FIRST.len() + 2,
        None => FIRST.len() + 1,
    }
}

/// What is called something, in the groups in which it is applied; those of one group at the same time.
pub(in super::super) fn in_order<T>(items: Vec<T>, id: impl Fn(&T) -> &Ref) -> Vec<Vec<T>> {
    let mut groups: Vec<Vec<T>> = (0..FIRST.len() + 3).map(|_| Vec::new()).collect();
    for item in items {
        let rank = rank(id(&item));
        groups[rank].push(item);
    }
    groups.retain(|group| !group.is_empty());
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(group: &str, kind: &str) -> Ref {
        Ref {
            group: group.to_owned(),
            version: "v1".to_owned(),
            kind: kind.to_owned(),
            namespace: None,
            name: kind.to_lowercase(),
        }
    }

    #[test]
    fn what_others_need_comes_first() {
        let mixed = vec![
            id("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
            id("networking.k8s.io", "Ingress"),
            id("example.org", "Namespace"),
            id("example.org", "Deployment"),
            id("apps", "Deployment"),
            id("", "Service"),
            id("", "Secret"),
            id("rbac.authorization.k8s.io", "RoleBinding"),
            id("", "ServiceAccount"),
            id("rbac.authorization.k8s.io", "Role"),
            id("scheduling.k8s.io", "PriorityClass"),
            id("apiextensions.k8s.io", "CustomResourceDefinition"),
            id("", "Namespace"),
            id("", "ConfigMap"),
            id("batch", "Job"),
        ];
        let groups = in_order(mixed, |id| id);
        let kinds: Vec<Vec<_>> = groups
            .iter()
            .map(|group| group.iter().map(Ref::group_kind).collect())
            .collect();
        let expected: [&[&str]; 10] = [
            &["Namespace"],
            &["CustomResourceDefinition.apiextensions.k8s.io"],
            &["PriorityClass.scheduling.k8s.io"],
            &["ServiceAccount", "Role.rbac.authorization.k8s.io"],
            &["RoleBinding.rbac.authorization.k8s.io"],
            &["Secret", "ConfigMap"],
            &["Service"],
            &["Deployment.apps", "Job.batch"],
            &[
                "Ingress.networking.k8s.io",
                "Namespace.example.org",
                "Deployment.example.org",
            ],
            &["ValidatingWebhookConfiguration.admissionregistration.k8s.io"],
        ];
        assert_eq!(kinds, expected);
    }
}
