//! The workloads of a deployment: those among the objects that Flux has made for it, in the cluster that it is deployed to.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use futures::stream::{self, StreamExt, TryStreamExt};
use o2_core::ports::Ports;
use o2_core::{Context, Error, ErrorKind, Fault, Result};
use o2_dms::{DeploymentId, DeploymentStatus};
use serde_json::Value;

use super::config::FluxConfig;
use super::draw::{Drawn, Workload as Look, kube_config_secret};
use super::objects::{Engine, Object};
use super::read::Reading;
use super::wire::{MADE_BY_RELEASE, MADE_IN};
use crate::kube::deployed::Present;
use crate::kube::{Cluster, Clusters, Kind, Meta, Scope, Workload, Workloads, is_forbidden, readiness, replicas};

/// Workloads that are looked at for a report at most, and calls at the same time.
const MOST: usize = 50;
const AT_ONCE: usize = 8;

/// The clusters that deployments run in, as far as they are configured.
#[derive(Debug)]
pub(super) struct Sites {
    own: Arc<Cluster>,
    /// The Secret by which Flux knows it, and the connection, of the others.
    others: Vec<(String, Arc<Cluster>)>,
}

impl Sites {
    pub(super) fn open(own: &Arc<Cluster>, config: &FluxConfig, ports: &Ports) -> Result<Self> {
        let mut others = Vec::new();
        for remote in config.destinations.values() {
            if let Some(cluster) = &remote.cluster {
                others.push((remote.kube_config_secret.clone(), Clusters::open(cluster, ports)?));
            }
        }
        Ok(Self {
            own: Arc::clone(own),
            others,
        })
    }

    /// The cluster that a deployment runs in; `None` when nobody has said how it is reached.
    fn of(&self, drawn: &Drawn) -> Option<&Arc<Cluster>> {
        let Some(secret) = kube_config_secret(&drawn.object) else {
            return Some(&self.own);
        };
        let mut others = self.others.iter();
        others.find(|(known, _)| known == secret).map(|(_, cluster)| cluster)
    }

    /// The same, where it is needed.
    pub(super) fn reached(&self, drawn: &Drawn) -> Result<&Arc<Cluster>> {
        self.of(drawn).ok_or_else(|| {
            let secret = kube_config_secret(&drawn.object).unwrap_or_default();
            Error::new(
                ErrorKind::Config,
                "the deployment runs in a cluster that the gateway has no access to",
            )
            .with_fault(Fault::Gateway)
            .with_detail(format!(
                "no destination of the configuration has a cluster for the Secret '{secret}'"
            ))
        })
    }

    /// How the workloads of a deployment are, if it is said to be deployed and they can be looked at.
    pub(super) async fn look(&self, context: &Context, drawn: &Drawn) -> Result<Vec<Look>> {
        let Some(cluster) = self
            .of(drawn)
            .filter(|_| drawn.standing.status == DeploymentStatus::Deployed)
        else {
            return Ok(Vec::new());
        };
        let found = async {
            let workloads = workloads(cluster, context, &drawn.object).await?;
            let each = workloads.into_iter().take(MOST).map(|workload| {
                async move {
                    let object = workload.get(cluster, context).await?;
                    Ok::<_, Error>(object.map(|object| look(&workload, &object)))
                }
                .boxed()
            });
            let each: Vec<_> = each.collect();
            let looks: Vec<_> = stream::iter(each).buffered(AT_ONCE).try_collect().await?;
            Ok(looks.into_iter().flatten().collect())
        };
        match found.await {
            // It is known all the same what the controller says.
            Err(error) if is_forbidden(&error) => {
                tracing::debug!("the API server does not let us look at workloads");
                Ok(Vec::new())
            }
            found => found,
        }
    }
}

fn look(workload: &Workload, object: &Value) -> Look {
    Look {
        name: workload.to_string(),
        readiness: readiness(object),
        replicas: replicas(object),
    }
}

/// The workloads of an object: those in its inventory, or those that have the labels of the release where an older
/// controller keeps none.
async fn workloads(cluster: &Cluster, context: &Context, object: &Object) -> Result<Vec<Workload>> {
    let entries = &object.status.inventory.entries;
    if entries.is_empty() && object.engine == Engine::Helm {
        return labelled(cluster, context, object).await;
    }
    let found = entries.iter().filter_map(|entry| {
        let [namespace, name, group, kind] = entry.parts()?;
        Workload::of(group, kind, namespace, name)
    });
    Ok(found.collect())
}

async fn labelled(cluster: &Cluster, context: &Context, object: &Object) -> Result<Vec<Workload>> {
    let (namespace, name) = (object.meta.namespace.as_deref().unwrap_or_default(), &object.meta.name);
    let target = object
        .spec
        .get("targetNamespace")
        .and_then(Value::as_str)
        .unwrap_or(namespace);
    let selector = format!("{MADE_BY_RELEASE}={name},{MADE_IN}={namespace}");
    let scope = Scope::all().in_namespace(target).with_labels(&selector);
    let mut found = Vec::new();
    for (kind, plural) in [
        ("Deployment", "deployments"),
        ("StatefulSet", "statefulsets"),
        ("DaemonSet", "daemonsets"),
    ] {
        let of = Kind::of_namespaces("apps", "v1", kind, plural);
        let read = |_: &Kind, object: kube::api::DynamicObject| Some(Meta::from(object.metadata));
        let metas = cluster.list(context, &of, &scope, read).await?.unwrap_or_default();
        let each = metas
            .iter()
            .filter_map(|meta| Workload::of("apps", kind, target, &meta.name));
        found.extend(each);
    }
    Ok(found)
}

/// Who knows the workloads of one deployment.
pub(super) struct Of {
    pub(super) reading: Arc<Reading>,
    pub(super) site: Arc<Cluster>,
    pub(super) id: DeploymentId,
}

impl Workloads for Of {
    fn workloads<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Option<Vec<Workload>>>> {
        async move {
            match self.reading.find(context, &self.id).await {
                Ok(drawn) => workloads(&self.site, context, &drawn.object).await.map(Some),
                Err(error) if error.is(ErrorKind::NotFound) => Ok(None),
                Err(error) => Err(error),
            }
        }
        .boxed()
    }
}
