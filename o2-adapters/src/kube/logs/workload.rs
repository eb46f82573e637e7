//! [`Workload`]: an object that has pods, and the pods that it has.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use futures::future::FutureExt;
use futures::stream::{self, StreamExt, TryStreamExt};
use kube::api::DynamicObject;
use o2_core::{Context, Result};
use serde_json::Value;

use super::AT_ONCE;
use super::pod::{PODS, Pod};
use crate::kube::{At, Cluster, Kind, Meta, Scope};

const JOBS: Kind = Kind::of_namespaces("batch", "v1", "Job", "jobs");

/// The kinds whose objects have pods.
static KINDS: [Kind; 9] = [
    PODS,
    Kind::of_namespaces("apps", "v1", "Deployment", "deployments"),
    Kind::of_namespaces("apps", "v1", "StatefulSet", "statefulsets"),
    Kind::of_namespaces("apps", "v1", "DaemonSet", "daemonsets"),
    Kind::of_namespaces("apps", "v1", "ReplicaSet", "replicasets"),
    Kind::of_namespaces("", "v1", "ReplicationController", "replicationcontrollers"),
    JOBS,
    Kind::of_namespaces("batch", "v1", "CronJob", "cronjobs"),
    Kind::of_namespaces("argoproj.io", "v1alpha1", "Rollout", "rollouts"),
];

/// Reads a pod; `None` for one of which nothing is wanted.
pub(crate) type ReadPod<T> = fn(&Kind, DynamicObject) -> Option<T>;

/// An object that has pods, by what its kind is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Workload {
    kind: &'static Kind,
    namespace: String,
    name: String,
}

impl Workload {
    /// The object of this API group and kind; `None` for kinds that have no pods.
    pub(crate) fn of(group: &str, kind: &str, namespace: &str, name: &str) -> Option<Self> {
        let kind = KINDS.iter().find(|known| known.group == group && known.name == kind)?;
        Some(Self {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }

    fn at(&self) -> At<'_> {
        At::new(self.kind, Some(&self.namespace), &self.name)
    }

    /// The object as it is now, complete; `None` when it is not there.
    pub(crate) async fn get(&self, cluster: &Cluster, context: &Context) -> Result<Option<Value>> {
        let found = cluster.get(context, self.at()).await?;
        Ok(found.map(|object| self.kind.whole(&object)))
    }

    /// What is read of its pods; nothing when it is not there (any more).
    pub(crate) async fn pods<T: Send>(&self, cluster: &Cluster, context: &Context, read: ReadPod<T>) -> Result<Vec<T>> {
        let Some(object) = cluster.get(context, self.at()).await? else {
            return Ok(Vec::new());
        };
        match self.kind.name.as_ref() {
            "Pod" => Ok(read(self.kind, object).into_iter().collect()),
            "CronJob" => {
                let owner = Meta::from(object.metadata).uid;
                self.pods_of_jobs(cluster, context, &owner, read).await
            }
            _ => match selector(&object) {
                Some(selector) => self.selected(cluster, context, &selector, read).await,
                None => Ok(Vec::new()),
            },
        }
    }

    async fn selected<T: Send>(
        &self,
        cluster: &Cluster,
        context: &Context,
        selector: &str,
        read: ReadPod<T>,
    ) -> Result<Vec<T>> {
        let scope = Scope::all().in_namespace(self.namespace.as_str()).with_labels(selector);
        let pods = cluster.list(context, &PODS, &scope, read).await?;
        Ok(pods.unwrap_or_default())
    }

    /// The pods of the jobs that a CronJob has made.
    async fn pods_of_jobs<T: Send>(
        &self,
        cluster: &Cluster,
        context: &Context,
        owner: &str,
        read: ReadPod<T>,
    ) -> Result<Vec<T>> {
        let scope = Scope::all().in_namespace(self.namespace.as_str());
        let job = |_: &Kind, job: DynamicObject| Some((selector(&job), Meta::from(job.metadata)));
        let jobs = cluster.list(context, &JOBS, &scope, job).await?;
        let mut pods = Vec::new();
        for (selector, meta) in jobs.unwrap_or_default() {
            let owned = meta
                .controller("CronJob")
                .is_some_and(|controller| controller.uid == owner);
            if let Some(selector) = selector.filter(|_| owned) {
                pods.extend(self.selected(cluster, context, &selector, read).await?);
            }
        }
        Ok(pods)
    }
}

impl fmt::Display for Workload {
    /// `Deployment edge/web`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind.name, self.namespace, self.name)
    }
}

/// The pods of all of them, each once, by name.
pub(super) async fn pods(cluster: &Cluster, context: &Context, workloads: &[Workload]) -> Result<Vec<Pod>> {
    let each: Vec<_> = workloads
        .iter()
        .map(|workload| workload.pods(cluster, context, Pod::read).boxed())
        .collect();
    let lists: Vec<Vec<Pod>> = stream::iter(each).buffered(AT_ONCE).try_collect().await?;
    let mut pods: Vec<_> = lists.into_iter().flatten().collect();
    let mut seen = BTreeSet::new();
    pods.retain(|pod| seen.insert(pod.uid.clone()));
    pods.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    Ok(pods)
}

/// The `spec.selector` of an object, as label selectors are written in requests. `None` when it selects nothing.
fn selector(object: &DynamicObject) -> Option<String> {
    let selector = object.data.get("spec")?.get("selector")?.as_object()?;
    let parts = if selector.contains_key("matchLabels") || selector.contains_key("matchExpressions") {
        let labels = selector.get("matchLabels").and_then(Value::as_object);
        let expressions = selector.get("matchExpressions").and_then(Value::as_array);
        let labels = labels.into_iter().flatten().map(equality);
        let expressions = expressions.into_iter().flatten().map(expression);
        labels.chain(expressions).collect::<Option<Vec<_>>>()?
    } else {
        // A ReplicationController has the labels themselves.
        selector.iter().map(equality).collect::<Option<Vec<_>>>()?
    };
    (!parts.is_empty()).then(|| parts.join(","))
}

fn equality((key, value): (&String, &Value)) -> Option<String> {
    Some(format!("{key}={}", value.as_str()?))
}

fn expression(expression: &Value) -> Option<String> {
    let key = expression.get("key")?.as_str()?;
    let values = expression.get("values").and_then(Value::as_array);
    let values: Vec<_> = values.into_iter().flatten().filter_map(Value::as_str).collect();
    let values = values.join(",");
    let text: Cow<'_, str> = match expression.get("operator")?.as_str()? {
        "In" => format!("{key} in ({values})").into(),
        "NotIn" => format!("{key} notin ({values})").into(),
        "Exists" => key.into(),
        "DoesNotExist" => format!("!{key}").into(),
        _ => return None,
    };
    Some(text.into_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn selectors_are_written_as_requests_have_them() {
        for (selected, expected) in [
            (
                json!({"matchLabels": {"app": "web", "tier": "edge"}}),
                Some("app=web,tier=edge"),
            ),
            (
                json!({"matchLabels": {"app": "web"}, "matchExpressions": [
                    {"key": "tier", "operator": "In", "values": ["a", "b"]},
                    {"key": "zone", "operator": "NotIn", "values": ["c"]},
                    {"key": "track", "operator": "Exists"},
                    {"key": "old", "operator": "DoesNotExist"},
                ]}),
                Some("app=web,tier in (a,b),zone notin (c),track,!old"),
            ),
            (json!({"app": "web"}), Some("app=web")),
            // Nothing would be everything.
            (json!({}), None),
            (json!({"matchLabels": {}}), None),
            // Half a selector would select too much.
            (
                json!({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": "Near"}]}),
                None,
            ),
        ] {
            let object: DynamicObject =
                serde_json::from_value(json!({"metadata": {}, "spec": {"selector": selected}})).unwrap();
            assert_eq!(selector(&object).as_deref(), expected, "{selected}");
        }
    }

    #[test]
    fn only_what_has_pods_is_a_workload() {
        assert!(Workload::of("apps", "Deployment", "edge", "web").is_some());
        assert!(Workload::of("", "ConfigMap", "edge", "web").is_none());
        assert!(Workload::of("extensions", "Deployment", "edge", "web").is_none());
    }
}
